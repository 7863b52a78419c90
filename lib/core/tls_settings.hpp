// The part "tls" of tenantctl.yaml.
#pragma once
#include <filesystem>
#include <optional>

#include "core/settings.hpp"
#include "core/yaml_map.hpp"

namespace tenantctl {

/// Nothing where the provider is "none". `settings` have their hosts and nginx read already. Errors go to the map.
std::optional<TlsSettings> read_tls(YamlMap map, const std::filesystem::path& folder, const Settings& settings);

}  // namespace tenantctl
