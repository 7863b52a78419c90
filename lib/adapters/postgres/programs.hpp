// Runs PostgreSQL's own programs against a server: the release that fits it, with its password out of everybody's sight.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/secret.hpp"

namespace tenantctl::postgres {

struct ProgramTarget {
  Secret conninfo;         // key=value pairs; the password goes by the environment
  int server_version = 0;  // 150018
  std::string label = {};  // as Connection::open shows it
};

/// Waits for its end; the connection is put before `arguments`. Errors: process_failed with the program's own first complaint,
/// disk_full, timed_out; server_unreachable, where it says so.
Result<void> run_program(std::string_view program, const std::vector<std::string>& arguments, const ProgramTarget& target);

}  // namespace tenantctl::postgres
