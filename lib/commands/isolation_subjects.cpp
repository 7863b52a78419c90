#include "commands/isolation_subjects.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "commands/operation_run.hpp"

namespace tenantctl {
namespace {

bool has_data(const Tenant& tenant) {
  return tenant.status == TenantStatus::active || tenant.status == TenantStatus::suspended || tenant.status == TenantStatus::cancelled;
}

Result<std::set<std::string>> wanted_ids(const SubjectChoice& choice, ControlPlane& control) {
  std::set<std::string> ids;
  for (const auto& name : choice.tenants) {
    TRY_ASSIGN(const auto tenant, control.tenants.find(name));
    TRY(check_has_data(tenant, "verify"));
    ids.insert(tenant.id.str());
  }
  return ids;
}

Result<Inhabitant> inhabitant_of(const Tenant& tenant, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto plan, plan_of_tenant(tenant, control));
  Inhabitant inhabitant{.slug = tenant.slug,
                        .kind = plan.frappe ? StackKind::frappe : plan.database.schema ? StackKind::schema : StackKind::database,
                        .names = plan.database,
                        .may_log_in = tenant.status == TenantStatus::active};
  if (plan.credentials_file.empty()) {
    inhabitant.why_no_password = "its password is in no file: it was printed when it was made";
    return inhabitant;
  }
  auto details = services.credentials().read(plan.credentials_file, tenant.id);
  if (!details) inhabitant.why_no_password = full_message(details.error());
  else if (!*details) inhabitant.why_no_password = fmt::format("its credentials file \"{}\" is missing", plan.credentials_file.string());
  else inhabitant.password = (*details)->password;
  return inhabitant;
}

}  // namespace

Result<std::vector<Town>> find_subjects(const SubjectChoice& choice, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto wanted, wanted_ids(choice, control));
  TRY_ASSIGN(auto page, control.tenants.list({.limit = 1'000'000}));
  std::map<std::string, Town> towns;
  for (auto& tenant : page.tenants) {
    if (!has_data(tenant)) continue;
    TRY_ASSIGN(auto inhabitant, inhabitant_of(tenant, control, services));
    auto& town = towns[tenant.server];
    town.server = tenant.server;
    if (choice.all || wanted.contains(tenant.id.str())) town.subjects.push_back(town.inhabitants.size());
    town.inhabitants.push_back(std::move(inhabitant));
    town.tenants.push_back(std::move(tenant));
  }
  std::vector<Town> met;
  for (auto& [server, town] : towns) {
    if (!town.subjects.empty()) met.push_back(std::move(town));
  }
  return met;
}

}  // namespace tenantctl
