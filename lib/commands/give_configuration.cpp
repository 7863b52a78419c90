#include "commands/give_configuration.hpp"

#include <fmt/format.h>

#include "commands/operation_run.hpp"
#include "pipeline/site_configuration.hpp"

namespace tenantctl {
namespace {

// Linux takes at most 128 KiB in one argument, and so does a bench.
constexpr std::size_t k_longest_literal = 100'000;
// What is read to tell whose a file is; see read_small_file.
constexpr std::size_t k_longest_file = 64'000;

/// The claim on the bench's host goes to this very push: an older one that comes late is refused there, and this one where a
/// newer version was recorded since.
Result<void> give_to_site(const FrappeSite& site, const std::string& stack, const ConfigurationState& state, ControlPlane& control,
                          Services& services) {
  TRY_ASSIGN(auto* bench, services.bench(stack));
  TRY_ASSIGN(auto id, new_operation_id(services));
  const auto still_newest = [&configurations = control.configurations, tenant = site.tenant, version = state.version]() -> Result<void> {
    TRY_ASSIGN(const auto now, configurations.read(tenant));
    if (now.version == version) return {};
    return fail(ErrorCode::fenced, fmt::format("the configuration was changed meanwhile: it is at version {} now", now.version));
  };
  bench->begin({.ticket = {.id = std::move(id)}, .still_ours = still_newest});
  return bench->set_config(site, k_site_configuration, site_configuration(state.version, state.values));
}

/// A tenant that goes meanwhile gets no new file, and whoever comes late leaves what is newer.
Result<void> give_to_file(const CreatePlan& plan, const ConfigurationState& state, ControlPlane& control, Services& services) {
  TRY_ASSIGN(auto id, new_operation_id(services));
  const auto still_there = [&tenants = control.tenants, tenant = plan.tenant()]() -> Result<void> {
    TRY_ASSIGN(const auto now, tenants.find(tenant.str()));
    if (now.status != TenantStatus::deleted) return {};
    return fail(ErrorCode::fenced, fmt::format("tenant \"{}\" was deleted meanwhile", now.slug.str()));
  };
  services.credentials().begin({.ticket = {.id = std::move(id), .fence = 1}, .still_ours = still_there});
  return services.credentials().write(plan.configuration_file, configuration_copy(plan, state.version, state.values));
}

/// As it stands in the file, and a little more.
std::size_t size_in_file(const TenantConfiguration& values) {
  return nlohmann::json(values).dump(4, ' ', false, nlohmann::json::error_handler_t::replace).size();
}

Result<void> too_long(std::size_t limit, std::string_view where) {
  return fail(make_error(ErrorCode::bad_value, fmt::format("the configuration would be longer than the {} bytes that {}", limit, where))
                  .with_hint("give fewer or shorter values"));
}

}  // namespace

Result<void> check_can_be_given(const CreatePlan& plan, const TenantConfiguration& values) {
  if (!plan.configuration_file.empty() && size_in_file(values) > k_longest_file) return too_long(k_longest_file, "its file may have");
  if (!plan.frappe || site_configuration(0, values).size() <= k_longest_literal) return {};
  return too_long(k_longest_literal, "a bench takes at once");
}

Result<void> give_configuration(const CreatePlan& plan, const ConfigurationState& state, ControlPlane& control, Services& services) {
  if (plan.frappe) {
    TRY(give_to_site(plan.frappe->site, plan.stack.str(), state, control, services));
  } else if (!plan.configuration_file.empty()) {
    TRY(give_to_file(plan, state, control, services));
  } else {
    TRY_ASSIGN(auto* server, services.server(plan.server.str()));
    TRY(server->update_settings(plan.database, {.version = state.version, .rows = state.values, .removed = state.unset}));
  }
  return control.configurations.mark_given(plan.tenant(), state.version);
}

}  // namespace tenantctl
