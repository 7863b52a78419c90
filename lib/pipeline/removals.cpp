#include "pipeline/removals.hpp"

#include <fmt/format.h>

#include "pipeline/restore_plan.hpp"
#include "pipeline/steps/evidence.hpp"
#include "pipeline/steps/nothing_left_step.hpp"
#include "pipeline/steps/receipt_step.hpp"

namespace tenantctl {
namespace {

/// What restores have put aside.
Result<std::vector<TenantDatabase>> kept_databases(const TenantDatabase& names, DatabaseServer& server) {
  TRY_ASSIGN(const auto inventory, server.inventory());
  std::vector<TenantDatabase> kept;
  for (const auto& thing : inventory.things) {
    if (thing.kind != ThingKind::database || thing.tenant != names.tenant || !is_aside_of(names.database, thing.name)) continue;
    auto one = names;
    TRY_ASSIGN(one.database, DatabaseName::parse(thing.name));
    kept.push_back(std::move(one));
  }
  return kept;
}

Removal kept_removal(const TenantDatabase& names, DatabaseServer& server) {
  return {.what = fmt::format("what restores of database \"{}\" have kept", names.database.str()),
          .evidence = evidence_of(names),
          .look = [names, &server]() -> Result<Observed> {
            TRY_ASSIGN(const auto kept, kept_databases(names, server));
            return Observed{.presence = kept.empty() ? Presence::absent : Presence::complete};
          },
          .remove = [names, &server]() -> Result<void> {
            TRY_ASSIGN(const auto kept, kept_databases(names, server));
            for (const auto& one : kept) TRY(server.drop_database(one));
            return {};
          }};
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

void add_removals(Pipeline& pipeline, const LifePlan& plan, const LifePorts& ports) {
  const auto& tenant = plan.tenant;
  const auto add = [&](const char* id, Removal removal) { pipeline.push_back(std::make_unique<RemovalStep>(id, std::move(removal))); };
  if (ports.bench != nullptr) add("drop_site", site_removal(tenant.frappe->site, *ports.bench));
  else add("drop_database", database_removal(tenant.database, *ports.server));
  add("drop_route", route_removal(tenant, ports.router));
  if (!tenant.credentials_file.empty()) add("drop_credentials", credentials_removal(tenant, *ports.credentials));
  if (ports.bench == nullptr && !tenant.database.schema) add("drop_kept", kept_removal(tenant.database, *ports.server));
  if (ports.bench == nullptr) add("drop_roles", roles_removal(tenant.database, *ports.server));
  pipeline.push_back(std::make_unique<NothingLeftStep>(tenant.tenant(), places_of(tenant, ports)));
  pipeline.push_back(std::make_unique<ReceiptStep>(plan, ports.backups, *ports.clock, ports.actor));
}

}  // namespace tenantctl
