// Mode `routes`: one small file per host, whose existence nginx asks for at every request. It runs no program and reloads
// nothing; the include file that reads these files comes from render_nginx_include.
#pragma once
#include "adapters/nginx/site_host.hpp"
#include "ports/site_router.hpp"

namespace tenantctl {

class NginxRoutes : public SiteRouter {
 public:
  /// `dir` holds routes/STACK/HOST.
  NginxRoutes(std::filesystem::path dir, std::unique_ptr<SiteHost> host);

  std::vector<std::filesystem::path> files_for(const TenantSlug& slug, const ConfigName& stack, const HostName& front,
                                               const HostName& back) const override;
  void begin(const Claim& claim) override { host_->begin(claim); }
  Result<Observed> observe(const Route& route) override;
  Result<void> publish(const Route& route) override;
  Result<void> withdraw(const Route& route) override;
  Result<Observed> observe_suspension(const Route& route) override;
  Result<void> suspend(const Route& route) override;
  Result<void> activate(const Route& route) override;
  Result<std::vector<Thing>> inventory() override;
  Result<void> remove(const Thing& file) override;

 private:
  Result<Observed> observe_other_stacks(const Route& route) const;

  std::filesystem::path dir_;
  std::unique_ptr<SiteHost> host_;
};

}  // namespace tenantctl
