#include "pipeline/execution.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pipeline/failpoint.hpp"

namespace tenantctl {
namespace {

std::chrono::milliseconds since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
}

/// "files "/a", "/b"; slug "acme"": evidence for people, in an error's message.
std::string readable(const Evidence& evidence) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : evidence.items()) {
    std::vector<std::string> values;
    for (const auto& one : value.is_array() ? value : Evidence::array({value})) values.push_back(one.dump());
    parts.push_back(fmt::format("{} {}", key, fmt::join(values, ", ")));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

Error in_the_way(const Step& step, const Observation& seen) {
  const auto fallback = fmt::format("something that step \"{}\" would make exists already and is not this tenant's", step.id());
  return make_error(ErrorCode::foreign_object, seen.detail.empty() ? fallback : seen.detail);
}

}  // namespace

Execution::Execution(Journal& journal, Progress& progress, const OperationTicket& ticket, Pipeline& pipeline)
    : journal_(journal), progress_(progress), ticket_(ticket), pipeline_(pipeline) {}

Result<void> Execution::read_journal() {
  auto events = journal_.events(ticket_.id);
  if (!events) return fail(unwritable(std::move(events).error()));
  for (const auto& event : *events) history_.add(event);
  return {};
}

Result<std::optional<Error>> Execution::go_forward(const Engine::Interrupted& interrupted) {
  for (std::size_t position = 0; position < pipeline_.size(); ++position) {
    if (const auto id = pipeline_[position]->id(); history_.is_applied(id)) {
      progress_.skipped(id);
      continue;
    }
    if (auto stop = interrupted()) return std::optional<Error>(std::move(*stop).with_operation(ticket_.id.str()));
    TRY_ASSIGN(auto failure, advance(position));
    if (failure) return failure;
  }
  return std::optional<Error>();
}

bool Execution::is_past_return() const {
  return std::ranges::any_of(pipeline_, [this](const auto& step) { return step->is_final() && history_.is_marked(step->id()); });
}

Result<std::optional<Error>> Execution::advance(std::size_t position) {
  auto& step = *pipeline_[position];
  const auto began = std::chrono::steady_clock::now();
  progress_.begun(step.id(), Direction::forward);
  auto seen = step.probe();
  // Unmarked where nothing was tried: an undo then has nothing to ask of a server that can't be reached.
  if (!seen) return std::optional<Error>(fail_step(step, std::move(seen).error(), Direction::forward));
  if (seen->presence == Presence::foreign) return std::optional<Error>(fail_step(step, in_the_way(step, *seen), Direction::forward));

  if (ahead_.erase(std::string(step.id())) == 0) TRY(announce_from(position));
  failpoint(step.id(), CrashPoint::before_effect);
  auto made = step.apply();
  failpoint(step.id(), CrashPoint::after_effect);
  if (made) {
    conclude(step, Mark::applied, *made, began);
    return std::optional<Error>();
  }
  auto error = fail_step(step, std::move(made).error(), Direction::forward);
  conclude(step, Mark::failed, Evidence::object(), began);
  unwritten_.back().error_code = info(error.code).name;
  unwritten_.back().error_message = full_message(error);
  return std::optional<Error>(std::move(error));
}

Result<Outcome> Execution::go_backward(const Error& cause, const TenantEnds& ends) {
  cause_ = cause;
  cause_->operation = ticket_.id.str();
  disown_unbegun();
  failpoint("turn_back", CrashPoint::before_effect);
  if (auto turned = journal_.turn_back(ticket_, *cause_); !turned) return fail(unwritable(std::move(turned).error()));
  failpoint("turn_back", CrashPoint::after_effect);

  for (auto step = pipeline_.rbegin(); step != pipeline_.rend(); ++step) {
    if (history_.is_marked((*step)->id())) TRY(take_back(**step));
  }
  std::vector<std::string_view> known;
  for (const auto& step : pipeline_) known.push_back(step->id());
  for (const auto& step : history_.marked_beyond(known)) {
    outcome_.leftovers.push_back(fmt::format("step \"{}\": this version of tenantctl does not know it", step));
  }

  outcome_.cause = cause_;
  if (outcome_.leftovers.empty()) return close(OperationState::undone, ends.on_undone);
  return close(OperationState::stuck, ends.on_stuck);
}

Result<void> Execution::take_back(Step& step) {
  const auto began = std::chrono::steady_clock::now();
  progress_.begun(step.id(), Direction::backward);
  const auto recorded = history_.recorded_evidence(step.id());
  auto seen = step.probe();
  if (!seen) {
    keep_leftover(step, recorded.value_or(Evidence::object()), std::move(seen).error(), began);
    return {};
  }
  if (seen->presence != Presence::foreign) return take_back_ours(step, recorded ? *recorded : seen->evidence, began);

  if (recorded) {
    keep_leftover(step, *recorded, in_the_way(step, *seen), began);
    return {};
  }
  // Nothing proves that we ever made it: somebody else's, and so nothing of ours is left here.
  progress_.note(fmt::format("left alone: {}", in_the_way(step, *seen).message));
  conclude(step, Mark::reverted, Evidence{{"left_alone", in_the_way(step, *seen).message}}, began);
  return {};
}

Result<void> Execution::take_back_ours(Step& step, const Evidence& evidence, Stopwatch began) {
  TRY(announce({std::string(step.id())}, Mark::reverting));
  failpoint(step.id(), CrashPoint::before_revert);
  auto reverted = step.revert(evidence);
  failpoint(step.id(), CrashPoint::after_revert);
  if (reverted) conclude(step, Mark::reverted, evidence, began);
  else keep_leftover(step, evidence, std::move(reverted).error(), began);
  return {};
}

/// Together with what may follow before the outcome is durable.
Result<void> Execution::announce_from(std::size_t position) {
  std::vector<std::string> steps{std::string(pipeline_[position]->id())};
  std::map<std::string, Before> ahead;
  for (auto next = position; next + 1 < pipeline_.size(); ++next) {
    const auto& follower = *pipeline_[next + 1];
    const bool together = pipeline_[next]->repeats_after_others() && follower.repeats_after_others();
    if (!together || history_.is_applied(follower.id())) break;
    steps.emplace_back(follower.id());
    ahead.emplace(follower.id(), history_.is_marked(follower.id()) ? Before::perhaps_begun : Before::untouched);
  }
  TRY(announce(steps, Mark::applying));
  ahead_.merge(ahead);
  return {};
}

/// Of those nothing was tried: an undo has nothing to ask for them of a server that may be out of reach.
void Execution::disown_unbegun() {
  for (const auto& [step, before] : ahead_) {
    if (before != Before::untouched) continue;
    unwritten_.push_back({.step = step, .mark = Mark::reverted, .evidence = {{"begun", false}}});
    history_.add(unwritten_.back());
  }
  ahead_.clear();
}

/// Makes the intent durable, together with the outcome of the step before: to lose that outcome in a crash costs no more
/// than a crash before it would, and each write is an fsync.
Result<void> Execution::announce(const std::vector<std::string>& steps, Mark intent) {
  for (const auto& step : steps) {
    unwritten_.push_back({.step = step, .mark = intent});
    history_.add(unwritten_.back());
  }
  if (auto written = journal_.record(ticket_, unwritten_); !written) return fail(unwritable(std::move(written).error()));
  forget_written();
  return {};
}

void Execution::conclude(const Step& step, Mark mark, const Evidence& evidence, Stopwatch began) {
  const auto took = since(began);
  unwritten_.push_back({.step = std::string(step.id()), .mark = mark, .evidence = evidence, .duration_ms = took.count()});
  history_.add(unwritten_.back());
  const auto direction = mark == Mark::applied || mark == Mark::failed ? Direction::forward : Direction::backward;
  outcome_.steps.push_back({std::string(step.id()), took.count(), direction});
  if (mark == Mark::applied || mark == Mark::reverted) progress_.done(step.id(), direction, took);
}

/// Tells of a failure and adds where it happened.
Error Execution::fail_step(const Step& step, Error error, Direction direction) {
  progress_.failed(step.id(), direction, full_message(error));
  return std::move(error).with_context(fmt::format("step \"{}\"", step.id())).with_operation(ticket_.id.str());
}

void Execution::keep_leftover(const Step& step, const Evidence& evidence, Error why, Stopwatch began) {
  const auto what = evidence.empty() ? std::string() : fmt::format(" ({})", readable(evidence));
  outcome_.leftovers.push_back(fmt::format("step \"{}\"{}: {}", step.id(), what, full_message(why)));
  const auto error = fail_step(step, std::move(why), Direction::backward);
  conclude(step, Mark::revert_failed, evidence, began);
  unwritten_.back().error_code = info(error.code).name;
  unwritten_.back().error_message = full_message(error);
}

Result<Outcome> Execution::close(OperationState state, const TenantChange& change) {
  failpoint("close", CrashPoint::before_effect);
  if (auto closed = journal_.close(ticket_, unwritten_, state, change); !closed) return fail(unwritable(std::move(closed).error()));
  failpoint("close", CrashPoint::after_effect);
  forget_written();
  outcome_.state = state;
  return std::move(outcome_);
}

Error Execution::leave_as_it_is(const Error& cause) {
  disown_unbegun();
  if (!unwritten_.empty()) {
    cause_ = cause;
    if (auto written = journal_.record(ticket_, unwritten_); !written) return unwritable(std::move(written).error());
    forget_written();
  }
  const auto& id = ticket_.id.str();
  const auto go_on = fmt::format("run \"tenantctl resume {}\" to go on", id);
  return make_error(ErrorCode::unfinished, fmt::format("{}; everything was left as it is", full_message(cause)))
      .with_hint(is_past_return() ? go_on : fmt::format("{}, or \"tenantctl rollback {}\" to remove what it left", go_on, id))
      .with_operation(id)
      .may_retry();
}

Error Execution::unwritable(Error error) const {
  const auto& id = ticket_.id.str();
  if (error.code == ErrorCode::fenced) return std::move(error).with_operation(id);
  auto message = fmt::format("the journal could not be reached or written: {}", full_message(error));
  if (cause_) message += fmt::format("; before that, {}", full_message(*cause_));
  return make_error(ErrorCode::unfinished, std::move(message))
      .with_hint(fmt::format("run \"tenantctl resume {}\"", id))
      .with_operation(id)
      .may_retry();
}

void Execution::forget_written() {
  for (const auto& event : unwritten_) {
    if (event.mark == Mark::applied || event.mark == Mark::failed) failpoint(event.step, CrashPoint::after_mark);
    if (event.mark == Mark::reverted || event.mark == Mark::revert_failed) failpoint(event.step, CrashPoint::after_revert_mark);
  }
  unwritten_.clear();
}

}  // namespace tenantctl
