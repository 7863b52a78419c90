// Many creates as one piece of work: a batch, whose rows are jobs that workers take. Values only; who may end a job and who
// takes it next is in ports/batch_store.hpp.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/instant.hpp"
#include "core/names.hpp"
#include "core/tenant_rows.hpp"

namespace tenantctl {

/// What an operator calls it: 1 to 64 of letters, digits, ".", "_" and "-", the first a letter or digit. Errors: bad_value.
using BatchId = CheckedName<struct BatchIdTag>;
template <>
Result<BatchId> BatchId::parse(std::string_view text);

/// What becomes of the rows behind one that failed. Persisted by name.
enum class OnRowFailure : std::uint8_t { go_on, stop };
std::string_view to_string(OnRowFailure choice);
Result<OnRowFailure> parse_on_row_failure(std::string_view text);

/// Persisted by name.
enum class JobState : std::uint8_t { waiting, running, succeeded, failed };
std::string_view to_string(JobState state);
Result<JobState> parse_job_state(std::string_view text);

struct Batch {
  BatchId id;
  OnRowFailure on_error = OnRowFailure::go_on;
  std::string actor = {};
  std::string host = {};
  bool stopped = false;
  Instant created_at{};
};

/// One row that a worker has taken.
struct Job {
  BatchId batch;
  int row = 0;
  TenantRow request;
  int attempt = 1;
  std::int64_t fence = 0;

  /// Of the create that makes it: whoever takes the job after a crash finds what the one before had begun.
  std::string idempotency_key() const;
};

/// How it ended, or why it did not.
struct JobEnd {
  JobState state = JobState::succeeded;  // waiting: given back, with an error to be taken again after a pause
  std::string operation = {};            // empty where none had begun
  std::optional<Error> error = {};
  std::int64_t duration_ms = 0;
};

/// A row as the report tells of it.
struct JobLine {
  int row = 0;
  std::string slug;
  JobState state = JobState::waiting;
  std::string operation = {};
  std::string error_code = {};  // by its stable name; empty where there is none
  std::string error_message = {};
  std::string error_hint = {};
  std::int64_t duration_ms = 0;
  int attempt = 1;
};

struct BatchCounts {
  std::int64_t waiting = 0;
  std::int64_t running = 0;
  std::int64_t succeeded = 0;
  std::int64_t failed = 0;
  bool stopped = false;  // none of those that wait will be begun

  std::int64_t total() const { return waiting + running + succeeded + failed; }
  std::int64_t ended() const { return succeeded + failed; }
  /// Nothing runs, and nothing will be begun.
  bool is_over() const { return running == 0 && (waiting == 0 || stopped); }
};

}  // namespace tenantctl
