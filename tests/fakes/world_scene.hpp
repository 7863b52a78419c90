// A scene in the fake world: a plot, a house on it, a sign and a lamp in the house; and a neighbour who must not be harmed.
// The sweeps leave the lamp out: their number of runs grows with the square of the number of steps.
#pragma once
#include "fakes/fake_world.hpp"
#include "fakes/scene.hpp"

namespace tenantctl::test {

class WorldScene : public Scene {
 public:
  WorldScene() { world.objects[k_neighbour] = k_foreign; }

  static inline const std::string k_neighbour = "v1/neighbour";
  static inline const FakeObject k_foreign{.maker = "somebody else"};

  /// Puts a foreign object where the step would make its own.
  void occupy(const std::string& step) {
    occupied_ = "v1/" + step;
    world.objects[occupied_] = k_foreign;
  }

  FakeWorld world{faults};
  bool last_step_fails = false;
  bool knows_the_lamp = true;  // false: a version of tenantctl without that step

 protected:
  Pipeline pipeline() override;
  std::vector<std::string> wrong_when_live() const override;
  std::vector<std::string> wrong_when_gone() const override;
  std::vector<std::string> harm() const override;

 private:
  std::string occupied_;
};

}  // namespace tenantctl::test
