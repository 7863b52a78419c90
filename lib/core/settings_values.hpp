// Values that several parts of tenantctl.yaml have: paths, addresses, names of hosts.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/settings.hpp"
#include "core/yaml_map.hpp"

namespace tenantctl {

struct Address {
  std::string host;
  int port = 0;
};

/// HOST:PORT, or [v6]:PORT, of characters that need no quoting anywhere.
std::optional<Address> parse_address(std::string_view text);

struct UrlParts {
  std::string scheme;
  std::string authority;  // HOST, or HOST:PORT
  std::string rest;
};
/// Nothing where it is no URL, or has a login in it: that would be a secret in the configuration, and in what is shown of it.
std::optional<UrlParts> parse_url(const std::string& url);

/// Of an authority; nothing where that names no host. The port is 1 where it has none.
std::optional<Address> address_in_url(const std::string& authority);
/// Whether an authority is of this machine, whatever DNS says.
bool is_loopback(const std::string& authority);

/// Taken from `folder`, where it is a relative one; empty stays empty. "~/" is the operator's shell's business and is not expanded here.
std::filesystem::path absolute_path(const std::filesystem::path& folder, const std::string& path);

/// A secret's reference, "env:NAME" or "file:PATH", with the path taken from `folder`. The value itself is never in a message: it may be
/// the secret.
std::string read_reference(YamlMap& map, std::string_view key, const std::filesystem::path& folder);

/// Where nginx is reached from here: at the address it listens on, or, where it listens on all, at its host's. Refused as "probe" where
/// that can't be told.
std::string reachable_at(YamlMap& map, std::string listen, const std::string& nginx_host, const Settings& settings);

/// A configured host's name; empty for this machine, by whatever name.
std::string read_host(YamlMap& map, std::string_view key, const Settings& settings);

}  // namespace tenantctl
