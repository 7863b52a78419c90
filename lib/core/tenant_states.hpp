// What may be asked of a tenant in which state, and what becomes of it. It is the one place that knows; it changes nothing.
#pragma once
#include "core/result.hpp"
#include "core/tenant.hpp"

namespace tenantctl {

/// A command that changes a tenant's state.
enum class TenantVerb : std::uint8_t { suspend, activate, cancel, remove };
std::string_view to_string(TenantVerb verb);  // "suspend", …; "delete" for remove

struct Transition {
  TenantStatus to;
  bool done = false;  // it is so already: the command is a success without effect
};

/// Errors: state_conflict, which says what to do instead.
Result<Transition> transition(TenantVerb verb, TenantStatus from, const TenantSlug& slug);

}  // namespace tenantctl
