// A whole create of a Frappe site over a fake bench, with a neighbour's site beside it that must not be harmed.
#pragma once
#include "fakes/create_scene.hpp"
#include "fakes/fake_bench.hpp"
#include "fakes/fake_certificates.hpp"
#include "pipeline/create_site_pipeline.hpp"

namespace tenantctl::test {

/// Tenant "acme" on a bench, with credentials in a file.
CreatePlan acme_site_plan();

class SiteScene : public Scene {
 public:
  SiteScene();

  Pipeline pipeline() override;
  SitePorts ports();
  /// From now on the site is one of the pool's: it waits under another name.
  void stand_by();
  const FakeBench::Site& site() { return bench.sites[plan.frappe->site.name.str()]; }

  CreatePlan plan = acme_site_plan();
  FakeBench bench{faults};
  FakeSiteRouter router{faults};
  FakeCredentialStore credentials{faults};
  FakeDnsZone zone{faults};
  FakeCertificateStore certificates{faults};
  FakeCertificateIssuer issuer{faults};
  FakeHttpProbe http{faults, router};
  FakeEntropy entropy;
  IssuedPassword issued;

 protected:
  std::vector<std::string> wrong_when_live() const override;
  std::vector<std::string> wrong_when_gone() const override;
  std::vector<std::string> harm() const override;
};

}  // namespace tenantctl::test
