// What a look at a tenant found: each check with its outcome. Values only; commands/verify.cpp looks, views/health.hpp tells.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tenantctl {

struct HealthCheck {
  enum class Result : std::uint8_t { ok, failed, skipped };  // skipped: can't be told, and detail says why
  std::string name;                                          // "front", "database"; what programs look for
  Result result = Result::ok;
  std::string detail = {};
  std::string hint = {};
  std::chrono::milliseconds took{0};
};

struct TenantHealth {
  std::string slug;
  std::vector<HealthCheck> checks = {};

  bool healthy() const {
    return std::ranges::none_of(checks, [](const HealthCheck& check) { return check.result == HealthCheck::Result::failed; });
  }
};

}  // namespace tenantctl
