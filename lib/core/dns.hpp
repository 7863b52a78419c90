// What a tenant has in the operator's DNS zone, and how that zone is changed. Values only.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/names.hpp"

namespace tenantctl {

struct DnsRecord {
  HostName name;
  std::string type;   // "A", "AAAA" or "CNAME"
  std::string value;  // an address in its shortest form, or a host without a dot at its end
  bool operator==(const DnsRecord&) const = default;
};

/// All of one tenant's, with the mark that says so. They come and go together.
struct TenantRecords {
  TenantId tenant;
  std::string zone;  // "yourapp.test"
  std::vector<DnsRecord> records;

  /// Where the mark lies: a TXT record beside the first of them.
  std::string marker_name() const { return "_tenantctl." + records.front().name.str(); }
  std::string marker() const { return "tenantctl tenant=" + tenant.str(); }
};

enum class DnsProvider : std::uint8_t {
  wildcard,  // *.DOMAIN leads to nginx already: nothing is made
  rfc2136,   // signed updates of the zone
};

/// `dns` of tenantctl.yaml.
struct DnsSettings {
  DnsProvider provider = DnsProvider::wildcard;
  std::string domain;                    // from here on of rfc2136 alone: below it tenants live
  std::string zone;                      // which holds the domain
  std::string server;                    // "192.0.2.1:53": takes the updates
  std::vector<std::string> nameservers;  // the same form: what is made must be known to all of these
  std::string key_name;
  std::string algorithm = "hmac-sha256";
  std::string secret;                  // a reference: "env:NAME" or "file:PATH"
  std::vector<std::string> addresses;  // of nginx, as visitors reach it; or
  std::string cname;                   // a name that leads there
  std::chrono::seconds ttl{300};
  std::chrono::seconds patience{60};  // for the nameservers to know it
};

/// Both hosts lead where `dns` says. It is of a provider that makes records.
TenantRecords records_for(const TenantId& tenant, const HostName& front, const HostName& back, const DnsSettings& dns);

}  // namespace tenantctl
