#include "adapters/postgres/control_expiry.hpp"

#include "adapters/postgres/control_audit.hpp"
#include "adapters/postgres/control_json.hpp"

namespace tenantctl::postgres {
namespace {

constexpr const char* k_expired_tenants = R"sql(
  select id, slug, status, (extract(epoch from expires_at) * 1000000)::bigint from tenants
   where expires_at <= $1::timestamptz and status <> 'deleted' order by slug)sql";

constexpr const char* k_set_expiry =
    "with changed as (update tenants set expires_at = $2::timestamptz"
    " where id = $1 and status <> 'deleted' and expires_at is distinct from $2::timestamptz returning 1) " INSERT_AUDIT(
        "3") " cross join changed";

}  // namespace

Result<std::vector<ExpiryDue>> ControlExpiry::due(Instant now) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(k_expired_tenants, {timestamp_parameter(now)}));
  std::vector<ExpiryDue> due;
  for (int row = 0; row < rows.count(); ++row) {
    TRY_ASSIGN(auto id, TenantId::parse(rows.text(row, 0)));
    TRY_ASSIGN(const auto status, parse_tenant_status(rows.text(row, 2)));
    due.push_back({.id = std::move(id), .slug = rows.text(row, 1), .status = status, .expires_at = instant_at(rows, row, 3)});
  }
  return due;
}

Result<void> ControlExpiry::set(const TenantId& tenant, const std::optional<Instant>& at, const AuditEntry& audit) {
  const auto write = [&](Connection& connection) -> Result<std::int64_t> {
    TRY_ASSIGN(const auto rows, connection.query(k_set_expiry, {tenant.str(), timestamp_parameter(at), audit_parameter(audit)}));
    return rows.affected();
  };
  TRY(session_.write_surely(write, ControlSession::is_repeatable));
  return {};
}

}  // namespace tenantctl::postgres
