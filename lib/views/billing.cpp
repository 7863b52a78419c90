#include "views/billing.hpp"

#include <fmt/format.h>

#include <map>

#include "core/encodings.hpp"
#include "core/money.hpp"
#include "core/template.hpp"
#include "core/text_table.hpp"
#include "views/csv.hpp"

namespace tenantctl {
namespace {

using std::chrono::days;

bool is_midnight(Instant instant) { return instant == std::chrono::floor<days>(instant); }

std::string day_or_instant(Instant instant) {
  const auto text = to_rfc3339(instant);
  return is_midnight(instant) ? text.substr(0, 10) : text;
}

/// Of whole days the last one is named, and not the one that it ends before.
std::string period_text(const InvoiceLine& line) {
  if (line.to <= line.from) return "";
  const auto last = is_midnight(line.to) ? day_or_instant(line.to - days(1)) : day_or_instant(line.to);
  const auto first = day_or_instant(line.from);
  return first == last ? first : fmt::format("{} to {}", first, last);
}

std::string total_text(const Invoice& invoice) { return money_text(invoice.bill.total_cents(), invoice.bill.currency); }

std::string state_text(const Invoice& invoice) {
  if (invoice.kind == InvoiceKind::credit_note) return "credit for " + invoice.credits;
  if (invoice.credited_cents == 0) return "";
  if (invoice.credited_cents == invoice.bill.total_cents()) return "credited";
  return money_text(invoice.credited_cents, invoice.bill.currency) + " credited";
}

nlohmann::json document_of(const Invoice& invoice) {
  auto lines = nlohmann::json::array();
  for (const auto& line : invoice.bill.lines) lines.push_back(line_document(line));
  nlohmann::json document{{"number", invoice.label.empty() ? nlohmann::json() : nlohmann::json(invoice.label)},
                          {"kind", to_string(invoice.kind)},
                          {"tenant", invoice.slug},
                          {"tenant_id", invoice.tenant},
                          {"company_name", invoice.company},
                          {"email", invoice.email},
                          {"issuer", invoice.issuer},
                          {"month", month_text(invoice.month)},
                          {"currency", invoice.bill.currency},
                          {"total_cents", invoice.bill.total_cents()},
                          {"issued_at", invoice.number > 0 ? nlohmann::json(to_rfc3339(invoice.issued_at)) : nlohmann::json()},
                          {"lines", std::move(lines)}};
  if (invoice.kind == InvoiceKind::credit_note)
    document.update({{"credits", invoice.credits}, {"reason", invoice.reason}, {"bills_again", invoice.bills_again}});
  else document["credited_cents"] = invoice.credited_cents;
  return document;
}

nlohmann::json documents_of(const std::vector<Invoice>& invoices) {
  auto documents = nlohmann::json::array();
  for (const auto& invoice : invoices) documents.push_back(document_of(invoice));
  return documents;
}

std::string list_csv(const std::vector<Invoice>& invoices) {
  std::string text = "number,kind,tenant,company_name,month,currency,total,credited,credits,issued_at\n";
  for (const auto& one : invoices)
    text += fmt::format("{},{},{},{},{},{},{},{},{},{}\n", csv_cell(one.label), to_string(one.kind), csv_cell(one.slug),
                        csv_cell(one.company), month_text(one.month), one.bill.currency, decimal_text(one.bill.total_cents()),
                        decimal_text(one.credited_cents), csv_cell(one.credits), to_rfc3339(one.issued_at));
  return text;
}

std::string lines_csv(const Invoice& invoice) {
  std::string text = "number,kind,text,plan,resource,from,to,quantity,unit,price,amount,currency\n";
  for (const auto& line : invoice.bill.lines) {
    const bool has_period = line.to > line.from;
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_cell(invoice.label), to_string(line.kind), csv_cell(line_text(line)),
                        csv_cell(line.plan), csv_cell(line.resource), has_period ? to_rfc3339(line.from) : "",
                        has_period ? to_rfc3339(line.to) : "", line.quantity, line.unit, decimal_text(line.price_cents),
                        decimal_text(line.amount_cents), invoice.bill.currency);
  }
  return text;
}

/// "3 invoices, 147 USD and 12 EUR in all".
std::string sums_text(const std::vector<Invoice>& invoices) {
  std::map<std::string, std::int64_t> sums;
  for (const auto& invoice : invoices) sums[invoice.bill.currency] += invoice.bill.total_cents();
  std::vector<std::string> texts;
  for (const auto& [currency, cents] : sums) texts.push_back(money_text(cents, currency));
  const auto count = fmt::format("{} invoice{}", invoices.size(), invoices.size() == 1 ? "" : "s");
  return texts.empty() ? count : fmt::format("{}, {} in all", count, fmt::join(texts, " and "));
}

std::string list_table(const std::vector<Invoice>& invoices) {
  TextTable table({"NUMBER", "TENANT", "MONTH", "TOTAL", "STATE"});
  for (const auto& one : invoices)
    table.add({one.label.empty() ? "-" : one.label, one.slug, month_text(one.month), total_text(one), state_text(one)});
  return table.str();
}

}  // namespace

Report billing_run_report(const BillingRunView& view) {
  auto text = view.invoices.empty() ? std::string() : list_table(view.invoices);
  auto failures = nlohmann::json::array();
  for (const auto& [slug, error] : view.failures) {
    text += fmt::format("{}: failed: {}\n", slug, full_message(error));
    failures.push_back({{"tenant", slug}, {"error", error_document(error)}});
  }
  if (!view.invoices.empty()) text += fmt::format("{}{}\n", sums_text(view.invoices), view.only_planned ? " would be issued" : "");
  if (view.stopped_by)
    text += fmt::format("stopped: {}\nrun \"tenantctl billing run --month {}\" for the others\n", full_message(*view.stopped_by),
                        month_text(view.month));
  const auto failed = view.failures.empty() ? std::optional<ErrorCode>() : ErrorCode::operation_failed;
  const auto ended = view.stopped_by ? std::optional(ErrorCode::unfinished) : failed;
  return {.text = std::move(text),
          .document = {{"month", month_text(view.month)},
                       {"dry_run", view.only_planned},
                       {"invoices", documents_of(view.invoices)},
                       {"failures", std::move(failures)},
                       {"stopped_by", error_document(view.stopped_by)}},
          .exit_status = ended ? info(*ended).exit_status : 0};
}

Report invoice_list_report(const std::vector<Invoice>& invoices, InvoiceForm form) {
  auto text = form == InvoiceForm::csv ? list_csv(invoices) : invoices.empty() ? "no invoices\n" : list_table(invoices);
  return {.text = std::move(text), .document = {{"invoices", documents_of(invoices)}}};
}

Report invoice_report(const Invoice& invoice, InvoiceForm form) {
  Report report{.text = {}, .document = document_of(invoice)};
  if (form == InvoiceForm::csv) {
    report.text = lines_csv(invoice);
    return report;
  }
  std::vector<std::pair<std::string, std::string>> fields{{invoice.kind == InvoiceKind::invoice ? "invoice" : "credit note", invoice.label},
                                                          {"issued", to_rfc3339(invoice.issued_at)},
                                                          {"tenant", invoice.slug},
                                                          {"company", invoice.company},
                                                          {"month", month_text(invoice.month)}};
  if (const auto state = state_text(invoice); !state.empty()) fields.emplace_back("state", state);
  if (!invoice.reason.empty()) fields.emplace_back("reason", invoice.reason);
  TextTable table({"WHAT", "WHEN", invoice.bill.currency});
  for (const auto& line : invoice.bill.lines) table.add({line_text(line), period_text(line), decimal_text(line.amount_cents)});
  table.add({"total", "", decimal_text(invoice.bill.total_cents())});
  report.text = text_fields(fields) + "\n" + table.str();
  return report;
}

Result<std::string> invoice_page(const Invoice& invoice, const std::string& form) {
  std::vector<TemplateValues> lines;
  for (const auto& line : invoice.bill.lines)
    lines.push_back({{"text", html_escaped(line_text(line))}, {"period", period_text(line)}, {"amount", decimal_text(line.amount_cents)}});
  std::vector<TemplateValues> issuer;
  for (std::size_t at = 0; at < invoice.issuer.size();) {
    const auto end = std::min(invoice.issuer.find('\n', at), invoice.issuer.size());
    issuer.push_back({{"line", html_escaped(invoice.issuer.substr(at, end - at))}});
    at = end + 1;
  }
  const TemplateValues values{{"title", invoice.kind == InvoiceKind::invoice ? "Invoice" : "Credit note"},
                              {"number", html_escaped(invoice.label)},
                              {"company", html_escaped(invoice.company)},
                              {"email", html_escaped(invoice.email)},
                              {"tenant", html_escaped(invoice.slug)},
                              {"has_issuer", !issuer.empty()},
                              {"issuer", std::move(issuer)},
                              {"issued", to_rfc3339(invoice.issued_at).substr(0, 10)},
                              {"month", month_text(invoice.month)},
                              {"has_credits", !invoice.credits.empty()},
                              {"credits", html_escaped(invoice.credits)},
                              {"has_reason", !invoice.reason.empty()},
                              {"reason", html_escaped(invoice.reason)},
                              {"currency", invoice.bill.currency},
                              {"lines", std::move(lines)},
                              {"total", decimal_text(invoice.bill.total_cents())}};
  return form.empty() ? render_embedded("templates/billing/invoice.html", values) : render_offered("billing.form", form, values);
}

}  // namespace tenantctl
