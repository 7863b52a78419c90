#include "views/dns.hpp"

namespace tenantctl {

nlohmann::json records_document(const TenantRecords& records) {
  auto list = nlohmann::json::array();
  for (const auto& record : records.records) list.push_back({{"name", record.name.str()}, {"type", record.type}, {"value", record.value}});
  return list;
}

}  // namespace tenantctl
