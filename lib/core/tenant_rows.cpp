#include "core/tenant_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/names.hpp"
#include "core/raw_rows.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

struct Field {
  std::string_view name;
  std::string TenantRow::*place;
};

constexpr std::array k_fields{Field{"slug", &TenantRow::slug},   Field{"username", &TenantRow::username},
                              Field{"email", &TenantRow::email}, Field{"company", &TenantRow::company},
                              Field{"owner", &TenantRow::owner}, Field{"plan", &TenantRow::plan},
                              Field{"stack", &TenantRow::stack}, Field{"ttl", &TenantRow::ttl}};
constexpr std::string_view k_set = "set.";

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const auto& field : k_fields) names.emplace_back(field.name);
  return names;
}

std::string unknown_name(const std::string& name) {
  const auto near = nearest_name(name, known_names());
  return fmt::format("there is no field \"{}\"{}", printable(name.substr(0, 100)),
                     near.empty() ? fmt::format("; there are {}, and set.KEY", fmt::join(known_names(), ", "))
                                  : fmt::format("; did you mean \"{}\"?", near));
}

TenantRow row_of(const RawRow& raw, std::vector<RowError>& errors) {
  TenantRow row{.line = raw.line};
  for (const auto& [name, value] : raw.fields) {
    const auto known = std::ranges::find(k_fields, name, &Field::name);
    if (known != k_fields.end()) row.*(known->place) = value;
    else if (name.starts_with(k_set) && name.size() > k_set.size()) row.set[name.substr(k_set.size())] = value;
    else errors.push_back({raw.line, unknown_name(name)});
  }
  return row;
}

/// A CSV's names are wrong once, in its first line, and not in each of its rows.
bool has_bad_columns(RowFormat format, const RawRows& raw, TenantRows& found) {
  if (format != RowFormat::csv || raw.rows.empty()) return false;
  row_of({.line = 1, .fields = raw.rows.front().fields}, found.errors);
  return !found.errors.empty();
}

}  // namespace

nlohmann::json to_json(const TenantRow& row) {
  nlohmann::json object = nlohmann::json::object();
  for (const auto& field : k_fields) {
    if (!(row.*(field.place)).empty()) object[std::string(field.name)] = row.*(field.place);
  }
  if (!row.set.empty()) object["set"] = row.set;
  return object;
}

Result<TenantRow> tenant_row_from(const nlohmann::json& object) {
  TenantRow row;
  try {
    for (const auto& field : k_fields) row.*(field.place) = object.value(std::string(field.name), "");
    row.set = object.value("set", std::map<std::string, std::string>());
  } catch (const nlohmann::json::exception& error) {
    return fail(ErrorCode::internal, fmt::format("a job's request can't be read: {}", error.what()));
  }
  return row;
}

Result<RowFormat> row_format_of(std::string_view file_name) {
  if (file_name.ends_with(".csv")) return RowFormat::csv;
  if (file_name.ends_with(".json")) return RowFormat::json;
  if (file_name.ends_with(".yaml") || file_name.ends_with(".yml")) return RowFormat::yaml;
  return fail(make_error(ErrorCode::bad_value, fmt::format("\"{}\" is neither .csv nor .json nor .yaml", printable(file_name)))
                  .with_hint("name the file by what it holds"));
}

TenantRows read_tenant_rows(RowFormat format, std::string_view text) {
  TenantRows found;
  auto raw = read_raw_rows(format, text);
  found.errors = std::move(raw.errors);
  if (has_bad_columns(format, raw, found)) return found;
  for (const auto& row : raw.rows) found.rows.push_back(row_of(row, found.errors));
  std::ranges::stable_sort(found.errors, {}, &RowError::line);
  if (found.rows.empty() && found.errors.empty()) found.errors.push_back({1, "the file has no rows"});
  return found;
}

}  // namespace tenantctl
