// The reports of `config`.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/tenant.hpp"
#include "views/report.hpp"

namespace tenantctl {

struct ConfigurationView {
  std::string slug;
  TenantConfiguration values;
  std::int64_t version = 0;
  std::int64_t given = 0;  // what the application has
};

/// One line of a history; an absent value is one that was not there.
struct ConfigurationChangeView {
  std::int64_t version = 0;
  std::string key;
  std::optional<std::string> from;
  std::optional<std::string> to;
  std::string actor;
  std::string host;
  Instant at{};
};

Report configuration_report(const ConfigurationView& view);
/// For scripts: in a table it is the value and nothing else.
Report configuration_value_report(const ConfigurationView& view, const std::string& key);
/// What `set`, `unset` and `push` end with.
Report configuration_given_report(const ConfigurationView& view, const std::string& says);
Report configuration_history_report(const std::string& slug, const std::vector<ConfigurationChangeView>& changes);

}  // namespace tenantctl
