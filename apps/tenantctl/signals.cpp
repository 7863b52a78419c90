#include "signals.hpp"

#include <unistd.h>

#include <array>
#include <csignal>
#include <string_view>

namespace tenantctl {
namespace {

volatile std::sig_atomic_t g_signal = 0;  // a signal handler can reach nothing else

extern "C" void on_signal(int number) {
  if (g_signal == 0) {
    g_signal = number;
    return;
  }
  constexpr std::string_view text = "\nstopped at once; run \"tenantctl operations list --unfinished\", then resume or roll back what it lists\n";
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
