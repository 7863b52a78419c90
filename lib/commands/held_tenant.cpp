#include "commands/held_tenant.hpp"

#include <fmt/format.h>

#include <thread>

#include "core/duration.hpp"

namespace tenantctl {
namespace {

using namespace std::chrono_literals;

// Each try is one round trip to the control database.
constexpr auto k_pause = 100ms;

}  // namespace

Result<std::unique_ptr<TenantLock>> lock_tenant(const TenantSlug& slug, const std::string& wait, ControlPlane& control,
                                                Services& services) {
  std::chrono::milliseconds limit{};
  if (!wait.empty()) { TRY_ASSIGN(limit, parse_duration(wait)); }
  const auto deadline = std::chrono::steady_clock::now() + limit;
  auto lock = control.operations.lock(slug);
  while (!lock && lock.error().code == ErrorCode::locked) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= 0ms) break;
    std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(left, k_pause));
    if (auto stop = services.interrupted())
      return fail(std::move(*stop).with_context(fmt::format("while it waited for tenant \"{}\"", slug.str())));
    lock = control.operations.lock(slug);
  }
  return lock;
}

Result<HeldTenant> hold_tenant(const Tenant& found, const std::string& wait, ControlPlane& control, Services& services) {
  TRY_ASSIGN(auto lock, lock_tenant(found.slug, wait, control, services));
  TRY_ASSIGN(auto tenant, control.tenants.find(found.id.str()));
  return HeldTenant{.tenant = std::move(tenant), .lock = std::move(lock)};
}

}  // namespace tenantctl
