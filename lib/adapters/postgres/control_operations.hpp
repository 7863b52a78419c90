// Operations in the control database, and the advisory lock on a tenant's name. The lock lives on the session: it goes
// with the connection, and the fence covers what a process that lost it might still write.
#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/operation_store.hpp"

namespace tenantctl::postgres {

class ControlOperations final : public OperationStore {
 public:
  explicit ControlOperations(ControlSession& session) : session_(session) {}

  /// The lock must not outlive the session. Also refused where this very session holds it.
  Result<std::unique_ptr<TenantLock>> lock(const TenantSlug& slug) override;
  /// The plan's terms are taken from the parameter "plan_terms", where the operation has one.
  Result<OperationTicket> open_create(const Operation& operation, const Tenant& tenant, const std::vector<HostName>& domains,
                                      const TenantConfiguration& configuration, std::size_t most_on_server) override;
  Result<OperationTicket> open(const Operation& operation, TenantStatus seen) override { return open_move(operation, seen, {}, 0); }
  Result<OperationTicket> open_move(const Operation& operation, TenantStatus seen, const std::string& to,
                                    std::size_t most_on_server) override;
  Result<Operation> find_create(const TenantId& tenant) override;
  Result<OperationTicket> take_over(const OperationId& operation, const Actor& actor) override;
  Result<Operation> find(const OperationId& operation) override;
  Result<std::vector<Operation>> list(const OperationFilter& filter) override;
  Result<std::optional<Operation>> find_by_idempotency_key(const std::string& key) override;

 private:
  Error why_not_opened(Connection& connection, Error error, const Operation& operation, const Tenant& tenant,
                       const std::vector<HostName>& domains);
  /// Inserts by `write`, which returns the new fence; an answer that was lost is looked up.
  Result<OperationTicket> insert_surely(const OperationId& id, const ControlSession::Write& write);

  ControlSession& session_;
};

}  // namespace tenantctl::postgres
