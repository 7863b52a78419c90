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

/// Active or suspended: it is there, and may still be changed.
constexpr bool is_in_use(TenantStatus status) { return status == TenantStatus::active || status == TenantStatus::suspended; }

/// `otherwise` ends the message: "tenant "acme" is cancelled" and ": it gets no API keys". Errors: state_conflict, with `show` as hint.
Result<void> check_in_use(const Tenant& tenant, std::string_view otherwise);
/// The same, with `resume` as hint where it is half made. Errors: state_conflict.
Result<void> check_may_change(const Tenant& tenant, std::string_view otherwise);

/// Errors: state_conflict, which says what to do instead.
Result<Transition> transition(TenantVerb verb, TenantStatus from, const TenantSlug& slug);

}  // namespace tenantctl
