#include "views/report.hpp"

#include <fmt/format.h>

#include "core/utf8.hpp"

namespace tenantctl {
namespace {

/// Bytes that are no UTF-8 can come out of a database or a program's output: replaced, never a reason to throw here.
std::string dump(const auto& document, int indent) {
  return document.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

}  // namespace

nlohmann::ordered_json error_document(const std::optional<Error>& error) {
  if (!error) return nullptr;
  nlohmann::ordered_json body = {
      {"code", info(error->code).name}, {"message", full_message(*error)}, {"hint", error->hint}, {"retryable", error->retryable}};
  if (!error->operation.empty()) body["operation"] = error->operation;
  return body;
}

std::string render(const Report& report, OutputFormat format) {
  if (format == OutputFormat::table) return report.text;
  if (report.document.empty()) return dump(nlohmann::json{{"format", 1}}, 2);
  // In front of the others as text: a copy of ten thousand tenants takes longer than to write them.
  auto text = dump(report.document, 2);
  return text.insert(1, "\n  \"format\": 1,");
}

std::string render(const Error& error, OutputFormat format) {
  const auto message = full_message(error);
  if (format == OutputFormat::json) return dump(nlohmann::ordered_json{{"format", 1}, {"error", error_document(error)}}, -1);
  std::string text;
  // A line each for what a program said in several lines, but nothing that could steer the terminal.
  for (std::size_t begin = 0; begin <= message.size();) {
    const auto end = std::min(message.find('\n', begin), message.size());
    text += (begin == 0 ? "error: " : "       ") + printable(std::string_view(message).substr(begin, end - begin)) + '\n';
    begin = end + 1;
  }
  if (!error.hint.empty()) text += "hint: " + printable(error.hint) + '\n';
  return text;
}

}  // namespace tenantctl
