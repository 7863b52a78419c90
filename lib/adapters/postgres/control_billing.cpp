#include "adapters/postgres/control_billing.hpp"

#include <fmt/format.h>

#include <map>

#include "adapters/postgres/control_audit.hpp"
#include "adapters/postgres/control_billing_history.hpp"
#include "adapters/postgres/control_json.hpp"
#include "adapters/postgres/outbox_entry.hpp"

namespace tenantctl::postgres {
namespace {

// Of "i" of invoices.
#define INVOICE_COLUMNS                                                                                                                   \
  "i.number, i.label, i.kind, i.tenant, i.slug, i.company, i.email, i.issuer, to_char(i.month, 'YYYY-MM'), i.currency, i.lines, "         \
  "(extract(epoch from i.issued_at) * 1000000)::bigint, i.actor, i.reason, (select c.label from invoices c where c.number = i.credits), " \
  "i.bills_again, -coalesce((select sum(c.total_cents) from invoices c where c.credits = i.number), 0)::bigint"

constexpr const char* k_list = "select " INVOICE_COLUMNS R"sql( from invoices i
   where ($1::date is null or i.month = $1::date) and ($2::uuid is null or i.tenant = $2::uuid)
     and ($3 = '' or i.number::text = $3 or i.label = $3) and ($4 = '0' or i.number < $4::bigint)
   order by i.number desc limit nullif($5::bigint, 0))sql";

constexpr const char* k_written = "select " INVOICE_COLUMNS " from invoices i where i.written_by = $1::uuid order by i.number";

constexpr const char* k_tenants = R"sql(
  with billed as materialized (select tenant, bool_and(stands) as stands from billed_in($5::date) group by tenant)
  select t.id, t.slug, t.company_name, t.admin_email, (extract(epoch from least(t.cancelled_at, t.deleted_at)) * 1000000)::bigint
    from tenants t left join billed b on b.tenant = t.id
   where t.id > $1::uuid and ($2::uuid is null or t.id = $2::uuid)
     and exists (select from plan_changes p where p.tenant = t.id and p.at < $4::timestamptz)
     and coalesce(least(t.cancelled_at, t.deleted_at), 'infinity') > $3::timestamptz
     and not coalesce(b.stands, false)
   order by t.id limit $6::integer)sql";

/// What is told of each that a write has made, and its entry in the audit log. The statement's first three parameters are these three.
std::string announced(const std::string& made) {
  return fmt::format(R"sql(
  with made as materialized ({}),
  told as (
    insert into outbox (event, type, target, tenant, slug, data)
    select md5('invoice ' || i.number)::uuid, '{}', target, i.tenant, i.slug,
           jsonb_build_object('tenant', {}, 'invoice', jsonb_build_object(
             'number', i.label, 'kind', i.kind, 'month', to_char(i.month, 'YYYY-MM'), 'currency', i.currency, 'total_cents', i.total_cents,
             'credits', (select c.label from invoices c where c.number = i.credits), 'lines', i.lines))
      from made i left join tenants t on t.id = i.tenant cross join jsonb_array_elements_text($1::jsonb) as target
    on conflict do nothing),
  audit as ({} where exists (select from made))
  select count(*) from made where $3::uuid is not null)sql",
                     made, events::invoice_issued, told_tenant({}), INSERT_AUDIT("2"));
}

std::string month_parameter(Month month) { return month_text(month) + "-01"; }

Result<Invoice> invoice_at(const Rows& rows, int row) {
  TRY_ASSIGN(const auto month, parse_month(rows.text(row, 8)));
  Invoice invoice{.number = rows.integer(row, 0),
                  .label = rows.text(row, 1),
                  .kind = rows.text(row, 2) == "invoice" ? InvoiceKind::invoice : InvoiceKind::credit_note,
                  .tenant = rows.text(row, 3),
                  .slug = rows.text(row, 4),
                  .company = rows.text(row, 5),
                  .email = rows.text(row, 6),
                  .issuer = rows.text(row, 7),
                  .month = month,
                  .bill = {.currency = rows.text(row, 9)},
                  .issued_at = instant_at(rows, row, 11),
                  .actor = rows.text(row, 12),
                  .reason = rows.text(row, 13),
                  .credits = rows.text(row, 14),
                  .bills_again = rows.flag(row, 15),
                  .credited_cents = rows.integer(row, 16)};
  for (const auto& document : json_at(rows, row, 10)) {
    TRY_ASSIGN(auto line, line_from(document));
    invoice.bill.lines.push_back(std::move(line));
  }
  return invoice;
}

Result<std::vector<Invoice>> invoices_in(const Rows& rows) {
  std::vector<Invoice> invoices;
  for (int row = 0; row < rows.count(); ++row) {
    TRY_ASSIGN(auto invoice, invoice_at(rows, row));
    invoices.push_back(std::move(invoice));
  }
  return invoices;
}

nlohmann::json draft_document(const Invoice& draft) {
  auto lines = nlohmann::json::array();
  for (const auto& line : draft.bill.lines) lines.push_back(line_document(line));
  return {{"tenant", draft.tenant},    {"slug", draft.slug},
          {"company", draft.company},  {"email", draft.email},
          {"issuer", draft.issuer},    {"currency", draft.bill.currency},
          {"lines", std::move(lines)}, {"total_cents", draft.bill.total_cents()}};
}

}  // namespace

Result<std::vector<Billable>> ControlBilling::billable(const BillableQuery& query) {
  TRY_ASSIGN(auto* connection, session_.ready());
  const auto begin = begin_of(query.month);
  const auto end = begin_of(query.month + std::chrono::months(1));
  TRY_ASSIGN(const auto rows,
             connection->query(k_tenants, {query.after ? query.after->str() : "00000000-0000-0000-0000-000000000000",
                                           query.only ? Parameter(query.only->str()) : Parameter(), timestamp_parameter(begin),
                                           timestamp_parameter(end), month_parameter(query.month), std::to_string(query.limit)}));
  std::vector<Billable> billables;
  for (int row = 0; row < rows.count(); ++row) {
    TRY_ASSIGN(auto id, TenantId::parse(rows.text(row, 0)));
    billables.push_back({.id = std::move(id),
                         .slug = rows.text(row, 1),
                         .company = rows.text(row, 2),
                         .email = rows.text(row, 3),
                         .history = BillingHistory{.plans = {}, .ended = optional_instant_at(rows, row, 4)}});
  }
  TRY(read_histories(*connection, query.month, billables));
  return billables;
}

// What a write has made is asked for by its id, also where its answer was lost.
Result<std::vector<Invoice>> ControlBilling::written(const std::string& statement, const std::vector<Parameter>& parameters,
                                                     const BillingWrite& write) {
  const auto targets = session_.subscriptions().targets_of(events::invoice_issued);
  std::vector<Parameter> all{to_text(nlohmann::json(targets)), audit_parameter(write.audit), write.id};
  all.insert(all.end(), parameters.begin(), parameters.end());
  const auto text = announced(statement);
  std::vector<Invoice> made;
  const auto took_hold = [&](Connection& connection) -> Result<std::optional<std::int64_t>> {
    TRY_ASSIGN(const auto rows, connection.query(k_written, {write.id}));
    TRY_ASSIGN(made, invoices_in(rows));
    return made.empty() ? std::optional<std::int64_t>() : 1;
  };
  const auto make = [&](Connection& connection) -> Result<std::int64_t> {
    TRY(connection.query(text.c_str(), all));
    TRY(took_hold(connection));
    return 1;
  };
  TRY(session_.write_surely(make, took_hold));
  if (!made.empty() && !targets.empty()) session_.subscriptions().note_event();
  return made;
}

Result<std::vector<Invoice>> ControlBilling::issue(const std::vector<Invoice>& drafts, const BillingWrite& write) {
  if (drafts.empty()) return std::vector<Invoice>();
  auto documents = nlohmann::json::array();
  for (const auto& draft : drafts) documents.push_back(draft_document(draft));
  return written("select * from issue_invoices($4::jsonb, $5::date, $6, $7, $3::uuid)",
                 {to_text(documents), month_parameter(drafts.front().month), write.prefix, storable(write.audit.actor)}, write);
}

Result<std::vector<Invoice>> ControlBilling::list(const InvoiceFilter& filter) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(k_list, {filter.month ? Parameter(month_parameter(*filter.month)) : Parameter(),
                                                         filter.tenant ? Parameter(filter.tenant->str()) : Parameter(), filter.word,
                                                         std::to_string(filter.before), std::to_string(filter.limit)}));
  return invoices_in(rows);
}

Result<std::optional<Invoice>> ControlBilling::credit(const CreditOrder& order, const BillingWrite& write) {
  TRY_ASSIGN(auto made, written("select * from credit_invoice($4::bigint, $5::bigint, $6, $7::boolean, $8, $9, $3::uuid)",
                                {std::to_string(order.number), order.cents ? Parameter(std::to_string(*order.cents)) : Parameter(),
                                 storable(order.reason), order.bills_again ? "true" : "false", write.prefix, storable(write.audit.actor)},
                                write));
  if (made.empty()) return std::nullopt;
  return std::move(made.front());
}

}  // namespace tenantctl::postgres
