#include "fakes/world_scene.hpp"

#include <fmt/format.h>

namespace tenantctl::test {
namespace {

/// Looks at nothing, makes nothing, and says no.
class RefusingStep : public Step {
 public:
  std::string_view id() const override { return "inspection"; }
  std::string_view describe() const override { return "refuse"; }
  Result<Observation> probe() override { return Observation{}; }
  Result<Evidence> apply() override { return fail(ErrorCode::http_check_failed, "the inspector said no"); }
  Result<void> revert(const Evidence&) override { return {}; }
};

}  // namespace

Pipeline WorldScene::pipeline() {
  Pipeline steps;
  steps.push_back(std::make_unique<FakeStep>("plot", "", world, journal));
  steps.push_back(std::make_unique<FakeStep>("house", "plot", world, journal));
  steps.push_back(std::make_unique<FakeStep>("sign", "house", world, journal));
  if (knows_the_lamp) steps.push_back(std::make_unique<FakeStep>("lamp", "house", world, journal));
  if (last_step_fails) steps.push_back(std::make_unique<RefusingStep>());
  return steps;
}

std::vector<std::string> WorldScene::wrong_when_live() const {
  std::vector<std::string> wrong;
  std::vector<std::string> names{"v1/plot", "v1/house", "v1/sign"};
  if (knows_the_lamp) names.emplace_back("v1/lamp");
  for (const auto& name : names) {
    const auto found = world.objects.find(name);
    if (found == world.objects.end() || !found->second.whole || found->second.maker != FakeStep::k_maker)
      wrong.push_back(fmt::format("no whole \"{}\" of ours", name));
  }
  return wrong;
}

std::vector<std::string> WorldScene::wrong_when_gone() const {
  std::vector<std::string> wrong;
  for (const auto& [name, object] : world.objects) {
    if (object.maker == FakeStep::k_maker) wrong.push_back(fmt::format("\"{}\" is left", name));
  }
  return wrong;
}

std::vector<std::string> WorldScene::harm() const {
  auto harm = world.violations;
  for (const auto& name : {k_neighbour, occupied_}) {
    const auto found = world.objects.find(name);
    if (!name.empty() && (found == world.objects.end() || found->second != k_foreign))
      harm.push_back(fmt::format("the foreign \"{}\" was touched", name));
  }
  return harm;
}

}  // namespace tenantctl::test
