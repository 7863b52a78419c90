#include "pipeline/create_pipeline.hpp"

#include <algorithm>
#include <array>

#include "pipeline/steps/access_step.hpp"
#include "pipeline/steps/after_create_step.hpp"
#include "pipeline/steps/credentials_step.hpp"
#include "pipeline/steps/database_step.hpp"
#include "pipeline/steps/roles_step.hpp"
#include "pipeline/steps/route_step.hpp"
#include "pipeline/steps/settings_step.hpp"
#include "pipeline/steps/verify_step.hpp"

namespace tenantctl {
namespace {

struct Row {
  std::string_view id;
  std::unique_ptr<Step> (*make)(const CreatePlan&, const CreatePorts&);
};

template <class T>
constexpr Row row() {
  return {T::k_id,
          [](const CreatePlan& plan, const CreatePorts& ports) -> std::unique_ptr<Step> { return std::make_unique<T>(plan, ports); }};
}

// Order matters: each needs those above it, and an undo runs from the bottom up.
constexpr std::array k_steps{
    row<RolesStep>(),        // first, because their marker proves whose the database is
    row<DatabaseStep>(),     // owned by the owner role, closed until
    row<AccessStep>(),       // PUBLIC has lost its rights
    row<SettingsStep>(),     // what the application reads about its tenant
    row<CredentialsStep>(),  // only now may anyone log in
    row<AfterCreateStep>(),  // as that login; left out where the stack has no such command
    row<RouteStep>(),        // only now can anyone get there
    row<VerifyStep>(),       // and the tenant itself has to answer
};

constexpr auto k_ids = [] {
  std::array<std::string_view, k_steps.size()> ids{};
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = k_steps[i].id;
  return ids;
}();

}  // namespace

Pipeline create_pipeline(const CreatePlan& plan, const CreatePorts& ports) {
  Pipeline pipeline;
  for (const auto& step : k_steps) {
    if (step.id != AfterCreateStep::k_id || !plan.after_create.argv.empty()) pipeline.push_back(step.make(plan, ports));
  }
  if (plan.credentials_file.empty()) {
    const auto issuing = std::ranges::find(pipeline, CredentialsStep::k_id, [](const auto& step) { return step->id(); });
    std::rotate(issuing, issuing + 1, pipeline.end());
  }
  return pipeline;
}

std::span<const std::string_view> create_step_ids() { return k_ids; }

}  // namespace tenantctl
