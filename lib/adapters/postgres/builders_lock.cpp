#include "adapters/postgres/builders_lock.hpp"

#include "adapters/postgres/lock_keys.hpp"

namespace tenantctl::postgres {
namespace {

// One for all: what is built shares roles. Building is rare.
constexpr std::string_view k_lock_name = "tenantctl templates";

}  // namespace

BuildersLock::BuildersLock(Connection& connection) : connection_(connection), key_(std::to_string(lock_key(k_lock_name))) {}

BuildersLock::~BuildersLock() {
  if (taken_ && connection_.alive()) (void)connection_.query("select pg_advisory_unlock($1::bigint)", {key_});
}

Result<bool> BuildersLock::try_take() {
  TRY_ASSIGN(const auto rows, connection_.query("select pg_try_advisory_lock($1::bigint)", {key_}));
  taken_ = rows.flag(0, 0);
  return taken_;
}

Result<void> BuildersLock::take() {
  TRY(connection_.script("set lock_timeout = '120s'"));
  auto locked = connection_.query("select pg_advisory_lock($1::bigint)", {key_});
  TRY(connection_.script("reset lock_timeout"));
  if (!locked) return fail(std::move(locked).error().with_context("wait for another builder of databases"));
  taken_ = true;
  return {};
}

}  // namespace tenantctl::postgres
