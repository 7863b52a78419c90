// ControlOperations::lock: the one lock on a tenant's name.
#include <fmt/format.h>

#include "adapters/postgres/control_json.hpp"
#include "adapters/postgres/control_operations.hpp"
#include "adapters/postgres/lock_keys.hpp"

namespace tenantctl::postgres {
namespace {

// One round trip for the lock and for whom to name where it is taken. A holder that has not opened its operation yet is
// known to PostgreSQL only.
constexpr const char* k_lock = R"sql(
  select mine.granted, o.actor_name, o.actor_host, o.actor_pid, (extract(epoch from o.started_at) * 1000000)::bigint
    from (select pg_try_advisory_lock($1::bigint) as granted) mine
    left join lateral (
      select * from operations where slug = $2 and state in ('running', 'undoing', 'stuck')
       order by started_at desc limit 1) o on not mine.granted)sql";

class AdvisoryLock final : public TenantLock {
 public:
  AdvisoryLock(ControlSession& session, std::int64_t key) : session_(session), key_(key) { session_.held_locks().insert(key_); }
  AdvisoryLock(const AdvisoryLock&) = delete;
  AdvisoryLock& operator=(const AdvisoryLock&) = delete;
  ~AdvisoryLock() override {
    // Where another process has it, the session forgot it; a lost connection took it along.
    if (session_.held_locks().erase(key_) == 0) return;
    if (auto* connection = session_.current()) (void)connection->query("select pg_advisory_unlock($1::bigint)", {std::to_string(key_)});
  }

 private:
  ControlSession& session_;
  std::int64_t key_;
};

Error locked(const TenantSlug& slug, std::string_view holder) {
  return make_error(ErrorCode::locked, fmt::format("tenant \"{}\" is held by {}", slug.str(), holder))
      .with_hint(fmt::format("run \"tenantctl operations list\" to see it, and try again when it has ended"))
      .may_retry();
}

}  // namespace

Result<std::unique_ptr<TenantLock>> ControlOperations::lock(const TenantSlug& slug) {
  TRY_ASSIGN(auto* connection, session_.ready());
  const auto key = lock_key("tenantctl tenant " + slug.str());
  if (session_.held_locks().contains(key)) return fail(locked(slug, "another operation of this process"));
  TRY_ASSIGN(const auto rows, connection->query(k_lock, {std::to_string(key), slug.str()}));
  if (rows.flag(0, 0)) return std::unique_ptr<TenantLock>(std::make_unique<AdvisoryLock>(session_, key));
  if (rows.is_null(0, 1)) return fail(locked(slug, "another process that is about to begin"));
  return fail(locked(slug, fmt::format("\"{}\" on host \"{}\" (pid {}) since {}", rows.text(0, 1), rows.text(0, 2), rows.integer(0, 3),
                                       to_rfc3339(instant_at(rows, 0, 4)))));
}

}  // namespace tenantctl::postgres
