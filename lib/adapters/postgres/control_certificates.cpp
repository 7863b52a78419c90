#include "adapters/postgres/control_certificates.hpp"

#include <fmt/format.h>

#include "adapters/postgres/control_json.hpp"
#include "adapters/postgres/lock_keys.hpp"

namespace tenantctl::postgres {
namespace {

#define CERTIFICATE_COLUMNS                                                                                               \
  "c.tenant, t.slug, c.names, c.host, c.home, c.folder, c.zone, (extract(epoch from c.requested_at) * 1000000)::bigint, " \
  "(extract(epoch from c.issued_at) * 1000000)::bigint, (extract(epoch from c.not_after) * 1000000)::bigint, "            \
  "(extract(epoch from c.due_at) * 1000000)::bigint, c.tries, c.problem from certificates c join tenants t on t.id = c.tenant"

// $1 weekly, $2 tenant or empty, $3 whether those alone that were never tried. What has none comes before what is only to be renewed; that
// does not count against the budget.
constexpr const char* k_take_certificate = "select " CERTIFICATE_COLUMNS R"sql(
   where c.due_at <= clock_timestamp() and ($2 = '' or c.tenant::text = $2) and not ($3::boolean and c.tried_at is not null)
     and t.status in ('active', 'suspended')
     and not exists (select 1 from operations o where o.tenant = c.tenant and o.kind = 'delete' and o.finished_at is null)
     and (c.issued_at is not null
          or $1::integer > (select count(*) from certificate_orders n where n.zone = c.zone and n.is_issued and not n.is_renewal
                               and n.ordered_at > clock_timestamp() - interval '7 days'))
   order by c.issued_at is not null, c.due_at, c.requested_at limit 1 for update of c skip locked)sql";

// $1 name, $2 when it ends or null, $3 the problem, $4 seconds until the next try, $5 days before the end, but not before half
// of its time. The order is written with it.
constexpr const char* k_conclude_certificate = R"sql(
  with c as (select name, zone, issued_at is not null as is_renewal from certificates where name = $1),
  ordered as (
    insert into certificate_orders (zone, name, is_renewal, is_issued) select zone, name, is_renewal, $2::timestamptz is not null from c),
  old as (delete from certificate_orders where ordered_at < clock_timestamp() - interval '30 days')
  update certificates
     set issued_at = case when $2::timestamptz is null then issued_at else clock_timestamp() end, not_after = coalesce($2, not_after),
         tried_at = clock_timestamp(), tries = case when $2::timestamptz is null then tries + 1 else 0 end, problem = $3,
         due_at = coalesce(greatest($2::timestamptz - make_interval(days => $5::integer),
                                   clock_timestamp() + ($2::timestamptz - clock_timestamp()) / 2),
                          clock_timestamp() + make_interval(secs => $4::integer))
   where name = $1)sql";

// The row of another tenant is left as it is, and then is not returned; nor is one of a tenant that is gone or about to go. One that there
// is none of yet is to lie where nginx is today.
constexpr const char* k_request_certificate = R"sql(
  insert into certificates as c (name, tenant, names, host, home, folder, zone)
  select $1, t.id, $3::jsonb, $4, $5, $6, $7 from tenants t
   where t.id = $2::uuid and t.status in ('provisioning', 'active', 'suspended')
     and not exists (select 1 from operations o where o.tenant = t.id and o.kind = 'delete' and o.finished_at is null)
  on conflict (name) do update set host = case when c.issued_at is null then excluded.host else c.host end,
                                   home = case when c.issued_at is null then excluded.home else c.home end,
                                   folder = case when c.issued_at is null then excluded.folder else c.folder end
   where c.tenant = excluded.tenant
  returning name)sql";

constexpr const char* k_gone_session = "the connection went while a certificate was got; it is found and taken at the next try";

Result<std::vector<HostName>> names_at(const Rows& rows, int row, int column) {
  std::vector<HostName> names;
  for (const auto& text : json_at(rows, row, column)) {
    TRY_ASSIGN(auto name, HostName::parse(text.is_string() ? text.get<std::string>() : ""));
    names.push_back(std::move(name));
  }
  if (names.empty()) return fail(ErrorCode::internal, "a certificate has no names");
  return names;
}

Result<Certificate> certificate_at(const Rows& rows, int row) {
  TRY_ASSIGN(auto tenant, TenantId::parse(rows.text(row, 0)));
  TRY_ASSIGN(auto slug, TenantSlug::parse(rows.text(row, 1)));
  TRY_ASSIGN(auto names, names_at(rows, row, 2));
  return Certificate{.order = {.tenant = std::move(tenant),
                               .slug = std::move(slug),
                               .names = std::move(names),
                               .place = {.host = rows.text(row, 3), .home = rows.text(row, 4), .folder = rows.text(row, 5)},
                               .zone = rows.text(row, 6)},
                     .requested_at = instant_at(rows, row, 7),
                     .issued_at = optional_instant_at(rows, row, 8),
                     .not_after = optional_instant_at(rows, row, 9),
                     .due_at = instant_at(rows, row, 10),
                     .tries = static_cast<int>(rows.integer(row, 11)),
                     .problem = rows.text(row, 12)};
}

std::string names_parameter(const CertificateOrder& order) {
  auto names = nlohmann::json::array();
  for (const auto& name : order.names) names.push_back(name.str());
  return to_text(names);
}

/// Whoever gets one holds it, in the whole fleet. False where another does.
Result<bool> take_turn(Connection& connection) {
  TRY_ASSIGN(const auto rows,
             connection.query("select pg_try_advisory_xact_lock($1::bigint)", {std::to_string(lock_key("tenantctl certificates"))}));
  return rows.flag(0, 0);
}

}  // namespace

Result<void> ControlCertificates::request(const CertificateOrder& order) {
  TRY_ASSIGN(auto* connection, session_.ready());
  const auto& place = order.place;
  TRY_ASSIGN(const auto rows,
             connection->query(k_request_certificate, {order.name().str(), order.tenant.str(), names_parameter(order), place.host,
                                                       place.home.string(), place.folder.string(), order.zone}));
  session_.certificates_wanted().raise();
  if (!rows.empty()) return {};
  TRY_ASSIGN(const auto other, find(order.name()));
  if (!other) return fail(ErrorCode::state_conflict, fmt::format("tenant \"{}\" is gone, or about to be deleted", order.slug.str()));
  return fail(make_error(ErrorCode::foreign_object, fmt::format("another tenant has the certificate of \"{}\"", order.name().str()))
                  .with_hint("run \"tenantctl certs list\""));
}

Result<std::optional<Certificate>> ControlCertificates::find(const HostName& name) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select " CERTIFICATE_COLUMNS " where c.name = $1", {name.str()}));
  if (rows.empty()) return std::optional<Certificate>();
  TRY_ASSIGN(auto found, certificate_at(rows, 0));
  return std::optional(std::move(found));
}

Result<std::vector<Certificate>> ControlCertificates::list(const std::optional<TenantId>& tenant) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select " CERTIFICATE_COLUMNS " where $1 = '' or c.tenant::text = $1 order by c.name",
                                                {tenant ? tenant->str() : std::string()}));
  std::vector<Certificate> found;
  for (int row = 0; row < rows.count(); ++row) {
    TRY_ASSIGN(auto one, certificate_at(rows, row));
    found.push_back(std::move(one));
  }
  return found;
}

Result<IssueRound> ControlCertificates::issue_next(const IssueOrders& orders,
                                                   const std::function<std::optional<CertificateEnd>(const Certificate&)>& issue) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(auto transaction, Transaction::begin(*connection));
  // Certbot takes longer than a session is to be idle here.
  TRY(connection->query("set local idle_in_transaction_session_timeout = 0"));
  TRY_ASSIGN(const bool is_our_turn, take_turn(*connection));
  if (!is_our_turn) return IssueRound::busy;
  TRY_ASSIGN(const auto rows,
             connection->query(k_take_certificate, {std::to_string(orders.weekly), orders.tenant ? orders.tenant->str() : std::string(),
                                                    std::string(orders.only_new ? "true" : "false")}));
  if (rows.empty()) return IssueRound::none;
  TRY_ASSIGN(const auto certificate, certificate_at(rows, 0));
  const auto end = issue(certificate);
  if (!end) return IssueRound::none;
  const auto concluded = connection->query(k_conclude_certificate,
                                           {certificate.order.name().str(), timestamp_parameter(end->not_after), storable(end->problem),
                                            std::to_string(end->pause.count()), std::to_string(orders.renew_days)});
  if (!concluded) return fail(Error(concluded.error()).with_context(k_gone_session));
  TRY(transaction.commit());
  return IssueRound::one;
}

Result<void> ControlCertificates::make_due(const std::optional<TenantId>& tenant, bool renewals) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY(
      connection->query("update certificates set due_at = clock_timestamp() where ($1 = '' or tenant::text = $1) and due_at > "
                        "clock_timestamp() and ($2::boolean or issued_at is null or problem <> '')",
                        {tenant ? tenant->str() : std::string(), std::string(renewals ? "true" : "false")}));
  return {};
}

Result<bool> ControlCertificates::remove(const CertificateOrder& order, const std::function<Result<void>(const Certificate&)>& give_up) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(auto transaction, Transaction::begin(*connection));
  // Whoever is getting it is waited for, and may take as long as certbot does.
  TRY(connection->query("set local idle_in_transaction_session_timeout = 0"));
  TRY(connection->query("set local lock_timeout = '200s'"));
  auto locked = connection->query("select " CERTIFICATE_COLUMNS " where c.name = $1 and c.tenant = $2 for update of c",
                                  {order.name().str(), order.tenant.str()});
  if (!locked && locked.error().code == ErrorCode::timed_out) {
    return fail(make_error(ErrorCode::locked,
                           fmt::format("another process has been getting the certificate of \"{}\" for minutes", order.name().str()))
                    .with_hint("look for a tenantctl that hangs, or end its session on the control database")
                    .may_retry());
  }
  TRY_ASSIGN(const auto rows, std::move(locked));
  if (rows.empty()) return false;
  TRY_ASSIGN(const auto certificate, certificate_at(rows, 0));
  TRY(give_up(certificate));
  TRY(connection->query("delete from certificates where name = $1", {order.name().str()}));
  TRY(transaction.commit());
  return true;
}

Result<std::vector<Instant>> ControlCertificates::got_lately(const std::string& zone) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select (extract(epoch from ordered_at) * 1000000)::bigint from certificate_orders where "
                                                "zone = $1 and is_issued and not is_renewal and ordered_at > clock_timestamp() - "
                                                "interval '7 days' order by ordered_at",
                                                {zone}));
  std::vector<Instant> got;
  for (int row = 0; row < rows.count(); ++row) got.push_back(instant_at(rows, row, 0));
  return got;
}

}  // namespace tenantctl::postgres
