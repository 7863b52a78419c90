// What a command has to say, once for people and once for programs. Views build it and print nothing; main writes one of
// the two to stdout.
#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/error.hpp"

namespace tenantctl {

/// Thousands of entries: made one at a time while they are written, and only for the format that is asked for.
struct LongList {
  std::string key;  // of the array in the document, which is empty there
  std::size_t size = 0;
  std::function<nlohmann::json(std::size_t)> at;  // an object; called from several threads at once
  std::function<std::string()> text;              // the report's, in the place of `text`
};

struct Report {
  std::string text;         // ends with a newline, unless empty
  nlohmann::json document;  // an object; "format": 1 is put in front when it is written
  int exit_status = 0;      // other than 0 where the command worked and its answer is no: a failed check, a reached limit
  std::optional<LongList> list = {};
  std::string junit = {};  // of the one command that has it
};

enum class OutputFormat { table, json, junit };

/// The report in the format asked for, as it goes to stdout.
std::string render(const Report& report, OutputFormat format);

/// An error within a document: its code, message, hint, whether to try again, and its operation, where it has one; null where there is
/// none.
nlohmann::ordered_json error_document(const std::optional<Error>& error);

/// An error as it goes to stderr: two lines for people, one line of JSON for programs.
std::string render(const Error& error, OutputFormat format);

}  // namespace tenantctl
