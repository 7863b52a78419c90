// Mode `server_block`: one file per tenant, tested before it is installed, reloaded, confirmed, and put back where nginx
// does not take it. It changes nothing while somebody else's file makes nginx refuse its present configuration.
#pragma once
#include <map>
#include <optional>

#include "adapters/nginx/nginx_check.hpp"
#include "core/settings.hpp"
#include "ports/site_router.hpp"

namespace tenantctl {

class NginxServerBlocks : public SiteRouter {
 public:
  /// `stacks` by their names; tenants live below `domain`.
  NginxServerBlocks(NginxSettings settings, std::map<std::string, StackSettings> stacks, std::string domain, std::unique_ptr<SiteHost> host);

  std::vector<std::filesystem::path> files_for(const TenantSlug& slug, const ConfigName& stack, const HostName& front,
                                               const HostName& back) const override;
  void begin(const Claim& claim) override { host_->begin(claim); }
  Result<Observed> observe(const Route& route) override;
  /// Besides what the port names: config_invalid (stack without upstream), timed_out (another process holds the folder's
  /// lock for 30 s), process_failed (nginx's program can't be started).
  Result<void> publish(const Route& route) override;
  /// Succeeds without a reload where nginx does not run: what is removed is not served. Errors: as publish.
  Result<void> withdraw(const Route& route) override;
  Result<Observed> observe_suspension(const Route& route) override;
  Result<void> suspend(const Route& route) override;
  Result<void> activate(const Route& route) override { return publish(route); }
  Result<std::vector<Thing>> inventory() override;
  Result<void> remove(const Thing& file) override;

 private:
  using Text = std::optional<std::string>;  // of a file; nothing: the file is to be absent
  struct Change {
    std::filesystem::path file;
    Text before;
    Text after;
  };

  /// Brings the route's file to that text, tested, reloaded and confirmed.
  Result<void> install(const Route& route, std::string text);
  Result<void> take_away(const std::filesystem::path& file, const TenantId& tenant) const;
  Result<std::string> render(const Route& route) const;
  Result<bool> is_in_force() const;
  Result<void> test_present(const Change& change, NginxVerdict& verdict) const;
  Result<void> test_candidate(SiteEntry& entry, const Change& change) const;
  Result<void> make(SiteEntry& entry, const Change& change, NginxProcess& nginx, const NginxVerdict& before) const;
  Result<void> test_installed(const NginxVerdict& before) const;
  Result<void> restore(SiteEntry& entry, const Change& change, const Text& generation_text) const;
  std::filesystem::path generation_file() const { return settings_.dir / "generation.conf"; }
  std::filesystem::path status_socket() const { return settings_.dir / "status.sock"; }

  NginxSettings settings_;
  std::map<std::string, StackSettings> stacks_;
  std::string domain_;
  std::unique_ptr<SiteHost> host_;
  NginxCheck check_;
};

}  // namespace tenantctl
