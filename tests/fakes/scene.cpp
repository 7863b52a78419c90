#include "fakes/scene.hpp"

#include <fmt/format.h>

namespace tenantctl::test {
namespace {

/// True where the process came to its own end.
template <class Process>
bool survives(Process process) {
  try {
    static_cast<void>(process());
    return true;
  } catch (const Crash&) { return false; }
}

std::string_view name_of(Ask what) { return what == Ask::resume ? "resume" : "rollback"; }

void add(std::vector<std::string>& all, const std::vector<std::string>& some, const std::string& story) {
  for (const auto& line : some) all.push_back(fmt::format("{}: {}", story, line));
}

/// A scene whose create died at `first`, with nothing going wrong from now on.
std::unique_ptr<Scene> crashed(const MakeScene& make, std::size_t first) {
  auto scene = make();
  scene->faults.crash_at(first);
  survives([&] { return scene->create(); });
  scene->faults.clear();
  return scene;
}

std::vector<std::string> after_resume_or_rollback(const Scene& scene, Ask last) {
  auto wrong = scene.complaints();
  const bool too_late = !scene.is_create() && scene.journal.state() == OperationState::succeeded;
  if (last == Ask::rollback && !too_late && scene.journal.state() != OperationState::undone)
    wrong.push_back("the rollback did not end as undone");
  return wrong;
}

/// After a rollback that died, a resume finishes it, except where it died before it had turned the operation back; a
/// rollback could do no other.
std::vector<Ask> next_after(Ask what) {
  if (what == Ask::resume) return {Ask::resume, Ask::rollback};
  return {Ask::resume};
}

void sweep_second_crash(std::vector<std::string>& wrong, const MakeScene& make, std::size_t first, Ask what) {
  for (std::size_t second = 1;; ++second) {
    for (const auto then : next_after(what)) {
      auto scene = crashed(make, first);
      scene->faults.crash_at(second);
      if (survives([&] { return scene->ask(what); })) return;
      scene->faults.clear();
      if (!survives([&] { return scene->ask(then); })) wrong.push_back("the third process died");
      add(wrong, after_resume_or_rollback(*scene, then),
          fmt::format("crash {}, {} with crash {}, {}", first, name_of(what), second, name_of(then)));
    }
  }
}

}  // namespace

Result<Outcome> Scene::run(const OperationTicket& ticket, OnFailure on_failure) {
  auto steps = pipeline();
  return Engine(journal, progress, interrupted).run(ticket, steps, ends(), on_failure);
}

Result<Outcome> Scene::create(OnFailure on_failure) { return run(journal.open(status_before()), on_failure); }

Result<Outcome> Scene::resume() {
  if (is_finished(journal.state())) return Outcome{.state = journal.state()};
  if (journal.state() == OperationState::running) return run(journal.take_over(), OnFailure::undo);
  return rollback();
}

Result<Outcome> Scene::rollback() {
  if (journal.state() == OperationState::undone) return Outcome{.state = OperationState::undone};
  if (journal.state() == OperationState::succeeded && !is_create())
    return Outcome{.state = OperationState::succeeded};  // refused by the command
  const auto ticket = journal.take_over();
  auto steps = pipeline();
  return Engine(journal, progress, interrupted)
      .undo(ticket, steps, make_error(ErrorCode::operation_failed, "rolled back by the operator"), ends());
}

std::optional<TenantStatus> Scene::status_after(const TenantChange& change) const {
  if (std::holds_alternative<RemoveTenant>(change)) return std::nullopt;
  if (const auto* set = std::get_if<SetTenantStatus>(&change)) return set->status;
  return std::holds_alternative<ActivateTenant>(change) ? TenantStatus::active : status_before();
}

std::vector<std::string> Scene::complaints() const {
  auto wrong = harm();
  const auto state = journal.state();
  if (state == OperationState::succeeded) {
    if (journal.tenant() != status_after(ends().on_success)) wrong.emplace_back("succeeded, but the tenant's row does not say so");
    for (const auto& line : wrong_when_live()) wrong.push_back("live, but " + line);
  } else if (state == OperationState::undone) {
    if (journal.tenant() != status_after(ends().on_undone)) wrong.emplace_back("undone, but the tenant's row does not say so");
    for (const auto& line : wrong_when_gone()) wrong.push_back("undone, but " + line);
  } else {
    wrong.push_back(fmt::format("the operation is {}", to_string(state)));
  }
  return wrong;
}

std::vector<std::string> sweep_crashes(const MakeScene& make, Crashes crashes) {
  const auto whole = make();
  static_cast<void>(whole->create());
  auto wrong = whole->complaints();
  const auto points = whole->faults.passes();
  for (std::size_t first = 1; first <= points; ++first) {
    for (const auto what : {Ask::resume, Ask::rollback}) {
      auto scene = crashed(make, first);
      const bool turned_back = scene->journal.state() == OperationState::undoing || scene->journal.state() == OperationState::undone;
      static_cast<void>(scene->ask(what));
      const auto story = fmt::format("crash {} of {}, {}", first, points, name_of(what));
      add(wrong, after_resume_or_rollback(*scene, what), story);
      const bool could_live = what == Ask::resume && !turned_back && whole->journal.state() == OperationState::succeeded;
      if (could_live && scene->journal.state() != OperationState::succeeded) wrong.push_back(story + ": it did not go on to its end");
      if (crashes == Crashes::two) sweep_second_crash(wrong, make, first, what);
    }
  }
  return wrong;
}

std::vector<std::string> sweep_failures(const MakeScene& make) {
  const auto whole = make();
  static_cast<void>(whole->create());
  std::vector<std::string> wrong;
  const auto error = make_error(ErrorCode::io_failed, "something went wrong");
  for (std::size_t call = 1; call <= whole->faults.calls(); ++call) {
    for (const bool before : {true, false}) {
      auto scene = make();
      before ? scene->faults.fail_call(call, error) : scene->faults.lose_answer(call, error);
      const auto outcome = scene->create();
      scene->faults.clear();
      const auto story = fmt::format("call {} {}", call, before ? "failed" : "lost its answer");
      if (!outcome && outcome.error().code != ErrorCode::unfinished) wrong.push_back(story + ": " + outcome.error().message);
      if (!outcome || outcome->state == OperationState::stuck) static_cast<void>(scene->rollback());
      add(wrong, scene->complaints(), story);
    }
  }
  return wrong;
}

}  // namespace tenantctl::test
