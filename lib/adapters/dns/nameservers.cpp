#include "adapters/dns/nameservers.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>

#include "adapters/dns/dns_message.hpp"
#include "adapters/system/releaser.hpp"

namespace tenantctl {
namespace {

using AddressInfo = std::unique_ptr<addrinfo, Releaser<freeaddrinfo>>;

constexpr int k_most_aliases = 4;

/// Of that type, also where the name is an alias within what the server knows. Errors: dns_unreachable, dns_refused.
Result<std::vector<std::string>> values_at(const dns::Nameserver& server, std::string name, const std::string& type) {
  for (int aliases = 0;; ++aliases) {
    TRY_ASSIGN(auto values, dns::ask(server, name, type));
    if (!values.empty() || type == "CNAME" || aliases == k_most_aliases) return values;
    TRY_ASSIGN(const auto alias, dns::ask(server, name, "CNAME"));
    if (alias.empty()) return values;
    name = alias.front();
  }
}

/// Every address that the system finds for the name; none where there is no such name. Errors: dns_unreachable.
Result<std::set<std::string>> addresses_of(const std::string& name) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(name.c_str(), nullptr, &wanted, &found);
  const AddressInfo list(found);
  if (failed == EAI_NONAME || failed == EAI_NODATA) return std::set<std::string>();
  if (failed != 0) {
    return fail(make_error(ErrorCode::dns_unreachable, fmt::format("\"{}\" can't be looked up: {}", name, ::gai_strerror(failed)))
                    .with_hint("see /etc/resolv.conf, or name who is to be asked with dns.nameservers")
                    .may_retry());
  }
  std::set<std::string> addresses;
  for (const auto* one = list.get(); one != nullptr; one = one->ai_next) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0)
      addresses.insert(text.data());
  }
  return addresses;
}

/// An alias can't be seen in what the system finds: who is one has the other's addresses.
Result<bool> leads_there(const DnsRecord& record) {
  TRY_ASSIGN(const auto found, addresses_of(record.name.str()));
  if (record.type != "CNAME") return found.contains(record.value);
  TRY_ASSIGN(const auto target, addresses_of(record.value));
  return std::ranges::any_of(target, [&](const auto& address) { return found.contains(address); });
}

}  // namespace

Result<std::vector<std::string>> Nameservers::missing(const std::vector<DnsRecord>& records) {
  std::vector<std::string> missing;
  for (const auto& record : records) {
    const auto what = fmt::format("has no {} {} for {}", record.type, record.value, record.name.str());
    for (const auto& address : addresses_) {
      TRY_ASSIGN(const auto server, dns::nameserver_at(address));
      TRY_ASSIGN(const auto values, values_at(server, record.name.str(), record.type));
      if (std::ranges::find(values, record.value) == values.end()) missing.push_back(fmt::format("nameserver {} {}", address, what));
    }
    if (!addresses_.empty()) continue;
    TRY_ASSIGN(const bool is_there, leads_there(record));
    if (!is_there) missing.push_back(fmt::format("this machine's resolver {}", what));
  }
  return missing;
}

}  // namespace tenantctl
