#include "commands/drop_old.hpp"

#include <fmt/format.h>

#include "commands/held_tenant.hpp"
#include "commands/operation_run.hpp"
#include "core/paging.hpp"
#include "pipeline/restore_leftovers.hpp"
#include "views/operations.hpp"

namespace tenantctl {
namespace {

/// A database that a restore has put aside.
struct Kept {
  Tenant tenant;
  TenantDatabase names;
  std::optional<Instant> since = {};  // empty: no operation tells
};

/// What an unfinished operation would go back to must stay.
Result<void> check_nothing_unfinished(const Tenant& tenant, ControlPlane& control) {
  TRY_ASSIGN(const auto unfinished, control.operations.list({.slug = tenant.slug.str(), .only_unfinished = true}));
  for (const auto& operation : unfinished) {
    if (operation.tenant != tenant.id) continue;
    return fail(make_error(ErrorCode::state_conflict, fmt::format("operation {} (\"{}\") on tenant \"{}\" is unfinished",
                                                                  operation.id.str(), operation.kind, tenant.slug.str()))
                    .with_hint(fmt::format("run \"tenantctl resume {0}\" or \"tenantctl rollback {0}\" first", operation.id.str())));
  }
  return {};
}

/// When a restore has put the database of that name aside, as its operation says.
std::optional<Instant> put_aside_at(const DatabaseName& name, const TenantId& tenant, const std::vector<Operation>& operations) {
  for (const auto& operation : operations) {
    if (operation.kind == "restore" && operation.tenant == tenant && operation.parameters.value("aside", std::string()) == name.str())
      return operation.finished_at;
  }
  return std::nullopt;
}

Result<std::vector<Kept>> kept_of(const Tenant& tenant, const std::vector<Thing>& things, ControlPlane& control) {
  TRY_ASSIGN(const auto plan, plan_of_tenant(tenant, control));
  TRY_ASSIGN(const auto operations, control.operations.list({.slug = tenant.slug.str(), .limit = k_all}));
  std::vector<Kept> kept;
  for (auto& names : leftovers_of_restores(plan.database, things).aside) {
    kept.push_back({.tenant = tenant, .names = names, .since = put_aside_at(names.database, tenant.id, operations)});
  }
  return kept;
}

/// With nothing under way that would go back to what it had.
Result<HeldTenant> hold(const Tenant& tenant, const std::string& lock_wait, ControlPlane& control, Services& services) {
  TRY_ASSIGN(auto held, hold_tenant(tenant, lock_wait, control, services));
  TRY(check_has_data(held.tenant, "drop an old database of"));
  TRY(check_nothing_unfinished(held.tenant, control));
  return held;
}

/// Its tenant is held.
Result<void> drop(const Kept& kept, ControlPlane& control, Services& services) {
  TRY_ASSIGN(auto* server, services.server(kept.tenant.server));
  TRY(server->drop_database(kept.names));
  return control.audit.append(
      audit_entry(services.actor(), "restore_drop_old.succeeded", kept.tenant, {{"database", kept.names.database.str()}}));
}

/// On every server, those of tenants that have more than one database.
Result<std::vector<Kept>> kept_by_all(ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(const auto page, control.tenants.list({.limit = k_all}));
  std::vector<Kept> all;
  for (const auto& [name, ignored] : settings->servers) {
    TRY_ASSIGN(auto* server, services.server(name));
    TRY_ASSIGN(const auto inventory, server->inventory());
    std::map<TenantId, int> databases;
    for (const auto& thing : inventory.things) {
      if (thing.kind == ThingKind::database && thing.tenant) ++databases[*thing.tenant];
    }
    for (const auto& tenant : page.tenants) {
      if (tenant.server != name || databases[tenant.id] < 2) continue;
      TRY_ASSIGN(auto kept, kept_of(tenant, inventory.things, control));
      std::ranges::move(kept, std::back_inserter(all));
    }
  }
  return all;
}

Result<void> drop_locked(const Kept& kept, const std::string& lock_wait, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto held, hold(kept.tenant, lock_wait, control, services));
  return drop(kept, control, services);
}

Result<int> days_to_keep(const DropOldArgs& args, Services& services) {
  if (args.keep_days >= 0) return args.keep_days;
  TRY_ASSIGN(const auto* settings, services.settings());
  if (settings->backups.keep_old_days) return *settings->backups.keep_old_days;
  return fail(make_error(ErrorCode::usage, "it is not said how old databases must be to be dropped")
                  .with_hint("pass --keep-days DAYS, or set keep_old_days under backups in tenantctl.yaml"));
}

std::string names_of(const std::vector<Kept>& kept) {
  std::vector<std::string> names;
  for (const auto& one : kept) names.push_back(one.names.database.str());
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Result<Report> drop_old(const Tenant& wanted, const std::string& lock_wait, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto held, hold(wanted, lock_wait, control, services));
  const auto& tenant = held.tenant;
  TRY_ASSIGN(auto* server, services.server(tenant.server));
  TRY_ASSIGN(const auto inventory, server->inventory());
  TRY_ASSIGN(const auto kept, kept_of(tenant, inventory.things, control));
  if (!kept.empty())
    TRY(services.confirm(fmt::format("drop what \"{}\" had before it was restored: {}?", tenant.slug.str(), names_of(kept))));
  std::vector<std::string> dropped;
  for (const auto& one : kept) {
    TRY(drop(one, control, services));
    dropped.push_back(one.names.database.str());
  }
  return dropped_report(tenant.slug.str(), dropped);
}

Result<Report> drop_old_of_all(const DropOldArgs& args, Services& services) {
  TRY_ASSIGN(const int days, days_to_keep(args, services));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(auto kept, kept_by_all(control, services));
  const auto now = services.clock().now();
  std::erase_if(kept, [&](const Kept& one) { return !one.since || now - *one.since < std::chrono::days(days); });
  if (!kept.empty())
    TRY(services.confirm(
        fmt::format("drop what tenants had before they were restored, {} days ago or earlier: {}?", days, names_of(kept))));
  std::vector<DroppedLine> dropped;
  std::optional<Error> worst;
  for (const auto& one : kept) {
    if (auto signal = services.interrupted()) return fail(*signal);
    if (const auto done = drop_locked(one, args.lock_wait, control, services); !done) {
      services.progress().note(
          fmt::format("database \"{}\" of \"{}\" stays: {}", one.names.database.str(), one.tenant.slug.str(), full_message(done.error())));
      if (!worst) worst = done.error();
      continue;
    }
    dropped.push_back({.slug = one.tenant.slug.str(), .database = one.names.database.str(), .put_aside_at = *one.since});
  }
  if (worst) return fail(*worst);
  return dropped_of_all_report(dropped);
}

}  // namespace tenantctl
