#include "pipeline/restore_plan.hpp"

#include <fmt/format.h>

#include "pipeline/json_fields.hpp"

namespace tenantctl {
namespace {

constexpr std::string_view k_fresh = "_n";
constexpr std::string_view k_aside = "_o";
constexpr std::size_t k_word = 4;

bool is_made_of(const DatabaseName& live, std::string_view how, std::string_view name) {
  const auto begin = live.str() + std::string(how);
  return name.size() == begin.size() + k_word && name.starts_with(begin) &&
         name.substr(begin.size()).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Result<DatabaseName> fresh_name(const DatabaseName& live, std::string_view word) {
  return DatabaseName::parse(fmt::format("{}{}{}", live.str(), k_fresh, word.substr(0, k_word)));
}

Result<DatabaseName> aside_name(const DatabaseName& live, std::string_view word) {
  return DatabaseName::parse(fmt::format("{}{}{}", live.str(), k_aside, word.substr(0, k_word)));
}

bool is_fresh_of(const DatabaseName& live, std::string_view name) { return is_made_of(live, k_fresh, name); }

bool is_aside_of(const DatabaseName& live, std::string_view name) { return is_made_of(live, k_aside, name); }

nlohmann::json to_parameters(const RestorePlan& plan) {
  return {{"tenant_as_made", to_parameters(plan.tenant)},
          {"from", to_string(plan.from)},
          {"backup", plan.backup.string()},
          {"fresh", plan.fresh.str()},
          {"aside", plan.aside.str()},
          {"drop_old", plan.drop_old}};
}

Result<RestorePlan> restore_plan_from(const nlohmann::json& parameters) {
  TRY_ASSIGN(const auto made, json_field<nlohmann::json>(parameters, "tenant_as_made"));
  TRY_ASSIGN(auto tenant, create_plan_from(made));
  TRY_ASSIGN(const auto from, json_status(parameters, "from"));
  TRY_ASSIGN(auto backup, json_field<std::string>(parameters, "backup"));
  TRY_ASSIGN(auto fresh, json_name<DatabaseName>(parameters, "fresh"));
  TRY_ASSIGN(auto aside, json_name<DatabaseName>(parameters, "aside"));
  TRY_ASSIGN(const auto drop_old, json_field<bool>(parameters, "drop_old"));
  return RestorePlan{.tenant = std::move(tenant),
                     .from = from,
                     .backup = std::move(backup),
                     .fresh = std::move(fresh),
                     .aside = std::move(aside),
                     .drop_old = drop_old};
}

}  // namespace tenantctl
