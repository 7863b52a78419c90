// A private PostgreSQL, nginx and demo app in one folder. It stops only processes that it started, each proved by its pid
// and start time, and touches no service of the system.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace tenantctl {

struct SandboxServer {
  std::string name;  // "postgres", "nginx", "demo-app"
  int pid = 0;       // 0: not running
};

struct SandboxStatus {
  std::filesystem::path dir;
  std::filesystem::path config;  // the tenantctl.yaml written for it
  std::string control_url;
  std::filesystem::path socket_dir;
  int postgres_port = 0;
  int http_port = 0;
  std::string user;  // whom the servers run as
  std::vector<SandboxServer> servers;
  bool exists = false;   // the folder holds a sandbox
  bool running = false;  // every server runs
};

enum class SandboxData : bool { keep, purge };

class Sandbox {
 public:
  virtual ~Sandbox() = default;
  /// Idempotent: starts what does not run, makes what is missing. Errors: sandbox_failed, process_failed, io_failed, permission_denied.
  virtual Result<SandboxStatus> up() = 0;
  virtual Result<SandboxStatus> status() = 0;
  /// Stops everything and, with purge, removes the folder. Not running is success. Errors: sandbox_failed, io_failed.
  virtual Result<void> down(SandboxData data) = 0;
};

}  // namespace tenantctl
