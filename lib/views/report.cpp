#include "views/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "core/parallel.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

/// Bytes that are no UTF-8 can come out of a database or a program's output: replaced, never a reason to throw here.
std::string dump(const auto& document, int indent) {
  return document.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

/// As dump writes an entry of an array that is a member of the outermost object.
void append_entry(std::string& text, const nlohmann::json& entry) {
  constexpr std::string_view k_break = "\n    ";
  const auto lines = dump(entry, 2);
  for (std::size_t begin = 0; begin < lines.size();) {
    const auto end = lines.find('\n', begin);
    text += k_break;
    text.append(lines, begin, end - begin);
    begin = end + 1;
  }
}

/// `text` is the document's, in which the list's array is empty. Ten thousand entries take longer to write than to fetch, so that is done
/// by several threads.
std::string with_entries(const std::string& text, const LongList& list) {
  if (list.size == 0) return text;
  const auto empty = fmt::format("\n  \"{}\": []", list.key);
  const auto at = text.find(empty) + empty.size() - 1;
  constexpr std::size_t k_piece = 500;
  std::vector<std::string> pieces((list.size + k_piece - 1) / k_piece);
  for_each_parallel(pieces.size(), std::min(std::thread::hardware_concurrency(), 4U), [&](std::size_t piece) {
    for (auto i = piece * k_piece; i < std::min(list.size, (piece + 1) * k_piece); ++i) {
      if (i > 0) pieces[piece] += ',';
      append_entry(pieces[piece], list.at(i));
    }
  });
  std::string whole = text.substr(0, at);
  for (const auto& piece : pieces) whole += piece;
  whole += "\n  ";
  return whole.append(text, at, std::string::npos);
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
  if (format == OutputFormat::table) return report.list ? report.list->text() : report.text;
  if (format == OutputFormat::junit) return report.junit;
  if (report.document.empty()) return dump(nlohmann::json{{"format", 1}}, 2);
  // In front of the others as text: a copy of ten thousand tenants takes longer than to write them.
  auto text = dump(report.document, 2);
  text.insert(1, "\n  \"format\": 1,");
  return report.list ? with_entries(text, *report.list) : text;
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
