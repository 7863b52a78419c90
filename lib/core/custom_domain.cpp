#include "core/custom_domain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/hex.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

constexpr std::size_t k_longest = 250;
constexpr std::array<std::string_view, 5> k_kept{"localhost", "invalid", "local", "onion", "arpa"};

bool is_below(std::string_view host, std::string_view domain) {
  return host == domain || (host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}

/// The URL standard takes a name whose last label is a number for an IPv4 address, and so do clients.
bool ends_in_number(std::string_view host) {
  const auto label = host.substr(host.rfind('.') + 1);
  return label.starts_with("0x") || std::ranges::all_of(label, [](char c) { return c >= '0' && c <= '9'; });
}

/// Why it can't be a custom domain; empty: it can.
std::string broken_rule(std::string_view text, std::string_view own_domain) {
  if (text.starts_with("*")) return "is a wildcard: each host is added by itself";
  if (std::ranges::any_of(text, [](char c) { return (static_cast<unsigned char>(c) & 0x80U) != 0; }))
    return "holds letters other than a-z: write it in punycode, as in \"xn--bcher-kva.example\"";
  if (text.size() > k_longest) return fmt::format("is longer than {} characters", k_longest);
  if (const auto host = HostName::parse(text); !host) return "is not a DNS name in lower case";
  if (ends_in_number(text)) return "is an IP address, or would be taken for one";
  if (std::ranges::any_of(k_kept, [&](std::string_view kept) { return is_below(text, kept); })) return "is kept for other uses";
  if (is_below(text, own_domain)) return fmt::format("lies in \"{}\", whose hosts are the tenants' own", own_domain);
  return {};
}

}  // namespace

Result<HostName> parse_custom_domain(std::string_view text, const std::string& own_domain) {
  const auto rule = broken_rule(text, own_domain);
  if (rule.empty()) return HostName::parse(text);
  return fail(make_error(ErrorCode::bad_value, fmt::format("custom domain \"{}\" {}", printable(text.substr(0, 100)), rule))
                  .with_hint("write a whole name, as in \"shop.acme-corp.example\""));
}

std::string domain_token(std::span<const std::uint8_t, 16> random) { return "tenantctl-" + to_hex(random); }

bool is_domain_proof(std::string_view body, std::string_view token) {
  constexpr std::string_view k_space = " \t\r\n";
  const auto first = body.find_first_not_of(k_space);
  if (first == std::string_view::npos || token.empty()) return false;
  return body.substr(first, body.find_last_not_of(k_space) - first + 1) == token;
}

}  // namespace tenantctl
