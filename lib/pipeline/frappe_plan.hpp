// What a create of a Frappe site needs besides what every create needs. Fixed when the operation is opened and kept in its
// parameters; no secrets.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/frappe_bench.hpp"

namespace tenantctl {

enum class LoginProof : std::uint8_t { none, at_the_bench };

struct FrappePlan {
  FrappeSite site;
  std::vector<std::string> apps = {};
  std::vector<std::pair<std::string, std::string>> config = {};  // keys of the site's configuration, and values as Python writes them
  std::string country = {};
  std::string time_zone = {};
  std::string source_sql = {};
  FirstUser user;
  std::optional<HostName> standby = {};         // what the site is called that was made ahead of time for it; nothing: it is made anew
  LoginProof proof = LoginProof::at_the_bench;  // none where the site's own configuration forbids logins by password
};

nlohmann::json to_json(const FrappePlan& plan);
/// Errors: internal, naming the parameter that is missing or bad.
Result<FrappePlan> frappe_plan_from(const nlohmann::json& object);

nlohmann::json to_json(const FrappeSite& site);
/// Errors: internal.
Result<FrappeSite> frappe_site_from(const nlohmann::json& object);

}  // namespace tenantctl
