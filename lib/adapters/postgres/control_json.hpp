// How values travel to and from the control database: JSON that PostgreSQL accepts, and instants as microseconds.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "adapters/postgres/connection.hpp"
#include "core/instant.hpp"

namespace tenantctl::postgres {

/// Malformed UTF-8 becomes U+FFFD: a journal that refuses to be written because of a server's odd message helps nobody.
std::string to_text(const nlohmann::json& value);

/// `text` without NUL bytes, which neither text nor jsonb can hold.
std::string storable(std::string text);

/// What a column of type jsonb holds; an empty object where it is no JSON.
nlohmann::json json_at(const Rows& rows, int row, int column);

/// A column made with micros(): NULL reads as the epoch, or as nothing.
Instant instant_at(const Rows& rows, int row, int column);
std::optional<Instant> optional_instant_at(const Rows& rows, int row, int column);

/// RFC 3339 with microseconds, for a timestamptz parameter.
Parameter timestamp_parameter(const std::optional<Instant>& instant);

}  // namespace tenantctl::postgres
