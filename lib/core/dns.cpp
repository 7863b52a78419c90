#include "core/dns.hpp"

#include <fmt/format.h>

namespace tenantctl {

TenantRecords records_for(const TenantId& tenant, const HostName& front, const HostName& back, const DnsSettings& dns) {
  TenantRecords records{.tenant = tenant, .zone = dns.zone, .records = {}};
  for (const auto& host : {front, back}) {
    for (const auto& address : dns.addresses)
      records.records.push_back({.name = host, .type = address.find(':') == std::string::npos ? "A" : "AAAA", .value = address});
    if (!dns.cname.empty()) records.records.push_back({.name = host, .type = "CNAME", .value = dns.cname});
  }
  return records;
}

std::string zone_snippet(const TenantRecords& records, std::chrono::seconds ttl) {
  std::string text;
  for (const auto& record : records.records)
    text +=
        fmt::format("{}. {} IN {} {}{}\n", record.name.str(), ttl.count(), record.type, record.value, record.type == "CNAME" ? "." : "");
  return text;
}

}  // namespace tenantctl
