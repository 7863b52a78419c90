// Questions to a nameserver and signed updates of a zone (RFC 2136, RFC 8945), by ldns. Names are without a dot at their end.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/secret.hpp"

namespace tenantctl::dns {

struct Nameserver {
  std::string address;  // an IP address
  std::uint16_t port = 53;
  std::string text() const;  // "192.0.2.1:53"
};
/// Of "HOST:PORT" or "[v6]:PORT"; a name is looked up. Errors: dns_unreachable.
Result<Nameserver> nameserver_at(const std::string& address);

struct SigningKey {
  std::string name;
  std::string algorithm;  // "hmac-sha256"
  Secret secret;          // base64
};

/// As a zone's file has it: type "A", "AAAA", "CNAME" or "TXT"; a TXT's value is one string, without quotes.
struct ResourceRecord {
  std::string name;
  std::string type;
  std::string value;
};

/// The values of that name and type; none where there are none. Errors: dns_unreachable, dns_refused.
Result<std::vector<std::string>> ask(const Nameserver& server, const std::string& name, const std::string& type);

/// What must hold, and what is changed then, all of it or nothing.
struct Update {
  std::string zone;
  std::vector<std::string> free = {};     // names that nothing may be at
  std::vector<ResourceRecord> held = {};  // records that must be there, and no others of their name and type
  std::vector<ResourceRecord> add = {};
  std::vector<ResourceRecord> remove = {};  // these values and no others; one that is not there is nothing
  std::chrono::seconds ttl{300};
};

enum class UpdateAnswer : std::uint8_t {
  done,
  name_in_use,  // one that was to be free
  not_held,     // a record that was to be there is not, or not alone
};
/// Errors: dns_unreachable (it may have been done all the same), dns_refused, which names the server's reason.
Result<UpdateAnswer> send_update(const Nameserver& server, const SigningKey& key, const Update& update);

}  // namespace tenantctl::dns
