// Batches and jobs in the control database.
#pragma once
#include "adapters/postgres/control_session.hpp"
#include "ports/batch_store.hpp"

namespace tenantctl::postgres {

class ControlBatches final : public BatchStore {
 public:
  explicit ControlBatches(ControlSession& session) : session_(session) {}

  Result<bool> begin(const Batch& batch, std::span<const TenantRow> rows) override;
  Result<void> begin_again(const BatchId& batch) override;
  Result<std::vector<Job>> exchange(const Exchange& exchange) override;
  Result<Batch> find(const BatchId& batch) override;
  Result<BatchCounts> counts(const BatchId& batch) override;
  Result<std::vector<JobLine>> lines(const BatchId& batch) override;
  Result<std::vector<std::pair<Batch, BatchCounts>>> list(std::size_t limit) override;

 private:
  Result<std::int64_t> show_life(Connection& connection, const std::string& worker);
  Result<void> end_jobs(Connection& connection, const Exchange& exchange);

  ControlSession& session_;
};

}  // namespace tenantctl::postgres
