#include "commands/isolation_subjects.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "commands/operation_run.hpp"
#include "core/placeholders.hpp"

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

Inhabitant inhabitant_of(const Tenant& tenant, const CreatePlan& plan, Services& services) {
  Inhabitant inhabitant{.slug = tenant.slug,
                        .kind = plan.frappe            ? StackKind::frappe
                                : plan.database.schema ? StackKind::schema
                                                       : StackKind::database,
                        .names = plan.database,
                        .may_log_in = tenant.status == TenantStatus::active};
  if (plan.credentials_file.empty()) {
    inhabitant.why_no_password = "its password is in no file: it was printed when it was made";
    return inhabitant;
  }
  if (plan.frappe) return inhabitant;
  auto details = services.credentials().read(plan.credentials_file, tenant.id);
  if (!details) inhabitant.why_no_password = full_message(details.error());
  else if (!*details) inhabitant.why_no_password = fmt::format("its credentials file \"{}\" is missing", plan.credentials_file.string());
  else inhabitant.password = (*details)->password;
  return inhabitant;
}

std::string mark_of(const std::string& expect, const Tenant& tenant) {
  return fill_placeholders(expect, {{"{code}", tenant.code.str()}, {"{slug}", tenant.slug.str()}});
}

Result<Visited> visited(const Tenant& tenant, StackKind kind, const Settings& settings, ControlPlane& control) {
  Visited it{.id = tenant.id, .slug = tenant.slug, .kind = kind, .is_open = tenant.status == TenantStatus::active};
  TRY_ASSIGN(it.hosts, control.tenants.domains(tenant.id));
  if (it.hosts.empty()) it.hosts = {tenant.domain};
  const auto stack = settings.stacks.find(tenant.stack);
  if (stack == settings.stacks.end() || stack->second.whoami.path.empty()) return it;
  it.path = stack->second.whoami.path;
  it.mark = mark_of(stack->second.whoami.expect, tenant);
  return it;
}

constexpr unsigned k_readable_by_others = 077;
constexpr unsigned k_writable_by_others = 022;

std::vector<FileWish> files_of_tenant(const CreatePlan& plan, const Settings& settings) {
  std::vector<FileWish> wishes{{.probe = "configuration-file", .path = settings.file, .forbidden = k_writable_by_others}};
  for (const auto& file : {plan.credentials_file, plan.configuration_file}) {
    if (file.empty()) continue;
    wishes.push_back({.probe = "credentials-file", .path = file, .forbidden = k_readable_by_others, .owner_as = file.parent_path()});
    wishes.push_back({.probe = "credentials-folder", .path = file.parent_path(), .forbidden = k_writable_by_others});
  }
  if (const auto& backups = settings.backups.dir; !backups.empty())
    wishes.push_back({.probe = "backup-files",
                      .path = backups / fmt::format("{}-{}", plan.slug.str(), plan.code.str()),
                      .forbidden = k_readable_by_others});
  return wishes;
}

/// Of the certificates that there are, by tenant.
std::map<TenantId, std::set<std::string>> secure_hosts(const std::vector<Certificate>& certificates) {
  std::map<TenantId, std::set<std::string>> hosts;
  for (const auto& certificate : certificates) {
    if (certificate.pending()) continue;
    for (const auto& name : certificate.order.names) hosts[certificate.order.tenant].insert(name.str());
  }
  return hosts;
}

constexpr unsigned k_more_than_group_reads = 037;

std::vector<FileWish> nginx_files_of(const CreatePlan& plan, const std::set<std::string>& secure, const Settings& settings) {
  std::vector<FileWish> wishes;
  const auto keys = settings.nginx.dir / "certs";
  for (const auto& host : secure) {
    const bool is_for_group = settings.tls && !settings.tls->key_group.empty();
    wishes.push_back({.probe = "certificate-keys",
                      .path = keys / (host + ".pem"),
                      .forbidden = is_for_group ? k_more_than_group_reads : k_readable_by_others,
                      .owner_as = keys});
  }
  for (const auto& file : plan.route_files) {
    wishes.push_back({.probe = "route-files", .path = file, .forbidden = k_writable_by_others});
    wishes.push_back({.probe = "route-files", .path = file.parent_path(), .forbidden = k_writable_by_others});
  }
  return wishes;
}

}  // namespace

Result<Subjects> find_subjects(const SubjectChoice& choice, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto wanted, wanted_ids(choice, control));
  TRY_ASSIGN(auto page, control.tenants.list({.limit = 1'000'000}));
  TRY_ASSIGN(const auto certificates, control.certificates.list({}));
  auto secure = secure_hosts(certificates);
  Subjects subjects;
  for (auto& tenant : page.tenants) {
    if (!has_data(tenant)) continue;
    TRY_ASSIGN(const auto plan, plan_of_tenant(tenant, control));
    auto inhabitant = inhabitant_of(tenant, plan, services);
    TRY_ASSIGN(auto visit, visited(tenant, inhabitant.kind, *settings, control));
    visit.secure = secure[tenant.id];
    if (choice.all || wanted.contains(tenant.id.str())) subjects.asked_for.push_back(subjects.all.size());
    const auto nginx_files = nginx_files_of(plan, visit.secure, *settings);
    subjects.all.push_back({.tenant = std::move(tenant),
                            .inhabitant = std::move(inhabitant),
                            .visited = std::move(visit),
                            .files = files_of_tenant(plan, *settings),
                            .nginx_files = nginx_files,
                            .nginx_host = plan.nginx_host,
                            .made_as = plan.frappe ? std::optional(plan) : std::nullopt});
  }
  return subjects;
}

}  // namespace tenantctl
