#include "fakes/fake_journal.hpp"

#include <fmt/format.h>

namespace tenantctl::test {

OperationTicket FakeJournal::open(TenantStatus before) {
  tenant_ = before;
  return {id_, ++fence_};
}

OperationTicket FakeJournal::take_over() { return {id_, ++fence_}; }

Result<void> FakeJournal::refuse_fenced(const OperationTicket& ticket) const {
  if (ticket.fence == fence_) return {};
  return fail(ErrorCode::fenced, "another process took this operation over");
}

Result<void> FakeJournal::check(const OperationTicket& ticket) { return refuse_fenced(ticket); }

Result<std::vector<StepEvent>> FakeJournal::events(const OperationId&) {
  return faults_.around("journal.events", [&]() -> Result<std::vector<StepEvent>> { return events_; });
}

Result<void> FakeJournal::record(const OperationTicket& ticket, std::span<const StepEvent> events) {
  return faults_.around("journal.record", [&]() -> Result<void> {
    TRY(refuse_fenced(ticket));
    events_.insert(events_.end(), events.begin(), events.end());
    return {};
  });
}

Result<void> FakeJournal::turn_back(const OperationTicket& ticket, const Error& cause) {
  return faults_.around("journal.turn_back", [&]() -> Result<void> {
    TRY(refuse_fenced(ticket));
    state_ = OperationState::undoing;
    cause_ = cause;
    return {};
  });
}

Result<void> FakeJournal::close(const OperationTicket& ticket, std::span<const StepEvent> events, OperationState state,
                                const TenantChange& change) {
  return faults_.around("journal.close", [&]() -> Result<void> {
    TRY(refuse_fenced(ticket));
    events_.insert(events_.end(), events.begin(), events.end());
    state_ = state;
    if (std::holds_alternative<RemoveTenant>(change)) tenant_.reset();
    if (std::holds_alternative<ActivateTenant>(change)) tenant_ = TenantStatus::active;
    if (std::holds_alternative<MarkTenantFailed>(change)) tenant_ = TenantStatus::failed;
    if (const auto* set = std::get_if<SetTenantStatus>(&change)) tenant_ = set->status;
    return {};
  });
}

std::optional<Mark> FakeJournal::last_mark(std::string_view step) const {
  for (auto event = events_.rbegin(); event != events_.rend(); ++event) {
    if (event->step == step) return event->mark;
  }
  return std::nullopt;
}

std::string FakeJournal::marks() const {
  std::vector<std::string> marks;
  for (const auto& event : events_) marks.push_back(fmt::format("{} {}", event.step, to_string(event.mark)));
  return fmt::format("{}", fmt::join(marks, ", "));
}

}  // namespace tenantctl::test
