// What tenants owe, in the control database: the histories that bills are made of, and the invoices that were issued.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/audit.hpp"
#include "core/billing.hpp"
#include "core/invoice.hpp"

namespace tenantctl {

/// A tenant that had a plan within a month.
struct Billable {
  TenantId id;
  std::string slug;
  std::string company;
  std::string email;
  Result<BillingHistory> history;  // internal, where what is there can't be read: the others are billed nevertheless
};

/// So many at a time, by their ids.
struct BillableQuery {
  Month month;
  std::optional<TenantId> after = {};
  std::optional<TenantId> only = {};
  int limit = 500;
};

struct InvoiceFilter {
  std::optional<Month> month = {};
  std::optional<TenantId> tenant = {};
  std::string word = {};    // a number or a label
  std::int64_t before = 0;  // only those with a lower number; 0: all
  std::int64_t limit = 0;   // 0: all
};

struct CreditOrder {
  std::int64_t number = 0;
  std::optional<std::int64_t> cents = {};  // nothing: all that is left
  std::string reason = {};
  bool bills_again = false;
};

/// How an issue or a credit is written down.
struct BillingWrite {
  std::string prefix;  // of numbers as they are printed
  std::string id;      // a UUID, by which it is found again where the answer was lost
  AuditEntry audit;
};

class BillingStore {
 public:
  virtual ~BillingStore() = default;
  // Errors of all: control_unreachable, sql_failed; internal, where what is there can't be read.

  /// Those without an invoice of that month, by their ids.
  virtual Result<std::vector<Billable>> billable(const BillableQuery& query) = 0;
  /// All of them together, or none, each with the next number; who has an invoice of the month by now gets none. Gives those that were
  /// issued. Errors: unfinished, where the answer was lost and it can't be found out.
  virtual Result<std::vector<Invoice>> issue(const std::vector<Invoice>& drafts, const BillingWrite& write) = 0;
  /// By number, the newest first.
  virtual Result<std::vector<Invoice>> list(const InvoiceFilter& filter) = 0;
  /// The credit note; nothing where less than that is left. Errors: as issue().
  virtual Result<std::optional<Invoice>> credit(const CreditOrder& order, const BillingWrite& write) = 0;
};

}  // namespace tenantctl
