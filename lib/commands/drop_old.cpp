#include "commands/drop_old.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "commands/held_tenant.hpp"
#include "commands/operation_run.hpp"
#include "core/paging.hpp"
#include "pipeline/old_copies.hpp"
#include "pipeline/restore_leftovers.hpp"
#include "views/operations.hpp"

namespace tenantctl {
namespace {

/// What a tenant had before, and does not need any more.
struct Kept {
  Tenant tenant;
  std::string server;
  TenantDatabase own;                 // what it has now
  DatabaseName database;              // what is kept
  std::optional<Instant> since = {};  // empty: no operation tells

  TenantDatabase names() const {
    auto names = own;
    names.database = database;
    return names;
  }
};

/// For questions: "what tenants had before they were restored: DATABASE, …".
std::string described(KeptBy by, std::string_view whose, const std::vector<Kept>& kept) {
  std::vector<std::string> names;
  for (const auto& one : kept) {
    names.push_back(by == KeptBy::restore ? one.database.str() : fmt::format("{} on server \"{}\"", one.database.str(), one.server));
  }
  return fmt::format("what {} had before {}: {}", whose, by == KeptBy::restore ? "a restore" : "a move", fmt::join(names, ", "));
}

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

Result<std::vector<Kept>> kept_by_restores(const Tenant& tenant, const std::vector<Thing>& things, ControlPlane& control) {
  TRY_ASSIGN(const auto plan, plan_of_tenant(tenant, control));
  TRY_ASSIGN(const auto operations, control.operations.list({.slug = tenant.slug.str(), .limit = k_all}));
  std::vector<Kept> kept;
  for (const auto& names : leftovers_of_restores(plan.database, things).aside) {
    kept.push_back({.tenant = tenant,
                    .server = tenant.server,
                    .own = plan.database,
                    .database = names.database,
                    .since = put_aside_at(names.database, tenant.id, operations)});
  }
  return kept;
}

Result<Kept> kept_as(const OldCopy& copy, ControlPlane& control) {
  TRY_ASSIGN(auto tenant, control.tenants.find(copy.tenant.str()));
  TRY_ASSIGN(auto plan, plan_of_tenant(tenant, control));
  TRY_ASSIGN(auto database, DatabaseName::parse(copy.database));
  return Kept{.tenant = std::move(tenant),
              .server = copy.server,
              .own = std::move(plan.database),
              .database = std::move(database),
              .since = copy.since};
}

Result<std::vector<Kept>> kept_by_moves(const TenantId& tenant, ControlPlane& control) {
  TRY_ASSIGN(const auto copies, control.old_copies.list(tenant));
  std::vector<Kept> kept;
  for (const auto& copy : copies) {
    TRY_ASSIGN(auto one, kept_as(copy, control));
    kept.push_back(std::move(one));
  }
  return kept;
}

/// But for those of servers that are not known here, which may be known elsewhere, and of tenants that are under way.
Result<std::vector<Kept>> kept_by_all_moves(ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(const auto copies, control.old_copies.list({}));
  std::vector<Kept> kept;
  for (const auto& copy : copies) {
    auto one = kept_as(copy, control);
    if (one && settings->servers.contains(copy.server)) {
      kept.push_back(std::move(*one));
      continue;
    }
    const auto why = one ? fmt::format("server \"{}\" is not in {}", copy.server, settings->file.string()) : full_message(one.error());
    services.progress().note(fmt::format("database \"{}\" on server \"{}\" stays: {}", copy.database, copy.server, why));
  }
  return kept;
}

Result<std::vector<Kept>> kept_of(const Tenant& tenant, KeptBy by, ControlPlane& control, Services& services) {
  if (by == KeptBy::move) return kept_by_moves(tenant.id, control);
  TRY_ASSIGN(auto* server, services.server(tenant.server));
  TRY_ASSIGN(const auto inventory, server->inventory());
  return kept_by_restores(tenant, inventory.things, control);
}

/// With nothing under way that would go back to what it had.
Result<HeldTenant> hold(const Tenant& tenant, const std::string& lock_wait, ControlPlane& control, Services& services) {
  TRY_ASSIGN(auto held, hold_tenant(tenant, lock_wait, control, services));
  TRY(check_has_data(held.tenant, "drop an old database of"));
  TRY(check_nothing_unfinished(held.tenant, control));
  return held;
}

/// Of the entry and of the report.
enum class Ended : std::uint8_t { dropped, forgotten };

/// All that the tenant has left there; where the server is gone for good itself, who names the tenant may have it forgotten.
Result<Ended> drop_copy(const Kept& kept, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  const auto entry = [&](const char* action) {
    return audit_entry(services.actor(), action, kept.tenant, {{"database", kept.database.str()}, {"server", kept.server}});
  };
  if (!settings->servers.contains(kept.server)) {
    TRY(services.confirm(fmt::format("server \"{}\" is not in {} any more: forget what \"{}\" has left there?", kept.server,
                                     settings->file.string(), kept.tenant.slug.str())));
    TRY(control.old_copies.forget(kept.tenant.id, kept.server, entry("move_forget_old.succeeded")));
    return Ended::forgotten;
  }
  TRY_ASSIGN(auto* server, services.server(kept.server));
  TRY(drop_old_copy(kept.own, *server));
  TRY(control.old_copies.forget(kept.tenant.id, kept.server, entry("move_drop_old.succeeded")));
  return Ended::dropped;
}

/// Its tenant is held.
Result<Ended> drop(const Kept& kept, KeptBy by, ControlPlane& control, Services& services) {
  if (by == KeptBy::move) return drop_copy(kept, control, services);
  TRY_ASSIGN(auto* server, services.server(kept.server));
  TRY(server->drop_database(kept.names()));
  TRY(control.audit.append(audit_entry(services.actor(), "restore_drop_old.succeeded", kept.tenant, {{"database", kept.database.str()}})));
  return Ended::dropped;
}

/// On every server, those of tenants that have more than one database.
Result<std::vector<Kept>> kept_by_all_restores(ControlPlane& control, Services& services) {
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
      if (tenant.server != name || !tenant.moving_to.empty() || databases[tenant.id] < 2) continue;
      TRY_ASSIGN(auto kept, kept_by_restores(tenant, inventory.things, control));
      std::ranges::move(kept, std::back_inserter(all));
    }
  }
  return all;
}

/// Whether it is still there as it was seen: the tenant may have moved again meanwhile.
Result<bool> is_still_kept(const Kept& kept, const Tenant& now, KeptBy by, ControlPlane& control, Services& services) {
  if (by == KeptBy::move) {
    TRY_ASSIGN(const auto copies, control.old_copies.list(now.id));
    return std::ranges::any_of(copies, [&](const OldCopy& copy) {
      return copy.server == kept.server && copy.database == kept.database.str() && copy.since == kept.since;
    });
  }
  if (now.server != kept.server) return false;
  TRY_ASSIGN(auto* server, services.server(kept.server));
  TRY_ASSIGN(const auto seen, server->observe_database(kept.names()));
  return seen.presence != Presence::absent;
}

/// False where it is gone already.
Result<bool> drop_locked(const Kept& kept, const DropOldArgs& args, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto held, hold(kept.tenant, args.lock_wait, control, services));
  TRY_ASSIGN(const bool there, is_still_kept(kept, held.tenant, args.by, control, services));
  if (there) TRY(drop(kept, args.by, control, services));
  return there;
}

Result<int> days_to_keep(const DropOldArgs& args, Services& services) {
  if (args.keep_days >= 0) return args.keep_days;
  TRY_ASSIGN(const auto* settings, services.settings());
  if (settings->backups.keep_old_days) return *settings->backups.keep_old_days;
  return fail(make_error(ErrorCode::usage, "it is not said how old databases must be to be dropped")
                  .with_hint("pass --keep-days DAYS, or set keep_old_days under backups in tenantctl.yaml"));
}

}  // namespace

Result<Report> drop_old(const Tenant& wanted, const DropOldArgs& args, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto held, hold(wanted, args.lock_wait, control, services));
  const auto& tenant = held.tenant;
  TRY_ASSIGN(const auto kept, kept_of(tenant, args.by, control, services));
  if (!kept.empty()) TRY(services.confirm(fmt::format("drop {}?", described(args.by, fmt::format("\"{}\"", tenant.slug.str()), kept))));
  std::vector<std::string> dropped, forgotten;
  for (const auto& one : kept) {
    TRY_ASSIGN(const auto ended, drop(one, args.by, control, services));
    (ended == Ended::dropped ? dropped : forgotten).push_back(one.database.str());
  }
  return dropped_report(tenant.slug.str(), dropped, forgotten);
}

Result<void> drop_moved(const Tenant& tenant, const std::string& from, ControlPlane& control, Services& services) {
  TRY_ASSIGN(const auto kept, kept_by_moves(tenant.id, control));
  for (const auto& one : kept) {
    if (one.server == from) TRY(drop_copy(one, control, services));
  }
  return {};
}

Result<Report> drop_old_of_all(const DropOldArgs& args, Services& services) {
  TRY_ASSIGN(const int days, days_to_keep(args, services));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(auto kept, args.by == KeptBy::move ? kept_by_all_moves(control, services) : kept_by_all_restores(control, services));
  const auto now = services.clock().now();
  std::erase_if(kept, [&](const Kept& one) { return !one.since || now - *one.since < std::chrono::days(days); });
  if (!kept.empty()) TRY(services.confirm(fmt::format("drop, of {} days ago or earlier, {}?", days, described(args.by, "tenants", kept))));
  std::vector<DroppedLine> dropped;
  std::optional<Error> worst;
  for (const auto& one : kept) {
    if (auto signal = services.interrupted()) return fail(*signal);
    const auto done = drop_locked(one, args, control, services);
    if (!done) {
      services.progress().note(
          fmt::format("database \"{}\" of \"{}\" stays: {}", one.database.str(), one.tenant.slug.str(), full_message(done.error())));
      if (!worst) worst = done.error();
      continue;
    }
    if (*done) dropped.push_back({.slug = one.tenant.slug.str(), .database = one.database.str(), .put_aside_at = *one.since});
  }
  if (worst) return fail(*worst);
  return dropped_of_all_report(dropped);
}

void add_keep_days(CLI::App& sub, DropOldArgs& args, CLI::Option* all) {
  sub.add_option("--keep-days", args.keep_days, "with --all: what was put aside within so many days stays (else as configured)")
      ->check(CLI::Range(0, 36500))
      ->type_name("DAYS")
      ->needs(all);
}

}  // namespace tenantctl
