// Mode `server_block`: one file per tenant, tested before it is installed, reloaded, confirmed, and put back where nginx
// does not take it. It changes nothing while somebody else's file makes nginx refuse its present configuration.
#pragma once
#include <map>

#include "adapters/nginx/reloaded_files.hpp"
#include "ports/site_router.hpp"

namespace tenantctl {

class NginxServerBlocks : public SiteRouter {
 public:
  /// `stacks` by their names; tenants live below `domain`. `group`: see ReloadedFiles.
  NginxServerBlocks(NginxSettings settings, std::map<std::string, StackSettings> stacks, std::string domain, std::unique_ptr<SiteHost> host,
                    std::shared_ptr<ReloadGroup> group = std::make_shared<ReloadGroup>());

  std::vector<std::filesystem::path> files_for(const TenantSlug& slug, const ConfigName& stack, const HostName& front,
                                               const HostName& back) const override;
  void begin(const Claim& claim) override { host_->begin(claim); }
  Result<Observed> observe(const Route& route) override;
  /// Besides what the port names: config_invalid (stack without upstream), timed_out (another process holds the folder's
  /// lock for 30 s), process_failed (nginx's program can't be started).
  Result<void> publish(const Route& route) override;
  /// Succeeds without a reload where nginx does not run: what is removed is not served. Errors: as publish.
  Result<void> withdraw(const Route& route) override;
  Result<Observed> observe_closure(const Route& route, Closure why) override;
  Result<void> close(const Route& route, Closure why) override;
  Result<void> open(const Route& route, Closure why) override;
  std::filesystem::path file_for_domain(const TenantSlug& slug, const HostName& host) const override;
  Result<Observed> observe_domain(const DomainRoute& domain) override;
  Result<void> publish_domain(const DomainRoute& domain) override;
  Result<void> withdraw_domain(const DomainRoute& domain) override;
  Result<std::vector<Thing>> inventory() override;
  Result<void> remove(const Thing& file) override;

 private:
  /// Brings the route's file to that text, tested, reloaded and confirmed.
  Result<void> install(const Route& route, const std::string& text);
  Result<std::string> render(const Route& route) const;
  Result<std::string> render_closed(const Route& route, Closure why) const;
  /// The tenant's own file, where it was written before custom domains could be: brought up to date, so that it reads them.
  Result<void> let_in_domains(const DomainRoute& domain, std::vector<FileChange>& changes) const;

  NginxSettings settings_;
  std::map<std::string, StackSettings> stacks_;
  std::string domain_;
  std::unique_ptr<SiteHost> host_;
  ReloadedFiles files_;
};

}  // namespace tenantctl
