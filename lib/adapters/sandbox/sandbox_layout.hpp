// Where everything lies in a sandbox's folder. It asks nothing of the disk.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace tenantctl {

struct SandboxLayout {
  /// Refuses a folder whose name the servers' configuration files could misread, or whose socket's path would be longer
  /// than the kernel allows (107 bytes). Errors: bad_value.
  static Result<SandboxLayout> of(const std::filesystem::path& folder);

  std::filesystem::path dir;  // absolute, without symbolic links in what existed

  std::filesystem::path marker() const { return dir / ".tenantctl-sandbox"; }  // also the lock
  std::filesystem::path state() const { return dir / "sandbox.json"; }
  std::filesystem::path config() const { return dir / "tenantctl.yaml"; }
  std::filesystem::path conf() const { return dir / "conf"; }  // PostgreSQL's configuration files
  std::filesystem::path postgres() const { return dir / "postgres"; }
  std::filesystem::path data() const { return postgres() / "data"; }
  std::filesystem::path run() const { return dir / "run"; }      // sockets and pid files, 0700
  std::filesystem::path nginx() const { return dir / "nginx"; }  // nginx's prefix
  std::filesystem::path nginx_dir() const { return nginx() / "tenantctl"; }
  std::filesystem::path stack() const { return dir / "stacks" / "demo"; }
  std::filesystem::path credentials() const { return dir / "credentials" / "demo"; }
  std::filesystem::path logs() const { return dir / "log"; }
  std::filesystem::path demo_app() const { return dir / "bin" / "demo-app"; }
  std::filesystem::path log_of(std::string_view server) const { return logs() / (std::string(server) + ".log"); }
};

}  // namespace tenantctl
