// DNS records in reports.
#pragma once
#include <nlohmann/json.hpp>

#include "core/dns.hpp"

namespace tenantctl {

/// A list of objects with name, type and value.
nlohmann::json records_document(const TenantRecords& records);

}  // namespace tenantctl
