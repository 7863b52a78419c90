// Where a new tenant goes: the best of its stack's database servers, as they are now.
#pragma once
#include <string>
#include <vector>

#include "commands/services.hpp"

namespace tenantctl {

/// How much is free on the server's disk, in bytes. Errors: config_invalid where its settings have no disk, or
/// df says nothing of it; host_unreachable and the like.
Result<std::uint64_t> free_disk(const std::string& server, Services& services);

/// Those that take one more, the best first; asks nobody where the stack has one server, without a limit and not draining. `more` are
/// databases to count besides tenants. Errors: limit_reached; state_conflict where `wanted`, unless empty, is none of the stack's or
/// draining; as free_disk.
Result<std::vector<std::string>> servers_for(const StackSettings& stack, const std::string& wanted, const ServerCounts& more,
                                             Services& services);

/// How many tenants the server takes in all; 0: any number, as of a bench.
std::size_t most_on_server(const std::string& server, const Settings& settings);

/// Whether the stack puts new tenants on that server.
bool is_placed_on(const StackSettings& stack, const std::string& server, const Settings& settings);

}  // namespace tenantctl
