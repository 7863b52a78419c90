#include "views/report.hpp"

#include <fmt/format.h>

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

/// `text` is the document's, in which the list's array is empty.
std::string with_entries(const std::string& text, const LongList& list) {
  if (list.size == 0) return text;
  const auto empty = fmt::format("\n  \"{}\": []", list.key);
  const auto at = text.find(empty) + empty.size() - 1;
  std::string whole = text.substr(0, at);
  for (std::size_t i = 0; i < list.size; ++i) {
    if (i > 0) whole += ',';
    append_entry(whole, list.at(i));
  }
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
