#include "adapters/postgres/control_tenants.hpp"

#include <fmt/format.h>

#include "adapters/postgres/control_json.hpp"

namespace tenantctl::postgres {
namespace {

#define TENANT_COLUMNS                                                                                                              \
  "id, code, slug, company_name, admin_email, owner, stack, plan, server, database, domain, status, "                               \
  "(extract(epoch from created_at) * 1000000)::bigint, (extract(epoch from activated_at) * 1000000)::bigint, "                      \
  "(extract(epoch from trial_ends_at) * 1000000)::bigint, schema, status_reason, "                                                  \
  "(extract(epoch from suspended_at) * 1000000)::bigint, (extract(epoch from cancelled_at) * 1000000)::bigint, "                    \
  "(extract(epoch from deleted_at) * 1000000)::bigint, (extract(epoch from quarantined_until) * 1000000)::bigint, schema_version, " \
  "moving_to, (extract(epoch from grace_ends_at) * 1000000)::bigint, payment_reference, "                                           \
  "(extract(epoch from expires_at) * 1000000)::bigint"
#define TENANT_FILTER                                                                                                   \
  " from tenants where (status = $1 or ($1::text is null and status <> 'deleted')) and ($2::text is null or plan = $2)" \
  " and ($3::text is null or stack = $3) and ($4::text is null or server = $4)"

/// Enough for a near miss; a registry of more tenants than this gets no proposal for the rest.
constexpr const char* k_known_slugs = "select slug from tenants order by slug limit 5000";

Result<Tenant> tenant_at(const Rows& rows, int row) {
  TRY_ASSIGN(auto id, TenantId::parse(rows.text(row, 0)));
  TRY_ASSIGN(auto code, TenantCode::parse(rows.text(row, 1)));
  TRY_ASSIGN(auto slug, TenantSlug::parse(rows.text(row, 2)));
  TRY_ASSIGN(const auto status, parse_tenant_status(rows.text(row, 11)));
  return Tenant{.id = std::move(id),
                .code = std::move(code),
                .slug = std::move(slug),
                .company_name = rows.text(row, 3),
                .admin_email = rows.text(row, 4),
                .owner = rows.text(row, 5),
                .stack = rows.text(row, 6),
                .plan = rows.text(row, 7),
                .server = rows.text(row, 8),
                .moving_to = rows.text(row, 22),
                .database = rows.text(row, 9),
                .schema = rows.text(row, 15),
                .schema_version = rows.text(row, 21),
                .domain = rows.text(row, 10),
                .status = status,
                .created_at = instant_at(rows, row, 12),
                .activated_at = optional_instant_at(rows, row, 13),
                .trial_ends_at = optional_instant_at(rows, row, 14),
                .grace_ends_at = optional_instant_at(rows, row, 23),
                .payment_reference = rows.text(row, 24),
                .status_reason = rows.text(row, 16),
                .suspended_at = optional_instant_at(rows, row, 17),
                .cancelled_at = optional_instant_at(rows, row, 18),
                .deleted_at = optional_instant_at(rows, row, 19),
                .quarantined_until = optional_instant_at(rows, row, 20),
                .expires_at = optional_instant_at(rows, row, 25)};
}

Parameter unless_empty(const std::string& text) { return text.empty() ? Parameter() : Parameter(text); }

Error no_such_tenant(Connection& connection, const std::string& name) {
  auto error = make_error(ErrorCode::tenant_not_found, fmt::format("no tenant has the name, code or id \"{}\"", name))
                   .with_hint("run \"tenantctl list\"");
  const auto rows = connection.query(k_known_slugs);
  if (!rows) return error;
  std::vector<std::string> known;
  for (int row = 0; row < rows->count(); ++row) known.push_back(rows->text(row, 0));
  if (const auto near = nearest_name(name, known); !near.empty()) error.hint = fmt::format("did you mean \"{}\"?", near);
  return error;
}

}  // namespace

Result<Tenant> ControlTenants::find(const std::string& name) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select " TENANT_COLUMNS R"sql(
      from tenants where id in (select id from tenants where slug = $1 and status <> 'deleted'
                                union all select id from tenants where slug = $1 and status = 'deleted'
                                union all select id from tenants where code = upper($1)
                                union all select id from tenants where id = case when $1 ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then $1::uuid end)
     order by id::text = lower($1) desc, slug = $1 desc, (status = 'deleted'), deleted_at desc limit 1)sql",
                                                {name}));
  if (rows.empty()) return fail(no_such_tenant(*connection, name));
  return tenant_at(rows, 0);
}

Result<std::vector<std::string>> ControlTenants::taken(const std::vector<std::string>& names) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(R"sql(
    select distinct t.slug from jsonb_array_elements_text($1::jsonb) as name
      join tenants t on t.slug = name and (t.status <> 'deleted' or t.quarantined_until > clock_timestamp()) order by 1)sql",
                                                {to_text(nlohmann::json(names))}));
  std::vector<std::string> taken;
  for (int row = 0; row < rows.count(); ++row) taken.push_back(rows.text(row, 0));
  return taken;
}

Result<ServerCounts> ControlTenants::count_by_server() {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(R"sql(
    select server, count(*) from (select server from tenants where status <> 'deleted'
                                  union all select moving_to from tenants where moving_to is not null) placed group by server)sql"));
  ServerCounts counts;
  for (int row = 0; row < rows.count(); ++row) counts.emplace(rows.text(row, 0), static_cast<std::size_t>(rows.integer(row, 1)));
  return counts;
}

Result<TenantPage> ControlTenants::list(const TenantFilter& filter) {
  TRY_ASSIGN(auto* connection, session_.ready());
  std::vector<Parameter> parameters{filter.status ? Parameter(to_string(*filter.status)) : Parameter(), unless_empty(filter.plan),
                                    unless_empty(filter.stack), unless_empty(filter.server)};
  TRY_ASSIGN(const auto total, connection->query("select count(*)" TENANT_FILTER, parameters));
  parameters.emplace_back(std::to_string(filter.limit));
  parameters.emplace_back(std::to_string(filter.offset));
  TRY_ASSIGN(const auto rows, connection->query("select " TENANT_COLUMNS TENANT_FILTER " order by slug limit $5 offset $6", parameters));
  TenantPage page{.total = static_cast<std::size_t>(total.integer(0, 0))};
  page.tenants.reserve(static_cast<std::size_t>(rows.count()));
  for (int row = 0; row < rows.count(); ++row) {
    TRY_ASSIGN(auto tenant, tenant_at(rows, row));
    page.tenants.push_back(std::move(tenant));
  }
  return page;
}

Result<std::vector<std::string>> ControlTenants::domains(const TenantId& tenant) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select host from tenant_domains where tenant = $1 and (kind = 'own' or routed_at is not "
                                                "null) order by kind desc, length(host), host",
                                                {tenant.str()}));
  std::vector<std::string> hosts;
  for (int row = 0; row < rows.count(); ++row) hosts.push_back(rows.text(row, 0));
  return hosts;
}

Result<TenantConfiguration> ControlTenants::configuration(const TenantId& tenant) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select key, value from tenant_configurations where tenant = $1", {tenant.str()}));
  TenantConfiguration configuration;
  for (int row = 0; row < rows.count(); ++row) configuration.emplace(rows.text(row, 0), rows.text(row, 1));
  return configuration;
}

}  // namespace tenantctl::postgres
