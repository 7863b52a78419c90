// Billing in the control database.
#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/billing_store.hpp"

namespace tenantctl::postgres {

class ControlBilling final : public BillingStore {
 public:
  explicit ControlBilling(ControlSession& session) : session_(session) {}

  Result<std::vector<Billable>> billable(const BillableQuery& query) override;
  Result<std::vector<Invoice>> issue(const std::vector<Invoice>& drafts, const BillingWrite& write) override;
  Result<std::vector<Invoice>> list(const InvoiceFilter& filter) override;
  Result<std::optional<Invoice>> credit(const CreditOrder& order, const BillingWrite& write) override;

 private:
  Result<std::vector<Invoice>> written(const std::string& statement, const std::vector<Parameter>& parameters, const BillingWrite& write);

  ControlSession& session_;
};

}  // namespace tenantctl::postgres
