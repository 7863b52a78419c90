// The borders between the sites of one bench: their database accounts, secrets and files, and what only the bench itself may reach.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "core/probe_card.hpp"
#include "isolation/ring.hpp"
#include "ports/site_doors.hpp"

namespace tenantctl {

struct SiteTenant {
  TenantId id;
  TenantSlug slug;
  HostName site;
};

struct SiteOrder {
  std::string bench;                       // its folder
  std::vector<SiteTenant> tenants = {};    // all with a site on it, by slug
  std::vector<std::size_t> subjects = {};  // places in `tenants`
  Round round = {};                        // a site of no tenant is always among the others; a stop is not asked for
};

/// Errors: those of SiteDoors.
Result<std::vector<TenantIsolation>> survey_sites(const SiteOrder& order, std::span<const ProbeCard> cards, SiteDoors& doors);

}  // namespace tenantctl
