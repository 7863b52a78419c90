#include "pipeline/inventory_comparison.hpp"

#include <algorithm>
#include <map>

#include "core/backup.hpp"
#include "core/nginx_config.hpp"
#include "pipeline/create_plan.hpp"

namespace tenantctl {
namespace {

bool has(const World& world, const Thing& thing) {
  return std::ranges::any_of(world.things, [&](const Thing& other) { return same_thing(thing, other); });
}

/// Whether the thing would have been seen, were it there.
bool looked_at(const World& world, const Thing& thing) {
  if (!world.places.contains(thing.place)) return false;
  return thing.kind != ThingKind::schema || !world.unseen.contains(thing.place + "/" + thing.name.substr(0, thing.name.find('.')));
}

/// What is known of a tenant that things are found of.
struct KnownTenant {
  std::string slug;         // empty: the journal never heard of it
  bool unfinished = false;  // an operation of its is: whatever is there may be that one's
  bool has_row = false;
  std::set<std::string> domains = {};  // custom ones that are routed
};

std::map<TenantId, KnownTenant> known_tenants(const Records& records) {
  std::map<TenantId, KnownTenant> known;
  for (const auto& operation : records.operations) {
    auto& tenant = known[operation.tenant];
    if (tenant.slug.empty()) tenant.slug = operation.slug;  // the newest: before it was a tenant's, a database may have been the pool's
    if (!is_finished(operation.state)) tenant.unfinished = true;
  }
  for (const auto& row : records.tenants) {
    auto& tenant = known[row.id];
    tenant.slug = row.slug.str();
    tenant.has_row = true;
  }
  for (const auto& tenant : records.pooled) known[tenant].has_row = true;
  for (const auto& domain : records.domains) {
    if (domain.routed_at) known[domain.tenant].domains.insert(domain.host.str());
  }
  return known;
}

/// What a check of a backup works with is no part of the tenant, and nobody's once its process is gone.
bool explains(const KnownTenant& tenant, const Thing& thing) {
  if (is_of_check(thing)) return tenant.unfinished;
  if (tenant.unfinished || thing.kind != ThingKind::domain_file) return tenant.unfinished || tenant.has_row;
  return tenant.has_row && tenant.domains.contains(std::filesystem::path(thing.name).stem().string());
}

std::vector<Orphan> find_orphans(const World& before, const Records& records, const World& after) {
  const auto known = known_tenants(records);
  std::vector<Orphan> orphans;
  for (const auto& thing : after.things) {
    if (thing.busy) continue;
    const auto tenant = thing.tenant ? known.find(*thing.tenant) : known.end();
    if (tenant != known.end() && explains(tenant->second, thing)) continue;
    if (has(before, thing)) orphans.push_back({.thing = thing, .slug = tenant != known.end() ? tenant->second.slug : ""});
  }
  std::ranges::stable_sort(orphans, {}, [](const Orphan& orphan) { return orphan.thing.kind; });
  return orphans;
}

/// nginx's folder of the day when the tenant was made: above routes/STACK/HOST, or above sites/SLUG.conf.
std::filesystem::path nginx_folder_of(const CreatePlan& plan) {
  const auto folder = plan.route_files.front().parent_path().parent_path();
  return plan.nginx_mode == NginxMode::routes ? folder.parent_path() : folder;
}

std::vector<Thing> things_of(const CreatePlan& plan, const std::vector<CustomDomain>& domains, const World& world) {
  std::vector<Thing> wanted;
  const auto add = [&](ThingKind kind, const std::string& place, const std::string& name) {
    Thing thing{.kind = kind, .place = place, .name = name, .tenant = plan.tenant()};
    if (looked_at(world, thing)) wanted.push_back(std::move(thing));
  };
  if (plan.frappe) {
    add(ThingKind::site, place_of_files(plan.server.str(), plan.frappe->site.bench), plan.frappe->site.name.str());
  } else {
    add(plan.database.schema ? ThingKind::schema : ThingKind::database, plan.server.str(), plan.database.place());
    add(ThingKind::role, plan.server.str(), plan.database.owner.str());
    add(ThingKind::role, plan.server.str(), plan.database.login.str());
  }
  // A route file lies somewhere below the folder that was looked through, a credentials file directly in its own.
  for (const auto& file : plan.route_files) {
    for (auto folder = file.parent_path(); folder.has_relative_path(); folder = folder.parent_path())
      add(ThingKind::route_file, place_of_files(plan.nginx_host, folder), file.string());
  }
  for (const auto& domain : domains) {
    if (domain.tenant != plan.tenant() || !domain.routed_at || plan.route_files.empty()) continue;
    const auto folder = nginx_folder_of(plan);
    add(ThingKind::domain_file, place_of_files(plan.nginx_host, folder),
        nginx_domain_file(plan.nginx_mode, folder, plan.slug, domain.host).string());
  }
  if (!plan.credentials_file.empty())
    add(ThingKind::credentials_file, plan.credentials_file.parent_path().string(), plan.credentials_file.string());
  if (!plan.configuration_file.empty())
    add(ThingKind::configuration_file, plan.configuration_file.parent_path().string(), plan.configuration_file.string());
  return wanted;
}

std::vector<Missing> find_missing(const World& before, const Records& records, const World& after) {
  std::map<TenantId, const Operation*> creates;
  std::set<TenantId> busy;
  for (const auto& operation : records.operations) {
    if (!is_finished(operation.state)) busy.insert(operation.tenant);
    if (operation.kind == "create" && operation.state == OperationState::succeeded) creates.emplace(operation.tenant, &operation);
  }
  std::vector<Missing> missing;
  for (const auto& tenant : records.tenants) {
    const auto create = creates.find(tenant.id);
    if (tenant.status != TenantStatus::active || busy.contains(tenant.id) || create == creates.end()) continue;
    auto plan = create_plan_from(create->second->parameters);
    if (!plan) continue;  // of another version's making: its names can't be told
    if (auto server = ConfigName::parse(tenant.server)) plan->server = std::move(*server);  // it may have moved since
    for (const auto& thing : things_of(*plan, records.domains, after)) {
      if (!looked_at(before, thing) || has(before, thing) || has(after, thing)) continue;
      missing.push_back({.kind = thing.kind,
                         .place = thing.place,
                         .name = thing.name,
                         .tenant = tenant.id,
                         .slug = tenant.slug.str(),
                         .operation = create->second->id.str()});
    }
  }
  return missing;
}

std::vector<Unfinished> find_unfinished(const Records& records, const World& world) {
  std::vector<Unfinished> unfinished;
  for (const auto& operation : records.operations) {
    if (is_finished(operation.state)) continue;
    Unfinished entry{.operation = operation, .things = {}};
    std::ranges::copy_if(world.things, std::back_inserter(entry.things),
                         [&](const Thing& thing) { return thing.tenant == operation.tenant; });
    unfinished.push_back(std::move(entry));
  }
  return unfinished;
}

}  // namespace

bool is_of_check(const Thing& thing) {
  return (thing.kind == ThingKind::database || thing.kind == ThingKind::role) && !word_of_check(thing.name).empty();
}

Comparison compare_inventory(const World& before, const Records& records, const World& after) {
  return {.orphans = find_orphans(before, records, after),
          .missing = find_missing(before, records, after),
          .unfinished = find_unfinished(records, after)};
}

}  // namespace tenantctl
