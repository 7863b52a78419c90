#include "pipeline/restore_pipeline.hpp"

#include <fmt/format.h>

#include <array>

#include "pipeline/doors.hpp"
#include "pipeline/removals.hpp"
#include "pipeline/steps/fresh_database_step.hpp"
#include "pipeline/steps/removal_step.hpp"
#include "pipeline/steps/swap_step.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 5> k_restore_ids{
    FreshDatabaseStep::k_id,  // beside the tenant's own, which goes on serving
    "suspend_login",          // a database that somebody is in can't be renamed
    SwapStep::k_id,
    "activate_login",
    "drop_old",  // only where it was asked for; from here on there is no way back
};

}  // namespace

Pipeline restore_pipeline(const RestorePlan& plan, const RestorePorts& ports) {
  Pipeline pipeline;
  pipeline.push_back(std::make_unique<FreshDatabaseStep>(plan.named(plan.fresh), fmt::format("\"{}\"", plan.backup.string()), ports));
  const auto door = login_door(plan.tenant.database, ports.server);
  const bool was_open = plan.from == TenantStatus::active;
  if (was_open) pipeline.push_back(std::make_unique<DoorStep>("suspend_login", door, DoorState::closed, DoorState::open));
  pipeline.push_back(std::make_unique<SwapStep>(plan, ports));
  if (was_open) pipeline.push_back(std::make_unique<DoorStep>("activate_login", door, DoorState::open, DoorState::closed));
  if (plan.drop_old) pipeline.push_back(std::make_unique<RemovalStep>("drop_old", database_removal(plan.named(plan.aside), ports.server)));
  return pipeline;
}

std::span<const std::string_view> restore_step_ids() { return k_restore_ids; }

}  // namespace tenantctl
