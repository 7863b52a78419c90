#include "pipeline/steps/route_step.hpp"

#include <fmt/format.h>

#include "pipeline/steps/evidence.hpp"

namespace tenantctl {

RouteStep::RouteStep(const CreatePlan& plan, SiteRouter& router)
    : router_(router),
      route_(route_of(plan)),
      description_(fmt::format("route \"{}\" and \"{}\" to stack \"{}\"", plan.front.str(), plan.back.str(), plan.stack.str())) {}

Result<Observation> RouteStep::probe() {
  TRY_ASSIGN(auto seen, router_.observe(route_));
  return Observation{seen.presence, evidence_of(route_), std::move(seen.detail)};
}

Result<Evidence> RouteStep::apply() {
  TRY(router_.publish(route_));
  return evidence_of(route_);
}

Result<void> RouteStep::revert(const Evidence& evidence) {
  TRY_ASSIGN(const auto route, route_from(evidence));
  return router_.withdraw(route);
}

}  // namespace tenantctl
