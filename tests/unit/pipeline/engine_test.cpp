#include <catch2/catch.hpp>

#include "fakes/world_scene.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

const auto k_unreachable = make_error(ErrorCode::server_unreachable, "server \"pg1\" can't be reached");
const auto k_gone = make_error(ErrorCode::control_unreachable, "the control database can't be reached");

void die_at(WorldScene& scene, std::size_t pass) {
  scene.faults.crash_at(pass);
  CHECK_THROWS_AS(scene.create(), Crash);
  scene.faults.clear();
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("each step's outcome is written together with the intent of the next, the last one with the end") {
  WorldScene scene;

  const auto outcome = scene.create();

  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::succeeded);
  CHECK(scene.journal.marks() ==
        "plot applying, plot applied, house applying, house applied, sign applying, sign applied, lamp applying, lamp applied");
  // per step: look, begin, finish and one write; besides them, reading the journal and closing
  CHECK(scene.faults.calls() == 4 * 4 + 2);
}

TEST_CASE("steps that may be repeated after each other are announced by one write, and their outcomes travel with the end") {
  WorldScene scene;
  scene.world.announced_together = true;

  const auto outcome = scene.create();

  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::succeeded);
  CHECK(scene.journal.marks() ==
        "plot applying, house applying, sign applying, lamp applying, plot applied, house applied, sign applied, lamp applied");
  CHECK(scene.faults.calls() == 4 * 3 + 1 + 2);
}

TEST_CASE("what was announced and not begun is not looked at by the undo, for its server may be the one that is out of reach") {
  WorldScene scene;
  scene.world.announced_together = true;
  scene.interrupted = [asked = 0]() mutable {
    return ++asked == 3 ? std::optional(make_error(ErrorCode::terminated, "stopped by SIGTERM")) : std::nullopt;
  };
  const bool keep = GENERATE(false, true);

  const auto outcome = scene.create(keep ? OnFailure::keep : OnFailure::undo);

  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::undone);
  CHECK(scene.journal.marks() ==
        "plot applying, house applying, sign applying, lamp applying, plot applied, house applied, lamp reverted, sign reverted, "
        "house reverting, house reverted, plot reverting, plot reverted");
  CHECK(std::ranges::count(scene.progress.lines, "undoing sign") == 0);
  CHECK(scene.complaints() == std::vector<std::string>{});
}

TEST_CASE("what a failure is kept with is only what was begun") {
  WorldScene scene;
  scene.world.announced_together = true;
  scene.faults.fail_always("world.finish", make_error(ErrorCode::disk_full, "no space left"));

  const auto outcome = scene.create(OnFailure::keep);

  REQUIRE_FALSE(outcome.has_value());
  CHECK(scene.journal.marks() ==
        "plot applying, house applying, sign applying, lamp applying, plot failed, house reverted, lamp reverted, sign reverted");
}

TEST_CASE("a step that fails turns the operation back, and the cause keeps its own code") {
  WorldScene scene;
  scene.last_step_fails = true;

  const auto outcome = scene.create();

  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::undone);
  REQUIRE(outcome->cause.has_value());
  CHECK(outcome->cause->code == ErrorCode::http_check_failed);
  CHECK(full_message(*outcome->cause) == "step \"inspection\": the inspector said no");
  CHECK(outcome->cause->operation == scene.journal.open().id.str());
  CHECK(scene.journal.cause()->code == ErrorCode::http_check_failed);
}

TEST_CASE("a step that fails is undone too, for nobody knows how far it came") {
  WorldScene scene;
  scene.faults.fail_always("world.finish", make_error(ErrorCode::disk_full, "no space left"));

  const auto outcome = scene.create();

  REQUIRE(outcome.has_value());
  CHECK(scene.complaints() == std::vector<std::string>{});
  CHECK(scene.journal.marks() == "plot applying, plot failed, plot reverting, plot reverted");
}

TEST_CASE("a server that can't be reached at the first look leaves no mark and nothing to undo") {
  WorldScene scene;
  scene.faults.fail_always("world.", k_unreachable);

  const auto outcome = scene.create();

  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::undone);
  CHECK(outcome->cause->code == ErrorCode::server_unreachable);
  CHECK(scene.journal.written().empty());
}

TEST_CASE("a foreign object stops the operation as a conflict that says what is in the way") {
  WorldScene scene;
  scene.occupy("sign");

  const auto outcome = scene.create();

  REQUIRE(outcome.has_value());
  CHECK(outcome->cause->code == ErrorCode::foreign_object);
  CHECK(outcome->cause->message == "\"v1/sign\" is not ours");
  CHECK(scene.complaints() == std::vector<std::string>{});
}

TEST_CASE("a foreign object in the place of one that was never recorded as made is no leftover") {
  WorldScene scene;
  die_at(scene, 6);  // the plot's intent is written, nothing is made
  REQUIRE(scene.journal.marks() == "plot applying");
  scene.occupy("plot");

  const auto outcome = scene.rollback();

  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::undone);
  CHECK(outcome->leftovers.empty());
  CHECK(scene.complaints() == std::vector<std::string>{});
}

TEST_CASE("a foreign object in the place of one that was recorded as made is a leftover, and the others are undone") {
  WorldScene scene;
  REQUIRE(scene.create().has_value());
  scene.occupy("sign");

  const auto outcome = scene.rollback();

  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::stuck);
  REQUIRE(outcome->leftovers.size() == 1);
  CHECK(outcome->leftovers[0] == "step \"sign\" (name \"v1/sign\"): \"v1/sign\" is not ours");
  CHECK(scene.journal.tenant() == TenantStatus::failed);
  CHECK(scene.world.objects ==
        std::map<std::string, FakeObject>{{WorldScene::k_neighbour, WorldScene::k_foreign}, {"v1/sign", WorldScene::k_foreign}});
}

TEST_CASE("a revert that fails is listed with what and why, the others still run, and a later rollback ends it") {
  WorldScene scene;
  REQUIRE(scene.create().has_value());
  scene.world.objects["v1/visitor"] = {.maker = "somebody else", .parent = "v1/sign"};  // holds on to the sign

  const auto outcome = scene.rollback();

  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::stuck);
  REQUIRE(outcome->leftovers.size() == 3);  // the sign, and so the house, and so the plot
  CHECK(outcome->leftovers[0] == "step \"sign\" (name \"v1/sign\"): something needs \"v1/sign\"");
  CHECK_FALSE(scene.world.objects.contains("v1/lamp"));
  CHECK(scene.journal.last_mark("sign") == Mark::revert_failed);

  scene.world.objects.erase("v1/visitor");
  const auto again = scene.rollback();

  REQUIRE(again.has_value());
  CHECK(again->state == OperationState::undone);
  CHECK(scene.complaints() == std::vector<std::string>{});
}

TEST_CASE("a server that can't be reached during an undo is a leftover, not a success") {
  WorldScene scene;
  REQUIRE(scene.create().has_value());
  scene.faults.fail_always("world.look", k_unreachable);

  const auto outcome = scene.rollback();

  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::stuck);
  CHECK(outcome->leftovers.size() == 4);
}

TEST_CASE("a marked step that this version does not know is a leftover") {
  WorldScene scene;
  REQUIRE(scene.create().has_value());
  scene.world.objects.erase("v1/lamp");
  scene.knows_the_lamp = false;

  const auto outcome = scene.rollback();

  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::stuck);
  CHECK(outcome->leftovers == std::vector<std::string>{"step \"lamp\": this version of tenantctl does not know it"});
}

TEST_CASE("a resume skips what is recorded as applied and tells so") {
  WorldScene scene;
  die_at(scene, 14);  // the plot is recorded, the house has its intent
  REQUIRE(scene.journal.marks() == "plot applying, plot applied, house applying");

  const auto outcome = scene.resume();

  REQUIRE(outcome.has_value());
  CHECK(outcome->state == OperationState::succeeded);
  REQUIRE(outcome->steps.size() == 3);
  CHECK(outcome->steps[0].step == "house");
  CHECK(std::ranges::count(scene.progress.lines, "skipped plot") == 1);
}

TEST_CASE("an interrupt between steps turns the operation back and is the cause, even where failures are kept") {
  for (const auto on_failure : {OnFailure::undo, OnFailure::keep}) {
    WorldScene scene;
    scene.interrupted = [asked = 0]() mutable {
      return ++asked == 3 ? std::optional(make_error(ErrorCode::terminated, "stopped by SIGTERM")) : std::nullopt;
    };

    const auto outcome = scene.create(on_failure);

    REQUIRE(outcome.has_value());
    CHECK(outcome->state == OperationState::undone);
    CHECK(outcome->cause->code == ErrorCode::terminated);
    CHECK(scene.journal.marks() ==
          "plot applying, plot applied, house applying, house applied, house reverting, house reverted, plot reverting, plot reverted");
    CHECK(scene.complaints() == std::vector<std::string>{});
  }
}

TEST_CASE("a journal that can't be written leaves the operation unfinished, with what to type next") {
  WorldScene scene;
  scene.faults.fail_always("journal.record", k_gone);

  const auto outcome = scene.create();

  REQUIRE_FALSE(outcome.has_value());
  const auto& error = outcome.error();
  CHECK(error.code == ErrorCode::unfinished);
  CHECK(error.retryable);
  CHECK(error.operation == scene.journal.open().id.str());
  CHECK(error.hint == "run \"tenantctl resume " + error.operation + "\"");
  CHECK(contains(error.message, k_gone.message));
  CHECK(scene.world.violations.empty());
}

TEST_CASE("a journal that goes away during an undo still tells why it was undone") {
  WorldScene scene;
  scene.last_step_fails = true;
  scene.faults.fail_always("journal.turn_back", k_gone);

  const auto outcome = scene.create();

  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().code == ErrorCode::unfinished);
  CHECK(contains(outcome.error().message, "the inspector said no"));
}

TEST_CASE("a journal that can't even be read leaves the operation unfinished and the world untouched") {
  WorldScene scene;
  scene.faults.fail_always("journal.events", k_gone);

  const auto outcome = scene.create();

  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().code == ErrorCode::unfinished);
  CHECK(scene.world.objects.size() == 1);
}

TEST_CASE("a process that was taken over can do nothing more") {
  WorldScene scene;
  scene.interrupted = [&scene, asked = 0]() mutable {
    if (++asked == 2) static_cast<void>(scene.journal.take_over());  // by another process, while this one was paused
    return std::optional<Error>();
  };

  const auto outcome = scene.create();

  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error().code == ErrorCode::fenced);
  CHECK_FALSE(scene.world.objects.contains("v1/house"));
  CHECK(scene.journal.state() == OperationState::running);
}

TEST_CASE("a kept failure stays as it is, can be resumed, and says how to go on or back") {
  WorldScene scene;
  scene.faults.fail_call(8, make_error(ErrorCode::disk_full, "no space left"));  // the house can't be finished

  const auto outcome = scene.create(OnFailure::keep);

  REQUIRE_FALSE(outcome.has_value());
  const auto& error = outcome.error();
  CHECK(error.code == ErrorCode::unfinished);
  CHECK(error.message == "step \"house\": no space left; everything was left as it is");
  CHECK(error.hint == "run \"tenantctl resume " + error.operation + "\" to go on, or \"tenantctl rollback " + error.operation +
                          "\" to remove what it left");
  CHECK(scene.journal.last_mark("house") == Mark::failed);
  CHECK(scene.world.objects.contains("v1/plot"));

  scene.faults.clear();
  REQUIRE(scene.resume().has_value());
  CHECK(scene.complaints() == std::vector<std::string>{});
}

TEST_CASE("a failure that is undone at once is told step by step") {
  WorldScene scene;
  scene.faults.fail_call(8, make_error(ErrorCode::disk_full, "no space left"));

  REQUIRE(scene.create().has_value());

  CHECK(scene.progress.lines == std::vector<std::string>{"begun plot", "done plot", "begun house", "failed house: no space left",
                                                         "back: begun house", "back: done house", "back: begun plot", "back: done plot"});
}
