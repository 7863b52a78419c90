#include "core/tenant_states.hpp"

#include <fmt/format.h>

#include <array>

namespace tenantctl {
namespace {

using S = TenantStatus;

/// `to` empty: refused, and `instead` is what to do. "{}" stands for the tenant.
struct Row {
  TenantStatus from;
  TenantVerb verb;
  std::optional<TenantStatus> to;
  std::string_view instead = {};
};

constexpr std::string_view k_unfinished = "run \"tenantctl resume {0}\" to finish what was begun, or \"tenantctl rollback {0}\" to undo it";
constexpr std::string_view k_for_good = "run \"tenantctl show {0}\": a cancelled tenant stays cancelled until it is deleted";
constexpr std::string_view k_gone = "run \"tenantctl create {0}\" to make a new tenant";

// provisioning -> active <-> suspended -> cancelled -> deleted; `failed` is what an undo left. A state that a verb leads to
// from itself is one in which there is nothing to do.
constexpr std::array k_rows{
    Row{S::provisioning, TenantVerb::suspend, {}, k_unfinished},
    Row{S::provisioning, TenantVerb::activate, {}, k_unfinished},
    Row{S::provisioning, TenantVerb::cancel, {}, k_unfinished},
    Row{S::provisioning, TenantVerb::remove, {}, k_unfinished},

    Row{S::active, TenantVerb::suspend, S::suspended},
    Row{S::active, TenantVerb::activate, S::active},
    Row{S::active, TenantVerb::cancel, S::cancelled},
    Row{S::active, TenantVerb::remove, S::deleted},

    Row{S::suspended, TenantVerb::suspend, S::suspended},
    Row{S::suspended, TenantVerb::activate, S::active},
    Row{S::suspended, TenantVerb::cancel, S::cancelled},
    Row{S::suspended, TenantVerb::remove, S::deleted},

    Row{S::cancelled, TenantVerb::suspend, {}, k_for_good},  // it is suspended, but to call it so would allow to activate it
    Row{S::cancelled, TenantVerb::activate, {}, k_for_good},
    Row{S::cancelled, TenantVerb::cancel, S::cancelled},
    Row{S::cancelled, TenantVerb::remove, S::deleted},

    Row{S::deleted, TenantVerb::suspend, {}, k_gone},
    Row{S::deleted, TenantVerb::activate, {}, k_gone},
    Row{S::deleted, TenantVerb::cancel, {}, k_gone},
    Row{S::deleted, TenantVerb::remove, S::deleted},

    Row{S::failed, TenantVerb::suspend, {}, k_unfinished},
    Row{S::failed, TenantVerb::activate, {}, k_unfinished},
    Row{S::failed, TenantVerb::cancel, {}, k_unfinished},
    Row{S::failed, TenantVerb::remove, {}, k_unfinished},  // a rollback knows what is left of it
};

Error not_in_use(const Tenant& tenant, std::string_view otherwise, std::string_view verb) {
  return make_error(ErrorCode::state_conflict, fmt::format("tenant \"{}\" is {}{}", tenant.slug.str(), to_string(tenant.status), otherwise))
      .with_hint(fmt::format("run \"tenantctl {} {}\"", verb, tenant.slug.str()));
}

}  // namespace

std::string_view to_string(TenantVerb verb) {
  constexpr std::array<std::string_view, 4> k_names{"suspend", "activate", "cancel", "delete"};
  return k_names[static_cast<std::size_t>(verb)];
}

Result<Transition> transition(TenantVerb verb, TenantStatus from, const TenantSlug& slug) {
  for (const auto& row : k_rows) {
    if (row.from != from || row.verb != verb) continue;
    if (row.to) return Transition{.to = *row.to, .done = *row.to == from};
    return fail(make_error(ErrorCode::state_conflict,
                           fmt::format("tenant \"{}\" is {}: \"{}\" is not for it", slug.str(), to_string(from), to_string(verb)))
                    .with_hint(fmt::format(fmt::runtime(row.instead), slug.str())));
  }
  return fail(ErrorCode::internal, fmt::format("no row says what \"{}\" does to a tenant that is {}", to_string(verb), to_string(from)));
}

Result<void> check_in_use(const Tenant& tenant, std::string_view otherwise) {
  if (is_in_use(tenant.status)) return {};
  return fail(not_in_use(tenant, otherwise, "show"));
}

Result<void> check_may_change(const Tenant& tenant, std::string_view otherwise) {
  if (is_in_use(tenant.status)) return {};
  const bool unfinished = tenant.status == TenantStatus::provisioning || tenant.status == TenantStatus::failed;
  return fail(not_in_use(tenant, otherwise, unfinished ? "resume" : "show"));
}

}  // namespace tenantctl
