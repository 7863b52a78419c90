#include "adapters/ssh/liveness.hpp"

#include <fmt/format.h>
#include <libssh/server.h>

#include "adapters/ssh/dial.hpp"

namespace tenantctl::ssh {
namespace {

constexpr std::chrono::seconds k_ask_after{15};  // of silence
constexpr std::chrono::seconds k_give_up_after{45};

}  // namespace

Liveness::Liveness(ssh_session session) : session_(session), heard_at_(Steady::now()), asked_at_(heard_at_) {
  ssh_set_counters(session_, &traffic_, nullptr);
}

Liveness::~Liveness() { ssh_set_counters(session_, nullptr, nullptr); }

void Liveness::begin() { heard_at_ = asked_at_ = Steady::now(); }

std::string Liveness::watch() {
  if (ssh_is_connected(session_) == 0) return last_words(session_);
  const auto now = Steady::now();
  if (traffic_.in_bytes != heard_bytes_) {
    heard_bytes_ = traffic_.in_bytes;
    heard_at_ = asked_at_ = now;
  }
  if (now - heard_at_ >= k_give_up_after) return fmt::format("the host was silent for {} s", k_give_up_after.count());
  if (now - asked_at_ >= k_ask_after) {
    asked_at_ = now;
    ssh_send_keepalive(session_);  // takes in the last answer
    ssh_send_keepalive(session_);  // asks again
  }
  return {};
}

}  // namespace tenantctl::ssh
