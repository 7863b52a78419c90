// Reads tenants from the control database. It changes nothing: rows change together with journal marks, see journal.hpp.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/placement.hpp"
#include "core/tenant.hpp"

namespace tenantctl {

struct TenantFilter {
  std::optional<TenantStatus> status = {};
  std::string plan = {};  // empty: any
  std::string stack = {};
  std::string server = {};
  std::size_t limit = 100;
  std::size_t offset = 0;
};

struct TenantPage {
  std::vector<Tenant> tenants;  // by slug
  std::size_t total = 0;        // matching, on all pages
};

class TenantStore {
 public:
  virtual ~TenantStore() = default;
  /// By slug, code (any case) or id. Errors: tenant_not_found (with the nearest slug as hint), control_unreachable.
  virtual Result<Tenant> find(const std::string& name) = 0;
  /// Those of the names that no new tenant can have: a tenant's, or one in quarantine. In the order of the alphabet.
  virtual Result<std::vector<std::string>> taken(const std::vector<std::string>& names) = 0;
  /// How many are on each server; deleted ones are on none, and those that are moved on two.
  virtual Result<ServerCounts> count_by_server() = 0;
  virtual Result<TenantPage> list(const TenantFilter& filter) = 0;
  /// Its own hosts, then the custom domains that are routed.
  virtual Result<std::vector<std::string>> domains(const TenantId& tenant) = 0;
  virtual Result<TenantConfiguration> configuration(const TenantId& tenant) = 0;
};

}  // namespace tenantctl
