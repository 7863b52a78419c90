#include "adapters/nginx/nginx_reload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "core/utf8.hpp"

namespace tenantctl {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// What nginx's log says that ends the hope for the new configuration; empty while there is hope.
/// A "bind() to … failed" alone is not final: nginx tries five times, and says "still could not bind()" in the end.
std::string last_words(std::string_view log) {
  std::vector<std::string> emergencies;
  bool final = false;
  while (!log.empty()) {
    const auto end = std::min(log.find('\n'), log.size());
    const auto line = log.substr(0, end);
    log.remove_prefix(std::min(end + 1, log.size()));
    const auto level = line.find("[emerg]");
    if (level == std::string_view::npos) continue;
    const auto colon = line.find(": ", level);  // "[emerg] 12#12: bind() to …"
    auto words = printable(line.substr(colon == std::string_view::npos ? level : colon + 2));
    if (words.find("bind() to ") == std::string::npos) final = true;
    if (std::ranges::find(emergencies, words) == emergencies.end()) emergencies.push_back(std::move(words));
  }
  return final ? fmt::format("{}", fmt::join(emergencies, "; ")) : std::string();
}

}  // namespace

Result<void> reload_nginx(NginxProcess& nginx, const std::filesystem::path& status_socket, const std::string& generation,
                          milliseconds limit) {
  TRY_ASSIGN(const auto before, nginx.look(status_socket));
  TRY(nginx.hang_up());
  const auto deadline = steady_clock::now() + limit;
  while (true) {
    TRY_ASSIGN(const auto now, nginx.look(status_socket));
    if (now.generation == generation) {
      const bool old_ones_left = std::ranges::any_of(before.serving, [&](pid_t pid) { return now.serving.contains(pid); });
      if (!old_ones_left) return {};
    } else if (const auto words = last_words(now.said); !words.empty()) {
      return fail(ErrorCode::nginx_unconfirmed, fmt::format("nginx did not take up the new configuration: {}", words));
    }
    if (steady_clock::now() >= deadline) {
      return fail(ErrorCode::nginx_unconfirmed, fmt::format("nginx did not take up the new configuration within {} ms", limit.count()));
    }
    std::this_thread::sleep_for(milliseconds(5));
  }
}

}  // namespace tenantctl
