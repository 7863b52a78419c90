#include "core/dns_settings.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "core/settings_values.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 3> k_algorithms{"hmac-sha256", "hmac-sha512", "hmac-sha1"};

/// As nameservers write it; nothing where it is no address.
std::optional<std::string> shortest_form(const std::string& address) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  for (const int family : {AF_INET, AF_INET6}) {
    if (::inet_pton(family, address.c_str(), bytes.data()) == 1 && ::inet_ntop(family, bytes.data(), text.data(), text.size()) != nullptr)
      return std::string(text.data());
  }
  return std::nullopt;
}

std::string with_port(YamlMap& map, std::string_view key, const std::string& text) {
  const bool has_port = text.find(':') != std::string::npos && (text.front() != '[' || text.back() != ']');
  const auto whole = has_port ? text : text + ":53";
  if (!parse_address(whole)) map.refuse(key, fmt::format("\"{}\" is not HOST:PORT", text), "write 192.0.2.1:53");
  return whole;
}

void read_key(YamlMap key, const std::filesystem::path& folder, DnsSettings& dns) {
  dns.key_name = key.required_text("name");
  const auto is_of_name = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; };
  if (!std::ranges::all_of(dns.key_name, is_of_name) || dns.key_name.starts_with('.') || dns.key_name.ends_with('.'))
    key.refuse("name", fmt::format("\"{}\" is no key's name", dns.key_name),
               "write it as the nameserver's configuration has it, without a dot at its end");
  dns.algorithm = key.text("algorithm", dns.algorithm);
  if (std::ranges::find(k_algorithms, dns.algorithm) == k_algorithms.end())
    key.refuse("algorithm", fmt::format("\"{}\" is unknown", dns.algorithm), fmt::format("use one of {}", fmt::join(k_algorithms, ", ")));
  key.required_text("secret");
  dns.secret = read_reference(key, "secret", folder);
  key.done();
}

void read_targets(YamlMap& map, DnsSettings& dns) {
  for (const auto& text : map.texts("addresses")) {
    if (const auto address = shortest_form(text)) dns.addresses.push_back(*address);
    else map.refuse("addresses", fmt::format("\"{}\" is no IP address", text));
  }
  dns.cname = map.text("cname");
  if (auto good = HostName::parse(dns.cname); !good && !dns.cname.empty()) map.refuse("cname", good.error().message);
  // A wildcard need not be looked at.
  if (!dns.has_target() && dns.provider == DnsProvider::wildcard) return;
  if (dns.addresses.empty() == dns.cname.empty())
    map.refuse("addresses", dns.cname.empty() ? "is required" : "goes not with cname",
               R"(write addresses: ["192.0.2.10"], or cname: edge.yourapp.test)");
}

void read_nameservers(YamlMap& map, DnsSettings& dns) {
  for (const auto& server : map.texts("nameservers")) dns.nameservers.push_back(with_port(map, "nameservers", server));
}

void read_zone(YamlMap& map, DnsSettings& dns) {
  dns.zone = map.text("zone", dns.domain);
  if (dns.zone != dns.domain && !dns.domain.ends_with("." + dns.zone))
    map.refuse("zone", fmt::format("\"{}\" does not hold {}", dns.zone, dns.domain), fmt::format("write zone: {}", dns.domain));
}

std::chrono::seconds read_cloudflare_ttl(YamlMap& map) {
  const auto ttl = map.integer("ttl", 1, 1, 86'400);
  if (ttl > 1 && ttl < 60) map.refuse("ttl", "is less than Cloudflare allows", "write 60 to 86400, or 1 for automatic");
  return std::chrono::seconds(ttl);
}

void read_cloudflare(YamlMap& map, const std::filesystem::path& folder, DnsSettings& dns) {
  map.required_text("token");
  dns.secret = read_reference(map, "token", folder);
  dns.api = map.text("api", dns.api);
  if (dns.api.ends_with('/')) dns.api.pop_back();
  const auto parts = parse_url(dns.api);
  const bool is_near = parts && parts->scheme == "http" && is_loopback(parts->authority);
  if (!parts || !address_in_url(parts->authority) || (parts->scheme != "https" && !is_near))
    map.refuse("api", "is not encrypted, or no URL", "write https://…, without a login in it");
  dns.proxied = map.flag("proxied", false);
  dns.requests = static_cast<int>(map.integer("requests", dns.requests, 4, 100'000));
}

void read_server_and_key(YamlMap& map, const std::filesystem::path& folder, DnsSettings& dns) {
  dns.server = with_port(map, "server", map.required_text("server"));
  if (dns.nameservers.empty()) dns.nameservers = {dns.server};
  read_key(map.map("key"), folder, dns);
}

}  // namespace

DnsSettings read_dns(YamlMap map, const std::filesystem::path& folder, const std::string& domain) {
  DnsSettings dns{.domain = domain, .zone = domain};
  const auto provider = map.text("provider", "wildcard");
  if (const auto known = parse_dns_provider(provider)) dns.provider = *known;
  else
    map.refuse("provider", fmt::format("\"{}\" is not supported by this version of tenantctl", provider),
               R"(use "wildcard", "manual", "rfc2136" or "cloudflare")");
  read_nameservers(map, dns);
  if (makes_records(dns.provider)) read_zone(map, dns);
  if (dns.provider == DnsProvider::rfc2136) read_server_and_key(map, folder, dns);
  if (dns.provider == DnsProvider::cloudflare) read_cloudflare(map, folder, dns);
  read_targets(map, dns);
  if (dns.provider == DnsProvider::cloudflare && !map.has("ttl")) dns.ttl = std::chrono::seconds(1);  // its word for "automatic"
  else if (dns.provider == DnsProvider::cloudflare) dns.ttl = read_cloudflare_ttl(map);
  else if (dns.provider != DnsProvider::wildcard) dns.ttl = std::chrono::seconds(map.integer("ttl", dns.ttl.count(), 1, 604'800));
  if (makes_records(dns.provider)) dns.patience = std::chrono::seconds(map.integer("wait_seconds", dns.patience.count(), 0, 3'600));
  map.done();
  return dns;
}

}  // namespace tenantctl
