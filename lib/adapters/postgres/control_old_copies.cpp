#include "adapters/postgres/control_old_copies.hpp"

#include "adapters/postgres/control_audit.hpp"
#include "adapters/postgres/control_json.hpp"

namespace tenantctl::postgres {

Result<std::vector<OldCopy>> ControlOldCopies::list(const std::optional<TenantId>& tenant) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(R"sql(
    select tenant, server, database, (extract(epoch from since) * 1000000)::bigint
      from old_copies where $1::uuid is null or tenant = $1 order by since, tenant, server)sql",
                                                {tenant ? Parameter(tenant->str()) : Parameter()}));
  std::vector<OldCopy> copies;
  for (int row = 0; row < rows.count(); ++row) {
    TRY_ASSIGN(auto id, TenantId::parse(rows.text(row, 0)));
    copies.push_back(
        {.tenant = std::move(id), .server = rows.text(row, 1), .database = rows.text(row, 2), .since = instant_at(rows, row, 3)});
  }
  return copies;
}

Result<void> ControlOldCopies::forget(const TenantId& tenant, const std::string& server, const AuditEntry& entry) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY(connection->query("with gone as (delete from old_copies where tenant = $1 and server = $2 returning 1) " INSERT_AUDIT("3") ", gone",
                        {tenant.str(), server, audit_parameter(entry)}));
  return {};
}

}  // namespace tenantctl::postgres
