#include "pipeline/steps/scheduler_step.hpp"

#include <fmt/format.h>

namespace tenantctl {

SchedulerStep::SchedulerStep(const CreatePlan& plan, const SitePorts& ports)
    : bench_(ports.bench),
      site_(plan.frappe->site),
      description_(fmt::format("switch on the scheduler of site \"{}\"", site_.name.str())) {}

Result<Observation> SchedulerStep::probe() { return Observation{Presence::absent, to_json(site_)}; }

Result<Evidence> SchedulerStep::apply() {
  TRY(bench_.enable_scheduler(site_));
  return to_json(site_);
}

Result<void> SchedulerStep::revert(const Evidence&) { return {}; }

}  // namespace tenantctl
