#include "support/server_block_mode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <set>
#include <sstream>

#include "support/changed_config.hpp"

namespace tenantctl::test {
namespace {

namespace fs = std::filesystem;

std::set<int> workers_of(int master) {
  std::istringstream listed(read_text(fmt::format("/proc/{0}/task/{0}/children", master)));
  std::set<int> pids;
  for (int pid = 0; listed >> pid;) pids.insert(pid);
  return pids;
}

}  // namespace

ServerBlockMode::ServerBlockMode()
    : include_(LiveSandbox::get().dir() / "nginx/tenantctl/tenantctl.conf"), text_before_(read_text(include_)) {
  auto& sandbox = LiveSandbox::get();
  const auto config = changed_config("server_block.yaml", {{"mode: routes", "mode: server_block"}});
  const auto rendered = sandbox.run({"--config", config.native(), "nginx", "render"});
  INFO(rendered.err);
  REQUIRE(rendered.status == 0);
  write_text(include_, rendered.out);
  sandbox.use(config);
  reload();
}

ServerBlockMode::~ServerBlockMode() {
  write_text(include_, text_before_);
  LiveSandbox::get().use({});
  reload();
}

fs::path ServerBlockMode::file_of(const std::string& slug) { return LiveSandbox::get().dir() / "nginx/tenantctl/sites" / (slug + ".conf"); }

void ServerBlockMode::reload() {
  const int master = LiveSandbox::get().pid_of("nginx");
  const auto old = workers_of(master);
  ::kill(master, SIGHUP);
  for (int i = 0; i < 1000; ++i) {
    const auto now = workers_of(master);
    const bool some_are_left = std::ranges::any_of(old, [&](int pid) { return now.contains(pid); });
    if (!some_are_left && !now.empty()) return;
    ::usleep(10'000);
  }
}

}  // namespace tenantctl::test
