// A journal in memory, with fences. It holds one operation and what became of its tenant's row.
#pragma once
#include "core/tenant.hpp"
#include "fakes/faults.hpp"
#include "ports/journal.hpp"

namespace tenantctl::test {

class FakeJournal : public Journal {
 public:
  explicit FakeJournal(Faults& faults) : faults_(faults) {}

  /// As OperationStore::open_create and take_over do; neither is counted by the faults.
  OperationTicket open(TenantStatus before = TenantStatus::provisioning);
  OperationTicket take_over();
  /// As OperationStore::open_create does for what it takes out of the pool.
  void mark_begun(const std::string& step) { events_.push_back({.step = step, .mark = Mark::applying}); }

  Result<std::vector<StepEvent>> events(const OperationId& operation) override;
  Result<void> check(const OperationTicket& ticket) override;
  Result<void> record(const OperationTicket& ticket, std::span<const StepEvent> events) override;
  Result<void> turn_back(const OperationTicket& ticket, const Error& cause) override;
  Result<void> close(const OperationTicket& ticket, std::span<const StepEvent> events, OperationState state,
                     const TenantChange& change) override;

  OperationState state() const { return state_; }
  /// The tenant's row; nothing where it was removed.
  std::optional<TenantStatus> tenant() const { return tenant_; }
  const std::optional<Error>& cause() const { return cause_; }
  const std::vector<StepEvent>& written() const { return events_; }
  std::optional<Mark> last_mark(std::string_view step) const;
  /// "roles applied, database applying": what was written, in order.
  std::string marks() const;

 private:
  Result<void> refuse_fenced(const OperationTicket& ticket) const;

  Faults& faults_;
  OperationId id_ = *OperationId::parse("11111111-2222-4333-8444-555555555555");
  std::int64_t fence_ = 0;
  OperationState state_ = OperationState::running;
  std::optional<TenantStatus> tenant_;
  std::optional<Error> cause_;
  std::vector<StepEvent> events_;
};

}  // namespace tenantctl::test
