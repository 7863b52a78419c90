// `restore --drop-old`: what tenants had before they were restored goes for good, of one of them, or of all where it is old.
#pragma once
#include "commands/services.hpp"
#include "views/report.hpp"

namespace tenantctl {

/// Whatever restores of this tenant have put aside; asks first. Errors: state_conflict where an operation on it is unfinished.
Result<Report> drop_old(const Tenant& tenant, const std::string& lock_wait, ControlPlane& control, Services& services);

struct DropOldArgs {
  int keep_days = -1;  // -1: as configured
  std::string lock_wait = {};
};
/// Of all tenants, what was put aside longer ago than that; asks first. What can't be dropped keeps none of the others. Errors:
/// usage, where it is said nowhere how old; the first of those met.
Result<Report> drop_old_of_all(const DropOldArgs& args, Services& services);

}  // namespace tenantctl
