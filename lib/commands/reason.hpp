// `--reason`: why an operator did something, for the audit log and for whoever asks later.
#pragma once
#include <fmt/format.h>

#include <string>

#include "core/result.hpp"

namespace tenantctl {

/// Errors: bad_value.
inline Result<void> check_reason(const std::string& reason) {
  constexpr std::size_t k_longest = 1000;  // bytes, as in the control database
  if (reason.size() <= k_longest) return {};
  return fail(make_error(ErrorCode::bad_value, fmt::format("the reason has more than {} bytes", k_longest)).with_hint("shorten --reason"));
}

}  // namespace tenantctl
