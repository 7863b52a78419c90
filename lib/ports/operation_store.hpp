// How operations begin, are found and are taken over, and the lock that lets one operation at a time touch a tenant.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/operation.hpp"
#include "core/tenant.hpp"

namespace tenantctl {

/// Held until destroyed. Losing the connection that holds it loses the lock too; the fence covers that case.
class TenantLock {
 public:
  virtual ~TenantLock() = default;
};

struct OperationFilter {
  std::string slug = {};  // empty: any
  bool only_unfinished = false;
  std::size_t limit = 50;
};

class OperationStore {
 public:
  virtual ~OperationStore() = default;

  /// Takes the one lock on a tenant's name, without waiting.
  /// Errors: locked, naming the holder (who, on which host, since when); control_unreachable.
  virtual Result<std::unique_ptr<TenantLock>> lock(const TenantSlug& slug) = 0;

  /// Inserts the operation (state running, fence 1), the tenant's row (status provisioning), its domains and its
  /// configuration in one transaction. `operation.started_at` is set by the store. The tenant's server gets no more than
  /// `most_on_server` tenants (0: any number), however many begin at once.
  /// Errors: tenant_exists (slug or domain taken; nothing inserted), idempotency_mismatch, limit_reached, control_unreachable, sql_failed.
  virtual Result<OperationTicket> open_create(const Operation& operation, const Tenant& tenant, const std::vector<HostName>& domains,
                                              const TenantConfiguration& configuration, std::size_t most_on_server) = 0;

  /// Inserts an operation on a tenant that is there (state running, fence 1), in one statement with the check that the tenant
  /// still has the status `seen` and that no other operation on it is unfinished.
  /// Errors: state_conflict, naming what is in the way; tenant_not_found; control_unreachable, sql_failed.
  virtual Result<OperationTicket> open(const Operation& operation, TenantStatus seen) = 0;

  /// The same of a move: until it ends, the tenant counts on both servers. `to` gets no more than `most_on_server` tenants (0: any
  /// number), however many begin at once. Further errors: limit_reached.
  virtual Result<OperationTicket> open_move(const Operation& operation, TenantStatus seen, const std::string& to,
                                            std::size_t most_on_server) = 0;

  /// The operation that made a tenant. Errors: operation_not_found, control_unreachable.
  virtual Result<Operation> find_create(const TenantId& tenant) = 0;

  /// Raises the fence, so that whoever held the operation before can write nothing more, and notes the new actor.
  /// The state stays; a finished operation may be taken over too (to undo it, see Journal::turn_back).
  /// Errors: operation_not_found, control_unreachable.
  virtual Result<OperationTicket> take_over(const OperationId& operation, const Actor& actor) = 0;

  /// Errors: operation_not_found, control_unreachable.
  virtual Result<Operation> find(const OperationId& operation) = 0;
  /// Newest first. Errors: control_unreachable.
  virtual Result<std::vector<Operation>> list(const OperationFilter& filter) = 0;
  /// The operation that was opened with this key, if any. Errors: control_unreachable.
  virtual Result<std::optional<Operation>> find_by_idempotency_key(const std::string& key) = 0;
};

}  // namespace tenantctl
