#include "core/dns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tenantctl {
namespace {

constexpr std::array<std::pair<DnsProvider, std::string_view>, 4> k_providers{{{DnsProvider::wildcard, "wildcard"},
                                                                               {DnsProvider::manual, "manual"},
                                                                               {DnsProvider::rfc2136, "rfc2136"},
                                                                               {DnsProvider::cloudflare, "cloudflare"}}};

}  // namespace

std::string_view to_string(DnsProvider provider) {
  const auto found = std::ranges::find(k_providers, provider, &std::pair<DnsProvider, std::string_view>::first);
  return found != k_providers.end() ? found->second : "";
}

std::optional<DnsProvider> parse_dns_provider(std::string_view text) {
  const auto found = std::ranges::find(k_providers, text, &std::pair<DnsProvider, std::string_view>::second);
  return found != k_providers.end() ? std::optional(found->first) : std::nullopt;
}

TenantRecords records_for(const TenantId& tenant, const HostName& front, const HostName& back, const DnsSettings& dns) {
  TenantRecords records{.tenant = tenant, .zone = dns.zone, .records = {}, .provider = dns.provider};
  for (const auto& host : {front, back}) {
    for (const auto& address : dns.addresses)
      records.records.push_back({.name = host, .type = address.find(':') == std::string::npos ? "A" : "AAAA", .value = address});
    if (!dns.cname.empty()) records.records.push_back({.name = host, .type = "CNAME", .value = dns.cname});
  }
  return records;
}

Result<TenantRecords> records_for(const TenantId& tenant, const std::string& domain, const DnsSettings& dns) {
  TRY_ASSIGN(const auto front, HostName::parse(domain));
  TRY_ASSIGN(const auto back, HostName::parse("api." + domain));
  return records_for(tenant, front, back, dns);
}

std::set<std::string> TenantRecords::names() const {
  std::set<std::string> names{marker_name()};
  for (const auto& record : records) names.insert(record.name.str());
  return names;
}

std::string zone_snippet(const TenantRecords& records, std::chrono::seconds ttl) {
  std::string text;
  for (const auto& record : records.records)
    text +=
        fmt::format("{}. {} IN {} {}{}\n", record.name.str(), ttl.count(), record.type, record.value, record.type == "CNAME" ? "." : "");
  return text;
}

}  // namespace tenantctl
