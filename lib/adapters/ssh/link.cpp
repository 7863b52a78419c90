#include "adapters/ssh/link.hpp"

#include <fmt/format.h>
#include <libssh/server.h>

#include <algorithm>

#include "adapters/ssh/command_run.hpp"
#include "adapters/ssh/dial.hpp"
#include "adapters/ssh/host_keys.hpp"
#include "adapters/ssh/login.hpp"

namespace tenantctl::ssh {
namespace {

constexpr std::chrono::seconds k_ask_after{15};      // of silence
constexpr std::chrono::seconds k_give_up_after{45};
constexpr std::chrono::milliseconds k_longest_wait{1000};
constexpr std::chrono::milliseconds k_window_wait{10};

}  // namespace

Result<std::unique_ptr<Link>> Link::open(const SshHost& host) {
  const auto deadline = Steady::now() + host.connect_limit;
  TRY_ASSIGN(auto session, dial(host, deadline));
  TRY_ASSIGN(const auto key, shown_key(session.get(), host));
  TRY(require_known(key, host));
  TRY(log_in(session.get(), host, deadline));
  return std::unique_ptr<Link>(new Link(host, std::move(session)));
}

Link::Link(const SshHost& host, SessionHandle session)
    : host_(host), session_(std::move(session)), event_(ssh_event_new()), heard_at_(Steady::now()), asked_at_(heard_at_) {
  ssh_set_counters(session_.get(), &traffic_, nullptr);
  ssh_event_add_session(event_.get(), session_.get());
}

Link::~Link() {
  ssh_event_remove_session(event_.get(), session_.get());
  ssh_disconnect(session_.get());
}

bool Link::usable() {
  if (worn_) return false;
  ssh_event_dopoll(event_.get(), 0);  // what came while nobody listened
  heard_at_ = asked_at_ = Steady::now();
  return ssh_is_connected(session_.get()) != 0;
}

std::string Link::watch() {
  if (ssh_is_connected(session_.get()) == 0) return last_words(session_.get());
  const auto now = Steady::now();
  if (traffic_.in_bytes != heard_bytes_) {
    heard_bytes_ = traffic_.in_bytes;
    heard_at_ = asked_at_ = now;
  }
  if (now - heard_at_ >= k_give_up_after) return fmt::format("the host was silent for {} s", k_give_up_after.count());
  if (now - asked_at_ >= k_ask_after) {
    asked_at_ = now;
    ssh_send_keepalive(session_.get());  // takes in the last answer
    ssh_send_keepalive(session_.get());  // asks again
  }
  return {};
}

Attempt Link::run(const ShellCommand& command) {
  const auto remote = remote_command(command, host_.sudo);
  if (!remote) return {.outcome = fail(remote.error())};
  CommandRun run(session_.get(), host_, command, *remote);
  for (run.advance(); !run.ended(); run.advance()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(run.deadline() - Steady::now());
    const auto most = run.waiting_for_input_window() ? k_window_wait : k_longest_wait;
    ssh_event_dopoll(event_.get(), static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), most).count()));
    if (const auto why = watch(); !why.empty()) {
      run.advance();
      run.lose_link(why);
    }
  }
  worn_ = worn_ || run.lingering();
  const bool begun = run.begun();
  return {.outcome = run.take_result(), .begun = begun};
}

}  // namespace tenantctl::ssh
