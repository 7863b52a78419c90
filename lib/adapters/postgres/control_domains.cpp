#include "adapters/postgres/control_domains.hpp"

#include <fmt/format.h>

#include "adapters/postgres/control_audit.hpp"
#include "adapters/postgres/control_json.hpp"

namespace tenantctl::postgres {
namespace {

#define DOMAIN_COLUMNS                                                                                                             \
  "host, tenant, token, (extract(epoch from created_at) * 1000000)::bigint, (extract(epoch from verified_at) * 1000000)::bigint, " \
  "(extract(epoch from routed_at) * 1000000)::bigint from tenant_domains where kind = 'custom'"

constexpr const char* k_reserve = R"sql(
  with added as (
    insert into tenant_domains (host, tenant, kind, token) values ($1, $2, 'custom', $3) on conflict (host) do nothing returning host)
  )sql" INSERT_AUDIT("4") " cross join added";

constexpr const char* k_mark_verified = R"sql(
  with marked as (
    update tenant_domains set verified_at = clock_timestamp()
     where host = $1 and tenant = $2 and kind = 'custom' and verified_at is null returning host)
  )sql" INSERT_AUDIT("3") " cross join marked";

constexpr const char* k_forget = R"sql(
  with forgotten as (
    delete from tenant_domains where host = $1 and tenant = $2 and kind = 'custom' and routed_at is null returning host)
  )sql" INSERT_AUDIT("3") " cross join forgotten";

Result<CustomDomain> domain_at(const Rows& rows, int row) {
  TRY_ASSIGN(auto host, HostName::parse(rows.text(row, 0)));
  TRY_ASSIGN(auto tenant, TenantId::parse(rows.text(row, 1)));
  return CustomDomain{.host = std::move(host),
                      .tenant = std::move(tenant),
                      .token = rows.text(row, 2),
                      .created_at = instant_at(rows, row, 3),
                      .verified_at = optional_instant_at(rows, row, 4),
                      .routed_at = optional_instant_at(rows, row, 5)};
}

Result<std::vector<CustomDomain>> domains_of(const Rows& rows) {
  std::vector<CustomDomain> domains;
  for (int row = 0; row < rows.count(); ++row) {
    TRY_ASSIGN(auto domain, domain_at(rows, row));
    domains.push_back(std::move(domain));
  }
  return domains;
}

Result<std::int64_t> affected_by(Connection& connection, const char* statement, const std::vector<Parameter>& parameters) {
  TRY_ASSIGN(const auto rows, connection.query(statement, parameters));
  return rows.affected();
}

Result<std::optional<std::int64_t>> not_known(Connection&) { return std::nullopt; }

Error taken(Connection& connection, const HostName& host) {
  auto error = make_error(ErrorCode::domain_taken, fmt::format("domain \"{}\" belongs to a tenant already", host.str()));
  const auto rows =
      connection.query("select t.slug from tenant_domains d join tenants t on t.id = d.tenant where d.host = $1", {host.str()});
  if (!rows || rows->empty()) return error;
  const auto slug = rows->text(0, 0);
  error.message = fmt::format("domain \"{}\" belongs to tenant \"{}\"", host.str(), slug);
  error.hint = fmt::format("run \"tenantctl domain remove {} {}\" to give it up there", slug, host.str());
  return error;
}

}  // namespace

Result<void> ControlDomains::reserve(const CustomDomain& domain, const AuditEntry& audit) {
  const auto write = [&](Connection& connection) {
    return affected_by(connection, k_reserve, {domain.host.str(), domain.tenant.str(), domain.token, audit_parameter(audit)});
  };
  const auto took_hold = [&](Connection& connection) -> Result<std::optional<std::int64_t>> {
    TRY_ASSIGN(const auto ours, connection.query("select 1 from tenant_domains where host = $1 and tenant = $2 and token = $3",
                                                 {domain.host.str(), domain.tenant.str(), domain.token}));
    return ours.empty() ? std::nullopt : std::optional<std::int64_t>(1);
  };
  TRY_ASSIGN(const auto reserved, session_.write_surely(write, took_hold));
  if (reserved > 0) return {};
  TRY_ASSIGN(auto* connection, session_.ready());
  return fail(taken(*connection, domain.host));
}

Result<CustomDomain> ControlDomains::find(const TenantId& tenant, const HostName& host) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select " DOMAIN_COLUMNS " and tenant = $1 and host = $2", {tenant.str(), host.str()}));
  if (rows.empty()) return fail(ErrorCode::domain_not_found, fmt::format("the tenant has no custom domain \"{}\"", host.str()));
  return domain_at(rows, 0);
}

Result<std::vector<CustomDomain>> ControlDomains::list(const TenantId& tenant) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select " DOMAIN_COLUMNS " and tenant = $1 order by host", {tenant.str()}));
  return domains_of(rows);
}

Result<std::vector<CustomDomain>> ControlDomains::all() {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select " DOMAIN_COLUMNS " order by host"));
  return domains_of(rows);
}

Result<void> ControlDomains::mark_verified(const CustomDomain& domain, const AuditEntry& audit) {
  // Whether it took hold need not be known: a second time it changes nothing.
  TRY(session_.write_surely(
      [&](Connection& connection) {
        return affected_by(connection, k_mark_verified, {domain.host.str(), domain.tenant.str(), audit_parameter(audit)});
      },
      not_known));
  return {};
}

Result<void> ControlDomains::forget(const CustomDomain& domain, const AuditEntry& audit) {
  // The second time it finds nothing, which is success below.
  const auto write = [&](Connection& connection) {
    return affected_by(connection, k_forget, {domain.host.str(), domain.tenant.str(), audit_parameter(audit)});
  };
  TRY_ASSIGN(const auto forgotten, session_.write_surely(write, not_known));
  if (forgotten > 0) return {};
  const auto still = find(domain.tenant, domain.host);
  if (still) return fail(ErrorCode::state_conflict, fmt::format("domain \"{}\" was routed meanwhile", domain.host.str()));
  return still.error().code == ErrorCode::domain_not_found ? Result<void>() : fail(still.error());
}

}  // namespace tenantctl::postgres
