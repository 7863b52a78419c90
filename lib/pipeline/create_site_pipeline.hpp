// The steps that make a tenant of a stack of kind "frappe" live: a whole site, instead of a database. It runs nothing; see
// engine.hpp.
#pragma once
#include "pipeline/create_pipeline.hpp"
#include "ports/frappe_bench.hpp"

namespace tenantctl {

/// What the steps work with. The references must outlive the pipeline.
struct SitePorts {
  FrappeBench& bench;
  SiteRouter& router;
  CredentialStore& credentials;
  HttpProbe& http;
  Entropy& entropy;
  IssuedPassword& issued;
  DnsZone* zone = nullptr;  // these two as of CreatePorts
  CertificatePorts certificates = {};
  std::function<std::optional<Error>()> interrupted = {};
};

/// `plan` has its `frappe`; where that has a standby, the site is taken out of the pool. Without a credentials file, `administrator` is the
/// last step, as `credentials` is of create_pipeline.
Pipeline create_site_pipeline(const CreatePlan& plan, const SitePorts& ports);

/// What the pool does ahead of time: a site with its apps, under the name that `plan` has.
Pipeline fill_site_pipeline(const CreatePlan& plan, const SitePorts& ports);

/// The ids of the steps of a create that makes its site, of one that takes it out of the pool, and of the pool's; in the table's order.
std::span<const std::string_view> create_site_step_ids();
std::span<const std::string_view> pooled_site_step_ids();
std::span<const std::string_view> fill_site_step_ids();

}  // namespace tenantctl
