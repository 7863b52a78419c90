// A stack's own program for one tenant, with the tenant's login in its environment. It changes nothing by itself.
#pragma once
#include <string>
#include <vector>

#include "pipeline/create_plan.hpp"
#include "ports/credential_store.hpp"
#include "ports/shell.hpp"

namespace tenantctl {

struct TenantCommand {
  AfterCreate wanted;
  TenantId tenant;
  std::filesystem::path credentials_file;
  std::vector<std::string> environment;  // TENANT_*; the password is read when it runs
};

TenantCommand tenant_command(const CreatePlan& plan, AfterCreate wanted);

/// Errors: file_not_found, where the credentials have gone; process_failed, with what it said last and without the secrets that it was
/// given; timed_out, and what the shell says.
Result<void> run(const TenantCommand& command, Shell& shell, CredentialStore& store);

}  // namespace tenantctl
