#include "commands/lock_wait.hpp"

#include <fmt/format.h>

#include <thread>

#include "core/duration.hpp"

namespace tenantctl {
namespace {

using namespace std::chrono_literals;

// Each try is one round trip to the control database.
constexpr auto k_pause = 100ms;

}  // namespace

void add_lock_wait(CLI::App& command, std::string& wait) {
  command.add_option("--lock-wait", wait, "wait so long for another operation on the tenant, as in 500ms, 30s or 2m (else not at all)")
      ->type_name("DURATION")
      ->check([](const std::string& text) {
        const auto duration = parse_duration(text);
        return duration ? std::string() : duration.error().message;
      });
}

Result<std::unique_ptr<TenantLock>> lock_tenant(const TenantSlug& slug, const std::string& wait, ControlPlane& control, Services& services) {
  std::chrono::milliseconds limit{};
  if (!wait.empty()) {
    TRY_ASSIGN(limit, parse_duration(wait));
  }
  const auto deadline = std::chrono::steady_clock::now() + limit;
  auto lock = control.operations.lock(slug);
  while (!lock && lock.error().code == ErrorCode::locked) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= 0ms) break;
    std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(left, k_pause));
    if (auto stop = services.interrupted()) return fail(std::move(*stop).with_context(fmt::format("while it waited for tenant \"{}\"", slug.str())));
    lock = control.operations.lock(slug);
  }
  return lock;
}

}  // namespace tenantctl
