#include "adapters/postgres/control_json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tenantctl::postgres {

std::string to_text(const nlohmann::json& value) { return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

std::string storable(std::string text) {
  std::erase(text, '\0');
  return text;
}

nlohmann::json json_at(const Rows& rows, int row, int column) {
  auto value = nlohmann::json::parse(rows.text(row, column), nullptr, false);
  return value.is_discarded() ? nlohmann::json::object() : value;
}

Instant instant_at(const Rows& rows, int row, int column) { return instant_from_micros(rows.integer(row, column)); }

std::optional<Instant> optional_instant_at(const Rows& rows, int row, int column) {
  if (rows.is_null(row, column)) return std::nullopt;
  return instant_at(rows, row, column);
}

Parameter timestamp_parameter(const std::optional<Instant>& instant) {
  if (!instant) return std::nullopt;
  auto text = to_rfc3339(*instant);  // without fractions: they are put back below
  text.pop_back();
  const auto fraction = ((to_micros(*instant) % 1'000'000) + 1'000'000) % 1'000'000;
  return fmt::format("{}.{:06}Z", text, fraction);
}

}  // namespace tenantctl::postgres
