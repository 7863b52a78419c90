// A host that is reached by SSH, as the configuration names it. Reading it is pure: no file is opened, no name resolved and
// no key judged here.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace tenantctl {

class YamlMap;

enum class AgentUse : std::uint8_t { never, after_identities };
enum class Sudo : std::uint8_t { no, yes };

struct SshHost {
  std::string name;  // in the configuration; what messages call it
  std::string user;
  std::string address;  // a DNS name or an IP address; of IPv6 without brackets
  std::uint16_t port = 22;
  std::vector<std::filesystem::path> identities = {};  // private key files, tried in this order
  std::filesystem::path known_hosts = {};
  AgentUse agent = AgentUse::after_identities;      // the one at $SSH_AUTH_SOCK, where there is one
  Sudo sudo = Sudo::no;                             // yes: every command goes through `sudo -n --`
  std::chrono::milliseconds connect_limit{10'000};  // from the first packet to a login
};

/// USER@HOST or USER@HOST:PORT, an IPv6 address in brackets; of characters that need no quoting anywhere.
/// Only name, user, address and port are set. Errors: bad_value.
Result<SshHost> parse_ssh_address(std::string_view name, std::string_view text);

/// What relative paths and "~/" mean. `home` may be empty; then "~/" is refused.
struct SshPlaces {
  std::filesystem::path folder;
  std::filesystem::path home;
};

/// One entry of `hosts` that has the key `ssh`. Bad values are refused in the map's source; the caller calls map.done().
/// Without known_hosts it is ~/.ssh/known_hosts.
SshHost read_ssh_host(std::string_view name, YamlMap& map, const SshPlaces& places);

}  // namespace tenantctl
