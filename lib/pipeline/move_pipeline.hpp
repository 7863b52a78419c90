// The steps that bring a tenant's data to another database server, from a plan that was fixed beforehand. It runs nothing; see
// engine.hpp.
#pragma once
#include <span>
#include <string_view>

#include "pipeline/create_pipeline.hpp"
#include "pipeline/move_plan.hpp"
#include "pipeline/steps/backup_step.hpp"
#include "ports/archiver.hpp"
#include "ports/credential_store.hpp"
#include "ports/entropy.hpp"
#include "ports/site_router.hpp"

namespace tenantctl {

/// What the steps work with. The references must outlive the pipeline.
struct MovePorts {
  DatabaseServer& source;
  DatabaseServer& target;
  Archiver& source_archiver;
  Archiver& target_archiver;
  SiteRouter& router;
  CredentialStore& credentials;
  Entropy& entropy;
  IssuedPassword& issued;
  BackupStore& backups;
  BackupHeader header;
};

/// The tenant is closed from before its backup until its data is whole on the other server, so that nothing that was written is
/// lost. Up to the moment in which its login opens there, all can be taken back; from then on its data there is the newer.
Pipeline move_pipeline(const MovePlan& plan, const MovePorts& ports);

/// Every id that a step of move_pipeline may have.
std::span<const std::string_view> move_step_ids();

/// Between these two nobody reaches an active tenant: the step that begins it, and the one that ends it.
inline constexpr std::string_view k_move_closes = "close_route";
inline constexpr std::string_view k_move_opens = "open_route";

}  // namespace tenantctl
