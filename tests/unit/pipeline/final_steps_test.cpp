// Steps that destroy: once one has begun, its operation can only go on.
#include <catch2/catch.hpp>

#include "fakes/world_scene.hpp"
#include "pipeline/steps/removal_step.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

/// A deletion in small: two steps that can go back, one that destroys, and one after it.
class Demolition : public WorldScene {
 public:
  bool there = true;
  Result<void> can_be_removed = {};
  Result<void> after_it = {};

 protected:
  Pipeline pipeline() override {
    auto steps = WorldScene::pipeline();
    const auto look = [this]() -> Result<Observed> { return Observed{.presence = there ? Presence::complete : Presence::absent}; };
    const auto remove = [this]() -> Result<void> {
      if (can_be_removed) there = false;
      return can_be_removed;
    };
    steps.push_back(std::make_unique<RemovalStep>(
        "ruin", Removal{.what = "the house", .evidence = Evidence::object(), .look = look, .remove = remove}));
    steps.push_back(std::make_unique<RemovalStep>("sweep", Removal{.what = "the dust",
                                                                   .evidence = Evidence::object(),
                                                                   .look = [] { return Result<Observed>(Observed{}); },
                                                                   .remove = [this] { return after_it; }}));
    return steps;
  }
  TenantEnds ends() const override { return {.on_success = MarkTenantDeleted{}, .on_undone = KeepTenant{}, .on_stuck = KeepTenant{}}; }
};

}  // namespace

TEST_CASE("a failure before anything is destroyed is undone") {
  Demolition scene;
  scene.faults.fail_always("world.finish", make_error(ErrorCode::disk_full, "no space left"));

  const auto outcome = scene.create();

  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::undone);
  CHECK(scene.there);
}

TEST_CASE("a failure once something may be destroyed leaves the operation to be resumed, whoever asks for what") {
  Demolition scene;
  const bool in_the_step = GENERATE(true, false);
  (in_the_step ? scene.can_be_removed : scene.after_it) = fail(ErrorCode::server_unreachable, "gone");

  const auto stopped = scene.create();

  REQUIRE_FALSE(stopped.has_value());
  CHECK(stopped.error().code == ErrorCode::unfinished);
  CHECK(stopped.error().hint.find("resume") != std::string::npos);
  CHECK(stopped.error().hint.find("rollback") == std::string::npos);
  CHECK(scene.journal.state() == OperationState::running);

  const auto undone = scene.rollback();

  REQUIRE_FALSE(undone.has_value());
  CHECK(undone.error().code == ErrorCode::state_conflict);
  CHECK(scene.journal.state() == OperationState::running);

  scene.can_be_removed = {};
  scene.after_it = {};
  const auto finished = scene.resume();

  REQUIRE(finished.has_value());
  CHECK(finished->state == OperationState::succeeded);
  CHECK_FALSE(scene.there);
}

TEST_CASE("an interrupt before the first destruction goes back, and one after it leaves the operation to be resumed") {
  Demolition early;
  early.interrupted = [&] {
    return early.journal.last_mark("lamp") ? std::optional(make_error(ErrorCode::interrupted, "stopped by SIGINT")) : std::nullopt;
  };
  Demolition late;
  late.interrupted = [&] { return late.there ? std::nullopt : std::optional(make_error(ErrorCode::interrupted, "stopped by SIGINT")); };

  const auto went_back = early.create();
  const auto stopped = late.create();

  REQUIRE(went_back.has_value());
  CHECK(went_back->state == OperationState::undone);
  CHECK(early.there);
  REQUIRE_FALSE(stopped.has_value());
  CHECK(stopped.error().code == ErrorCode::unfinished);
}
