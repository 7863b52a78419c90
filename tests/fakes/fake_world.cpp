#include "fakes/fake_world.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tenantctl::test {

Result<Observation> FakeWorld::look(const std::string& name) {
  return faults_.around("world.look", [&]() -> Result<Observation> {
    const Evidence evidence{{"name", name}};
    const auto found = objects.find(name);
    if (found == objects.end()) return Observation{Presence::absent, evidence};
    if (found->second.maker != FakeStep::k_maker) return Observation{Presence::foreign, evidence, fmt::format("\"{}\" is not ours", name)};
    return Observation{found->second.whole ? Presence::complete : Presence::partial, evidence};
  });
}

Result<void> FakeWorld::begin(const std::string& name, const FakeObject& object) {
  return faults_.around("world.begin", [&]() -> Result<void> {
    const auto parent = objects.find(object.parent);
    const bool usable = object.parent.empty() || (parent != objects.end() && parent->second.whole);
    if (!usable) return fail(ErrorCode::sql_failed, fmt::format("\"{}\" needs \"{}\"", name, object.parent));
    objects[name] = object;
    objects[name].whole = false;
    return {};
  });
}

Result<void> FakeWorld::finish(const std::string& name) {
  return faults_.around("world.finish", [&]() -> Result<void> {
    objects[name].whole = true;
    return {};
  });
}

Result<void> FakeWorld::break_up(const std::string& name) {
  return faults_.around("world.break_up", [&]() -> Result<void> {
    const bool needed = std::ranges::any_of(objects, [&](const auto& entry) { return entry.second.parent == name; });
    if (needed) return fail(ErrorCode::sql_failed, fmt::format("something needs \"{}\"", name));
    if (const auto found = objects.find(name); found != objects.end()) found->second.whole = false;
    return {};
  });
}

Result<void> FakeWorld::remove(const std::string& name) {
  return faults_.around("world.remove", [&]() -> Result<void> {
    objects.erase(name);
    return {};
  });
}

FakeStep::FakeStep(std::string id, std::string parent, FakeWorld& world, const FakeJournal& journal)
    : id_(std::move(id)), parent_(std::move(parent)), world_(world), journal_(journal), description_(fmt::format("make \"{}\"", id_)) {}

void FakeStep::demand_intent(Mark intent) {
  if (journal_.last_mark(id_) != intent)
    world_.violations.push_back(fmt::format("\"{}\" had an effect without the mark {}", id_, to_string(intent)));
}

Result<Observation> FakeStep::probe() { return world_.look(path(id_)); }

Result<Evidence> FakeStep::apply() {
  demand_intent(Mark::applying);
  const auto name = path(id_);
  TRY(world_.begin(name, {.maker = std::string(k_maker), .parent = parent_.empty() ? "" : path(parent_)}));
  TRY(world_.finish(name));
  return Evidence{{"name", name}};
}

Result<void> FakeStep::revert(const Evidence& evidence) {
  demand_intent(Mark::reverting);
  const auto name = evidence.at("name").get<std::string>();
  TRY(world_.break_up(name));
  return world_.remove(name);
}

}  // namespace tenantctl::test
