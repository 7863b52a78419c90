// The reports of `config`.
#pragma once
#include <string>
#include <vector>

#include "core/configuration_change.hpp"
#include "core/tenant.hpp"
#include "views/report.hpp"

namespace tenantctl {

struct ConfigurationView {
  std::string slug;
  TenantConfiguration values;
  std::int64_t version = 0;
  std::int64_t given = 0;  // what the application has
};

Report configuration_report(const ConfigurationView& view);
/// For scripts: in a table it is the value and nothing else.
Report configuration_value_report(const ConfigurationView& view, const std::string& key);
/// What `set`, `unset` and `push` end with.
Report configuration_given_report(const ConfigurationView& view, const std::string& says);
Report configuration_history_report(const std::string& slug, const std::vector<ConfigurationChange>& changes);

}  // namespace tenantctl
