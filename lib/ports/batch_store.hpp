// Batches and their jobs. A job is taken under a lease, which its worker renews; once that ends, or the worker's session with it,
// anybody may take it, and whoever held it before can't end it any more. That one tenant is made once is for the create's idempotency key
// to see to.
#pragma once
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/batch.hpp"
#include "core/result.hpp"

namespace tenantctl {

/// A job and how its holder ended it.
struct EndedJob {
  Job job;
  JobEnd end;
};

/// A job's batch and row.
using JobPlace = std::pair<std::string, int>;

/// What a worker has to say and to ask for in one transaction.
struct Exchange {
  std::string worker;                 // a name that no other process has
  std::optional<BatchId> batch = {};  // take of this one alone
  std::span<const EndedJob> ended = {};
  std::size_t wanted = 0;          // how many more it can take
  std::chrono::seconds lease{15};  // of those taken now, and, with `renew`, of all that are held
  bool renew = false;
  std::span<const JobPlace> held = {};  // with `renew`: all that it has in hand; the lease of others that it was given ends
};

class BatchStore {
 public:
  virtual ~BatchStore() = default;
  // Errors of all: control_unreachable, sql_failed.

  /// The batch with all its rows, in one transaction; true where it is new. One that is there already must have been begun with
  /// the same rows: its failed rows are put back, and a stop is lifted. Errors: state_conflict (other rows).
  virtual Result<bool> begin(const Batch& batch, std::span<const TenantRow> rows) = 0;
  /// As begin, of one that is there. Errors: batch_not_found.
  virtual Result<void> begin_again(const BatchId& batch) = 0;

  /// Ends jobs, as far as they are still the worker's, and takes others, each by one worker alone, in the order of batches and rows.
  /// A job that failed stops its batch where that says so.
  virtual Result<std::vector<Job>> exchange(const Exchange& exchange) = 0;

  /// Errors: batch_not_found.
  virtual Result<Batch> find(const BatchId& batch) = 0;
  /// Errors: batch_not_found.
  virtual Result<BatchCounts> counts(const BatchId& batch) = 0;
  /// In the order of the rows.
  virtual Result<std::vector<JobLine>> lines(const BatchId& batch) = 0;
  /// Newest first.
  virtual Result<std::vector<std::pair<Batch, BatchCounts>>> list(std::size_t limit) = 0;
};

}  // namespace tenantctl
