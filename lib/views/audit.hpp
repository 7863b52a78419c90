// The report of `audit`: entries of the audit log, newest first.
#pragma once
#include <vector>

#include "core/audit.hpp"
#include "views/report.hpp"

namespace tenantctl {

struct AuditListing {
  std::vector<AuditEntry> entries;
  bool more = false;  // older ones match too
};

Report audit_report(const AuditListing& listing);

}  // namespace tenantctl
