// Everything that a create needs, fixed when its operation is opened. It is kept in the operation's parameters and read
// back from there, so that a resume or rollback on another day does not depend on that day's configuration. No secrets.
#pragma once
#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/certificate.hpp"
#include "core/dns.hpp"
#include "core/settings.hpp"
#include "core/tenant.hpp"
#include "pipeline/frappe_plan.hpp"
#include "ports/credential_store.hpp"
#include "ports/database_server.hpp"
#include "ports/journal.hpp"
#include "ports/site_router.hpp"

namespace tenantctl {

/// Raised when a pipeline's steps change such that an older operation can't be continued with them.
inline constexpr int k_create_pipeline_version = 1;

struct CreatePlan {
  TenantCode code;
  TenantSlug slug;
  std::string company_name;
  EmailAddress admin_email;
  std::string owner = {};  // may be empty
  ConfigName stack;
  ConfigName plan;
  int trial_days = 0;                         // 0: no trial
  std::optional<Instant> trial_ends_at = {};  // where days are those of a calendar; empty: trial_days of 24 hours after the create's end
  std::chrono::milliseconds ttl{};            // counted from the create's begin; 0: it stays
  ConfigName server;
  TenantDatabase database;  // the tenant's id is in here
  HostName front;
  HostName back;
  NginxMode nginx_mode = NginxMode::routes;
  std::string nginx_host = {};                          // empty: this machine
  std::vector<std::filesystem::path> route_files = {};  // absolute; SiteRouter::files_for
  std::filesystem::path credentials_file = {};          // empty: the password is issued to the command, to print
  std::filesystem::path configuration_file = {};        // what the tenant is configured with; empty: that is in its settings table
  TenantConfiguration configuration = {};               // what that file begins with
  RoleLimits limits = {};
  std::map<std::string, std::string> settings = {};  // rows of tenantctl.settings; see tenant_settings
  AfterCreate after_create = {};
  PingSettings ping = {};
  std::string probe_address;               // "http://127.0.0.1:8080"
  std::filesystem::path from_backup = {};  // the folder of the backup that its database is made of; empty: of the stack's template
  std::string pool_template = {};          // of a database that was made ahead of time: what it is a clone of; empty: it is not of the pool
  std::optional<TenantRecords> dns = {};   // what it gets in the operator's zone; empty: nothing
  std::optional<CertificateOrder> certificate = {};  // empty: it is served by http alone
  std::optional<FrappePlan> frappe = {};             // a whole site instead of a database: then `server` is the bench's host

  const TenantId& tenant() const { return database.tenant; }
};

Route route_of(const CreatePlan& plan);

/// What goes into its configuration file, where it has one.
ConfigurationCopy configuration_copy(const CreatePlan& plan, std::int64_t version, TenantConfiguration values);

/// The rows of the tenant's own settings table: who it is, and `configuration`. What the tenant is wins over a key of the
/// same name. Keys: tenant_id, code, slug, company_name, plan, admin_email.
std::map<std::string, std::string> tenant_settings(const CreatePlan& plan, const TenantConfiguration& configuration);

/// When a tenant whose create begins at `now` is to go again; nothing where it stays.
std::optional<Instant> expiry_of(const CreatePlan& plan, Instant now);

/// What becomes of the tenant's row when the create ends at `now`: a trial ends `trial_days` times 24 hours later, or when
/// the plan says.
TenantEnds activation(const CreatePlan& plan, Instant now);

nlohmann::json to_parameters(const CreatePlan& plan);

/// Errors: internal, naming the parameter, where the operation holds none of that name or a bad one.
Result<CreatePlan> create_plan_from(const nlohmann::json& parameters);

}  // namespace tenantctl
