// What names lead to, as the nameservers say that visitors' resolvers ask. Looks, and changes nothing.
#pragma once
#include <string>
#include <vector>

#include "core/dns.hpp"
#include "core/result.hpp"

namespace tenantctl {

class DnsLookup {
 public:
  virtual ~DnsLookup() = default;
  /// What is not there, in words: "nameserver 192.0.2.1:53 has no A 192.0.2.10 for acme.yourapp.test". Other records beside these are
  /// nobody's fault. Errors: dns_unreachable, dns_refused.
  virtual Result<std::vector<std::string>> missing(const std::vector<DnsRecord>& records) = 0;
};

}  // namespace tenantctl
