// Instants that something may not have yet, as tables and documents show them.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/instant.hpp"

namespace tenantctl {

inline nlohmann::json instant_or_null(const std::optional<Instant>& instant) {
  return instant ? nlohmann::json(to_rfc3339(*instant)) : nlohmann::json();
}

inline std::string instant_or_empty(const std::optional<Instant>& instant) { return instant ? to_rfc3339(*instant) : ""; }

}  // namespace tenantctl
