// The steps that take a tenant from one state to another, from a plan that was fixed beforehand. It runs nothing; see
// engine.hpp.
#pragma once
#include <span>
#include <string_view>

#include "pipeline/certificates.hpp"
#include "pipeline/life_plan.hpp"
#include "pipeline/old_copies.hpp"
#include "pipeline/step.hpp"
#include "pipeline/steps/backup_step.hpp"
#include "ports/clock.hpp"
#include "ports/credential_store.hpp"
#include "ports/database_server.hpp"
#include "ports/dns_zone.hpp"
#include "ports/frappe_bench.hpp"
#include "ports/site_router.hpp"

namespace tenantctl {

/// What the steps work with: the server or the bench, by the stack's kind. What is referred to must outlive the pipeline.
struct LifePorts {
  DatabaseServer* server = nullptr;
  FrappeBench* bench = nullptr;
  SiteRouter& router;
  // Of changes that begin with a backup, and of deletions:
  BackupStore* backups = nullptr;  // empty where the plan has no folder of backups
  Archiver* archiver = nullptr;    // empty for kind frappe
  BackupHeader header = {};
  // Of deletions:
  std::vector<OldServer> old_servers = {};
  DnsZone* zone = nullptr;  // empty where the tenant has no records
  CertificatePorts certificates = {};
  CredentialStore* credentials = nullptr;
  Clock* clock = nullptr;
  Actor actor = {};
};

/// Suspending and cancelling close the doors from the outside in, activating opens them from the inside out; deleting closes
/// them, proves that a backup can be restored, destroys all that there is, and looks whether anything is left.
Pipeline life_pipeline(const LifePlan& plan, const LifePorts& ports);

/// Every id that a step of life_pipeline may have.
std::span<const std::string_view> life_step_ids();

}  // namespace tenantctl
