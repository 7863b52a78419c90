#include "pipeline/dns_records.hpp"

#include "pipeline/json_fields.hpp"

namespace tenantctl {

nlohmann::json to_json(const TenantRecords& records) {
  auto list = nlohmann::json::array();
  for (const auto& record : records.records) list.push_back({{"name", record.name.str()}, {"type", record.type}, {"value", record.value}});
  return {
      {"tenant", records.tenant.str()}, {"zone", records.zone}, {"records", std::move(list)}, {"provider", to_string(records.provider)}};
}

Result<TenantRecords> tenant_records_from(const nlohmann::json& object) {
  TRY_ASSIGN(auto tenant, json_name<TenantId>(object, "tenant"));
  TRY_ASSIGN(auto zone, json_field<std::string>(object, "zone"));
  TRY_ASSIGN(const auto list, json_field<std::vector<nlohmann::json>>(object, "records"));
  TenantRecords records{.tenant = std::move(tenant), .zone = std::move(zone), .records = {}};
  for (const auto& one : list) {
    TRY_ASSIGN(auto name, json_name<HostName>(one, "name"));
    TRY_ASSIGN(auto type, json_field<std::string>(one, "type"));
    TRY_ASSIGN(auto value, json_field<std::string>(one, "value"));
    records.records.push_back({.name = std::move(name), .type = std::move(type), .value = std::move(value)});
  }
  // Those of an older version have none: there was only one.
  const auto provider = parse_dns_provider(object.value("provider", "rfc2136"));
  if (!provider) return fail(ErrorCode::internal, "the journal's \"provider\" is unknown");
  records.provider = *provider;
  if (records.records.empty()) return fail(ErrorCode::internal, "the journal's \"records\" is empty");
  return records;
}

}  // namespace tenantctl
