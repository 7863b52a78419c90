// A tenant's DNS records as the journal keeps them: in a create's parameters, and as evidence of what was made.
#pragma once
#include <nlohmann/json.hpp>

#include "core/dns.hpp"
#include "core/result.hpp"

namespace tenantctl {

nlohmann::json to_json(const TenantRecords& records);
/// Errors: internal.
Result<TenantRecords> tenant_records_from(const nlohmann::json& object);

}  // namespace tenantctl
