// The control database's own schema: embedded, forward-only, checksummed migrations.
#pragma once
#include <string>
#include <vector>

#include "core/result.hpp"

namespace tenantctl {

struct MigrationReport {
  int version_before = 0;
  int version_after = 0;
  std::vector<std::string> applied;  // file names, in order
};

class ControlSchema {
 public:
  virtual ~ControlSchema() = default;
  /// Creates the database itself where it is missing and may be created, then applies what is missing, one transaction
  /// each, under a lock. Errors: control_newer (unknown version or altered checksum), control_unreachable, sql_failed.
  virtual Result<MigrationReport> migrate() = 0;
};

}  // namespace tenantctl
