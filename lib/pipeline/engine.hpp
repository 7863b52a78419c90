// Runs a pipeline forward or backward under the journal protocol, so that a process that dies at any moment leaves
// something that resume can finish or rollback can remove. It knows steps and the journal, nothing of what they do.
//
// Forward, per step: last mark `applied` -> skip; probe; foreign -> stop and touch nothing; write `applying`, for neighbours that say
// so once for all of them; apply; write `applied` with evidence. Backward, in reverse order, unmarked steps ignored: probe; foreign -> stop
// at that step, go on with the others; write `reverting`; revert with the recorded evidence (the probe's, where none was recorded); write
// `reverted`. Intent is always durable before its effect.
#pragma once
#include <functional>

#include "core/operation.hpp"
#include "pipeline/step.hpp"
#include "ports/clock.hpp"
#include "ports/journal.hpp"
#include "ports/progress.hpp"

namespace tenantctl {

enum class OnFailure { undo, keep };

struct StepTiming {
  std::string step;
  std::int64_t duration_ms = 0;
  Direction direction = Direction::forward;
};

struct Outcome {
  OperationState state = OperationState::succeeded;
  std::vector<StepTiming> steps = {};       // those that ran in this process, in order
  std::vector<std::string> leftovers = {};  // with stuck: step, what could not be undone, and why
  std::optional<Error> cause = {};          // why it was undone; its code is the first error's own
};

class Engine {
 public:
  /// `interrupted` is asked between steps and returns the error to stop with (interrupted, terminated), or nothing.
  using Interrupted = std::function<std::optional<Error>()>;

  Engine(Journal& journal, Progress& progress, Interrupted interrupted);

  /// Runs or continues a pipeline to its end, then closes the operation with `ends.on_success`. A step that fails turns it
  /// back (with OnFailure::undo) and closes it with `on_undone`; with keep it stays running and the error is `unfinished`. An
  /// interrupt turns it back in both cases. Once a step that is_final() has begun, nothing turns it back, and every failure and
  /// interrupt leaves it running. Only for an operation that is `running`: one that is undoing goes on with undo().
  /// Returns an Outcome where the operation was closed or is stuck. Errors: unfinished (the journal can't be written, or
  /// keep), fenced.
  Result<Outcome> run(const OperationTicket& ticket, Pipeline& pipeline, const TenantEnds& ends, OnFailure on_failure);

  /// Undoes whatever is marked, and closes the operation with `ends.on_undone`, or as stuck with `on_stuck` where something
  /// is left. It is not interrupted. `cause` is kept in the journal. Errors: as run; state_conflict
  /// where a step that is_final() has begun.
  Result<Outcome> undo(const OperationTicket& ticket, Pipeline& pipeline, const Error& cause, const TenantEnds& ends);

 private:
  Journal& journal_;
  Progress& progress_;
  Interrupted interrupted_;
};

}  // namespace tenantctl
