#include "core/tenant_event.hpp"

namespace tenantctl {

nlohmann::json event_data(const Tenant& tenant, const std::string& reason) {
  return {{"tenant",
           {{"id", tenant.id.str()},
            {"code", tenant.code.str()},
            {"slug", tenant.slug.str()},
            {"company_name", tenant.company_name},
            {"admin_email", tenant.admin_email},
            {"owner", tenant.owner},
            {"stack", tenant.stack},
            {"plan", tenant.plan},
            {"status", to_string(tenant.status)},
            {"host", tenant.domain},
            {"trial_ends_at", tenant.trial_ends_at ? nlohmann::json(to_rfc3339(*tenant.trial_ends_at)) : nlohmann::json()}}},
          {"reason", reason}};
}

}  // namespace tenantctl
