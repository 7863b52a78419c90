#include "adapters/postgres/ended_sessions.hpp"

#include <thread>

namespace tenantctl::postgres {
namespace {

constexpr std::chrono::seconds k_patience{10};

}  // namespace

Result<int> end_sessions(Connection& connection, const char* query, const std::vector<Parameter>& parameters, const SessionEnding& ending) {
  const auto deadline = std::chrono::steady_clock::now() + k_patience;
  for (int quiet = 0;;) {
    TRY_ASSIGN(const auto rows, connection.query(query, parameters));
    quiet = rows.empty() ? quiet + 1 : 0;
    if (quiet == ending.quiet_looks) return 0;
    if (!rows.empty() && std::chrono::steady_clock::now() > deadline) return rows.count();
    std::this_thread::sleep_for(ending.pause);
  }
}

}  // namespace tenantctl::postgres
