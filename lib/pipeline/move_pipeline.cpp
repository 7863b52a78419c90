#include "pipeline/move_pipeline.hpp"

#include <array>

#include "pipeline/doors.hpp"
#include "pipeline/steps/fresh_database_step.hpp"
#include "pipeline/steps/new_address_step.hpp"
#include "pipeline/steps/put_aside_step.hpp"
#include "pipeline/steps/roles_step.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 8> k_move_ids{
    RolesStep::k_id,  // on the other server, while the tenant still works
    k_move_closes,
    "suspend_login",
    BackupStep::k_id,         // of data that nobody changes any more
    FreshDatabaseStep::k_id,  // compared with the backup
    PutAsideStep::k_id,
    NewAddressStep::k_id,  // from here on an application may write there, and there is no way back
    k_move_opens,
};

/// Behind it somebody may have written something that the old server does not have.
class OpeningStep : public DoorStep {
 public:
  using DoorStep::DoorStep;
  bool is_final() const override { return true; }
};

}  // namespace

Pipeline move_pipeline(const MovePlan& plan, const MovePorts& ports) {
  const auto& tenant = plan.tenant;
  const auto route = route_door(tenant, ports.router, Closure::moving);
  Pipeline pipeline;
  pipeline.push_back(std::make_unique<RolesStep>(plan.moved(), ports.target));
  if (plan.is_open()) {
    pipeline.push_back(std::make_unique<DoorStep>(std::string(k_move_closes), route, DoorState::closed, DoorState::open));
    pipeline.push_back(
        std::make_unique<DoorStep>("suspend_login", login_door(tenant.database, ports.source), DoorState::closed, DoorState::open));
  }
  const auto take = [names = tenant.database, &archiver = ports.source_archiver](const std::filesystem::path& folder) -> Result<Archive> {
    TRY(archiver.see_guests_out(names));  // whoever migrates or configures it and fell asleep would write behind the backup
    return archiver.dump(names, folder);
  };
  pipeline.push_back(std::make_unique<BackupStep>(tenant, plan.backup, ports.header, take, ports.backups));
  const auto backup = [&backups = ports.backups, slug = tenant.slug, code = tenant.code, id = plan.backup]() {
    return found_backup(backups, slug, code, id);
  };
  pipeline.push_back(
      std::make_unique<FreshDatabaseStep>(tenant.database, "backup " + plan.backup.str(),
                                          RestorePorts{.server = ports.target, .archiver = ports.target_archiver, .backup = backup}));
  pipeline.push_back(std::make_unique<PutAsideStep>(plan, ports));
  const bool prints_password = tenant.credentials_file.empty();
  if (!prints_password) pipeline.push_back(std::make_unique<NewAddressStep>(plan, ports));
  if (plan.is_open())
    pipeline.push_back(std::make_unique<OpeningStep>(std::string(k_move_opens), route, DoorState::open, DoorState::closed));
  // Last, so that a resume always has one to print.
  if (prints_password) pipeline.push_back(std::make_unique<NewAddressStep>(plan, ports));
  return pipeline;
}

std::span<const std::string_view> move_step_ids() { return k_move_ids; }

}  // namespace tenantctl
