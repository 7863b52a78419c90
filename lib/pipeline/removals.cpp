#include "pipeline/removals.hpp"

#include <fmt/format.h>

#include <set>

#include "pipeline/backup.hpp"
#include "pipeline/dns_records.hpp"
#include "pipeline/restore_leftovers.hpp"
#include "pipeline/steps/evidence.hpp"
#include "pipeline/steps/nothing_left_step.hpp"
#include "pipeline/steps/receipt_step.hpp"

namespace tenantctl {
namespace {

Removal kept_removal(const TenantDatabase& names, DatabaseServer& server) {
  return {.what = fmt::format("what restores of \"{}\" have left", names.place()),
          .evidence = evidence_of(names),
          .look = [names, &server]() -> Result<Observed> {
            TRY_ASSIGN(const auto left, restore_leftovers(names, server));
            return Observed{.presence = left.none() ? Presence::absent : Presence::complete};
          },
          .remove = [names, &server] { return drop_restore_leftovers(names, server); }};
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

Removal dns_removal(const TenantRecords& records, DnsZone& zone) {
  return {.what = fmt::format("{} DNS records in zone \"{}\"", records.records.size(), records.zone),
          .evidence = to_json(records),
          .look = [records, &zone] { return zone.observe(records); },
          .remove = [records, &zone] { return zone.withdraw(records); }};
}

/// More than one is a tenant's that has custom domains.
Removal certificates_removal(const std::vector<CertificateOrder>& orders, const CertificatePorts& ports) {
  std::vector<std::string> names;
  auto evidence = Evidence::array();
  for (const auto& order : orders) {
    names.push_back(order.name().str());
    evidence.push_back(to_json(order));
  }
  return {.what = fmt::format("the certificates of {}", fmt::join(names, ", ")),
          .evidence = {{"certificates", std::move(evidence)}},
          .look = [orders, ports]() -> Result<Observed> {
            for (const auto& order : orders) {
              TRY_ASSIGN(auto seen, observe_certificate(order, ports));
              if (seen.presence != Presence::absent) return seen;
            }
            return Observed{.presence = Presence::absent};
          },
          .remove = [orders, ports]() -> Result<void> {
            for (const auto& order : orders) TRY(give_up_certificate(order, ports));
            return {};
          }};
}

Removal credentials_removal(const CreatePlan& plan, CredentialStore& store) {
  return {.what = fmt::format("credentials \"{}\"", plan.credentials_file.string()),
          .evidence = {{"file", plan.credentials_file.string()}},
          .look = [file = plan.credentials_file, tenant = plan.tenant(), &store] { return store.observe(file, tenant); },
          .remove = [file = plan.credentials_file, tenant = plan.tenant(), &store] { return store.remove(file, tenant); }};
}

Removal configuration_removal(const CreatePlan& plan, CredentialStore& store) {
  return {.what = fmt::format("configuration \"{}\"", plan.configuration_file.string()),
          .evidence = {{"file", plan.configuration_file.string()}},
          .look = [file = plan.configuration_file, tenant = plan.tenant(), &store] { return store.observe(file, tenant); },
          .remove = [file = plan.configuration_file, tenant = plan.tenant(), &store] { return store.remove(file, tenant); }};
}

PlaceToLook place_of(const std::string& name, DatabaseServer* server) {
  return {.name = fmt::format("database server \"{}\"", name), .things = [server]() -> Result<std::vector<Thing>> {
            TRY_ASSIGN(auto inventory, server->inventory());
            return std::move(inventory.things);
          }};
}

/// Everywhere that a create or move may have put something.
std::vector<PlaceToLook> places_of(const CreatePlan& plan, const LifePorts& ports) {
  std::vector<PlaceToLook> places{{.name = "nginx", .things = [&router = ports.router] { return router.inventory(); }}};
  if (ports.bench != nullptr) {
    places.push_back({.name = fmt::format("bench \"{}\"", plan.frappe->site.bench),
                      .things = [bench = ports.bench, folder = plan.frappe->site.bench] { return bench->inventory(folder); }});
  } else {
    places.push_back(place_of(plan.server.str(), ports.server));
  }
  for (const auto& old : ports.old_servers) places.push_back(place_of(old.name, old.server));
  std::set<std::filesystem::path> folders;
  for (const auto& file : {plan.credentials_file, plan.configuration_file}) {
    if (!file.empty()) folders.insert(file.parent_path());
  }
  for (const auto& folder : folders) {
    places.push_back({.name = fmt::format("folder \"{}\"", folder.string()),
                      .things = [store = ports.credentials, folder] { return store->inventory(folder); }});
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
  removal.remove = [remove = removal.remove, look = removal.look, slug = plan.tenant.slug, code = plan.tenant.code, id = *plan.backup,
                    store]() -> Result<void> {
    TRY_ASSIGN(const auto seen, look());
    if (seen.presence == Presence::absent) return remove();
    TRY(found_backup(*store, slug, code, id));
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
  if (!plan.certificates.empty()) add("drop_certificates", certificates_removal(plan.certificates, ports.certificates));
  if (tenant.dns) add("drop_dns", dns_removal(*tenant.dns, *ports.zone));
  if (!tenant.credentials_file.empty()) add("drop_credentials", credentials_removal(tenant, *ports.credentials));
  if (!tenant.configuration_file.empty()) add("drop_configuration", configuration_removal(tenant, *ports.credentials));
  if (ports.bench == nullptr) add("drop_kept", kept_removal(tenant.database, *ports.server));
  if (ports.bench == nullptr) add("drop_roles", roles_removal(tenant.database, *ports.server));
  if (!ports.old_servers.empty()) add("drop_moved", old_copies_removal(tenant.database, ports.old_servers));
  pipeline.push_back(std::make_unique<NothingLeftStep>(tenant.tenant(), places_of(tenant, ports)));
  pipeline.push_back(std::make_unique<ReceiptStep>(plan, ports.backups, *ports.clock, ports.actor));
}

}  // namespace tenantctl
