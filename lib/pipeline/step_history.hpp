// What the journal's events say about each step of one operation. It reads and writes no journal; events are told to it.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/operation.hpp"

namespace tenantctl {

class StepHistory {
 public:
  void add(const StepEvent& event);

  /// The last mark is `applied`: forward, there is nothing to do.
  bool is_applied(std::string_view step) const;
  /// Something may have been done that was not undone: backward, it has to be looked at.
  bool is_marked(std::string_view step) const;
  /// The evidence of the last `applied` that was not undone since; nothing where the effect was never recorded.
  std::optional<Evidence> recorded_evidence(std::string_view step) const;
  /// The marked steps that are not among `known`.
  std::vector<std::string> marked_beyond(std::span<const std::string_view> known) const;

 private:
  struct Entry {
    std::optional<Mark> last;  // none after `reverted`
    std::optional<Evidence> made;
  };
  std::map<std::string, Entry, std::less<>> steps_;
};

}  // namespace tenantctl
