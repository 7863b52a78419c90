// `restore --drop-old` and `move --drop-old`: what tenants had before goes for good, of one of them, or of all where it is old.
#pragma once
#include "commands/services.hpp"
#include "views/report.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tenantctl {

/// Who has kept it: restores, beside the tenant's own database; moves, on the server that it came from.
enum class KeptBy : std::uint8_t { restore, move };

/// What moves of a tenant that is held have left on that server, which is configured; asks nobody. Errors: as
/// DatabaseServer::drop_database and drop_roles.
Result<void> drop_moved(const Tenant& tenant, const std::string& from, ControlPlane& control, Services& services);

struct DropOldArgs {
  KeptBy by = KeptBy::restore;
  int keep_days = -1;  // of all tenants; -1: as configured
  std::string lock_wait = {};
};

/// Whatever is kept of this tenant; asks first. Errors: state_conflict where an operation on it is unfinished.
Result<Report> drop_old(const Tenant& tenant, const DropOldArgs& args, ControlPlane& control, Services& services);

/// Of all tenants, what is kept for longer than that; asks first. What can't be dropped keeps none of the others. Errors:
/// usage, where it is said nowhere how old; the first of those met.
Result<Report> drop_old_of_all(const DropOldArgs& args, Services& services);

void add_keep_days(CLI::App& sub, DropOldArgs& args, CLI::Option* all);

}  // namespace tenantctl
