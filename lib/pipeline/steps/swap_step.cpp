#include "pipeline/steps/swap_step.hpp"

#include <fmt/format.h>

namespace tenantctl {

SwapStep::SwapStep(const RestorePlan& plan, const RestorePorts& ports)
    : live_(plan.tenant.database),
      fresh_(plan.named(plan.fresh)),
      aside_(plan.named(plan.aside)),
      server_(ports.server),
      archiver_(ports.archiver),
      description_(fmt::format("rename database \"{}\" to \"{}\", and \"{}\" to \"{}\"", live_.database.str(), aside_.database.str(),
                               fresh_.database.str(), live_.database.str())) {}

Evidence SwapStep::evidence() const {
  return {{"live", live_.database.str()}, {"fresh", fresh_.database.str()}, {"aside", aside_.database.str()}};
}

Result<Observation> SwapStep::probe() {
  TRY_ASSIGN(auto live, server_.observe_database(live_));
  if (live.presence == Presence::foreign) return Observation{Presence::foreign, evidence(), std::move(live.detail)};
  TRY_ASSIGN(auto aside, server_.observe_database(aside_));
  if (aside.presence == Presence::foreign) return Observation{Presence::foreign, evidence(), std::move(aside.detail)};
  return Observation{aside.presence == Presence::absent ? Presence::absent : Presence::complete, evidence()};
}

/// An undo that could not ask about the swap goes on all the same, and drops what was restored. Nothing drops what was put aside
/// before the operation is over, so that without either the live one is the one from before.
Result<bool> SwapStep::nothing_to_swap() {
  for (const auto& [names, expected] :
       {std::pair{&aside_, Presence::absent}, std::pair{&fresh_, Presence::absent}, std::pair{&live_, Presence::complete}}) {
    TRY_ASSIGN(const auto seen, server_.observe_database(*names));
    if (seen.presence != expected) return false;
  }
  return true;
}

Result<Evidence> SwapStep::apply() {
  TRY(archiver_.swap(live_, fresh_.database, aside_.database));
  return evidence();
}

Result<void> SwapStep::revert(const Evidence&) {
  // The names come from the operation's own parameters, as the evidence does.
  TRY_ASSIGN(const bool is_over, nothing_to_swap());
  if (is_over) return {};
  return archiver_.swap(live_, aside_.database, fresh_.database);
}

}  // namespace tenantctl
