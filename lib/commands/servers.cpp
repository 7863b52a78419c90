// `servers list`: the database servers that tenants are placed on.
#include "views/servers.hpp"

#include "commands/placement.hpp"
#include "commands/registry.hpp"

namespace tenantctl {
namespace {

struct ListServersArgs {};

Result<void> ask_server(ServerLine& line, Services& services) {
  TRY_ASSIGN(auto* server, services.server(line.load.name));
  TRY_ASSIGN(const auto info, server->server_info());
  TRY_ASSIGN(const auto usage, server->usage());
  line.version = info.version;
  line.bytes = usage.bytes;
  line.unmeasured = usage.unmeasured;
  line.connections = usage.connections;
  line.max_connections = usage.max_connections;
  return {};
}

ServerLine look_at(ServerLoad load, const Settings& settings, Services& services) {
  ServerLine line{.load = std::move(load)};
  const auto& name = line.load.name;
  for (const auto& [stack_name, stack] : settings.stacks) {
    if (is_placed_on(stack, name, settings)) line.stacks.push_back(stack_name);
  }
  if (auto asked = ask_server(line, services); !asked) line.error = std::move(asked).error();
  if (settings.servers.at(name).disk.empty()) return line;
  if (const auto free = free_disk(name, services)) line.load.free_bytes = *free;
  else line.disk_error = free.error();
  return line;
}

Result<Report> list_servers(const ListServersArgs&, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto counts, control.tenants.count_by_server());
  std::vector<std::string> names;
  for (const auto& [name, server] : settings->servers) names.push_back(name);
  std::vector<ServerLine> lines;
  for (auto& load : server_loads(names, *settings, counts)) lines.push_back(look_at(std::move(load), *settings, services));
  return server_list_report(lines);
}

}  // namespace

void add_servers(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("servers", "shows database servers, what they carry and what they still take");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl servers list");
  add_command<ListServersArgs>(*group, "list", "lists them with tenants, size, connections and free disk", "tenantctl servers list", chosen,
                               list_servers);
}

}  // namespace tenantctl
