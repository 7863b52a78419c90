// One operation in one world, and the processes that work on it one after the other, each of which may die. The sweep
// kills them everywhere and looks at what the next one makes of it.
#pragma once
#include <functional>
#include <memory>

#include "fakes/fake_journal.hpp"
#include "fakes/fake_progress.hpp"
#include "pipeline/engine.hpp"

namespace tenantctl::test {

enum class Ask { resume, rollback };

class Scene {
 public:
  virtual ~Scene() = default;

  /// Each is a process of its own, and does what the command of that name does. They throw Crash where told to; what was
  /// finished already is left alone, except that a rollback undoes a finished create.
  Result<Outcome> create(OnFailure on_failure = OnFailure::undo);
  Result<Outcome> resume();
  Result<Outcome> rollback();
  Result<Outcome> ask(Ask what) { return what == Ask::resume ? resume() : rollback(); }

  /// What contradicts the end that the journal claims, or what was harmed on the way. A scene whose operation is unfinished
  /// or stuck is wrong too.
  std::vector<std::string> complaints() const;
  /// What its undo leaves nothing of is a create, and that can be undone when it has finished.
  bool is_create() const { return std::holds_alternative<RemoveTenant>(ends().on_undone); }

  Faults faults;
  FakeJournal journal{faults};
  FakeProgress progress;
  Engine::Interrupted interrupted = [] { return std::optional<Error>(); };

 protected:
  /// The steps, made anew as a new process would.
  virtual Pipeline pipeline() = 0;
  /// A create's, unless a scene says otherwise. A finished operation can be undone where its undo removes the tenant.
  virtual TenantEnds ends() const { return {.on_success = ActivateTenant{}}; }
  virtual TenantStatus status_before() const { return TenantStatus::provisioning; }
  virtual std::vector<std::string> wrong_when_live() const = 0;
  virtual std::vector<std::string> wrong_when_gone() const = 0;
  virtual std::vector<std::string> harm() const = 0;  // to others, at any time

 private:
  Result<Outcome> run(const OperationTicket& ticket, OnFailure on_failure);
  /// The status that this change leaves; nothing: no tenant.
  std::optional<TenantStatus> status_after(const TenantChange& change) const;
};

using MakeScene = std::function<std::unique_ptr<Scene>()>;

enum class Crashes { one, two };

/// A crash at every point of a create; then resume, or rollback; with two, a second crash at every point of that, and a
/// third process after it. Returns what was wrong, a line each.
std::vector<std::string> sweep_crashes(const MakeScene& make, Crashes crashes);

/// Each call of a create fails once, or works and loses its answer; where that left it unfinished, a rollback follows.
std::vector<std::string> sweep_failures(const MakeScene& make);

}  // namespace tenantctl::test
