// Looks names up at given nameservers, or, without any, by the system's resolver.
#pragma once
#include "ports/dns_lookup.hpp"

namespace tenantctl {

class Nameservers : public DnsLookup {
 public:
  /// "192.0.2.1:53" each.
  explicit Nameservers(std::vector<std::string> addresses) : addresses_(std::move(addresses)) {}

  Result<std::vector<std::string>> missing(const std::vector<DnsRecord>& records) override;

 private:
  std::vector<std::string> addresses_;
};

}  // namespace tenantctl
