// Everything that routing a custom domain, or ending that, needs: fixed when its operation is opened, and read back from there
// by a resume or rollback. Asking for the proof whose the domain is comes before, and is no part of it.
#pragma once
#include "core/custom_domain.hpp"
#include "pipeline/create_plan.hpp"

namespace tenantctl {

/// Raised when a pipeline's steps change such that an older operation can't be continued with them.
inline constexpr int k_domain_pipeline_version = 1;

enum class DomainVerb : std::uint8_t { add, remove };
std::string_view kind_of(DomainVerb verb);  // the operation's: "domain_add", "domain_remove"

struct DomainPlan {
  CreatePlan tenant;  // as its create made it
  DomainVerb verb = DomainVerb::add;
  HostName host;
  std::filesystem::path file;                  // SiteRouter::file_for_domain
  TenantStatus status = TenantStatus::active;  // of the tenant, which says what the host has to answer
  bool verified = false;                       // the proof was seen
  bool reserved_for_this = false;              // an undo gives the host up again
};

DomainRoute domain_route_of(const DomainPlan& plan);

/// What becomes of the domain's row at each end. The tenant's stays as it is.
TenantEnds ends_of(const DomainPlan& plan);

nlohmann::json to_parameters(const DomainPlan& plan);
/// Errors: internal, naming the parameter, where the operation holds none of that name or a bad one.
Result<DomainPlan> domain_plan_from(DomainVerb verb, const nlohmann::json& parameters);

}  // namespace tenantctl
