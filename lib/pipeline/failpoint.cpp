#include "pipeline/failpoint.hpp"

#ifdef TENANTCTL_FAILPOINTS
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 6> k_points{"before_effect", "after_effect", "after_mark",
                                                   "before_revert", "after_revert", "after_revert_mark"};
constexpr std::array<std::string_view, 5> k_of_the_engine{"open:after_mark", "turn_back:before_effect", "turn_back:after_effect",
                                                          "close:before_effect", "close:after_effect"};

std::string name_of(std::string_view step, std::string_view point) { return fmt::format("{}:{}", step, point); }

/// The number behind "#"; 1 where there is none.
long wanted_passing(std::string_view wanted) {
  const auto hash = wanted.find('#');
  return hash == std::string_view::npos ? 1 : std::strtol(std::string(wanted.substr(hash + 1)).c_str(), nullptr, 10);
}

}  // namespace

void failpoint(std::string_view step, CrashPoint point) {
  const char* wanted = std::getenv("TENANTCTL_FAILPOINT");
  if (wanted == nullptr) return;
  constexpr std::string_view k_stop = "@stop";
  std::string_view text(wanted);
  const bool stop = text.ends_with(k_stop);
  if (stop) text.remove_suffix(k_stop.size());
  if (text.substr(0, text.find('#')) != name_of(step, k_points[static_cast<std::size_t>(point)])) return;
  // Only one point is wanted in a process, so that one count is enough; operations of a process may run on several threads.
  static std::atomic<long> passings = 0;
  if (++passings == wanted_passing(text)) ::kill(::getpid(), stop ? SIGSTOP : SIGKILL);
}

std::vector<std::string> failpoint_names(std::span<const std::string_view> steps) {
  std::vector<std::string> names(k_of_the_engine.begin(), k_of_the_engine.end());
  for (const auto step : steps) {
    for (const auto point : k_points) names.push_back(name_of(step, point));
  }
  return names;
}

}  // namespace tenantctl
#endif
