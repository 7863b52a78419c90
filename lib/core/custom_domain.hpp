// A host outside the operator's own domain that leads to a tenant: which names may be one, and what proves whose it is.
// Values and rules only; who asks for the proof, and who routes, is elsewhere.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/instant.hpp"
#include "core/names.hpp"

namespace tenantctl {

struct CustomDomain {
  HostName host;
  TenantId tenant;
  std::string token;  // what its owner publishes
  Instant created_at{};
  std::optional<Instant> verified_at = {};  // empty: nobody has proved it
  std::optional<Instant> routed_at = {};    // empty: it is only reserved
};

/// A name in lower case of at least two labels, at most 250 characters long: it becomes a file's name. Refused are `own_domain` and
/// all below it, wildcards, IP addresses, what RFC 6761 and RFC 7686 keep for other uses ("localhost", "invalid", "local", "onion",
/// "arpa"), and letters other than a-z: international names are written in punycode. Errors: bad_value.
Result<HostName> parse_custom_domain(std::string_view text, const std::string& own_domain);

/// "tenantctl-" and 32 hexadecimal digits.
std::string domain_token(std::span<const std::uint8_t, 16> random);

/// Where the owner publishes the token, on the domain itself.
inline constexpr std::string_view k_domain_proof_path = "/.well-known/tenantctl-challenge.txt";
/// The file holds the token and nothing else but white space around it: a page that repeats what it was asked for is no proof.
bool is_domain_proof(std::string_view body, std::string_view token);

}  // namespace tenantctl
