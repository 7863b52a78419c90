#include "core/plans.hpp"

#include <fmt/format.h>

#include <array>

#include "core/money.hpp"
#include "core/yaml_map.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 5> k_support{"none", "community", "email", "priority", "dedicated"};

std::int64_t read_cents(YamlMap& map, std::string_view key) {
  const auto text = map.required_text(key);
  const auto cents = parse_cents(text);
  if (!cents) map.refuse(key, fmt::format("\"{}\" is not an amount such as 49 or 2.50", text));
  return cents.value_or(0);
}

Limit read_limit(YamlMap& map, std::string_view key) {
  if (map.required_text(key) == "unlimited") return std::nullopt;
  return map.integer(key, 0, 0, k_highest_amount);
}

template <std::size_t N>
std::string read_choice(YamlMap& map, std::string_view key, const std::array<std::string_view, N>& choices) {
  auto word = map.required_text(key);
  if (std::ranges::find(choices, word) == choices.end())
    map.refuse(key, fmt::format("\"{}\" is not one of {}", word, fmt::join(choices, ", ")));
  return word;
}

void read_overage(YamlMap map, Plan& plan) {
  for (const auto& name : map.keys()) {
    if (!plan.limits.contains(name)) map.refuse(name, "is not one of the plan's limits");
    auto entry = map.map(name);
    plan.overage[name] = {.unit = entry.integer("unit", 1, 1, k_highest_amount), .price_cents = read_cents(entry, "price")};
    entry.done();
  }
}

Plan read_plan(const ConfigName& name, YamlMap map) {
  Plan plan{.name = name};
  if (map.required_text("price") != "custom") plan.price_cents = read_cents(map, "price");
  plan.currency = map.text("currency", plan.currency);
  if (plan.currency.size() != 3 || plan.currency.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos) {
    map.refuse("currency", fmt::format("\"{}\" is not a currency's three letters", plan.currency));
  }
  plan.billed = read_choice(map, "billed", std::array<std::string_view, 2>{"monthly", "annual"});
  plan.trial_days = static_cast<int>(map.integer("trial_days", 0, 0, 3650));
  plan.grace_days = static_cast<int>(map.integer("grace_days", 0, 0, 3650));
  plan.converts_to = map.text("converts_to", "");
  read_choice(map, "database", std::array<std::string_view, 1>{"separate_database"});
  auto limits = map.map("limits");
  for (const auto& resource : limited_resources()) plan.limits[std::string(resource.name)] = read_limit(limits, resource.name);
  limits.done();
  auto database = map.map("database_limits");
  plan.connections = read_limit(database, "connections");
  if (plan.connections && *plan.connections > 10'000) database.refuse("connections", "is more than 10000");
  plan.statement_timeout_ms = database.integer("statement_timeout_ms", 0, 0, 86'400'000);
  database.done();
  read_overage(map.map("overage"), plan);
  plan.soft_limit_percent = static_cast<int>(map.integer("soft_limit_percent", plan.soft_limit_percent, 1, 100));
  plan.support = read_choice(map, "support", k_support);
  map.required_text("retention_days");
  plan.retention_days = static_cast<int>(map.integer("retention_days", 0, 0, 36'500));
  plan.backup_first = map.flag("backup_first", plan.backup_first);
  map.done();
  return plan;
}

Limit limit_from(const nlohmann::json& value) { return value.is_string() ? Limit() : Limit(value.get<std::int64_t>()); }

Plan read_document(const nlohmann::json& document, ConfigName name) {
  Plan plan{.name = std::move(name)};
  plan.price_cents = limit_from(document.at("price_cents"));
  plan.currency = document.at("currency");
  plan.billed = document.at("billed");
  plan.trial_days = document.at("trial_days");
  plan.grace_days = document.at("grace_days");
  plan.converts_to = document.value("converts_to", plan.converts_to);
  for (const auto& [key, limit] : document.at("limits").items()) plan.limits[key] = limit_from(limit);
  plan.connections = limit_from(document.at("database_limits").at("connections"));
  plan.statement_timeout_ms = document.at("database_limits").at("statement_timeout_ms");
  for (const auto& [key, over] : document.at("overage").items())
    plan.overage[key] = {.unit = over.at("unit"), .price_cents = over.at("price_cents")};
  for (const auto& [key, over] : plan.overage) {
    if (over.unit < 1 || over.price_cents < 0) throw nlohmann::json::other_error::create(501, "overage." + key + " is no price", &document);
  }
  plan.soft_limit_percent = document.value("soft_limit_percent", plan.soft_limit_percent);
  plan.support = document.at("support");
  plan.retention_days = document.at("retention_days");
  plan.backup_first = document.value("backup_first", plan.backup_first);
  return plan;
}

}  // namespace

Result<PlanCatalog> PlanCatalog::parse(const std::filesystem::path& file, std::string_view text) {
  YamlSource source(file, ErrorCode::plans_invalid);
  TRY_ASSIGN(const auto root, source.load(text));
  YamlMap map(source, root, "");
  auto plans = map.map("plans");
  PlanCatalog catalog;
  for (const auto& key : plans.keys()) {
    if (const auto name = ConfigName::parse(key)) catalog.plans_.push_back(read_plan(*name, plans.map(key)));
    else plans.refuse(key, name.error().message);
  }
  if (catalog.plans_.empty()) map.refuse("plans", "holds no plan");
  for (const auto& plan : catalog.plans_) {
    if (!plan.converts_to.empty() && !catalog.find(plan.converts_to))
      plans.refuse(plan.name.str(), fmt::format("converts_to \"{}\" is no plan of this file", plan.converts_to));
    if (plan.converts_to == plan.name.str()) plans.refuse(plan.name.str(), "converts_to names the plan itself");
  }
  map.done();
  TRY(source.verdict());
  return catalog;
}

Result<const Plan*> PlanCatalog::find(const std::string& name) const {
  std::vector<std::string> names;
  for (const auto& plan : plans_) {
    if (plan.name.str() == name) return &plan;
    names.push_back(plan.name.str());
  }
  const auto near = nearest_name(name, names);
  return fail(make_error(ErrorCode::plan_not_found, fmt::format("plan \"{}\" does not exist", name))
                  .with_hint(near.empty() ? fmt::format("use one of {}", fmt::join(names, ", "))
                                          : fmt::format("use \"{}\", or run \"tenantctl plans list\"", near)));
}

nlohmann::json limit_document(const Limit& limit) { return limit ? nlohmann::json(*limit) : nlohmann::json("unlimited"); }

nlohmann::json plan_document(const Plan& plan) {
  auto limits = nlohmann::json::object();
  for (const auto& [name, limit] : plan.limits) limits[name] = limit_document(limit);
  auto overage = nlohmann::json::object();
  for (const auto& [name, price] : plan.overage) overage[name] = {{"unit", price.unit}, {"price_cents", price.price_cents}};
  return {{"name", plan.name.str()},
          {"price_cents", plan.price_cents ? nlohmann::json(*plan.price_cents) : nlohmann::json("custom")},
          {"currency", plan.currency},
          {"billed", plan.billed},
          {"trial_days", plan.trial_days},
          {"grace_days", plan.grace_days},
          {"converts_to", plan.converts_to},
          {"database", "separate_database"},
          {"limits", limits},
          {"database_limits", {{"connections", limit_document(plan.connections)}, {"statement_timeout_ms", plan.statement_timeout_ms}}},
          {"overage", overage},
          {"soft_limit_percent", plan.soft_limit_percent},
          {"support", plan.support},
          {"retention_days", plan.retention_days},
          {"backup_first", plan.backup_first}};
}

Result<Plan> plan_from(const nlohmann::json& document) {
  try {
    TRY_ASSIGN(auto name, ConfigName::parse(document.at("name").get<std::string>()));
    return read_document(document, std::move(name));
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorCode::internal, fmt::format("the terms of a plan can't be read: {}", e.what()));
  }
}

}  // namespace tenantctl
