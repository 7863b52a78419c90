// `config get|set|unset|list|history|push`: what a tenant's application is configured with.
#include <fmt/format.h>

#include "commands/duration_options.hpp"
#include "commands/give_configuration.hpp"
#include "commands/held_tenant.hpp"
#include "commands/operation_run.hpp"
#include "commands/registry.hpp"
#include "core/configuration_keys.hpp"
#include "core/tenant_states.hpp"
#include "core/utf8.hpp"
#include "pipeline/failpoint.hpp"
#include "views/configuration.hpp"

namespace tenantctl {
namespace {

ConfigurationView view_of(const Tenant& tenant, ConfigurationState state) {
  return {.slug = tenant.slug.str(), .values = std::move(state.values), .version = state.version, .given = state.given};
}

struct ReadArgs {
  std::string tenant;
  std::string key;
};

Result<Report> list(const ReadArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
  TRY_ASSIGN(auto state, control.configurations.read(tenant.id));
  return configuration_report(view_of(tenant, std::move(state)));
}

Result<Report> get(const ReadArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
  TRY_ASSIGN(auto state, control.configurations.read(tenant.id));
  if (state.values.contains(args.key)) return configuration_value_report(view_of(tenant, std::move(state)), args.key);
  TRY(check_configuration_key(args.key));
  std::vector<std::string> keys;
  for (const auto& [key, value] : state.values) keys.push_back(key);
  const auto near = nearest_name(args.key, keys);
  return fail(make_error(ErrorCode::key_not_found, fmt::format("tenant \"{}\" has no value for \"{}\"", tenant.slug.str(), args.key))
                  .with_hint(near.empty() ? fmt::format("run \"tenantctl config list {}\"", tenant.slug.str())
                                          : fmt::format("did you mean \"{}\"?", near)));
}

struct HistoryArgs {
  std::string tenant;
  std::int64_t before = 0;
  std::size_t limit = 100;
};

Result<Report> history(const HistoryArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto tenant, control.tenants.find(args.tenant));
  TRY_ASSIGN(const auto changes, control.configurations.history(tenant.id, args.before, args.limit));
  return configuration_history_report(tenant.slug.str(), changes);
}

/// A tenant that nobody else works on, as it is now.
struct HeldConfiguration {
  Tenant tenant;
  std::unique_ptr<TenantLock> lock;
  CreatePlan plan;
  ConfigurationState state;
};

Result<HeldConfiguration> hold(const std::string& name, const std::string& lock_wait, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto found, control.tenants.find(name));
  TRY_ASSIGN(auto held, hold_tenant(found, lock_wait, control, services));
  TRY(check_may_change(held.tenant, ": its configuration can't be changed"));
  TRY_ASSIGN(auto plan, plan_of_tenant(held.tenant, control));
  TRY_ASSIGN(auto state, control.configurations.read(held.tenant.id));
  return HeldConfiguration{
      .tenant = std::move(held.tenant), .lock = std::move(held.lock), .plan = std::move(plan), .state = std::move(state)};
}

/// What is recorded stays recorded; the next command on the tenant's configuration brings it to the application.
Error not_given(const HeldConfiguration& held, const Error& why) {
  return make_error(ErrorCode::unfinished,
                    fmt::format("version {} of the configuration is recorded, but the application does not have it: {}", held.state.version,
                                full_message(why)))
      .with_hint(
          fmt::format("run \"tenantctl config push {}\"{}", held.tenant.slug.str(), why.hint.empty() ? "" : ", but first: " + why.hint))
      .may_retry();
}

Result<Report> give(HeldConfiguration held, const std::string& says, ControlPlane& control, Services& services) {
  if (const auto given = give_configuration(held.plan, held.state, control, services); !given) return fail(not_given(held, given.error()));
  held.state.given = held.state.version;
  return configuration_given_report(view_of(held.tenant, std::move(held.state)), says);
}

struct ChangeArgs {
  std::string tenant;
  std::string key;
  std::optional<std::string> value;  // empty: unset
  std::optional<std::int64_t> if_version;
  std::string lock_wait;
};

Result<void> check_version(const ChangeArgs& args, const HeldConfiguration& held) {
  if (!args.if_version || *args.if_version == held.state.version) return {};
  return fail(make_error(ErrorCode::state_conflict, fmt::format("the configuration of \"{}\" is at version {}, not {}; nothing was changed",
                                                                held.tenant.slug.str(), held.state.version, *args.if_version))
                  .with_hint(fmt::format("run \"tenantctl config history {}\" to see what has changed", held.tenant.slug.str())));
}

TenantConfiguration changed(TenantConfiguration values, const ChangeArgs& args) {
  if (args.value) values[args.key] = *args.value;
  else values.erase(args.key);
  return values;
}

/// Recorded first and given to the application then: a kill in between leaves a version that is known not to be given.
Result<Report> change(ChangeArgs args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(auto held, hold(args.tenant, args.lock_wait, control, services));
  TRY(check_version(args, held));
  auto values = changed(held.state.values, args);
  if (values == held.state.values) {
    const auto says = fmt::format("\"{}\" {}", printable(args.key), args.value ? "has that value already" : "had no value");
    if (held.state.given < held.state.version) return give(std::move(held), says, control, services);
    return configuration_given_report(view_of(held.tenant, std::move(held.state)), says);
  }
  TRY(check_can_be_given(held.plan, values));
  nlohmann::json details{{"key", args.key}};
  if (args.value) details["value"] = *args.value;
  const auto entry =
      audit_entry(services.actor(), args.value ? "config_set.succeeded" : "config_unset.succeeded", held.tenant, std::move(details));
  TRY(control.configurations.change({.tenant = held.tenant.id, .expected = held.state.version, .key = args.key, .to = args.value}, entry));
  failpoint("config", CrashPoint::after_mark);
  TRY_ASSIGN(held.state, control.configurations.read(held.tenant.id));
  const auto says = fmt::format("{} \"{}\"", args.value ? "set" : "unset", printable(args.key));
  return give(std::move(held), says, control, services);
}

Result<Report> set(const ChangeArgs& args, Services& services) {
  auto checked = args;
  TRY(check_configuration_key(args.key));
  TRY_ASSIGN(checked.value, check_configuration_value(args.key, args.value.value_or("")));
  return change(std::move(checked), services);
}

Result<Report> unset(const ChangeArgs& args, Services& services) {
  auto without = args;
  without.value.reset();
  return change(std::move(without), services);
}

struct PushArgs {
  std::string tenant;
  std::string lock_wait;
};

Result<Report> push(const PushArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(auto held, hold(args.tenant, args.lock_wait, control, services));
  const auto before = held.state.given;
  const auto entry =
      audit_entry(services.actor(), "config_push.succeeded", held.tenant, {{"version", held.state.version}, {"given_before", before}});
  TRY_ASSIGN(auto report, give(std::move(held), "pushed", control, services));
  TRY(control.audit.append(entry));
  return report;
}

/// For --help, from the table itself.
std::string known_keys_text() {
  std::string text = "Known keys:\n";
  for (const auto& known : known_keys()) text += fmt::format("  {:<26}{}, such as {}\n", known.name, to_string(known.type), known.example);
  return text + "All others are the application's own, and hold text.";
}

}  // namespace

void add_config(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("config", "shows and changes what a tenant's application is configured with");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl config set acme branding.primary_color '#1a2b3c'");

  auto [list_sub, list_args] =
      add_command<ReadArgs>(*group, "list", "shows all values and their version", "tenantctl config list acme", chosen, list);
  add_tenant(*list_sub, list_args->tenant);
  auto [get_sub, get_args] = add_command<ReadArgs>(*group, "get", "prints one value; status 4 where it has none",
                                                   "tenantctl config get acme branding.name", chosen, get);
  add_tenant(*get_sub, get_args->tenant);
  get_sub->add_option("key", get_args->key, "which value")->required()->type_name("KEY");

  auto [set_sub, set_args] = add_command<ChangeArgs>(*group, "set", "sets one value, and gives it to the application",
                                                     "tenantctl config set acme features.reports true", chosen, set);
  set_sub->footer("Example:\n  tenantctl config set acme features.reports true\n\n" + known_keys_text());
  add_tenant(*set_sub, set_args->tenant);
  set_sub->add_option("key", set_args->key, "which value")->required()->type_name("KEY");
  set_sub->add_option("value", set_args->value, "what it is to be")->required()->type_name("VALUE");
  set_sub->add_option("--if-version", set_args->if_version, "only if the configuration is at this version; status 5 if not")
      ->type_name("N");
  add_lock_wait(*set_sub, set_args->lock_wait);
  auto [unset_sub, unset_args] = add_command<ChangeArgs>(*group, "unset", "removes one value, here and at the application",
                                                         "tenantctl config unset acme currency", chosen, unset);
  add_tenant(*unset_sub, unset_args->tenant);
  unset_sub->add_option("key", unset_args->key, "which value")->required()->type_name("KEY");
  unset_sub->add_option("--if-version", unset_args->if_version, "only if the configuration is at this version; status 5 if not")
      ->type_name("N");
  add_lock_wait(*unset_sub, unset_args->lock_wait);

  auto [history_sub, history_args] =
      add_command<HistoryArgs>(*group, "history", "shows who changed what from which value to which, newest first",
                               "tenantctl config history acme", chosen, history);
  add_tenant(*history_sub, history_args->tenant);
  history_sub->add_option("--limit", history_args->limit, "how many at the most")->check(CLI::Range(1, 10000))->capture_default_str();
  history_sub->add_option("--before", history_args->before, "only older versions than this: for the next page")
      ->check(CLI::PositiveNumber)
      ->type_name("VERSION");
  auto [push_sub, push_args] =
      add_command<PushArgs>(*group, "push", "gives the application what is recorded, also where it was changed by hand there",
                            "tenantctl config push acme", chosen, push);
  add_tenant(*push_sub, push_args->tenant);
  add_lock_wait(*push_sub, push_args->lock_wait);
}

}  // namespace tenantctl
