#include "core/settings_values.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

namespace tenantctl {

std::optional<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const auto host = text.substr(0, colon);
  const bool v6 = host.front() == '[' && host.back() == ']';
  const std::string_view allowed = v6 ? "0123456789abcdefABCDEF:[]" : "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  if (host.find_first_not_of(allowed) != std::string_view::npos) return std::nullopt;
  int port = 0;
  for (const char c : text.substr(colon + 1)) {
    if (c < '0' || c > '9' || port > 65535) return std::nullopt;
    port = port * 10 + (c - '0');
  }
  if (port < 1 || port > 65535) return std::nullopt;
  return Address{std::string(host), port};
}

std::optional<UrlParts> parse_url(const std::string& url) {
  const auto end = url.find("://");
  if (end == std::string::npos || end == 0) return std::nullopt;
  const auto path = std::min(url.find_first_of("/?#", end + 3), url.size());
  UrlParts parts{url.substr(0, end), url.substr(end + 3, path - end - 3), url.substr(path)};
  const bool plain = std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!plain || parts.authority.empty() || parts.authority.find('@') != std::string::npos) return std::nullopt;
  return parts;
}

std::optional<Address> address_in_url(const std::string& authority) {
  const bool has_port = authority.find(':') != std::string::npos && !authority.ends_with(']');
  return parse_address(has_port ? authority : authority + ":1");
}

bool is_loopback(const std::string& authority) {
  const auto address = address_in_url(authority);
  if (!address) return false;
  in_addr four{};
  const bool is_four = ::inet_pton(AF_INET, address->host.c_str(), &four) == 1;
  return address->host == "localhost" || address->host == "[::1]" || (is_four && ntohl(four.s_addr) >> 24 == 127);
}

std::filesystem::path absolute_path(const std::filesystem::path& folder, const std::string& path) {
  return path.empty() ? std::filesystem::path() : (folder / path).lexically_normal();
}

std::string read_reference(YamlMap& map, std::string_view key, const std::filesystem::path& folder) {
  auto reference = map.text(key);
  if (reference.starts_with("file:")) return "file:" + absolute_path(folder, reference.substr(5)).string();
  if (!reference.empty() && !reference.starts_with("env:"))
    map.refuse(key, "is no reference", fmt::format("write {}: \"env:NAME\" or \"file:PATH\"", key));
  return reference;
}

std::string reachable_at(YamlMap& map, std::string at, const std::string& nginx_host, const Settings& settings) {
  const auto host = settings.hosts.find(nginx_host);
  if (host == settings.hosts.end()) {
    if (at.starts_with("0.0.0.0:")) at.replace(0, 7, "127.0.0.1");
    if (at.starts_with("[::]:")) at.replace(0, 4, "[::1]");
    return at;
  }
  const auto address = host->second.address.find(':') == std::string::npos ? host->second.address : "[" + host->second.address + "]";
  if (at.starts_with("0.0.0.0:")) at.replace(0, 7, address);
  if (at.starts_with("[::]:")) at.replace(0, 4, address);
  if (at.starts_with("127.") || at.starts_with("[::1]") || at.starts_with("localhost:")) {
    map.refuse("probe", fmt::format("is required: \"{}\" can't be reached from here, being the loopback of host \"{}\"", at, nginx_host),
               "write probe: with an address that leads there from here");
  }
  return at;
}

std::string read_host(YamlMap& map, std::string_view key, const Settings& settings) {
  const auto name = map.text(key);
  if (name.empty() || settings.local_hosts.contains(name)) return {};
  if (!settings.hosts.contains(name)) map.refuse(key, fmt::format("\"{}\" is not among hosts", name));
  return name;
}

}  // namespace tenantctl
