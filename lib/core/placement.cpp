#include "core/placement.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tenantctl {

std::vector<ServerLoad> server_loads(const std::vector<std::string>& servers, const Settings& settings, const ServerCounts& counts) {
  std::vector<ServerLoad> loads;
  for (const auto& name : servers) {
    const auto found = settings.servers.find(name);
    const auto server = found == settings.servers.end() ? DatabaseServerSettings{} : found->second;
    const auto count = counts.find(name);
    loads.push_back({.name = name,
                     .tenants = count == counts.end() ? 0 : count->second,
                     .max_tenants = static_cast<std::size_t>(server.max_tenants),
                     .weight = server.weight,
                     .draining = server.draining});
  }
  return loads;
}

std::vector<std::string> placement_order(std::vector<ServerLoad> loads, PlaceBy by) {
  std::erase_if(loads, [](const ServerLoad& load) { return !load.takes_more(); });
  std::ranges::stable_sort(loads, [by](const ServerLoad& a, const ServerLoad& b) {
    const auto weight_a = static_cast<double>(a.weight);
    const auto weight_b = static_cast<double>(b.weight);
    if (by == PlaceBy::free_disk)
      return static_cast<double>(a.free_bytes.value_or(0)) * weight_a > static_cast<double>(b.free_bytes.value_or(0)) * weight_b;
    return static_cast<double>(a.tenants) * weight_b < static_cast<double>(b.tenants) * weight_a;
  });
  std::vector<std::string> names;
  for (auto& load : loads) names.push_back(std::move(load.name));
  return names;
}

Error no_server_left(const std::string& stack, const std::vector<ServerLoad>& loads) {
  std::vector<std::string> reasons;
  for (const auto& load : loads) {
    reasons.push_back(load.draining ? fmt::format("\"{}\" is draining", load.name)
                                    : fmt::format("\"{}\" has {} of {}", load.name, load.tenants, load.max_tenants));
  }
  return make_error(ErrorCode::limit_reached,
                    fmt::format("no server of stack \"{}\" takes more tenants: {}", stack, fmt::join(reasons, ", ")))
      .with_hint(fmt::format("{}, or add a server to the stack, in tenantctl.yaml",
                             std::ranges::all_of(loads, &ServerLoad::draining) ? "remove draining" : "raise max_tenants"));
}

}  // namespace tenantctl
