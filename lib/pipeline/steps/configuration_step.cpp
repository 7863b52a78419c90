#include "pipeline/steps/configuration_step.hpp"

#include <fmt/format.h>

#include "pipeline/json_fields.hpp"

namespace tenantctl {

ConfigurationStep::ConfigurationStep(const CreatePlan& plan, const CreatePorts& ports)
    : store_(ports.credentials),
      file_(plan.configuration_file),
      copy_(configuration_copy(plan, 0, plan.configuration)),
      description_(fmt::format("write the configuration into \"{}\"", file_.string())) {}

Evidence ConfigurationStep::evidence() const { return {{"tenant", copy_.tenant.str()}, {"file", file_.string()}}; }

/// The tenant's own file is of this create: nobody configures a tenant before it is active.
Result<Observation> ConfigurationStep::probe() {
  TRY_ASSIGN(auto seen, store_.observe(file_, copy_.tenant));
  return Observation{seen.presence, evidence(), std::move(seen.detail)};
}

Result<Evidence> ConfigurationStep::apply() {
  TRY(store_.write(file_, copy_));
  return evidence();
}

Result<void> ConfigurationStep::revert(const Evidence& evidence) {
  TRY_ASSIGN(const auto tenant, json_name<TenantId>(evidence, "tenant"));
  TRY_ASSIGN(const std::filesystem::path file, json_field<std::string>(evidence, "file"));
  return store_.remove(file, tenant);
}

}  // namespace tenantctl
