// `billing run|list|show|credit`: what tenants owe for a month, and the invoices that say so.
#include <fmt/format.h>

#include "commands/reason.hpp"
#include "commands/registry.hpp"
#include "core/money.hpp"
#include "core/utf8.hpp"
#include "views/billing.hpp"

namespace tenantctl {
namespace {

struct RunBillingArgs {
  std::string month;
  std::string tenant;
  bool dry_run = false;
};

/// A month that goes on still is not billed: nobody knows what will be used in it.
Result<Month> billed_month(const RunBillingArgs& args, Instant now) {
  if (args.month.empty()) return month_of(now) - std::chrono::months(1);
  TRY_ASSIGN(const auto month, parse_month(args.month));
  const auto end = begin_of(month + std::chrono::months(1));
  if (end <= now || args.dry_run) return month;
  return fail(make_error(ErrorCode::bad_value, fmt::format("{} goes on until {}", month_text(month), to_rfc3339(end)))
                  .with_hint(fmt::format("run it after that, or \"tenantctl billing run --month {} --dry-run\" now", month_text(month))));
}

/// One for each currency, without a number.
Result<std::vector<Invoice>> drafts_of(const Billable& billable, Month month, const BillingSettings& settings) {
  if (!billable.history) return fail(billable.history.error());
  TRY_ASSIGN(auto bills, bills_of(*billable.history, month));
  std::vector<Invoice> drafts;
  for (auto& bill : bills) {
    drafts.push_back({.tenant = billable.id.str(),
                      .slug = billable.slug,
                      .company = billable.company,
                      .email = billable.email,
                      .issuer = settings.issuer,
                      .month = month,
                      .bill = std::move(bill)});
  }
  return drafts;
}

/// Some hundred tenants at a time, those together or none. Who has an invoice of the month is passed over, so that a run that was killed is
/// repeated.
Result<void> bill_all(const RunBillingArgs& args, BillingRunView& view, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  BillableQuery query{.month = view.month};
  if (!args.tenant.empty()) {
    TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
    query.only = tenant.id;
  }
  const AuditEntry audit{.actor = services.actor().name,
                         .host = services.actor().host,
                         .action = "billing_run.succeeded",
                         .details = {{"month", month_text(view.month)}}};
  for (;;) {
    if (auto stopped = services.interrupted()) return fail(std::move(*stopped));
    TRY_ASSIGN(const auto billables, control.billing.billable(query));
    std::vector<Invoice> drafts;
    for (const auto& billable : billables) {
      auto some = drafts_of(billable, view.month, settings->billing);
      if (some) drafts.insert(drafts.end(), some->begin(), some->end());
      else view.failures.push_back({billable.slug, some.error()});
    }
    if (!args.dry_run) {
      const BillingWrite write{
          .prefix = settings->billing.prefix, .id = uuid_from_random(random_bytes<16>(services.entropy())), .audit = audit};
      TRY_ASSIGN(drafts, control.billing.issue(drafts, write));
    }
    view.invoices.insert(view.invoices.end(), drafts.begin(), drafts.end());
    if (billables.size() < static_cast<std::size_t>(query.limit)) return {};
    query.after = billables.back().id;
  }
}

Result<Report> run_billing(const RunBillingArgs& args, Services& services) {
  const auto now = services.clock().now();
  TRY_ASSIGN(const auto month, billed_month(args, now));
  TRY_ASSIGN(auto control, services.control());
  // A slip of the finger must not ask everybody for money of a year ago.
  if (month != month_of(now) - std::chrono::months(1) && args.tenant.empty() && !args.dry_run)
    TRY(services.confirm(fmt::format("issue invoices of {}, which is not the last month, to all who have none?", month_text(month))));
  BillingRunView view{.month = month, .invoices = {}, .failures = {}, .stopped_by = {}, .only_planned = args.dry_run};
  auto billed = bill_all(args, view, control, services);
  if (!billed && (view.invoices.empty() || args.dry_run)) return fail(std::move(billed).error());
  if (!billed) view.stopped_by = std::move(billed).error();  // what was issued is told, also where the rest can't be
  return billing_run_report(view);
}

struct ListInvoicesArgs {
  std::string month;
  std::string tenant;
  std::int64_t limit = 100;
  bool csv = false;
};

Result<Report> list_invoices(const ListInvoicesArgs& args, Services& services) {
  InvoiceFilter filter{.limit = args.month.empty() && args.tenant.empty() ? args.limit + 1 : 0};
  if (!args.month.empty()) { TRY_ASSIGN(filter.month, parse_month(args.month)); }
  TRY_ASSIGN(auto control, services.control());
  if (!args.tenant.empty()) {
    TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
    filter.tenant = tenant.id;
  }
  TRY_ASSIGN(auto invoices, control.billing.list(filter));
  const bool more = filter.limit > 0 && std::ssize(invoices) > args.limit;
  if (more) {
    invoices.resize(static_cast<std::size_t>(args.limit));
    services.progress().note("there are older ones: pass a higher --limit, --month or --tenant");
  }
  auto report = invoice_list_report(invoices, args.csv ? InvoiceForm::csv : InvoiceForm::table);
  report.document["more"] = more;
  return report;
}

Result<Invoice> find_invoice(const std::string& word, ControlPlane& control) {
  TRY_ASSIGN(auto found, control.billing.list({.word = word, .limit = 1}));
  if (!found.empty()) return std::move(found.front());
  return fail(make_error(ErrorCode::invoice_not_found, fmt::format("there is no invoice \"{}\"", printable(word)))
                  .with_hint("run \"tenantctl billing list\""));
}

struct ShowInvoiceArgs {
  std::string number;
  bool html = false;
  bool csv = false;
};

Result<Report> show_invoice(const ShowInvoiceArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto invoice, find_invoice(args.number, control));
  auto report = invoice_report(invoice, args.csv ? InvoiceForm::csv : InvoiceForm::table);
  if (!args.html) return report;
  TRY_ASSIGN(const auto* settings, services.settings());
  std::string form;
  if (!settings->billing.form.empty()) { TRY_ASSIGN(form, services.read_file(settings->billing.form)); }
  TRY_ASSIGN(report.text, invoice_page(invoice, form));
  return report;
}

struct CreditArgs {
  std::string number;
  std::string amount;
  std::string reason;
  bool bill_again = false;
};

Result<std::optional<std::int64_t>> credited_amount(const CreditArgs& args, const Invoice& invoice) {
  if (args.amount.empty()) return std::optional<std::int64_t>();
  const auto cents = parse_cents(args.amount);
  if (!cents || *cents == 0 || *cents % coin_of(invoice.bill.currency) != 0)
    return fail(make_error(ErrorCode::bad_value,
                           fmt::format("\"{}\" is no amount in {} that could be credited", printable(args.amount), invoice.bill.currency))
                    .with_hint("pass --amount 12.50, or leave it out to credit all"));
  if (args.bill_again)
    return fail(
        make_error(ErrorCode::usage, "a month is billed again where all of its invoice was credited").with_hint("leave --amount out"));
  return cents;
}

auto credit_refused(const Invoice& invoice) {
  const auto left = invoice.bill.total_cents() - invoice.credited_cents;
  return fail(
      make_error(ErrorCode::state_conflict, invoice.kind == InvoiceKind::credit_note
                                                ? fmt::format("{} is a credit note itself", invoice.label)
                                                : fmt::format("{} is left of {}", money_text(left, invoice.bill.currency), invoice.label))
          .with_hint(fmt::format("run \"tenantctl billing show {}\"", invoice.label)));
}

Result<Report> credit_invoice(const CreditArgs& args, Services& services) {
  TRY(check_reason(args.reason));
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto invoice, find_invoice(args.number, control));
  TRY_ASSIGN(const auto cents, credited_amount(args, invoice));
  const auto left = invoice.bill.total_cents() - invoice.credited_cents;
  if (invoice.kind == InvoiceKind::credit_note || (left == 0 && !args.bill_again) || (cents && *cents > left))
    return credit_refused(invoice);
  const AuditEntry audit{.actor = services.actor().name,
                         .host = services.actor().host,
                         .action = "billing_credit.succeeded",
                         .tenant = TenantId::parse(invoice.tenant).value(),
                         .slug = invoice.slug,
                         .details = {{"invoice", invoice.label}, {"reason", args.reason}}};
  TRY_ASSIGN(const auto note,
             control.billing.credit(
                 {.number = invoice.number, .cents = cents, .reason = args.reason, .bills_again = args.bill_again},
                 {.prefix = settings->billing.prefix, .id = uuid_from_random(random_bytes<16>(services.entropy())), .audit = audit}));
  if (!note) {  // another one was faster, or it was to be billed again already
    TRY_ASSIGN(const auto now, find_invoice(invoice.label, control));
    return credit_refused(now);
  }
  auto report = invoice_report(*note, InvoiceForm::table);
  if (args.bill_again)
    report.text +=
        fmt::format("run \"tenantctl billing run --month {} --tenant {}\" to bill it again\n", month_text(invoice.month), invoice.slug);
  return report;
}

void add_number(CLI::App& command, std::string& number) {
  command.add_option("number", number, "as it is printed, or without its prefix and zeros")->required()->type_name("NUMBER");
}

}  // namespace

void add_billing(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("billing", "issues invoices, shows them and takes them back");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl billing run --month 2026-10 --dry-run");

  auto [run_sub, run_args] = add_command<RunBillingArgs>(
      *group, "run", "issues the invoices of a month to all who have none; for cron: runs that overlap issue each once",
      "tenantctl billing run --month 2026-10", chosen, run_billing);
  run_sub->add_option("--month", run_args->month, "such as 2026-10; the last one where it is not said")->type_name("MONTH");
  run_sub->add_option("--tenant", run_args->tenant, "only this one: its slug, code or id")->type_name("TENANT");
  run_sub->add_flag("--dry-run", run_args->dry_run, "only show what would be issued");

  auto [list_sub, list_args] = add_command<ListInvoicesArgs>(*group, "list", "shows invoices and credit notes, the newest first",
                                                             "tenantctl billing list --month 2026-10 --csv", chosen, list_invoices);
  list_sub->add_option("--month", list_args->month, "all of that month, such as 2026-10")->type_name("MONTH");
  list_sub->add_option("--tenant", list_args->tenant, "only this one's: its slug, code or id")->type_name("TENANT");
  list_sub->add_option("--limit", list_args->limit, "how many at the most, without --month and --tenant")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  list_sub->add_flag("--csv", list_args->csv, "print them as CSV");

  auto [show_sub, show_args] = add_command<ShowInvoiceArgs>(
      *group, "show", "shows an invoice with its lines", "tenantctl billing show INV-000001 --html > invoice.html", chosen, show_invoice);
  add_number(*show_sub, show_args->number);
  auto* html = show_sub->add_flag("--html", show_args->html, "print it as a page for a printer");
  show_sub->add_flag("--csv", show_args->csv, "print its lines as CSV")->excludes(html);

  auto [credit_sub, credit_args] =
      add_command<CreditArgs>(*group, "credit", "takes an invoice back, or a part of it, by a credit note",
                              "tenantctl billing credit INV-000001 --reason \"charged twice\"", chosen, credit_invoice);
  add_number(*credit_sub, credit_args->number);
  credit_sub->add_option("--reason", credit_args->reason, "why; it is printed on the credit note")->required()->type_name("TEXT");
  credit_sub->add_option("--amount", credit_args->amount, "how much; all that is left where it is not said")->type_name("AMOUNT");
  credit_sub->add_flag("--bill-again", credit_args->bill_again, "have the next run bill the month anew");
}

}  // namespace tenantctl
