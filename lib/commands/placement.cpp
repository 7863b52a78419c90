#include "commands/placement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tenantctl {
namespace {

/// The second line's last word of `df --output=avail`.
std::optional<std::uint64_t> read_available(std::string_view out) {
  const auto line = out.find('\n');
  if (line == std::string_view::npos) return std::nullopt;
  out.remove_prefix(line + 1);
  out.remove_prefix(std::min(out.find_first_not_of(' '), out.size()));
  std::uint64_t bytes = 0;
  const auto parsed = std::from_chars(out.data(), out.data() + out.size(), bytes);
  return parsed.ec == std::errc{} ? std::optional(bytes) : std::nullopt;
}

Result<void> check_wanted(const StackSettings& stack, const std::string& wanted, const Settings& settings) {
  if (std::ranges::find(stack.servers, wanted) == stack.servers.end()) {
    return fail(make_error(ErrorCode::state_conflict, fmt::format("stack \"{}\" has no server \"{}\"", stack.name.str(), wanted))
                    .with_hint(fmt::format("use one of {}", fmt::join(stack.servers, ", "))));
  }
  if (is_placed_on(stack, wanted, settings)) return {};
  return fail(make_error(ErrorCode::state_conflict, fmt::format("server \"{}\" is draining: it gets no new tenants", wanted))
                  .with_hint(fmt::format("remove draining from database_servers.{} in {}", wanted, settings.file.string())));
}

}  // namespace

Result<std::uint64_t> free_disk(const std::string& server, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  const auto& disk = settings->servers.at(server).disk;
  if (disk.empty())
    return fail(make_error(ErrorCode::config_invalid, fmt::format("it is not known where the disk of server \"{}\" is", server))
                    .with_hint(fmt::format("add disk: /var/lib/postgresql under database_servers.{}", server)));
  TRY_ASSIGN(auto* shell, services.shell(settings->servers.at(server).through));
  const auto ran = shell->run({.argv = {"df", "--output=avail", "-B1", "--", disk}, .environment = {"LC_ALL=C"}});
  if (!ran && is_unreachable(ran.error().code)) return fail(ran.error());
  const auto bytes = ran && ran->succeeded() ? read_available(ran->out) : std::nullopt;
  if (!bytes) {
    const auto why = !ran ? full_message(ran.error()) : ran->err.empty() ? ran->out : ran->err;
    return fail(
        make_error(ErrorCode::config_invalid, fmt::format("df does not say how much is free on the disk of server \"{}\": {}", server, why))
            .with_hint(fmt::format("correct disk under database_servers.{}", server)));
  }
  return *bytes;
}

Result<std::vector<ServerLoad>> loads_of(const StackSettings& stack, const std::vector<std::string>& servers, const ServerCounts& more,
                                         Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  auto loads = server_loads(servers, *settings, {});
  const bool is_choice = loads.size() > 1;
  if (!is_choice && loads.front().max_tenants == 0) return loads;
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(auto counts, control.tenants.count_by_server());
  for (const auto& [name, count] : more) counts[name] += count;
  loads = server_loads(servers, *settings, counts);
  if (!is_choice || stack.place_by != PlaceBy::free_disk) return loads;
  for (auto& load : loads) {
    if (load.takes_more()) { TRY_ASSIGN(load.free_bytes, free_disk(load.name, services)); }
  }
  return loads;
}

Result<std::vector<std::string>> servers_for(const StackSettings& stack, const std::string& wanted, Services& services) {
  if (stack.frappe && !wanted.empty())
    return fail(make_error(ErrorCode::usage, fmt::format("stack \"{}\" is of kind frappe: its tenants are on its bench", stack.name.str()))
                    .with_hint("leave --server out"));
  TRY_ASSIGN(const auto* settings, services.settings());
  if (!wanted.empty()) TRY(check_wanted(stack, wanted, *settings));
  TRY_ASSIGN(const auto loads, loads_of(stack, wanted.empty() ? stack.servers : std::vector{wanted}, {}, services));
  auto order = placement_order(loads, stack.place_by);
  if (order.empty() && !wanted.empty())
    return fail(make_error(ErrorCode::limit_reached,
                           fmt::format("server \"{}\" has {} tenants of {}", wanted, loads.front().tenants, loads.front().max_tenants))
                    .with_hint("leave --server out, or raise its max_tenants"));
  if (order.empty()) return fail(no_server_left(stack.name.str(), loads));
  return order;
}

std::size_t most_on_server(const std::string& server, const Settings& settings) {
  const auto found = settings.servers.find(server);
  return found == settings.servers.end() ? 0 : static_cast<std::size_t>(found->second.max_tenants);
}

std::vector<std::string> open_servers(const StackSettings& stack, const Settings& settings) {
  std::vector<std::string> open;
  for (const auto& name : stack.servers) {
    const auto found = settings.servers.find(name);
    if (found == settings.servers.end() || !found->second.draining) open.push_back(name);
  }
  return open;
}

bool is_placed_on(const StackSettings& stack, const std::string& server, const Settings& settings) {
  const auto open = open_servers(stack, settings);
  return std::ranges::find(open, server) != open.end();
}

}  // namespace tenantctl
