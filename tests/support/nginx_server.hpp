// A real nginx in a temporary folder, with tenantctl's own include, and an upstream that says what headers reached it.
// It listens on loopback only, needs no rights, and is stopped by its pid.
#pragma once
#include <sys/types.h>

#include <map>
#include <optional>
#include <string>

#include "core/settings.hpp"
#include "ports/site_router.hpp"
#include "support/temp_folder.hpp"

namespace tenantctl::test {

/// Sends `request` as it is and returns all that comes back; empty where the connection was closed without an answer.
std::string send_raw(int port, const std::string& request);

/// Of a folder that no nginx reads.
inline NginxSettings nginx_in(const std::filesystem::path& dir) {
  NginxSettings settings;
  settings.dir = dir;
  return settings;
}

class NginxServer {
 public:
  /// Tenants live below yourapp.test, in the stacks "shop" and "crm", and in "erp" where `sites` is given: sites of a bench,
  /// with whatever upstreams that names.
  explicit NginxServer(NginxMode mode, std::optional<FrappeStack> sites = {});
  NginxServer(const NginxServer&) = delete;
  NginxServer& operator=(const NginxServer&) = delete;
  ~NginxServer();

  void start();
  void stop();

  const NginxSettings& settings() const { return settings_; }
  const std::filesystem::path& dir() const { return settings_.dir; }
  const std::map<std::string, StackSettings>& stacks() const { return stacks_; }
  int port() const { return port_; }
  std::string error_log() const { return read_text(folder_ / "error.log"); }

  /// GET with this Host header.
  std::string ask(const std::string& host, const std::string& headers = "") const;

 private:
  void write_main();

  TempFolder folder_;
  NginxSettings settings_;
  std::map<std::string, StackSettings> stacks_;
  int port_ = 0;
  pid_t pid_ = 0;
};

/// The route of SLUG.yourapp.test with the files that `router` names. Every slug has a tenant id of its own.
Route route_of(const SiteRouter& router, const std::string& slug, const std::string& stack = "shop");
TenantId tenant_id_of(const std::string& slug);

}  // namespace tenantctl::test
