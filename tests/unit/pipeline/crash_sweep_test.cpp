// The first of all tests: whatever moment a process dies at, the next one ends with everything live or with nothing left.
// scripts/mutate-engine breaks the engine on purpose and expects these to notice.
#include <catch2/catch.hpp>

#include "fakes/world_scene.hpp"
#include "unit/pipeline/scenes.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

const std::vector<std::string> k_steps{"plot", "house", "sign"};

MakeScene scene_with(const std::function<void(WorldScene&)>& prepare) {
  return tenantctl::test::scene_with<WorldScene>([=](WorldScene& scene) {
    scene.knows_the_lamp = false;
    prepare(scene);
  });
}

/// A scene whose create died at `pass`; nothing where it came to its end before.
std::unique_ptr<WorldScene> died_at(std::size_t pass, bool together = false) {
  auto scene = std::make_unique<WorldScene>();
  scene->world.announced_together = together;
  scene->faults.crash_at(pass);
  try {
    static_cast<void>(scene->create());
    return nullptr;
  } catch (const Crash&) {}
  scene->faults.clear();
  return scene;
}

}  // namespace

TEST_CASE("a crash anywhere, and another in the resume or rollback after it, ends live or with nothing left", "[sweep]") {
  check_none(sweep_crashes(scene_with([](WorldScene&) {}), Crashes::two));
}

TEST_CASE("a crash anywhere in a create that fails at its end, undo included, ends with nothing left", "[sweep]") {
  check_none(sweep_crashes(scene_with([](WorldScene& scene) { scene.last_step_fails = true; }), Crashes::two));
}

TEST_CASE("a crash anywhere in a create that meets a foreign object leaves that untouched", "[sweep]") {
  for (const auto& step : k_steps) check_none(sweep_crashes(scene_with([&](WorldScene& scene) { scene.occupy(step); }), Crashes::one));
}

TEST_CASE("a call that fails, or loses its answer, leaves nothing behind once it is rolled back", "[sweep]") {
  check_none(sweep_failures(scene_with([](WorldScene&) {})));
  check_none(sweep_failures(scene_with([](WorldScene& scene) { scene.last_step_fails = true; })));
}

TEST_CASE("where steps are announced by one write, all of that holds too", "[sweep]") {
  const auto together = [](WorldScene& scene) { scene.world.announced_together = true; };
  check_none(sweep_crashes(scene_with(together), Crashes::two));
  const auto failing = [=](WorldScene& scene) {
    together(scene);
    scene.last_step_fails = true;
  };
  check_none(sweep_crashes(scene_with(failing), Crashes::two));
  for (const auto& step : k_steps) {
    check_none(sweep_crashes(scene_with([&](WorldScene& scene) {
                               together(scene);
                               scene.occupy(step);
                             }),
                             Crashes::one));
  }
  check_none(sweep_failures(scene_with(together)));
  check_none(sweep_failures(scene_with(failing)));
}

TEST_CASE("a resume that fails or is interrupted takes back what the killed process had done", "[sweep]") {
  const bool together = GENERATE(false, true);
  const bool is_interrupted = GENERATE(false, true);
  for (std::size_t pass = 1; auto scene = died_at(pass, together); ++pass) {
    if (scene->journal.state() != OperationState::running) continue;
    for (int asked = 1; asked <= 4; ++asked) {
      auto again = died_at(pass, together);
      if (is_interrupted) {
        again->interrupted = [asked, seen = 0]() mutable {
          return ++seen == asked ? std::optional(make_error(ErrorCode::terminated, "stopped by SIGTERM")) : std::nullopt;
        };
      } else {
        again->last_step_fails = true;
      }

      static_cast<void>(again->resume());

      INFO("crash " << pass << ", question " << asked);
      CHECK(again->journal.state() != OperationState::running);
      check_none(again->complaints());
    }
  }
}

TEST_CASE("a foreign object that appears between a crash and the resume stays untouched, and the rest is undone", "[sweep]") {
  const bool together = GENERATE(false, true);
  for (const auto& step : k_steps) {
    for (std::size_t pass = 1; auto scene = died_at(pass, together); ++pass) {
      if (scene->journal.state() != OperationState::running || scene->world.objects.contains("v1/" + step)) continue;
      scene->occupy(step);

      static_cast<void>(scene->resume());

      INFO("step " << step << ", crash " << pass);
      CHECK(scene->journal.state() == OperationState::undone);
      check_none(scene->complaints());
    }
  }
}

TEST_CASE("a rollback removes what was recorded, wherever today's configuration would look", "[sweep]") {
  for (std::size_t pass = 0; pass < 100; ++pass) {
    WorldScene scene;
    REQUIRE(scene.create().has_value());
    scene.world.folder = "v2";
    scene.faults.clear();
    scene.faults.crash_at(pass);

    try {
      static_cast<void>(scene.rollback());
    } catch (const Crash&) {
      scene.faults.clear();
      static_cast<void>(scene.rollback());
    }

    CHECK(scene.journal.state() == OperationState::undone);
    check_none(scene.complaints());
  }
}
