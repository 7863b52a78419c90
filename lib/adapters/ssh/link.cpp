#include "adapters/ssh/link.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/ssh/command_run.hpp"
#include "adapters/ssh/dial.hpp"
#include "adapters/ssh/login.hpp"

namespace tenantctl::ssh {
namespace {

constexpr std::chrono::milliseconds k_longest_wait{1000};
constexpr std::chrono::milliseconds k_window_wait{10};

}  // namespace

Result<std::unique_ptr<Link>> Link::open(const SshHost& host) {
  TRY_ASSIGN(auto session, enter(host));
  return std::unique_ptr<Link>(new Link(host, std::move(session)));
}

Link::Link(const SshHost& host, SessionHandle session)
    : host_(host), session_(std::move(session)), event_(ssh_event_new()), liveness_(session_.get()) {
  ssh_event_add_session(event_.get(), session_.get());
}

Link::~Link() {
  ssh_event_remove_session(event_.get(), session_.get());
  ssh_disconnect(session_.get());
}

bool Link::usable() {
  if (worn_) return false;
  ssh_event_dopoll(event_.get(), 0);  // what came while nobody listened
  liveness_.begin();
  return ssh_is_connected(session_.get()) != 0;
}

Attempt Link::run(const ShellCommand& command) {
  const auto remote = remote_command(command, host_.sudo);
  if (!remote) return {.outcome = fail(remote.error())};
  CommandRun run(session_.get(), host_, command, *remote);
  for (run.advance(); !run.ended(); run.advance()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(run.deadline() - Steady::now());
    const auto most = run.waiting_for_input_window() ? k_window_wait : k_longest_wait;
    ssh_event_dopoll(event_.get(), static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), most).count()));
    if (const auto why = liveness_.watch(); !why.empty()) {
      run.advance();
      run.lose_link(why);
    }
  }
  worn_ = worn_ || run.lingering();
  const bool begun = run.begun();
  return {.outcome = run.take_result(), .begun = begun};
}

}  // namespace tenantctl::ssh
