#include "pipeline/domain_plan.hpp"

#include "pipeline/json_fields.hpp"

namespace tenantctl {

std::string_view kind_of(DomainVerb verb) { return verb == DomainVerb::add ? "domain_add" : "domain_remove"; }

DomainRoute domain_route_of(const DomainPlan& plan) { return {.route = route_of(plan.tenant), .host = plan.host, .file = plan.file}; }

TenantEnds ends_of(const DomainPlan& plan) {
  TenantEnds ends{.on_success = MarkDomainRouted{.host = plan.host.str(), .verified = plan.verified},
                  .on_undone = KeepTenant{},
                  .on_stuck = KeepTenant{}};
  if (plan.verb == DomainVerb::remove) ends.on_success = RemoveDomain{plan.host.str()};
  else if (plan.reserved_for_this) ends.on_undone = RemoveDomain{plan.host.str()};
  return ends;
}

nlohmann::json to_parameters(const DomainPlan& plan) {
  return {{"tenant_as_made", to_parameters(plan.tenant)},
          {"domain", plan.host.str()},
          {"file", plan.file.string()},
          {"status", to_string(plan.status)},
          {"verified", plan.verified},
          {"reserved_for_this", plan.reserved_for_this}};
}

Result<DomainPlan> domain_plan_from(DomainVerb verb, const nlohmann::json& parameters) {
  TRY_ASSIGN(const auto made, json_field<nlohmann::json>(parameters, "tenant_as_made"));
  TRY_ASSIGN(auto tenant, create_plan_from(made));
  TRY_ASSIGN(auto host, json_name<HostName>(parameters, "domain"));
  TRY_ASSIGN(const auto file, json_field<std::string>(parameters, "file"));
  TRY_ASSIGN(const auto status, json_status(parameters, "status"));
  TRY_ASSIGN(const bool verified, json_field<bool>(parameters, "verified"));
  TRY_ASSIGN(const bool reserved, json_field<bool>(parameters, "reserved_for_this"));
  return DomainPlan{.tenant = std::move(tenant),
                    .verb = verb,
                    .host = std::move(host),
                    .file = file,
                    .status = status,
                    .verified = verified,
                    .reserved_for_this = reserved};
}

}  // namespace tenantctl
