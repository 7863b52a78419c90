#include "views/servers.hpp"

#include <fmt/format.h>

#include "core/text_table.hpp"
#include "views/sizes.hpp"

namespace tenantctl {
namespace {

std::string_view state_of(const ServerLine& line) {
  if (line.error) return is_unreachable(line.error->code) ? "unreachable" : "failing";
  if (line.load.draining) return "draining";
  return line.load.is_full() ? "full" : "open";
}

std::string tenants_text(const ServerLoad& load) {
  return load.max_tenants == 0 ? std::to_string(load.tenants) : fmt::format("{} of {}", load.tenants, load.max_tenants);
}

nlohmann::json document_of(const ServerLine& line) {
  const auto if_known = [&](auto value) { return line.error ? nlohmann::json(nullptr) : nlohmann::json(value); };
  const auto& free = line.load.free_bytes;
  return {{"name", line.load.name},
          {"state", state_of(line)},
          {"stacks", line.stacks},
          {"tenants", line.load.tenants},
          {"max_tenants", line.load.max_tenants == 0 ? nlohmann::json(nullptr) : nlohmann::json(line.load.max_tenants)},
          {"weight", line.load.weight},
          {"draining", line.load.draining},
          {"version", if_known(line.version)},
          {"databases_bytes", if_known(line.bytes)},
          {"databases_unmeasured", if_known(line.unmeasured)},
          {"connections", if_known(line.connections)},
          {"max_connections", if_known(line.max_connections)},
          {"free_disk_bytes", free ? nlohmann::json(*free) : nlohmann::json(nullptr)},
          {"error", error_document(line.error ? line.error : line.disk_error)}};
}

}  // namespace

Report server_list_report(const std::vector<ServerLine>& lines) {
  TextTable table({"SERVER", "STATE", "TENANTS", "WEIGHT", "STACKS", "SIZE", "CONNECTIONS", "FREE DISK"});
  auto documents = nlohmann::json::array();
  std::string remarks;
  int exit_status = 0;
  for (const auto& line : lines) {
    const auto size = (line.unmeasured > 0 ? "at least " : "") + size_text(static_cast<std::int64_t>(line.bytes));
    const auto& free = line.load.free_bytes;
    table.add({line.load.name, std::string(state_of(line)), tenants_text(line.load), std::to_string(line.load.weight),
               fmt::format("{}", fmt::join(line.stacks, ", ")), line.error ? "?" : size,
               line.error ? "?" : fmt::format("{} of {}", line.connections, line.max_connections),
               free ? size_text(static_cast<std::int64_t>(*free)) : "?"});
    if (line.error) remarks += fmt::format("server {}: {}\n", line.load.name, full_message(*line.error));
    if (line.disk_error) remarks += fmt::format("disk of server {}: {}\n", line.load.name, full_message(*line.disk_error));
    if (line.error && exit_status == 0) exit_status = info(line.error->code).exit_status;
    documents.push_back(document_of(line));
  }
  return {.text = table.str() + remarks, .document = {{"servers", std::move(documents)}}, .exit_status = exit_status};
}

}  // namespace tenantctl
