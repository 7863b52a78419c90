// A whole create over fake servers, with a neighbour beside it who must not be harmed.
#pragma once
#include "fakes/fake_certificates.hpp"
#include "fakes/fake_database_server.hpp"
#include "fakes/fake_dns_zone.hpp"
#include "fakes/fake_files.hpp"
#include "fakes/fake_shell.hpp"
#include "fakes/fake_values.hpp"
#include "fakes/scene.hpp"
#include "pipeline/create_pipeline.hpp"

namespace tenantctl::test {

/// Tenant "acme", with credentials in a file.
CreatePlan acme_plan();
/// For both of its hosts, on this machine.
CertificateOrder certificate_of(const CreatePlan& plan);

class CreateScene : public Scene {
 public:
  CreateScene();

  Pipeline pipeline() override;

  CreatePlan plan = acme_plan();
  FakeDatabaseServer server{faults};
  FakeSiteRouter router{faults};
  FakeCredentialStore credentials{faults};
  FakeDnsZone zone{faults};
  FakeCertificateStore certificates{faults};
  FakeCertificateIssuer issuer{faults};
  FakeHttpProbe http{faults, router};
  FakeShell shell{faults};
  FakeEntropy entropy;
  IssuedPassword issued;
  bool source_is_readable = true;

  const FakeDatabaseServer::Role& login() { return server.roles[plan.database.login.str()]; }

 protected:
  std::vector<std::string> wrong_when_live() const override;
  std::vector<std::string> wrong_when_gone() const override;
  std::vector<std::string> harm() const override;
};

}  // namespace tenantctl::test
