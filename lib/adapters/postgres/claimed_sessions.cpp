// Sessions that work for an operation: PostgresServer's functions about them. A session shows its operation and fence in its
// application_name before its first statement for it, and then asks whether the fence still counts. Whoever takes an operation over
// raises the fence first and looks for sessions afterwards: so a session is either seen and ended, or finds itself fenced.
#include <fmt/format.h>

#include "adapters/postgres/connection.hpp"
#include "adapters/postgres/database_server.hpp"
#include "adapters/postgres/ended_sessions.hpp"

namespace tenantctl {

using postgres::Connection;

namespace {

constexpr const char* k_end_forerunners = R"sql(
  select pg_terminate_backend(pid) from pg_stat_activity
   where split_part(application_name, ' ', 1) = 'tenantctl' and split_part(application_name, ' ', 2) = $1
     and split_part(application_name, ' ', 3) ~ '^[0-9]+$' and split_part(application_name, ' ', 3)::bigint < $2::bigint)sql";

}  // namespace

void PostgresServer::begin(const Claim& claim) {
  leave();
  is_admin_claimed_ = false;
  claim_ = claim;
  forerunners_ended_ = claim.ticket.fence == 1;
}

/// One that was open before the operation began, or that worked for another one, is taken on for it: a new one costs as much as most
/// statements do.
Result<void> PostgresServer::claim_admin() {
  if (is_admin_claimed_) return {};
  auto before = std::move(admin_);
  is_admin_claimed_ = true;
  if (!before || !before->alive() || before->in_transaction() || !before->relabel(label())) return {};
  TRY_ASSIGN(admin_, admitted(std::move(before)));
  return {};
}

std::string PostgresServer::label() const {
  return claim_ ? fmt::format("{} {}", claim_->ticket.id.str(), claim_->ticket.fence) : std::string();
}

Result<std::unique_ptr<Connection>> PostgresServer::admitted(Result<std::unique_ptr<Connection>> opened) {
  if (!opened || !claim_) return opened;
  TRY(claim_->still_ours());
  if (!forerunners_ended_) TRY(end_forerunners(**opened));
  forerunners_ended_ = true;
  return opened;
}

Result<void> PostgresServer::end_forerunners(Connection& connection) const {
  const auto& ticket = claim_->ticket;
  TRY_ASSIGN(const int left, postgres::end_sessions(connection, k_end_forerunners, {ticket.id.str(), std::to_string(ticket.fence)}));
  if (left == 0) return {};
  return fail(
      make_error(ErrorCode::timed_out, fmt::format("a session of an earlier holder of operation \"{}\" does not end", ticket.id.str()))
          .with_hint("run \"select * from pg_stat_activity\" on the server to see it, and try again")
          .may_retry());
}

}  // namespace tenantctl
