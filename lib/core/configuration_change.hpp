// One line of the history of a tenant's configuration. Values only.
#pragma once
#include <optional>
#include <string>

#include "core/instant.hpp"

namespace tenantctl {

struct ConfigurationChange {
  std::int64_t version = 0;
  std::string key;
  std::optional<std::string> from;  // empty: it had no value
  std::optional<std::string> to;    // empty: it was unset
  std::string actor;
  std::string host;
  Instant at{};
};

}  // namespace tenantctl
