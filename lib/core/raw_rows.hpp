// The rows of a CSV, JSON or YAML file as names and texts, with the line of each. It knows nothing of what they mean.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/tenant_rows.hpp"

namespace tenantctl {

struct RawRow {
  int line = 0;
  std::map<std::string, std::string> fields = {};  // what is nested is joined by a dot: "set.currency"; an empty CSV cell is no field
};

struct RawRows {
  std::vector<RawRow> rows;
  std::vector<RowError> errors;  // of the file's form; the rows that they are in are left out
};

RawRows read_raw_rows(RowFormat format, std::string_view text);

}  // namespace tenantctl
