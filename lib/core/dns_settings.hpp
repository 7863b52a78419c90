// Reads `dns` of tenantctl.yaml.
#pragma once
#include "core/dns.hpp"
#include "core/settings.hpp"
#include "core/yaml_map.hpp"

namespace tenantctl {

/// Relative paths are taken from `folder`; the zone is `domain` where it names none.
DnsSettings read_dns(YamlMap map, const std::filesystem::path& folder, const std::string& domain);

}  // namespace tenantctl
