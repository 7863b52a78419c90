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
  std::function<std::optional<Error>()> interrupted = {};
};

/// `plan` has its `frappe`. Without a credentials file, `administrator` is the last step, as `credentials` is of create_pipeline.
Pipeline create_site_pipeline(const CreatePlan& plan, const SitePorts& ports);

/// The ids of the steps that create_site_pipeline makes, in the table's order.
std::span<const std::string_view> create_site_step_ids();

}  // namespace tenantctl
