// The steps that make a custom domain lead to its tenant, or no longer, from a plan that was fixed beforehand. It runs nothing;
// see engine.hpp.
#pragma once
#include <span>
#include <string_view>

#include "pipeline/domain_plan.hpp"
#include "pipeline/step.hpp"
#include "ports/http_probe.hpp"

namespace tenantctl {

/// The references must outlive the pipeline.
struct DomainPorts {
  SiteRouter& router;
  HttpProbe& http;
};

Pipeline domain_pipeline(const DomainPlan& plan, const DomainPorts& ports);

/// Every id that a step of domain_pipeline may have.
std::span<const std::string_view> domain_step_ids();

}  // namespace tenantctl
