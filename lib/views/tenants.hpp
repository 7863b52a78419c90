// Reports about tenants: one, many, and the one that was just made.
#pragma once
#include <string>
#include <vector>

#include "core/isolation.hpp"
#include "core/old_copy.hpp"
#include "core/tenant.hpp"
#include "views/certificates.hpp"
#include "views/report.hpp"

namespace tenantctl {

struct TenantDetails {
  Tenant tenant;
  std::vector<std::string> domains;
  TenantConfiguration configuration;
  std::vector<OldCopy> old_copies = {};
  std::optional<IsolationRecord> isolation = {};  // empty: it was never looked at
  std::vector<ShownCertificate> certificates = {};
  std::string bounced = {};  // what a mail server said against the administrator's address; empty: nothing
};

/// The fields of a tenant that programs rely on; also the `tenant` of a create's document.
nlohmann::json tenant_document(const Tenant& tenant);

/// The tenant's database, and its schema where it shares that with others, for people.
std::string database_text(const Tenant& tenant);

Report tenant_report(const TenantDetails& details);

struct TenantListing {
  std::vector<Tenant> tenants;
  std::size_t total = 0;
  std::size_t offset = 0;
};
Report tenant_list_report(TenantListing listing);

}  // namespace tenantctl
