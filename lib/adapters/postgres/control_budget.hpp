#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/request_budget.hpp"

namespace tenantctl::postgres {

class ControlBudget : public RequestBudget {
 public:
  explicit ControlBudget(ControlSession& session) : session_(session) {}

  Result<std::chrono::milliseconds> take(const std::string& name, const RequestRate& rate) override;
  Result<void> hold(const std::string& name, const RequestRate& rate, std::chrono::seconds pause) override;

 private:
  ControlSession& session_;
};

}  // namespace tenantctl::postgres
