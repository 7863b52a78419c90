#include "core/events.hpp"

#include <algorithm>
#include <array>

namespace tenantctl {
namespace {

constexpr std::array k_types{events::tenant_created,  events::tenant_activated,    events::tenant_suspended, events::tenant_cancelled,
                             events::tenant_deleted,  events::tenant_plan_changed, events::trial_ending,     events::trial_expired,
                             events::trial_converted, events::invoice_issued,      events::batch_finished,   events::isolation_breach};

}  // namespace

std::span<const std::string_view> event_types() { return k_types; }

bool covers(std::string_view pattern, std::string_view type) {
  if (pattern == "*") return true;
  return pattern.ends_with(".*") ? type.starts_with(pattern.substr(0, pattern.size() - 1)) : pattern == type;
}

std::vector<std::string> Subscriptions::targets_of(std::string_view type) const {
  std::vector<std::string> targets;
  for (const auto& one : all_) {
    if (std::ranges::any_of(one.patterns, [&](const auto& pattern) { return covers(pattern, type); })) targets.push_back(one.target);
  }
  return targets;
}

std::vector<std::string> Subscriptions::targets() const {
  std::vector<std::string> targets;
  for (const auto& one : all_) targets.push_back(one.target);
  return targets;
}

}  // namespace tenantctl
