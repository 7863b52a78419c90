// What an event says of a tenant: the outbox has the same, written by the control database itself.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "core/tenant.hpp"

namespace tenantctl {

nlohmann::json event_data(const Tenant& tenant, const std::string& reason);

}  // namespace tenantctl
