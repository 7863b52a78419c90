// Claims as an adapter is given them, for the tests that take an operation over from one process by another.
#pragma once
#include "ports/claim.hpp"

namespace tenantctl::test {

inline Claim claim_of(
    std::int64_t fence, std::function<Result<void>()> still_ours = [] { return Result<void>(); }) {
  return {.ticket = {.id = *OperationId::parse("11111111-2222-4333-8444-555555555555"), .fence = fence},
          .still_ours = std::move(still_ours)};
}

}  // namespace tenantctl::test
