#include "commands/doctor_inventory.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "commands/doctor_checks.hpp"
#include "commands/operation_run.hpp"
#include "commands/stacks.hpp"
#include "core/paging.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

std::string place_of(const NginxSettings& nginx) { return place_of_files(nginx.host, nginx.dir); }

void add_things(Look& look, const std::string& place, std::vector<Thing> things) {
  look.world.places.insert(place);
  for (auto& thing : things) {
    thing.place = place;
    look.world.things.push_back(std::move(thing));
  }
}

/// Templates of files that have changed since: they take space and do no harm.
void note_stale_templates(Look& look, const std::string& name, const ServerInventory& inventory, const Settings& settings,
                          DatabaseServer& server, Services& services) {
  std::set<std::string> wanted;
  for (const auto& [stack_name, stack] : settings.stacks) {
    if (stack.kind != StackKind::database || std::ranges::find(stack.servers, name) == stack.servers.end()) continue;
    const auto source = read_template_source(stack, services);
    if (!source) return;  // what is stale can't be told
    if (const auto present = server.template_name(*source)) wanted.insert(present->str());
  }
  for (const auto& database : inventory.templates) {
    if (!wanted.contains(database))
      look.notes.push_back(
          fmt::format("template \"{}\" on server \"{}\" is not of this configuration's stacks as they are now", database, name));
  }
}

Result<void> look_at_server(Look& look, const std::string& name, const Settings& settings, Services& services) {
  TRY_ASSIGN(auto* server, services.server(name));
  TRY_ASSIGN(auto inventory, server->inventory());
  for (const auto& remark : inventory.remarks) look.notes.push_back(fmt::format("server \"{}\": {}", name, remark));
  note_stale_templates(look, name, inventory, settings, *server, services);
  for (const auto& database : inventory.unseen) look.world.unseen.insert(name + "/" + database);
  add_things(look, name, std::move(inventory.things));
  return {};
}

std::string place_of(const FrappeStack& frappe) { return place_of_files(frappe.host, frappe.bench); }

/// A claim whose site is not there counts as the site: it is removed in the same way.
Result<void> look_at_bench(Look& look, const StackSettings& stack, Services& services) {
  TRY_ASSIGN(auto* bench, services.bench(stack.name.str()));
  TRY_ASSIGN(auto things, bench->inventory(stack.frappe->bench));
  add_things(look, place_of(*stack.frappe), std::move(things));
  return {};
}

Result<void> look_at_nginx(Look& look, const Settings& settings, Services& services) {
  TRY_ASSIGN(auto* router, services.router(settings.nginx.mode, settings.nginx.host));
  TRY_ASSIGN(auto things, router->inventory());
  add_things(look, place_of(settings.nginx), std::move(things));
  return {};
}

Result<void> look_at_credentials(Look& look, const fs::path& folder, Services& services) {
  TRY_ASSIGN(auto things, services.credentials().inventory(folder));
  add_things(look, place_of_files("", folder), std::move(things));
  return {};
}

Result<void> look_at_backups(Look& look, const fs::path& folder, Services& services) {
  TRY_ASSIGN(auto* store, services.backups());
  TRY_ASSIGN(auto things, store->inventory());
  add_things(look, place_of_files("", folder), std::move(things));
  return {};
}

/// A check that has begun since has another word, but for one of a deletion, which holds the tenant's lock.
Result<void> still_idle(const Thing& thing, Services& services) {
  TRY_ASSIGN(auto* server, services.server(thing.place));
  TRY_ASSIGN(const auto inventory, server->inventory());
  const bool busy = std::ranges::any_of(inventory.things, [&](const Thing& other) { return other.busy && other.name == thing.name; });
  if (busy) return fail(ErrorCode::state_conflict, fmt::format("a check of a backup works with \"{}\"", thing.name));
  return {};
}

/// A living tenant's domain file is an orphan where the domain is not the tenant's.
Result<void> still_not_routed(const Thing& thing, ControlPlane& control) {
  const auto host = HostName::parse(fs::path(thing.name).stem().string());
  if (!host) return {};  // no domain has such a name
  const auto domain = control.domains.find(*thing.tenant, *host);
  if (!domain) return domain.error().code == ErrorCode::domain_not_found ? Result<void>() : fail(domain.error());
  if (domain->routed_at) return fail(ErrorCode::state_conflict, fmt::format("domain \"{}\" is the tenant's", host->str()));
  return {};
}

/// With the tenant's lock held nothing of it can begin, and what had begun before is in the journal.
Result<void> still_unexplained(const Thing& thing, const TenantSlug& slug, ControlPlane& control) {
  const auto& tenant = *thing.tenant;
  TRY_ASSIGN(const auto operations, control.operations.list({.slug = slug.str(), .only_unfinished = true, .limit = k_all}));
  if (std::ranges::any_of(operations, [&](const Operation& operation) { return operation.tenant == tenant; })) {
    return fail(ErrorCode::state_conflict, fmt::format("an operation of tenant \"{}\" has begun meanwhile", slug.str()));
  }
  TRY_ASSIGN(const auto entries, control.pool.list());
  if (std::ranges::any_of(entries, [&](const PoolEntry& entry) { return entry.identity.id == tenant; })) {
    return fail(ErrorCode::state_conflict, fmt::format("\"{}\" is of the pool", thing.name));
  }
  if (is_of_check(thing)) return {};
  const auto row = control.tenants.find(tenant.str());
  if (row && row->status == TenantStatus::deleted) return {};
  if (row && thing.kind == ThingKind::domain_file) return still_not_routed(thing, control);
  if (row) return fail(ErrorCode::state_conflict, fmt::format("tenant \"{}\" is in the control database", slug.str()));
  if (row.error().code != ErrorCode::tenant_not_found) return fail(row.error());
  return {};
}

Result<void> drop_database(const Thing& thing, DatabaseServer& server) {
  TRY_ASSIGN(auto database, DatabaseName::parse(thing.name));
  TRY_ASSIGN(auto owner, RoleName::parse(thing.owner));
  return server.drop_database({.tenant = *thing.tenant, .database = std::move(database), .owner = owner, .login = owner});
}

Result<void> drop_schema(const Thing& thing, DatabaseServer& server) {
  const auto dot = thing.name.find('.');
  if (dot == std::string::npos) return fail(ErrorCode::internal, fmt::format("\"{}\" names no schema", thing.name));
  TRY_ASSIGN(auto database, DatabaseName::parse(thing.name.substr(0, dot)));
  TRY_ASSIGN(auto schema, SchemaName::parse(thing.name.substr(dot + 1)));
  TRY_ASSIGN(auto owner, RoleName::parse(thing.owner));
  return server.drop_database(
      {.tenant = *thing.tenant, .database = std::move(database), .owner = owner, .login = owner, .schema = std::move(schema)});
}

/// As an operation of its own: whatever holds the site by an older one does nothing more there.
Result<void> drop_site(const Thing& thing, const Settings& settings, Services& services) {
  const auto stack = std::ranges::find_if(
      settings.stacks, [&](const auto& entry) { return entry.second.frappe && place_of(*entry.second.frappe) == thing.place; });
  if (stack == settings.stacks.end()) return fail(ErrorCode::internal, fmt::format("no stack has its bench at \"{}\"", thing.place));
  TRY_ASSIGN(auto* bench, services.bench(stack->first));
  TRY_ASSIGN(auto name, HostName::parse(thing.name));
  TRY_ASSIGN(auto database, DatabaseName::parse(thing.owner));
  TRY_ASSIGN(auto operation, new_operation_id(services));
  bench->begin({.ticket = {.id = std::move(operation), .fence = 1}, .still_ours = [] { return Result<void>(); }});
  const auto& frappe = *stack->second.frappe;
  return bench->drop_site({.tenant = *thing.tenant,
                           .name = std::move(name),
                           .database = std::move(database),
                           .bench = frappe.bench,
                           .program = frappe.program});
}

/// One role of the two that a tenant has; the name stands for both.
Result<void> drop_role(const Thing& thing, DatabaseServer& server) {
  TRY_ASSIGN(auto role, RoleName::parse(thing.name));
  TRY_ASSIGN(auto database, DatabaseName::parse(thing.name));
  return server.drop_roles({.tenant = *thing.tenant, .database = std::move(database), .owner = role, .login = role});
}

Result<void> remove_file(const Thing& thing, const Settings& settings, Services& services) {
  if (thing.place == place_of(settings.nginx)) {
    TRY_ASSIGN(auto* router, services.router(settings.nginx.mode, settings.nginx.host));
    return router->remove(thing);
  }
  if (!thing.tenant && thing.place == place_of_files("", settings.backups.dir)) {
    TRY_ASSIGN(auto* store, services.backups());
    return store->remove_draft(thing.name);
  }
  return thing.tenant ? services.credentials().remove(thing.name, *thing.tenant) : services.credentials().remove_temporary(thing.name);
}

Result<void> remove_thing(const Thing& thing, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  const bool is_file = thing.kind == ThingKind::route_file || thing.kind == ThingKind::domain_file ||
                       thing.kind == ThingKind::certificate_file || thing.kind == ThingKind::credentials_file ||
                       thing.kind == ThingKind::configuration_file || thing.kind == ThingKind::temporary_file;
  if (is_file) return remove_file(thing, *settings, services);
  if (thing.kind == ThingKind::site && thing.tenant) return drop_site(thing, *settings, services);
  TRY_ASSIGN(auto* server, services.server(thing.place));
  if (thing.kind == ThingKind::half_template) {
    TRY_ASSIGN(const auto name, DatabaseName::parse(thing.name));
    return server->drop_half_template(name);
  }
  if (thing.kind == ThingKind::database && thing.tenant) return drop_database(thing, *server);
  if (thing.kind == ThingKind::schema && thing.tenant) return drop_schema(thing, *server);
  if (thing.kind == ThingKind::role && thing.tenant) return drop_role(thing, *server);
  return fail(ErrorCode::internal, fmt::format("\"{}\" is nothing that can be removed", thing.name));
}

}  // namespace

Look look_at_world(const Settings& settings, Services& services) {
  Look look;
  const auto keep = [&look](const std::string& what, const Result<void>& looked) {
    if (!looked) look.failures.push_back(failed_check("inventory of " + what, looked.error()));
  };
  for (const auto& [name, server] : settings.servers) keep("server " + name, look_at_server(look, name, settings, services));
  keep("nginx", look_at_nginx(look, settings, services));
  std::set<std::string> benches;
  for (const auto& [name, stack] : settings.stacks) {
    if (stack.frappe && benches.insert(place_of(*stack.frappe)).second)
      keep("bench " + place_of(*stack.frappe), look_at_bench(look, stack, services));
  }
  std::set<fs::path> folders;
  for (const auto& [name, stack] : settings.stacks) {
    if (!stack.credentials_dir.empty()) folders.insert(stack.credentials_dir);
  }
  for (const auto& folder : folders) keep("folder " + folder.string(), look_at_credentials(look, folder, services));
  if (const auto& folder = settings.backups.dir; !folder.empty())
    keep("folder " + folder.string(), look_at_backups(look, folder, services));
  return look;
}

Result<Records> read_records(ControlPlane& control) {
  Records records;
  TRY_ASSIGN(records.operations, control.operations.list({.limit = k_all}));
  TRY_ASSIGN(records.domains, control.domains.all());
  TRY_ASSIGN(const auto entries, control.pool.list());
  for (const auto& entry : entries) records.pooled.insert(entry.identity.id);
  TRY_ASSIGN(auto page, control.tenants.list({.limit = k_all}));
  records.tenants = std::move(page.tenants);
  return records;
}

Result<void> remove_orphan(const Orphan& orphan, ControlPlane& control, Services& services) {
  std::unique_ptr<TenantLock> lock;
  if (!orphan.slug.empty() && orphan.thing.tenant) {
    TRY_ASSIGN(const auto slug, TenantSlug::parse(orphan.slug));
    TRY_ASSIGN(lock, control.operations.lock(slug));
    TRY(still_unexplained(orphan.thing, slug, control));
  }
  if (is_of_check(orphan.thing)) TRY(still_idle(orphan.thing, services));
  return remove_thing(orphan.thing, services);
}

}  // namespace tenantctl
