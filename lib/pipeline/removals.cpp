#include "pipeline/removals.hpp"

#include <fmt/format.h>

#include <set>

#include "pipeline/backup.hpp"
#include "pipeline/restore_plan.hpp"
#include "pipeline/steps/evidence.hpp"
#include "pipeline/steps/nothing_left_step.hpp"
#include "pipeline/steps/receipt_step.hpp"

namespace tenantctl {
namespace {

/// "tctl_check_WORD_owner" -> "WORD"; empty where the name is of no restore that was tried.
std::string word_of_check(const std::string& name) {
  constexpr std::string_view k_begin = "tctl_check_";
  if (!name.starts_with(k_begin)) return {};
  const auto rest = name.substr(k_begin.size());
  return rest.substr(0, rest.find('_'));
}

/// What restores have put aside or left half way.
Result<std::vector<TenantDatabase>> kept_databases(const TenantDatabase& names, DatabaseServer& server) {
  TRY_ASSIGN(const auto inventory, server.inventory());
  std::vector<TenantDatabase> kept;
  for (const auto& thing : inventory.things) {
    if (thing.kind != ThingKind::database || thing.tenant != names.tenant || !(is_aside_of(names.database, thing.name) || is_fresh_of(names.database, thing.name))) continue;
    auto one = names;
    TRY_ASSIGN(one.database, DatabaseName::parse(thing.name));
    kept.push_back(std::move(one));
  }
  return kept;
}

/// Restores that were tried and killed: a database, or roles alone.
Result<std::set<std::string>> checks_of(const TenantId& tenant, DatabaseServer& server) {
  TRY_ASSIGN(const auto inventory, server.inventory());
  std::set<std::string> words;
  for (const auto& thing : inventory.things) {
    const auto word = thing.tenant == tenant && (thing.kind == ThingKind::database || thing.kind == ThingKind::role) ? word_of_check(thing.name) : std::string();
    if (!word.empty()) words.insert(word);
  }
  return words;
}

Result<void> drop_kept(const TenantDatabase& names, DatabaseServer& server) {
  TRY_ASSIGN(const auto kept, kept_databases(names, server));
  for (const auto& one : kept) TRY(server.drop_database(one));
  TRY_ASSIGN(const auto words, checks_of(names.tenant, server));
  for (const auto& word : words) TRY(drop_scratch(scratch_of(names.tenant, word), server));
  return {};
}

Removal kept_removal(const TenantDatabase& names, DatabaseServer& server) {
  return {.what = fmt::format("what restores of \"{}\" have left", names.place()),
          .evidence = evidence_of(names),
          .look = [names, &server]() -> Result<Observed> {
            TRY_ASSIGN(const auto kept, kept_databases(names, server));
            TRY_ASSIGN(const auto words, checks_of(names.tenant, server));
            return Observed{.presence = kept.empty() && words.empty() ? Presence::absent : Presence::complete};
          },
          .remove = [names, &server] { return drop_kept(names, server); }};
}

Removal roles_removal(const TenantDatabase& names, DatabaseServer& server) {
  return {.what = fmt::format("roles \"{}\" and \"{}\"", names.owner.str(), names.login.str()),
          .evidence = evidence_of(names),
          .look = [names, &server] { return server.observe_roles(names); },
          .remove = [names, &server] { return server.drop_roles(names); }};
}

Removal site_removal(const FrappeSite& site, FrappeBench& bench) {
  return {.what = fmt::format("site \"{}\" and its database", site.name.str()),
          .evidence = to_json(site),
          .look = [site, &bench] { return bench.observe_site(site); },
          .remove = [site, &bench] { return bench.drop_site(site); }};
}

Removal route_removal(const CreatePlan& plan, SiteRouter& router) {
  const auto route = route_of(plan);
  return {.what = fmt::format("the routes of \"{}\" and \"{}\"", route.front.str(), route.back.str()),
          .evidence = evidence_of(route),
          .look = [route, &router] { return router.observe(route); },
          .remove = [route, &router] { return router.withdraw(route); }};
}

Removal credentials_removal(const CreatePlan& plan, CredentialStore& store) {
  return {.what = fmt::format("credentials \"{}\"", plan.credentials_file.string()),
          .evidence = {{"file", plan.credentials_file.string()}},
          .look = [file = plan.credentials_file, tenant = plan.tenant(), &store] { return store.observe(file, tenant); },
          .remove = [file = plan.credentials_file, tenant = plan.tenant(), &store] { return store.remove(file, tenant); }};
}

/// Everywhere that a create may have put something.
std::vector<PlaceToLook> places_of(const CreatePlan& plan, const LifePorts& ports) {
  std::vector<PlaceToLook> places{{.name = "nginx", .things = [&router = ports.router] { return router.inventory(); }}};
  if (ports.bench != nullptr) {
    places.push_back({.name = fmt::format("bench \"{}\"", plan.frappe->site.bench), .things = [bench = ports.bench, folder = plan.frappe->site.bench] { return bench->inventory(folder); }});
  } else {
    places.push_back({.name = fmt::format("database server \"{}\"", plan.server.str()), .things = [server = ports.server]() -> Result<std::vector<Thing>> {
                        TRY_ASSIGN(auto inventory, server->inventory());
                        return std::move(inventory.things);
                      }});
  }
  if (!plan.credentials_file.empty()) {
    const auto folder = plan.credentials_file.parent_path();
    places.push_back({.name = fmt::format("folder \"{}\"", folder.string()), .things = [store = ports.credentials, folder] { return store->inventory(folder); }});
  }
  return places;
}

}  // namespace

Removal database_removal(const TenantDatabase& names, DatabaseServer& server) {
  return {.what = fmt::format("{} \"{}\"", names.schema ? "schema" : "database", names.place()),
          .evidence = evidence_of(names),
          .look = [names, &server] { return server.observe_database(names); },
          .remove = [names, &server] { return server.drop_database(names); }};
}

namespace {

/// It may be days since the backup was proved: what lies there now is looked at once more, before there is nothing to make another of.
Removal database_removal_behind(Removal removal, const LifePlan& plan, BackupStore* store) {
  if (!plan.backup || store == nullptr) return removal;
  removal.remove = [remove = removal.remove, look = removal.look, slug = plan.tenant.slug, code = plan.tenant.code, id = *plan.backup, store]() -> Result<void> {
    TRY_ASSIGN(const auto seen, look());
    if (seen.presence == Presence::absent) return remove();
    TRY_ASSIGN(const auto stored, store->find(slug, code, id));
    if (!stored) return fail(make_error(ErrorCode::backup_not_found, fmt::format("backup {} is no longer there", id.str())).with_hint("put it back, and resume the operation"));
    TRY(store->check(*stored));
    return remove();
  };
  return removal;
}

}  // namespace

void add_removals(Pipeline& pipeline, const LifePlan& plan, const LifePorts& ports) {
  const auto& tenant = plan.tenant;
  const auto add = [&](const char* id, Removal removal) { pipeline.push_back(std::make_unique<RemovalStep>(id, std::move(removal))); };
  if (ports.bench != nullptr) add("drop_site", site_removal(tenant.frappe->site, *ports.bench));
  else add("drop_database", database_removal_behind(database_removal(tenant.database, *ports.server), plan, ports.backups));
  add("drop_route", route_removal(tenant, ports.router));
  if (!tenant.credentials_file.empty()) add("drop_credentials", credentials_removal(tenant, *ports.credentials));
  if (ports.bench == nullptr) add("drop_kept", kept_removal(tenant.database, *ports.server));
  if (ports.bench == nullptr) add("drop_roles", roles_removal(tenant.database, *ports.server));
  pipeline.push_back(std::make_unique<NothingLeftStep>(tenant.tenant(), places_of(tenant, ports)));
  pipeline.push_back(std::make_unique<ReceiptStep>(plan, ports.backups, *ports.clock, ports.actor));
}

}  // namespace tenantctl
