#include "core/dns.hpp"

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

}  // namespace tenantctl
