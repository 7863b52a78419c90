#include "views/sandbox.hpp"

#include <fmt/format.h>

#include "core/text_table.hpp"

namespace tenantctl {

Report sandbox_report(const SandboxDetails& details) {
  auto servers = nlohmann::json::object();
  std::vector<std::pair<std::string, std::string>> fields{{"sandbox", details.dir}};
  fields.emplace_back("state", !details.exists ? "none" : details.running ? "running" : "stopped");
  for (const auto& [name, pid] : details.servers) {
    servers[name] = {{"running", pid != 0}, {"pid", pid}};
    fields.emplace_back(name, pid == 0 ? "stopped" : fmt::format("pid {}", pid));
  }
  if (details.exists) {
    fields.emplace_back("config", details.config);
    fields.emplace_back("postgres", fmt::format("127.0.0.1:{}, socket {}", details.postgres_port, details.socket_dir));
    fields.emplace_back("http", fmt::format("http://127.0.0.1:{}", details.http_port));
    fields.emplace_back("runs as", details.user);
  }
  nlohmann::json document = {{"dir", details.dir},
                             {"config", details.config},
                             {"control_url", details.control_url},
                             {"postgres", {{"socket_dir", details.socket_dir}, {"port", details.postgres_port}}},
                             {"http_port", details.http_port},
                             {"user", details.user},
                             {"exists", details.exists},
                             {"running", details.running},
                             {"servers", servers}};
  return {.text = text_fields(fields), .document = document};
}

}  // namespace tenantctl
