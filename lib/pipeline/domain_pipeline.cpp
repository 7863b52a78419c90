#include "pipeline/domain_pipeline.hpp"

#include <fmt/format.h>

#include <array>

#include "pipeline/json_fields.hpp"
#include "pipeline/steps/domain_answer_step.hpp"
#include "pipeline/steps/door_step.hpp"
#include "pipeline/steps/evidence.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 3> k_domain_ids{
    "domain_route",   // nginx leads the host to the tenant
    "domain_answer",  // and is asked whether it does
    "domain_unroute",
};

/// Closed: the host leads nowhere.
Door domain_door(const DomainPlan& plan, SiteRouter& router) {
  const auto domain = domain_route_of(plan);
  auto evidence = evidence_of(domain.route);
  evidence["domain"] = domain.host.str();
  evidence["files"] = to_strings({domain.file});
  return {.what = fmt::format("\"{}\"", domain.host.str()),
          .evidence = std::move(evidence),
          .look = [domain, &router]() -> Result<Observed> {
            TRY_ASSIGN(auto seen, router.observe_domain(domain));
            seen.presence = opposite(seen.presence);
            return seen;
          },
          .close = [domain, &router] { return router.withdraw_domain(domain); },
          .open = [domain, &router] { return router.publish_domain(domain); }};
}

}  // namespace

Pipeline domain_pipeline(const DomainPlan& plan, const DomainPorts& ports) {
  Pipeline pipeline;
  auto door = domain_door(plan, ports.router);
  if (plan.verb == DomainVerb::remove) {
    pipeline.push_back(std::make_unique<DoorStep>("domain_unroute", std::move(door), DoorState::closed, DoorState::open));
    return pipeline;
  }
  pipeline.push_back(std::make_unique<DoorStep>("domain_route", std::move(door), DoorState::open, DoorState::closed));
  pipeline.push_back(std::make_unique<DomainAnswerStep>(plan, ports.http));
  return pipeline;
}

std::span<const std::string_view> domain_step_ids() { return k_domain_ids; }

}  // namespace tenantctl
