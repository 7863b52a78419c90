#include "adapters/postgres/plain_tables.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tenantctl::postgres {
namespace {

constexpr const char* k_plain_tables = R"sql(
  select n.nspname, c.relname
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind = 'r' and case when $1 = '' then n.nspname !~ '^pg_' and n.nspname <> 'information_schema' else n.nspname = $1 end
   order by 1, 2)sql";

// The column that costs least to write out. COPY refuses generated ones by name.
constexpr const char* k_cheapest_column = R"sql(
  select attname from pg_attribute
   where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''
   order by attlen < 0, attlen, attnum limit 1)sql";

/// COPY's text format, in which tabs and ends of lines stand between values only.
std::string unescaped(std::string_view text) {
  constexpr std::string_view k_letters = "bfnrtv";
  constexpr std::string_view k_meanings = "\b\f\n\r\t\v";
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      plain += text[i];
      continue;
    }
    const auto letter = k_letters.find(text[++i]);
    plain += letter == std::string_view::npos ? text[i] : k_meanings[letter];
  }
  return plain;
}

}  // namespace

Result<void> read_tables_only(Connection& connection) {
  TRY(connection.script(R"sql(
    set local search_path = pg_catalog; set local row_security = off;
    select set_config(name, 'view, foreign-table', true) from pg_settings where name = 'restrict_nonsystem_relation_kind')sql"));
  return {};
}

Result<std::vector<PlainTable>> plain_tables(Connection& connection, const std::string& schema) {
  TRY_ASSIGN(const auto rows, connection.query(k_plain_tables, {schema}));
  std::vector<PlainTable> tables;
  for (int row = 0; row < rows.count(); ++row) tables.push_back({.schema = rows.text(row, 0), .name = rows.text(row, 1)});
  return tables;
}

std::string qualified(Connection& connection, const PlainTable& table) {
  return fmt::format("{}.{}", connection.identifier(table.schema), connection.identifier(table.name));
}

Result<std::int64_t> count_rows(Connection& connection, const PlainTable& table) {
  const auto name = qualified(connection, table);
  TRY_ASSIGN(const auto column, connection.query(k_cheapest_column, {name}));
  const auto columns = column.empty() ? std::string() : fmt::format(" ({})", connection.identifier(column.text(0, 0)));
  std::int64_t rows = 0;
  TRY(connection.copy_out(fmt::format("copy {}{} to stdout", name, columns), [&rows](std::string_view piece) -> Result<void> {
    rows += std::ranges::count(piece, '\n');
    return {};
  }));
  return rows;
}

Result<std::map<std::string, std::string>> read_pairs(Connection& connection, const std::string& table, const std::string& key,
                                                      const std::string& value) {
  std::string text;
  TRY(connection.copy_out(fmt::format("copy {} ({}, {}) to stdout", table, key, value), [&text](std::string_view piece) -> Result<void> {
    text += piece;
    return {};
  }));
  std::map<std::string, std::string> pairs;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    const auto line = std::string_view(text).substr(begin, end - begin);
    const auto tab = std::min(line.find('\t'), line.size());
    pairs.emplace(unescaped(line.substr(0, tab)), tab < line.size() ? unescaped(line.substr(tab + 1)) : std::string());
    begin = end + 1;
  }
  return pairs;
}

}  // namespace tenantctl::postgres
