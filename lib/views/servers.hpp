// `servers list`: database servers, what they carry and what they still take.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/placement.hpp"
#include "views/report.hpp"

namespace tenantctl {

struct ServerLine {
  ServerLoad load;
  std::vector<std::string> stacks = {};  // that put tenants there
  std::string version = {};              // of PostgreSQL
  std::uint64_t bytes = 0;               // of its databases; the next three too: where it could be asked
  std::size_t unmeasured = 0;            // databases whose size it does not tell us
  int connections = 0;
  int max_connections = 0;
  std::optional<Error> error = {};       // why it could not
  std::optional<Error> disk_error = {};  // why how much is free is not known, though it is configured where
};

/// Its status is that of the first server's error.
Report server_list_report(const std::vector<ServerLine>& lines);

}  // namespace tenantctl
