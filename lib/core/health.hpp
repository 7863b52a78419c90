// What a look at something found: each check with its outcome, of a tenant's health or of the installation's. Values only;
// the commands look, and the views tell.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace tenantctl {

struct HealthCheck {
  enum class Result : std::uint8_t { ok, failed, skipped };  // skipped: can't be told, and detail says why
  std::string name;                                          // "front", "server pg1"; what programs look for
  Result result = Result::ok;
  std::string detail = {};  // what was found, or why it failed
  std::string hint = {};
  std::chrono::milliseconds took{0};
};

/// With the error's own words and hint.
inline HealthCheck failed_check(std::string name, const Error& error) {
  return {.name = std::move(name), .result = HealthCheck::Result::failed, .detail = full_message(error), .hint = error.hint};
}
inline HealthCheck skipped_check(std::string name, std::string why) {
  return {.name = std::move(name), .result = HealthCheck::Result::skipped, .detail = std::move(why)};
}

struct TenantHealth {
  std::string slug;
  std::vector<HealthCheck> checks = {};

  bool healthy() const {
    return std::ranges::none_of(checks, [](const HealthCheck& check) { return check.result == HealthCheck::Result::failed; });
  }
};

}  // namespace tenantctl
