// What one tenant's tries have come to, while they are made: counts them all, and keeps those that show a hole or nothing.
#pragma once
#include "core/isolation.hpp"
#include "core/probe_card.hpp"
#include "isolation/inhabitant.hpp"

namespace tenantctl {

class Tries {
 public:
  Tries(TenantId id, TenantSlug slug, StackKind kind) : result_{.id = std::move(id), .slug = std::move(slug), .server = {}}, kind_(kind) {}
  explicit Tries(const Inhabitant& tenant) : Tries(tenant.names.tenant, tenant.slug, tenant.kind) {}

  void count(const ProbeCard& card) { ++result_.tries[card.name]; }
  /// A breach, or, where the tenant's kind of stack can't close it, what is visible. `object`: what it got into; may be empty.
  void found(const ProbeCard& card, const std::string& object, const std::string& detail, std::vector<ClosingStatement> statements);
  /// Neither let in nor provably kept out.
  void unclear(const ProbeCard& card, const std::string& object, const std::string& why);

  TenantIsolation result() && { return std::move(result_); }

 private:
  TenantIsolation result_;
  StackKind kind_;
};

}  // namespace tenantctl
