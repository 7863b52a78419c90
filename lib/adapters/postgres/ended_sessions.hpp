// Sessions that have to be gone before something else is done. One that is being ended may still commit: it counts until it is gone.
#pragma once
#include <chrono>
#include <vector>

#include "adapters/postgres/connection.hpp"

namespace tenantctl::postgres {

/// $1 role.
inline constexpr const char* k_end_sessions_of_role = "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1";

struct SessionEnding {
  std::chrono::milliseconds pause{5};  // between two looks
  int quiet_looks = 1;                 // so many in a row that find none: a session that is just starting shows up late
};

/// Ends what `query`, a select of pg_terminate_backend, finds, until it finds none. Returns how many outlive ten seconds.
Result<int> end_sessions(Connection& connection, const char* query, const std::vector<Parameter>& parameters,
                         const SessionEnding& ending = {});

}  // namespace tenantctl::postgres
