// Subscription plans: what a tenant may have, and what it costs. Parsed from plans.yaml, checked; it reads no file.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/limits.hpp"
#include "core/names.hpp"
#include "core/result.hpp"

namespace tenantctl {

struct Overage {
  std::int64_t unit = 1;         // how many of the limit's unit one priced unit is
  std::int64_t price_cents = 0;  // per priced unit
  bool operator==(const Overage&) const = default;
};

struct Plan {
  ConfigName name;
  std::optional<std::int64_t> price_cents;  // per period; nothing: agreed with the customer
  std::string currency = "USD";
  std::string billed = "monthly";  // or "annual"
  int trial_days = 0;
  int grace_days = 0;
  std::string converts_to = {};           // the plan that a trial becomes that somebody pays for; empty: none
  std::map<std::string, Limit> limits;    // companies, users_per_company, transactions_per_month, …
  int soft_limit_percent = 100;           // of a limit: above that tenants are warned
  Limit connections;                      // of the tenant's login
  std::int64_t statement_timeout_ms = 0;  // 0: none
  std::map<std::string, Overage> overage;
  std::string support;
  int retention_days = 0;
  bool backup_first = true;  // before a suspension, cancellation or deletion
};

/// A plan that a tenant took.
struct PlanTaken {
  Instant at{};
  Plan terms;
};

class PlanCatalog {
 public:
  /// Errors: plans_invalid, with file, line and key.
  static Result<PlanCatalog> parse(const std::filesystem::path& file, std::string_view text);

  /// In the file's order.
  const std::vector<Plan>& all() const { return plans_; }
  /// Errors: plan_not_found, with the nearest name as hint.
  Result<const Plan*> find(const std::string& name) const;

 private:
  std::vector<Plan> plans_;
};

/// A number, or "unlimited".
nlohmann::json limit_document(const Limit& limit);

/// The plan as JSON: what `plans show -o json` prints and what is copied into a tenant's row when it is made.
nlohmann::json plan_document(const Plan& plan);

/// Read back from there. What an older version did not know is as where plans.yaml says nothing. Errors: internal, naming the key.
Result<Plan> plan_from(const nlohmann::json& document);

}  // namespace tenantctl
