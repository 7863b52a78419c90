// Invoices for people, for programs, for spreadsheets and for printers.
#pragma once
#include <string>
#include <vector>

#include "core/invoice.hpp"
#include "views/report.hpp"

namespace tenantctl {

enum class InvoiceForm { table, csv };

/// A tenant that got no invoice because something of it can't be read.
struct BillingFailure {
  std::string slug;
  Error error;
};

struct BillingRunView {
  Month month;
  std::vector<Invoice> invoices;
  std::vector<BillingFailure> failures = {};
  std::optional<Error> stopped_by = {};  // before all had theirs
  bool only_planned = false;
};

Report billing_run_report(const BillingRunView& view);
Report invoice_list_report(const std::vector<Invoice>& invoices, InvoiceForm form);
Report invoice_report(const Invoice& invoice, InvoiceForm form);

/// A page that a browser prints. `form` is the template's text; empty stands for the built-in one. Errors: template_invalid.
Result<std::string> invoice_page(const Invoice& invoice, const std::string& form);

}  // namespace tenantctl
