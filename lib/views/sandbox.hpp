// The sandbox's report: where it is, what runs, and what to type next.
#pragma once
#include <string>
#include <vector>

#include "views/report.hpp"

namespace tenantctl {

struct SandboxDetails {
  std::string dir;
  std::string config;
  std::string control_url;
  std::string socket_dir;
  int postgres_port = 0;
  int http_port = 0;
  std::string user;
  bool exists = false;
  bool running = false;
  std::vector<std::pair<std::string, int>> servers;  // name and pid; 0 where it does not run
};

Report sandbox_report(const SandboxDetails& details);

}  // namespace tenantctl
