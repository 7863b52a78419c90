#include "pipeline/frappe_plan.hpp"

#include "pipeline/json_fields.hpp"

namespace tenantctl {

nlohmann::json to_json(const FrappeSite& site) {
  return {{"tenant", site.tenant.str()},
          {"site", site.name.str()},
          {"database", site.database.str()},
          {"bench", site.bench},
          {"bench_program", site.program}};
}

Result<FrappeSite> frappe_site_from(const nlohmann::json& object) {
  TRY_ASSIGN(auto tenant, json_name<TenantId>(object, "tenant"));
  TRY_ASSIGN(auto name, json_name<HostName>(object, "site"));
  TRY_ASSIGN(auto database, json_name<DatabaseName>(object, "database"));
  TRY_ASSIGN(auto bench, json_field<std::string>(object, "bench"));
  TRY_ASSIGN(auto program, json_field<std::string>(object, "bench_program"));
  return FrappeSite{std::move(tenant), std::move(name), std::move(database), std::move(bench), std::move(program)};
}

nlohmann::json to_json(const FrappePlan& plan) {
  auto object = to_json(plan.site);
  object["apps"] = plan.apps;
  object["config"] = plan.config;
  object["country"] = plan.country;
  object["time_zone"] = plan.time_zone;
  object["source_sql"] = plan.source_sql;
  object["user_email"] = plan.user.email.str();
  object["user_name"] = plan.user.name;
  if (plan.standby) object["standby"] = plan.standby->str();
  object["prove_login"] = plan.proof == LoginProof::at_the_bench;
  return object;
}

Result<FrappePlan> frappe_plan_from(const nlohmann::json& object) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  TRY_ASSIGN(auto site, frappe_site_from(object));
  TRY_ASSIGN(auto apps, json_field<std::vector<std::string>>(object, "apps"));
  TRY_ASSIGN(auto config, json_field<Pairs>(object, "config"));
  TRY_ASSIGN(auto country, json_field<std::string>(object, "country"));
  TRY_ASSIGN(auto time_zone, json_field<std::string>(object, "time_zone"));
  TRY_ASSIGN(auto source_sql, json_field<std::string>(object, "source_sql"));
  TRY_ASSIGN(auto email, json_name<EmailAddress>(object, "user_email"));
  TRY_ASSIGN(auto name, json_field<std::string>(object, "user_name"));
  std::optional<HostName> standby;
  if (object.contains("standby")) { TRY_ASSIGN(standby, json_name<HostName>(object, "standby")); }
  TRY_ASSIGN(const auto proves, json_field<bool>(object, "prove_login"));
  return FrappePlan{.site = std::move(site),
                    .apps = std::move(apps),
                    .config = std::move(config),
                    .country = std::move(country),
                    .time_zone = std::move(time_zone),
                    .source_sql = std::move(source_sql),
                    .user = {std::move(email), std::move(name)},
                    .standby = std::move(standby),
                    .proof = proves ? LoginProof::at_the_bench : LoginProof::none};
}

}  // namespace tenantctl
