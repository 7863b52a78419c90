#include "pipeline/create_site_pipeline.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "pipeline/steps/administrator_step.hpp"
#include "pipeline/steps/apps_step.hpp"
#include "pipeline/steps/certificate_step.hpp"
#include "pipeline/steps/dns_step.hpp"
#include "pipeline/steps/pooled_site_step.hpp"
#include "pipeline/steps/route_step.hpp"
#include "pipeline/steps/scheduler_step.hpp"
#include "pipeline/steps/site_config_step.hpp"
#include "pipeline/steps/site_step.hpp"
#include "pipeline/steps/verify_step.hpp"

namespace tenantctl {
namespace {

// Order matters: each needs those above it, and an undo runs from the bottom up.
constexpr std::array<std::string_view, 9> k_create_site_ids{
    SiteStep::k_id,           // claims the site, and so proves whose everything below it is
    AppsStep::k_id,           // whole apps, before anything of theirs is set
    SiteConfigStep::k_id,     // what forbids logins by password has to stand before anyone has one
    AdministratorStep::k_id,  // only now may anyone log in
    SchedulerStep::k_id,      // whose jobs need all of the above
    DnsStep::k_id,            // left out where a wildcard leads to nginx
    RouteStep::k_id,          // only now can anyone get there
    CertificateStep::k_id,    // left out where nobody is served by https
    VerifyStep::k_id,         // and the site itself has to answer
};

// What the pool does ahead of time: nobody's name is needed for it.
constexpr std::size_t k_filled_of_site = 2;
static_assert(k_create_site_ids[k_filled_of_site - 1] == AppsStep::k_id);

constexpr auto k_pooled_site_ids = [] {
  std::array<std::string_view, k_create_site_ids.size() - k_filled_of_site + 1> ids{PooledSiteStep::k_id};
  std::ranges::copy(std::span(k_create_site_ids).subspan(k_filled_of_site), ids.begin() + 1);
  return ids;
}();

}  // namespace

Pipeline create_site_pipeline(const CreatePlan& plan, const SitePorts& ports) {
  Pipeline pipeline;
  if (plan.frappe->standby) pipeline.push_back(std::make_unique<PooledSiteStep>(plan, ports));
  else pipeline = fill_site_pipeline(plan, ports);
  pipeline.push_back(std::make_unique<SiteConfigStep>(plan, ports));
  pipeline.push_back(std::make_unique<AdministratorStep>(plan, ports));
  pipeline.push_back(std::make_unique<SchedulerStep>(plan, ports));
  if (plan.dns) pipeline.push_back(std::make_unique<DnsStep>(plan, *ports.zone));
  pipeline.push_back(std::make_unique<RouteStep>(plan, ports.router));
  if (plan.certificate) pipeline.push_back(std::make_unique<CertificateStep>(plan, ports.certificates));
  pipeline.push_back(std::make_unique<VerifyStep>(plan, plan.back, ports.http, ports.interrupted));
  if (plan.credentials_file.empty()) {
    const auto issuing = std::ranges::find(pipeline, AdministratorStep::k_id, [](const auto& step) { return step->id(); });
    std::rotate(issuing, issuing + 1, pipeline.end());
  }
  return pipeline;
}

Pipeline fill_site_pipeline(const CreatePlan& plan, const SitePorts& ports) {
  Pipeline pipeline;
  pipeline.push_back(std::make_unique<SiteStep>(plan, ports));
  pipeline.push_back(std::make_unique<AppsStep>(plan, ports));
  return pipeline;
}

std::span<const std::string_view> create_site_step_ids() { return k_create_site_ids; }
std::span<const std::string_view> pooled_site_step_ids() { return k_pooled_site_ids; }
std::span<const std::string_view> fill_site_step_ids() { return std::span(k_create_site_ids).first(k_filled_of_site); }

}  // namespace tenantctl
