// What a tenant has in the operator's DNS zone, and how that zone is changed. Values only.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
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

enum class DnsProvider : std::uint8_t {
  wildcard,    // *.DOMAIN leads to nginx already: nothing is made
  manual,      // the operator makes them, and is told which
  rfc2136,     // signed updates of the zone
  cloudflare,  // its API
};

/// As tenantctl.yaml has it.
std::string_view to_string(DnsProvider provider);
/// Nothing where it is none.
std::optional<DnsProvider> parse_dns_provider(std::string_view text);

/// Whether tenantctl itself makes records.
inline bool makes_records(DnsProvider provider) { return provider == DnsProvider::rfc2136 || provider == DnsProvider::cloudflare; }

/// A TXT record for an authority's eyes (RFC 8555, 8.4): for as long as it looks, beside whatever else is at that name.
struct DnsProof {
  std::string name;  // "_acme-challenge.acme.yourapp.test"
  std::string value;
};

/// All of one tenant's, with the mark that says so. They come and go together.
struct TenantRecords {
  TenantId tenant;
  std::string zone;  // "yourapp.test"
  std::vector<DnsRecord> records;
  DnsProvider provider = DnsProvider::rfc2136;  // by whom they are made: another one knows nothing of them

  /// Where the mark lies: a TXT record beside the first of them.
  std::string marker_name() const { return "_tenantctl." + records.front().name.str(); }
  /// All of theirs, that one included.
  std::set<std::string> names() const;
  std::string marker() const { return "tenantctl tenant=" + tenant.str(); }
};

/// `dns` of tenantctl.yaml.
struct DnsSettings {
  DnsProvider provider = DnsProvider::wildcard;
  std::string domain;                    // below it tenants live
  std::string zone;                      // which holds the domain
  std::string server;                    // of rfc2136: "192.0.2.1:53", takes the updates
  std::vector<std::string> nameservers;  // the same form: what is made must be known to all of these; empty: the system's resolver is asked
  std::string key_name;
  std::string algorithm = "hmac-sha256";
  std::string secret;  // a reference, "env:NAME" or "file:PATH": of rfc2136 to the key, of cloudflare to the token
  std::string api = "https://api.cloudflare.com/client/v4";
  bool proxied = false;                // of cloudflare: visitors reach nginx through it
  int requests = 1200;                 // that cloudflare takes within five minutes, from all that use the token
  std::vector<std::string> addresses;  // of nginx, as visitors reach it; with wildcard they may be left out, and nothing is checked; or
  std::string cname;                   // a name that leads there
  std::chrono::seconds ttl{300};
  std::chrono::seconds patience{60};  // for the nameservers to know it

  /// Whether it says where tenants' names are to lead.
  bool has_target() const { return !addresses.empty() || !cname.empty(); }
};

/// Both hosts lead where `dns` says; none where it does not say.
TenantRecords records_for(const TenantId& tenant, const HostName& front, const HostName& back, const DnsSettings& dns);

/// The same of a tenant by its front host's name: its back host is "api." below. Errors: bad_value.
Result<TenantRecords> records_for(const TenantId& tenant, const std::string& domain, const DnsSettings& dns);

/// As lines of a zone's file, for the operator to add.
std::string zone_snippet(const TenantRecords& records, std::chrono::seconds ttl);

}  // namespace tenantctl
