#include "pipeline/site_configuration.hpp"

#include <fmt/format.h>

#include "core/configuration_keys.hpp"
#include "core/frappe_stack.hpp"

namespace tenantctl {

std::string site_configuration(std::int64_t version, const TenantConfiguration& values) {
  std::string pairs;
  for (const auto& [key, value] : values) {
    const auto typed = typed_value(key, value);
    const auto literal = typed.is_boolean() ? std::string(typed.get<bool>() ? "True" : "False") : python_string(value);
    pairs += fmt::format("{}{}: {}", pairs.empty() ? "" : ", ", python_string(key), literal);
  }
  return fmt::format("{{'version': {}, 'values': {{{}}}}}", version, pairs);
}

}  // namespace tenantctl
