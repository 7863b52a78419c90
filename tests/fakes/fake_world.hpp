// A world of objects that depend on each other, and steps that make them. It protects nothing: it overwrites and removes
// whatever it is told to, so that only the engine stands between a foreign object and its end.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "fakes/fake_journal.hpp"
#include "pipeline/step.hpp"

namespace tenantctl::test {

struct FakeObject {
  std::string maker;
  std::string parent = {};  // must exist, whole, before this; can't be removed while this exists
  bool whole = true;
  bool operator==(const FakeObject&) const = default;
};

class FakeWorld {
 public:
  explicit FakeWorld(Faults& faults) : faults_(faults) {}

  Result<Observation> look(const std::string& name);
  Result<void> begin(const std::string& name, const FakeObject& object);
  Result<void> finish(const std::string& name);
  Result<void> break_up(const std::string& name);
  Result<void> remove(const std::string& name);

  std::map<std::string, FakeObject> objects;
  bool announced_together = false;      // what Step::repeats_after_others says of its steps
  std::string folder = "v1";            // today's configuration: where objects are made and looked for
  std::vector<std::string> violations;  // effects that the journal had no intent for

 private:
  Faults& faults_;
};

/// Makes "FOLDER/ID" below the step that `parent` names.
class FakeStep : public Step {
 public:
  static constexpr std::string_view k_maker = "us";

  FakeStep(std::string id, std::string parent, FakeWorld& world, const FakeJournal& journal);

  std::string_view id() const override { return id_; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;
  bool repeats_after_others() const override { return world_.announced_together; }

 private:
  std::string path(const std::string& name) const { return world_.folder + "/" + name; }
  void demand_intent(Mark intent);

  std::string id_;
  std::string parent_;
  FakeWorld& world_;
  const FakeJournal& journal_;
  std::string description_;
};

}  // namespace tenantctl::test
