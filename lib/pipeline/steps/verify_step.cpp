#include "pipeline/steps/verify_step.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace tenantctl {
namespace {

using namespace std::chrono_literals;

constexpr auto k_first_pause = 5ms;
constexpr auto k_longest_pause = 100ms;
constexpr auto k_unreachable_patience = 1000ms;  // a web server that refuses connections for longer is down, not reloading

std::string shown(const PingSettings& ping) {
  return ping.expect.empty() ? "status 200" : fmt::format("status 200 and \"{}\"", ping.expect);
}

}  // namespace

VerifyStep::VerifyStep(const CreatePlan& plan, HostName host, HttpProbe& http, std::function<std::optional<Error>()> interrupted)
    : http_(http),
      interrupted_(std::move(interrupted)),
      host_(std::move(host)),
      ping_(plan.ping),
      address_(plan.probe_address),
      description_(fmt::format("wait at most {} ms until \"http://{}{}\" answers with {}", ping_.limit.count(), host_.str(), ping_.path,
                               shown(ping_))) {}

Result<Observation> VerifyStep::probe() { return Observation{}; }

Result<Evidence> VerifyStep::apply() {
  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  for (std::chrono::milliseconds pause = k_first_pause;; pause = std::min<std::chrono::milliseconds>(2 * pause, k_longest_pause)) {
    if (interrupted_) {
      if (auto stop = interrupted_()) return fail(std::move(*stop));
    }
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
    auto answer = ask(ping_.limit - waited);
    if (answer && is_right(*answer)) return Evidence{{"host", host_.str()}, {"path", ping_.path}, {"status", answer->status}};

    const auto spent = Clock::now() - began + pause;
    const bool unreachable = !answer && answer.error().code == ErrorCode::nginx_unreachable;
    if (unreachable && spent >= std::min(ping_.limit, k_unreachable_patience)) return fail(std::move(answer).error());
    if (spent >= ping_.limit) {
      const auto last = answer ? fmt::format("status {}{}", answer->status, answer->status == 200 ? " with another body" : "")
                               : full_message(answer.error());
      return fail(ErrorCode::http_check_failed, fmt::format("\"http://{}{}\" did not answer with {} within {} ms; the last answer was: {}",
                                                            host_.str(), ping_.path, shown(ping_), ping_.limit.count(), last));
    }
    std::this_thread::sleep_for(pause);
  }
}

Result<HttpAnswer> VerifyStep::ask(std::chrono::milliseconds left) {
  const auto limit = std::clamp<std::chrono::milliseconds>(left, 1ms, 2000ms);
  return http_.get({.address = address_, .host = host_, .path = ping_.path, .limit = limit});
}

bool VerifyStep::is_right(const HttpAnswer& answer) const {
  return answer.status == 200 && answer.body.find(ping_.expect) != std::string::npos;
}

Result<void> VerifyStep::revert(const Evidence&) { return {}; }

}  // namespace tenantctl
