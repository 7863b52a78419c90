#include "core/ssh_host.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "core/utf8.hpp"
#include "core/yaml_map.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_name_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
constexpr std::string_view k_ipv6_characters = "0123456789abcdefABCDEF:.";

bool only(std::string_view characters, std::string_view text) {
  return !text.empty() && text.front() != '-' && text.find_first_not_of(characters) == std::string_view::npos;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || rest != end || port == 0) return std::nullopt;
  return port;
}

/// Splits HOST, HOST:PORT, [IPV6] or [IPV6]:PORT.
bool read_address(std::string_view text, SshHost& host) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos || !only(k_ipv6_characters, text.substr(1, close - 1))) return false;
    host.address = text.substr(1, close - 1);
    port = text.substr(close + 1);
  } else {
    const auto colon = text.find(':');
    if (!only(k_name_characters, text.substr(0, colon))) return false;
    host.address = text.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (port.empty()) return true;
  const auto number = port.front() == ':' ? parse_port(port.substr(1)) : std::nullopt;
  host.port = number.value_or(0);
  return number.has_value();
}

fs::path resolve(YamlMap& map, std::string_view key, const std::string& path, const SshPlaces& places) {
  if (path.empty()) return {};
  if (path == "~" || path.starts_with("~/")) {
    if (places.home.empty())
      map.refuse(key, fmt::format("\"{}\" needs a home folder, and $HOME is not set", path), "write an absolute path");
    return (places.home / path.substr(std::min<std::size_t>(path.size(), 2))).lexically_normal();
  }
  return (places.folder / path).lexically_normal();
}

/// One path, or a list of them.
std::vector<fs::path> read_identities(YamlMap& map, const SshPlaces& places) {
  std::vector<fs::path> files;
  if (!map.has("identity")) return files;
  const auto paths = map.is_list("identity") ? map.texts("identity") : std::vector{map.text("identity")};
  for (const auto& path : paths) {
    if (path.empty()) map.refuse("identity", "is empty", "write identity: ~/.ssh/id_ed25519");
    files.push_back(resolve(map, "identity", path, places));
  }
  return files;
}

}  // namespace

Result<SshHost> parse_ssh_address(std::string_view name, std::string_view text) {
  SshHost host;
  host.name = name;
  const auto at = text.find('@');
  if (at != std::string_view::npos && only(k_name_characters, text.substr(0, at)) && read_address(text.substr(at + 1), host)) {
    host.user = text.substr(0, at);
    return host;
  }
  return fail(make_error(ErrorCode::bad_value, fmt::format("\"{}\" is not USER@HOST or USER@HOST:PORT", printable(text)))
                  .with_hint(R"(write ssh: "frappe@10.0.0.5:22")"));
}

SshHost read_ssh_host(std::string_view name, YamlMap& map, const SshPlaces& places) {
  SshHost host;
  host.name = name;
  const auto address = map.required_text("ssh");
  if (auto parsed = parse_ssh_address(name, address)) host = std::move(*parsed);
  else map.refuse("ssh", parsed.error().message, parsed.error().hint);
  host.identities = read_identities(map, places);
  host.known_hosts = resolve(map, "known_hosts", map.text("known_hosts", "~/.ssh/known_hosts"), places);
  host.agent = map.flag("agent", true) ? AgentUse::after_identities : AgentUse::never;
  if (host.agent == AgentUse::never && host.identities.empty())
    map.refuse("agent", "is off, and there is no identity to log in with", "write identity: ~/.ssh/id_ed25519");
  host.sudo = map.flag("sudo", false) ? Sudo::yes : Sudo::no;
  host.connect_limit = std::chrono::milliseconds(map.integer("connect_limit_ms", host.connect_limit.count(), 1, 600'000));
  return host;
}

}  // namespace tenantctl
