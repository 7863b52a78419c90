// The pool of databases and sites made ahead of time, in the control database.
#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/pool_store.hpp"

namespace tenantctl::postgres {

class ControlPool final : public PoolStore {
 public:
  explicit ControlPool(ControlSession& session) : session_(session) {}

  Result<OperationTicket> open_fill(const Operation& operation, const PoolEntry& entry) override;
  Result<std::optional<PoolEntry>> claim(const std::string& stack, const std::string& server, const std::string& template_name,
                                         const OperationId& by) override;
  Result<void> give_back(const PoolEntry& entry, const OperationId& by) override;
  Result<bool> withdraw(const PoolEntry& entry) override;
  Result<std::vector<PoolEntry>> list() override;
  Result<void> settle() override;

 private:
  ControlSession& session_;
};

}  // namespace tenantctl::postgres
