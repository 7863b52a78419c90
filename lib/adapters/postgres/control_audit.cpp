#include "adapters/postgres/control_audit.hpp"

#include <fmt/format.h>

#include "adapters/postgres/control_json.hpp"

namespace tenantctl::postgres {
namespace {

Result<AuditEntry> audit_entry_at(const Rows& rows, int row) {
  AuditEntry entry{.id = rows.integer(row, 0),
                   .at = instant_at(rows, row, 1),
                   .actor = rows.text(row, 2),
                   .host = rows.text(row, 3),
                   .action = rows.text(row, 4),
                   .slug = rows.text(row, 6),
                   .operation = rows.text(row, 7),
                   .details = json_at(rows, row, 8)};
  if (!rows.is_null(row, 5)) { TRY_ASSIGN(entry.tenant, TenantId::parse(rows.text(row, 5))); }
  return entry;
}

}  // namespace

Parameter audit_parameter(const AuditEntry& entry) {
  nlohmann::json object{{"actor", storable(entry.actor)},
                        {"host", storable(entry.host)},
                        {"action", entry.action},
                        {"slug", entry.slug},
                        {"details", entry.details}};
  if (entry.tenant) object["tenant"] = entry.tenant->str();
  if (!entry.operation.empty()) object["operation"] = entry.operation;
  return to_text(object);
}

Result<void> ControlAudit::append(const AuditEntry& entry) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY(connection->query(INSERT_AUDIT("1"), {audit_parameter(entry)}));
  return {};
}

Result<AuditPage> ControlAudit::list(const AuditFilter& filter) {
  TRY_ASSIGN(auto* connection, session_.ready());
  // One more than asked for, to know whether there are more.
  TRY_ASSIGN(const auto rows,
             connection->query(R"sql(
    select id, (extract(epoch from at) * 1000000)::bigint, actor, host, action, tenant, slug, operation, details
      from audit_log
     where ($1::text is null or slug = $1) and ($2::uuid is null or tenant = $2)
       and ($3::timestamptz is null or at >= $3) and ($4::timestamptz is null or at < $4)
       and ($5::bigint = 0 or id < $5)
     order by id desc limit $6)sql",
                               {filter.slug.empty() ? Parameter() : Parameter(filter.slug),
                                filter.tenant ? Parameter(filter.tenant->str()) : Parameter(), timestamp_parameter(filter.since),
                                timestamp_parameter(filter.until), std::to_string(filter.before), std::to_string(filter.limit + 1)}));
  const auto count = std::min(static_cast<std::size_t>(rows.count()), filter.limit);
  AuditPage page{.entries = {}, .more = static_cast<std::size_t>(rows.count()) > filter.limit};
  for (int row = 0; row < static_cast<int>(count); ++row) {
    TRY_ASSIGN(auto entry, audit_entry_at(rows, row));
    page.entries.push_back(std::move(entry));
  }
  return page;
}

}  // namespace tenantctl::postgres
