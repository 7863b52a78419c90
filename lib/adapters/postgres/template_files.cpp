#include "adapters/postgres/template_files.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tenantctl::postgres {
namespace {

constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view k_csv = ".csv";

std::string_view without_mark(std::string_view text) {
  if (text.starts_with(k_byte_order_mark)) text.remove_prefix(k_byte_order_mark.size());
  return text;
}

/// The line of a position that counts characters, not bytes, from 1.
int line_of(std::string_view text, int position) {
  int line = 1;
  int characters = 0;
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (!continues && ++characters >= position) break;
    if (c == '\n') ++line;
  }
  return line;
}

std::string quoted_list(Connection& connection, const std::vector<std::string>& names, std::string_view separator) {
  std::vector<std::string> quoted;
  for (const auto& name : names) quoted.push_back(connection.identifier(name));
  return fmt::format("{}", fmt::join(quoted, separator));
}

/// "shop.couriers.csv" -> shop, couriers
std::vector<std::string> table_of(std::string_view file_name) {
  file_name.remove_suffix(k_csv.size());
  const auto dot = file_name.find('.');
  if (dot == std::string_view::npos) return {std::string(file_name)};
  return {std::string(file_name.substr(0, dot)), std::string(file_name.substr(dot + 1))};
}

}  // namespace

std::vector<std::string> csv_header(std::string_view text) {
  text = without_mark(text);
  text = text.substr(0, text.find_first_of("\r\n"));
  std::vector<std::string> names;
  if (text.empty()) return names;
  names.emplace_back();
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' && quoted && i + 1 < text.size() && text[i + 1] == '"') names.back() += text[++i];
    else if (text[i] == '"') quoted = !quoted;
    else if (text[i] == ',' && !quoted) names.emplace_back();
    else names.back() += text[i];
  }
  return names;
}

Result<void> TemplateFiles::run(const TemplateSource::File& file) const {
  TRY(connection_.script(preparation_));
  if (auto done = connection_.script(std::string(without_mark(file.text))); !done) return fail(blame(std::move(done).error(), file));
  return check_transaction(file);
}

Result<void> TemplateFiles::check_transaction(const TemplateSource::File& file) const {
  if (transaction_.empty()) {
    if (!connection_.in_transaction()) return {};
    return fail(ErrorCode::sql_failed, fmt::format("file \"{}\" begins a transaction and does not end it", file.name));
  }
  if (connection_.in_transaction()) {
    TRY_ASSIGN(const auto rows, connection_.query("select pg_current_xact_id_if_assigned()"));
    if (rows.text(0, 0) == transaction_) return {};
  }
  return fail(make_error(ErrorCode::sql_failed, fmt::format("file \"{}\" ends the transaction that it is run in", file.name))
                  .with_hint("remove its BEGIN, COMMIT and ROLLBACK"));
}

Result<void> TemplateFiles::load(const TemplateSource::File& file) const { return file.name.ends_with(k_csv) ? copy(file) : run(file); }

Result<void> TemplateFiles::copy(const TemplateSource::File& file) const {
  const auto columns = csv_header(file.text);
  if (columns.empty()) return fail(ErrorCode::sql_failed, fmt::format("file \"{}\" has no header line of column names", file.name));
  TRY(connection_.script(preparation_));
  const auto statement = fmt::format("copy {} ({}) from stdin with (format csv, header true)",
                                     quoted_list(connection_, table_of(file.name), "."), quoted_list(connection_, columns, ", "));
  if (auto done = connection_.copy_in(statement, without_mark(file.text)); !done) return fail(blame(std::move(done).error(), file));
  return {};
}

Error TemplateFiles::blame(Error error, const TemplateSource::File& file) const {
  const auto& failure = connection_.failure();
  auto where = fmt::format("file \"{}\"", file.name);
  if (file.name.ends_with(k_csv)) {
    // "COPY couriers, line 3, column name: …": what stands behind the column is data, and stays out of the message.
    if (const auto line = failure.context.find("line "); failure.context.starts_with("COPY ") && line != std::string::npos) {
      where += " " + failure.context.substr(line, failure.context.find_first_of(",:", line) - line);
    }
  } else if (failure.position > 0) {
    where += fmt::format(" line {}", line_of(without_mark(file.text), failure.position));
  }
  return std::move(error).with_context(std::move(where));
}

}  // namespace tenantctl::postgres
