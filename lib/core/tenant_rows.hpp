// Reads a file of tenants to be, a row each: CSV, JSON or YAML. It checks the file's form and the columns' names, every row
// and not only to the first that is wrong; whether a value is good is for the create that takes it.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace tenantctl {

/// The words of one create, as an operator would give them to the command.
struct TenantRow {
  int line = 0;  // where its file has it, from 1
  std::string slug = {};
  std::string username = {};  // instead of a slug
  std::string email = {};
  std::string company = {};
  std::string owner = {};
  std::string plan = {};
  std::string stack = {};
  std::string ttl = {};
  std::map<std::string, std::string> set = {};
};

nlohmann::json to_json(const TenantRow& row);
/// What to_json wrote; the line is not kept. Errors: internal.
Result<TenantRow> tenant_row_from(const nlohmann::json& object);

struct RowError {
  int line = 0;
  std::string message;
};

struct TenantRows {
  std::vector<TenantRow> rows;
  std::vector<RowError> errors;  // in the file's order
};

enum class RowFormat : std::uint8_t { csv, json, yaml };
/// By the file's name: ".csv", ".json", ".yaml" or ".yml". Errors: bad_value.
Result<RowFormat> row_format_of(std::string_view file_name);

/// CSV begins with a line of column names, the others are a list of mappings. Both know the same names: slug, username, email,
/// company, owner, plan, stack, ttl, and set, which CSV writes as a column each: set.currency.
TenantRows read_tenant_rows(RowFormat format, std::string_view text);

}  // namespace tenantctl
