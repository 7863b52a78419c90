#include "pipeline/steps/put_aside_step.hpp"

#include <fmt/format.h>

namespace tenantctl {

PutAsideStep::PutAsideStep(const MovePlan& plan, const MovePorts& ports)
    : live_(plan.tenant.database),
      aside_(live_),
      server_(ports.source),
      archiver_(ports.source_archiver),
      description_(fmt::format("rename database \"{}\" on server \"{}\" to \"{}\"", live_.database.str(), plan.tenant.server.str(),
                               plan.aside.str())) {
  aside_.database = plan.aside;
}

Evidence PutAsideStep::evidence() const { return {{"live", live_.database.str()}, {"aside", aside_.database.str()}}; }

Result<Observation> PutAsideStep::probe() {
  TRY_ASSIGN(auto aside, server_.observe_database(aside_));
  return Observation{aside.presence, evidence(), std::move(aside.detail)};
}

Result<Evidence> PutAsideStep::apply() {
  TRY(archiver_.rename(live_, aside_.database));
  return evidence();
}

// The names come from the operation's own parameters, as the evidence does.
Result<void> PutAsideStep::revert(const Evidence&) { return archiver_.rename(aside_, live_.database); }

}  // namespace tenantctl
