// The steps that take a tenant from one state to another, from a plan that was fixed beforehand. It runs nothing; see
// engine.hpp.
#pragma once
#include <span>
#include <string_view>

#include "pipeline/life_plan.hpp"
#include "pipeline/step.hpp"
#include "ports/database_server.hpp"
#include "ports/frappe_bench.hpp"
#include "ports/site_router.hpp"

namespace tenantctl {

/// What the steps work with: the server or the bench, by the stack's kind. The references must outlive the pipeline.
struct LifePorts {
  DatabaseServer* server = nullptr;
  FrappeBench* bench = nullptr;
  SiteRouter& router;
};

/// Suspending and cancelling close the doors from the outside in, activating opens them from the inside out.
Pipeline life_pipeline(const LifePlan& plan, const LifePorts& ports);

/// Every id that a step of life_pipeline may have.
std::span<const std::string_view> life_step_ids();

}  // namespace tenantctl
