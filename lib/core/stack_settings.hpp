// The part `stacks` of tenantctl.yaml; settings.hpp has what it is read into.
#pragma once
#include <filesystem>

#include "core/settings.hpp"
#include "core/yaml_map.hpp"

namespace tenantctl {

/// `folder` is the file's. Hosts and database servers are in `settings` already.
void read_stacks(YamlMap stacks, const std::filesystem::path& folder, Settings& settings);

}  // namespace tenantctl
