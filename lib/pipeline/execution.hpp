// One run of one operation's pipeline in one process: the engine's own state while it works. Nothing else uses it.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "pipeline/engine.hpp"
#include "pipeline/step_history.hpp"

namespace tenantctl {

class Execution {
 public:
  Execution(Journal& journal, Progress& progress, const OperationTicket& ticket, Pipeline& pipeline);

  /// What earlier processes did. Errors, here and below: unfinished, fenced.
  Result<void> read_journal();

  /// Runs what is not applied yet. Returns the error that stopped it, or nothing at the pipeline's end.
  Result<std::optional<Error>> go_forward(const Engine::Interrupted& interrupted);

  /// Undoes what is marked and closes the operation.
  Result<Outcome> go_backward(const Error& cause, const TenantEnds& ends);

  /// Whether a step has begun that can't be taken back: then the operation can only go on.
  bool is_past_return() const;

  Result<Outcome> close(OperationState state, const TenantChange& change);

  /// Records the failure and leaves everything as it is. Always an error: unfinished, or fenced.
  Error leave_as_it_is(const Error& cause);

 private:
  using Stopwatch = std::chrono::steady_clock::time_point;
  /// What processes before this one did to a step.
  enum class Before : std::uint8_t { untouched, perhaps_begun };

  Result<std::optional<Error>> advance(std::size_t position);
  Result<void> take_back(Step& step);
  Result<void> take_back_ours(Step& step, const Evidence& evidence, Stopwatch began);
  Result<void> announce(const std::vector<std::string>& steps, Mark intent);
  Result<void> announce_from(std::size_t position);
  void disown_unbegun();
  void conclude(const Step& step, Mark mark, const Evidence& evidence, Stopwatch began);
  Error fail_step(const Step& step, Error error, Direction direction);
  void keep_leftover(const Step& step, const Evidence& evidence, Error why, Stopwatch began);
  Error unwritable(Error error) const;
  void forget_written();

  Journal& journal_;
  Progress& progress_;
  OperationTicket ticket_;
  Pipeline& pipeline_;
  StepHistory history_;
  std::vector<StepEvent> unwritten_;          // outcomes that travel with the next write
  std::map<std::string, Before> ahead_ = {};  // announced by this process, which has not come to them yet
  std::optional<Error> cause_;
  Outcome outcome_;
};

}  // namespace tenantctl
