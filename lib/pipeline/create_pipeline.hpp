// The steps that make a tenant live, in order, from a plan that was fixed beforehand. It runs nothing; see engine.hpp.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "core/secret.hpp"
#include "pipeline/certificates.hpp"
#include "pipeline/create_plan.hpp"
#include "pipeline/step.hpp"
#include "ports/credential_store.hpp"
#include "ports/database_server.hpp"
#include "ports/dns_zone.hpp"
#include "ports/entropy.hpp"
#include "ports/http_probe.hpp"
#include "ports/shell.hpp"
#include "ports/site_router.hpp"

namespace tenantctl {

/// Where the password goes that no credentials file is to hold. Set once the login accepts it.
struct IssuedPassword {
  std::optional<Secret> password = {};
};

/// What the steps work with. The references must outlive the pipeline.
struct CreatePorts {
  DatabaseServer& server;
  SiteRouter& router;
  CredentialStore& credentials;
  HttpProbe& http;
  /// Where the plan's after_create runs; asked only where there is one.
  std::function<Result<Shell*>()> shell;
  Entropy& entropy;
  IssuedPassword& issued;
  /// Asked only when the database is made: an undo must not fail because a schema file has gone since.
  std::function<Result<TemplateSource>()> template_source;
  /// Makes the database out of the plan's backup, where it has one; asked only then. Returns the backup's id.
  std::function<Result<std::string>(const TenantDatabase&)> fill = {};
  /// Where the plan has records in it; empty otherwise.
  DnsZone* zone = nullptr;
  /// Where it has a certificate.
  CertificatePorts certificates = {};
  /// Ends the wait for the tenant's first answer, as it ends the engine's run between steps. May be empty.
  std::function<std::optional<Error>()> interrupted = {};
};

/// The pipeline keeps a copy of what it needs of `plan`. Without a credentials file, `credentials` is the last step, so
/// that a resume always issues a password that can be printed.
Pipeline create_pipeline(const CreatePlan& plan, const CreatePorts& ports);

/// The first steps of a create, done ahead of time for whoever comes: the database stands and nobody can log in yet. `plan` has a
/// pool_template; create_pipeline then begins with taking over what this made.
Pipeline fill_pipeline(const CreatePlan& plan, const CreatePorts& ports);

/// The ids of the steps that create_pipeline makes, in the table's order.
std::span<const std::string_view> create_step_ids();
/// The same of a plan with a pool_template, and of fill_pipeline.
std::span<const std::string_view> pooled_step_ids();
std::span<const std::string_view> fill_step_ids();

}  // namespace tenantctl
