#include "pipeline/create_pipeline.hpp"

#include <algorithm>
#include <array>

#include "pipeline/steps/access_step.hpp"
#include "pipeline/steps/after_create_step.hpp"
#include "pipeline/steps/certificate_step.hpp"
#include "pipeline/steps/configuration_step.hpp"
#include "pipeline/steps/credentials_step.hpp"
#include "pipeline/steps/database_step.hpp"
#include "pipeline/steps/dns_step.hpp"
#include "pipeline/steps/pooled_step.hpp"
#include "pipeline/steps/roles_step.hpp"
#include "pipeline/steps/route_step.hpp"
#include "pipeline/steps/settings_step.hpp"
#include "pipeline/steps/verify_step.hpp"

namespace tenantctl {
namespace {

struct Row {
  std::string_view id;
  std::unique_ptr<Step> (*make)(const CreatePlan&, const CreatePorts&);
};

template <class T>
constexpr Row row() {
  return {T::k_id,
          [](const CreatePlan& plan, const CreatePorts& ports) -> std::unique_ptr<Step> { return std::make_unique<T>(plan, ports); }};
}

// Order matters: each needs those above it, and an undo runs from the bottom up.
constexpr std::array k_steps{
    row<RolesStep>(),          // first, because their marker proves whose the database is
    row<DatabaseStep>(),       // owned by the owner role, closed until
    row<AccessStep>(),         // PUBLIC has lost its rights
    row<SettingsStep>(),       // what the application reads about its tenant
    row<ConfigurationStep>(),  // and how it is configured; left out where that is in the settings
    row<CredentialsStep>(),    // only now may anyone log in
    row<AfterCreateStep>(),    // as that login; left out where the stack has no such command
    row<DnsStep>(),            // names lead to nginx, which does not know them yet; left out where a wildcard does that
    row<RouteStep>(),          // only now can anyone get there
    row<CertificateStep>(),    // by http, over which an authority looks; left out where nobody is served by https
    row<VerifyStep>(),         // and the tenant itself has to answer
};

// What the pool does ahead of time: nobody's name is needed for it.
constexpr std::size_t k_filled = 3;
static_assert(k_steps[k_filled - 1].id == AccessStep::k_id);
constexpr auto k_pooled = row<PooledStep>();

constexpr auto k_create_ids = [] {
  std::array<std::string_view, k_steps.size()> ids{};
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = k_steps[i].id;
  return ids;
}();

constexpr auto k_pooled_ids = [] {
  std::array<std::string_view, k_steps.size() - k_filled + 1> ids{k_pooled.id};
  for (std::size_t i = 1; i < ids.size(); ++i) ids[i] = k_steps[k_filled + i - 1].id;
  return ids;
}();

}  // namespace

Pipeline create_pipeline(const CreatePlan& plan, const CreatePorts& ports) {
  Pipeline pipeline;
  const bool pooled = !plan.pool_template.empty();
  if (pooled) pipeline.push_back(k_pooled.make(plan, ports));
  for (const auto& step : std::span(k_steps).subspan(pooled ? k_filled : 0)) {
    if (step.id == AfterCreateStep::k_id && plan.after_create.argv.empty()) continue;
    if (step.id == DnsStep::k_id && !plan.dns) continue;
    if (step.id == CertificateStep::k_id && !plan.certificate) continue;
    if (step.id == ConfigurationStep::k_id && plan.configuration_file.empty()) continue;
    pipeline.push_back(step.make(plan, ports));
  }
  if (plan.credentials_file.empty()) {
    const auto issuing = std::ranges::find(pipeline, CredentialsStep::k_id, [](const auto& step) { return step->id(); });
    std::rotate(issuing, issuing + 1, pipeline.end());
  }
  return pipeline;
}

Pipeline fill_pipeline(const CreatePlan& plan, const CreatePorts& ports) {
  Pipeline pipeline;
  for (const auto& step : std::span(k_steps).first(k_filled)) pipeline.push_back(step.make(plan, ports));
  return pipeline;
}

std::span<const std::string_view> create_step_ids() { return k_create_ids; }
std::span<const std::string_view> pooled_step_ids() { return k_pooled_ids; }
std::span<const std::string_view> fill_step_ids() { return std::span(k_create_ids).first(k_filled); }

}  // namespace tenantctl
