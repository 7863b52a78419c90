// Mode `routes`: one small file per host, whose existence nginx asks for at every request; the include file that reads these
// files comes from render_nginx_include. It runs no program and reloads nothing, but for custom domains.
#pragma once
#include "adapters/nginx/reloaded_files.hpp"
#include "ports/site_router.hpp"

namespace tenantctl {

class NginxRoutes : public SiteRouter {
 public:
  /// The folder of the settings holds routes/STACK/HOST. `group`: see ReloadedFiles.
  NginxRoutes(NginxSettings settings, std::unique_ptr<SiteHost> host, std::shared_ptr<ReloadGroup> group = std::make_shared<ReloadGroup>());

  std::vector<std::filesystem::path> files_for(const TenantSlug& slug, const ConfigName& stack, const HostName& front,
                                               const HostName& back) const override;
  void begin(const Claim& claim) override { host_->begin(claim); }
  Result<Observed> observe(const Route& route) override;
  Result<void> publish(const Route& route) override;
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
  Result<Observed> observe_other_stacks(const Route& route) const;

  Result<void> withdraw_domains(const Route& route) const;

  std::filesystem::path dir_;
  std::unique_ptr<SiteHost> host_;
  ReloadedFiles files_;
};

}  // namespace tenantctl
