#include "signals.hpp"

#include <time.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <string_view>

namespace tenantctl {
namespace {

// A signal handler can reach nothing else.
volatile std::sig_atomic_t g_signal = 0;
volatile std::int64_t g_first_at = 0;

// `timeout` and supervisors signal a process and then its group: that is one wish, not two.
constexpr std::int64_t k_same_wish_ms = 100;

std::int64_t now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

extern "C" void on_signal(int number) {
  if (g_signal == 0) {
    g_first_at = now_ms();
    g_signal = number;
    return;
  }
  if (number == g_signal && now_ms() - g_first_at < k_same_wish_ms) return;
  constexpr std::string_view text =
      "\nstopped at once; run \"tenantctl operations list --unfinished\", then resume or roll back what it lists\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  ::_exit(info(ErrorCode::unfinished).exit_status);
}

}  // namespace

void watch_signals() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;  // the running step is finished, not broken off
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(number, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

std::optional<Error> signal_received() {
  switch (g_signal) {
    case SIGINT: return make_error(ErrorCode::interrupted, "interrupted by SIGINT");
    case SIGTERM: return make_error(ErrorCode::terminated, "stopped by SIGTERM");
    case SIGHUP: return make_error(ErrorCode::interrupted_hangup, "stopped by SIGHUP");
    default: return std::nullopt;
  }
}

}  // namespace tenantctl
