// Where a new tenant goes: the best of its stack's database servers, as they are now.
#pragma once
#include <string>
#include <vector>

#include "commands/services.hpp"

namespace tenantctl {

/// How much is free on the server's disk, in bytes. Errors: config_invalid where its settings have no disk, or
/// df says nothing of it; host_unreachable and the like.
Result<std::uint64_t> free_disk(const std::string& server, Services& services);

/// What a choice among these servers goes by; `more` are databases to count besides tenants. Asks nobody where there is one server,
/// without a limit. Errors: as free_disk.
Result<std::vector<ServerLoad>> loads_of(const StackSettings& stack, const std::vector<std::string>& servers, const ServerCounts& more,
                                         Services& services);

/// The stack's servers that take one more tenant, the best first. Errors: limit_reached; state_conflict where `wanted`, unless empty, is
/// none of the stack's or draining; usage where a bench is not to choose; as loads_of.
Result<std::vector<std::string>> servers_for(const StackSettings& stack, const std::string& wanted, Services& services);

/// How many tenants the server takes in all; 0: any number, as of a bench.
std::size_t most_on_server(const std::string& server, const Settings& settings);

/// The stack's servers that get new tenants as long as there is room: those that are not draining. None for kind frappe.
std::vector<std::string> open_servers(const StackSettings& stack, const Settings& settings);
/// Whether that server is one of these.
bool is_placed_on(const StackSettings& stack, const std::string& server, const Settings& settings);

}  // namespace tenantctl
