// Which of a stack's database servers a new tenant goes to.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/settings.hpp"

namespace tenantctl {

/// How many tenants, or databases of them, each server has, by its name; none are missing there.
using ServerCounts = std::map<std::string, std::size_t>;

/// What a choice among servers goes by.
struct ServerLoad {
  std::string name;
  std::size_t tenants = 0;
  std::size_t max_tenants = 0;  // 0: any number
  int weight = 1;
  bool draining = false;
  std::optional<std::uint64_t> free_bytes = {};  // of its disk; unknown unless it is asked for

  bool is_full() const { return max_tenants > 0 && tenants >= max_tenants; }
  bool takes_more() const { return !draining && !is_full(); }
};

/// In this order, with what the settings say of them; a bench's host, of which they say nothing, takes any number.
std::vector<ServerLoad> server_loads(const std::vector<std::string>& servers, const Settings& settings, const ServerCounts& counts);

/// Those that take more, the best first: by the fewest tenants or the most free disk, either per weight; alike: in the order given.
std::vector<std::string> placement_order(std::vector<ServerLoad> loads, PlaceBy by);

/// limit_reached, saying of each server why it takes no more.
Error no_server_left(const std::string& stack, const std::vector<ServerLoad>& loads);

}  // namespace tenantctl
