#include "pipeline/step_history.hpp"

#include <algorithm>

namespace tenantctl {

void StepHistory::add(const StepEvent& event) {
  auto& entry = steps_[event.step];
  if (event.mark == Mark::reverted) {
    entry = {};
    return;
  }
  entry.last = event.mark;
  if (event.mark == Mark::applied) entry.made = event.evidence;
}

bool StepHistory::is_applied(std::string_view step) const {
  const auto found = steps_.find(step);
  return found != steps_.end() && found->second.last == Mark::applied;
}

bool StepHistory::is_marked(std::string_view step) const {
  const auto found = steps_.find(step);
  return found != steps_.end() && found->second.last.has_value();
}

std::optional<Evidence> StepHistory::recorded_evidence(std::string_view step) const {
  const auto found = steps_.find(step);
  return found == steps_.end() ? std::nullopt : found->second.made;
}

std::vector<std::string> StepHistory::marked_beyond(std::span<const std::string_view> known) const {
  std::vector<std::string> beyond;
  for (const auto& [step, entry] : steps_) {
    if (entry.last && std::ranges::find(known, step) == known.end()) beyond.push_back(step);
  }
  return beyond;
}

}  // namespace tenantctl
