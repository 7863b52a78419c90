#include "pipeline/steps/administrator_step.hpp"

#include <fmt/format.h>

#include "pipeline/json_fields.hpp"
#include "ports/new_password.hpp"

namespace tenantctl {
namespace {

std::string describe_user(const FrappePlan& plan, const std::filesystem::path& file) {
  const auto where = file.empty() ? std::string("printed once") : fmt::format("kept in \"{}\"", file.string());
  return fmt::format("let \"{}\" manage site \"{}\" with a new password, {}", plan.user.email.str(), plan.site.name.str(), where);
}

}  // namespace

AdministratorStep::AdministratorStep(const CreatePlan& plan, const SitePorts& ports)
    : bench_(ports.bench),
      store_(ports.credentials),
      entropy_(ports.entropy),
      issued_(ports.issued),
      plan_(*plan.frappe),
      code_(plan.code),
      slug_(plan.slug),
      front_(plan.front),
      file_(plan.credentials_file),
      description_(describe_user(plan_, file_)) {}

Evidence AdministratorStep::evidence() const {
  return {{"tenant", plan_.site.tenant.str()}, {"site", plan_.site.name.str()}, {"user", plan_.user.email.str()}, {"file", file_.string()}};
}

Result<Observation> AdministratorStep::probe() {
  if (file_.empty()) return Observation{Presence::absent, evidence()};
  TRY_ASSIGN(auto seen, store_.observe(file_, plan_.site.tenant));
  // A whole file says nothing of whether the user has that password.
  const auto presence = seen.presence == Presence::complete ? Presence::partial : seen.presence;
  return Observation{presence, evidence(), std::move(seen.detail)};
}

Result<Evidence> AdministratorStep::apply() {
  const auto password = new_password(entropy_);
  // The file first, as for databases: a crash must not leave a login that works with a password that nobody knows.
  if (!file_.empty()) {
    TRY(store_.write(file_, SiteLogin{.tenant = plan_.site.tenant,
                                      .code = code_,
                                      .slug = slug_,
                                      .host = front_,
                                      .site = plan_.site.name,
                                      .user = plan_.user.email,
                                      .password = password}));
  }
  TRY(bench_.set_administrator(plan_.site, plan_.user, password));
  if (plan_.proof == LoginProof::at_the_bench) TRY(bench_.prove_login(plan_.site, plan_.user.email, password));
  if (file_.empty()) issued_.password = password;
  return evidence();
}

/// The user goes with the site; the file has to go by itself.
Result<void> AdministratorStep::revert(const Evidence& evidence) {
  TRY_ASSIGN(const auto tenant, json_name<TenantId>(evidence, "tenant"));
  TRY_ASSIGN(const std::filesystem::path file, json_field<std::string>(evidence, "file"));
  issued_.password.reset();
  if (file.empty()) return {};
  return store_.remove(file, tenant);
}

}  // namespace tenantctl
