// The journal in the control database. Each write is one statement, so one round trip and one transaction, and touches
// nothing unless the operation's row still carries the ticket's fence.
#pragma once
#include <map>

#include "adapters/postgres/control_session.hpp"
#include "ports/journal.hpp"

namespace tenantctl::postgres {

class ControlJournal final : public Journal {
 public:
  explicit ControlJournal(ControlSession& session) : session_(session) {}

  Result<std::vector<StepEvent>> events(const OperationId& operation) override;
  Result<void> check(const OperationTicket& ticket) override;
  Result<void> record(const OperationTicket& ticket, std::span<const StepEvent> events) override;
  Result<void> turn_back(const OperationTicket& ticket, const Error& cause) override;
  Result<void> close(const OperationTicket& ticket, std::span<const StepEvent> events, OperationState state,
                     const TenantChange& change) override;

 private:
  Result<void> read_fence(const OperationTicket& ticket);

  ControlSession& session_;
  std::map<std::string, std::int64_t> known_;  // events of an operation that were read or surely written
};

}  // namespace tenantctl::postgres
