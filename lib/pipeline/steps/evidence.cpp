#include "pipeline/steps/evidence.hpp"

#include "pipeline/json_fields.hpp"

namespace tenantctl {

Evidence evidence_of(const TenantDatabase& names) {
  Evidence evidence = {
      {"tenant", names.tenant.str()}, {"database", names.database.str()}, {"owner", names.owner.str()}, {"login", names.login.str()}};
  if (names.schema) evidence["schema"] = names.schema->str();
  return evidence;
}

Result<TenantDatabase> database_from(const Evidence& evidence) {
  TRY_ASSIGN(auto tenant, json_name<TenantId>(evidence, "tenant"));
  TRY_ASSIGN(auto database, json_name<DatabaseName>(evidence, "database"));
  TRY_ASSIGN(auto owner, json_name<RoleName>(evidence, "owner"));
  TRY_ASSIGN(auto login, json_name<RoleName>(evidence, "login"));
  TRY_ASSIGN(auto schema, json_name_if_any<SchemaName>(evidence, "schema"));
  return TenantDatabase{std::move(tenant), std::move(database), std::move(owner), std::move(login), std::move(schema)};
}

Evidence evidence_of(const Route& route) {
  return {{"tenant", route.tenant.str()}, {"slug", route.slug.str()}, {"stack", route.stack.str()},
          {"front", route.front.str()},   {"back", route.back.str()}, {"files", to_strings(route.files)}};
}

Result<Route> route_from(const Evidence& evidence) {
  TRY_ASSIGN(auto tenant, json_name<TenantId>(evidence, "tenant"));
  TRY_ASSIGN(auto slug, json_name<TenantSlug>(evidence, "slug"));
  TRY_ASSIGN(auto stack, json_name<ConfigName>(evidence, "stack"));
  TRY_ASSIGN(auto front, json_name<HostName>(evidence, "front"));
  TRY_ASSIGN(auto back, json_name<HostName>(evidence, "back"));
  TRY_ASSIGN(auto files, json_paths(evidence, "files"));
  return Route{std::move(tenant), std::move(slug), std::move(stack), std::move(front), std::move(back), std::move(files)};
}

}  // namespace tenantctl
