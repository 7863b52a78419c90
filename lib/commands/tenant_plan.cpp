#include "commands/tenant_plan.hpp"

#include <fmt/format.h>

#include "commands/create_run.hpp"

namespace tenantctl {

Result<CreatePlan> plan_of_tenant(const Tenant& tenant, ControlPlane& control) {
  constexpr std::size_t k_all = 100'000;
  TRY_ASSIGN(const auto operations, control.operations.list({.slug = tenant.slug.str(), .limit = k_all}));
  for (const auto& operation : operations) {
    if (operation.kind == "create" && operation.tenant == tenant.id) return plan_of(operation);
  }
  return fail(make_error(ErrorCode::operation_not_found, fmt::format("the journal does not know the create of tenant \"{}\"", tenant.slug.str()))
                  .with_hint(fmt::format("run \"tenantctl operations list --tenant {}\"", tenant.slug.str())));
}

}  // namespace tenantctl
