// A tenant's configuration as one value of its site's site_config, so that a change is one write and an unset key is gone.
#pragma once
#include <cstdint>
#include <string>

#include "core/tenant.hpp"

namespace tenantctl {

/// What applications read as frappe.conf.tenantctl.
inline constexpr const char* k_site_configuration = "tenantctl";

/// {'version': 3, 'values': {'branding.name': 'Acme', 'features.reports': True}}, as Python writes it.
std::string site_configuration(std::int64_t version, const TenantConfiguration& values);

}  // namespace tenantctl
