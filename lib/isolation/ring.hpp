// Who is tried against whom, and how many at once: the same for every border.
#pragma once
#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "core/isolation.hpp"
#include "core/parallel.hpp"

namespace tenantctl {

/// One look at many tenants.
struct Round {
  std::size_t sample = 0;           // how many others each is tried against; 0: all
  std::size_t shift = 0;            // where a sample begins: another one each time
  std::size_t jobs = 1;             // tenants at once
  std::function<bool()> stop = {};  // asked before each tenant
};

/// The places of `sample` (0: all) others of `count`, in a ring that begins at `shift`: so everybody is tried by as many as he tries.
inline std::vector<std::size_t> others_of(std::size_t subject, std::size_t count, std::size_t sample, std::size_t shift) {
  const auto wanted = sample == 0 ? count - 1 : std::min(sample, count - 1);
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < wanted; ++i) others.push_back((subject + 1 + (shift + i) % (count - 1)) % count);
  return others;
}

struct Meetings {
  std::vector<std::vector<std::size_t>> others = {};  // of each subject
  std::set<std::size_t> met = {};                     // all of them
};

inline Meetings meetings_of(const std::vector<std::size_t>& subjects, std::size_t count, const Round& round) {
  Meetings meetings;
  for (const auto subject : subjects) {
    meetings.others.push_back(others_of(subject, count, round.sample, round.shift));
    meetings.met.insert(meetings.others.back().begin(), meetings.others.back().end());
  }
  return meetings;
}

/// `survey(i)` is what the subject `i` of `count` has come to. Those that were looked at before a stop, in their order.
template <class Survey>
std::vector<TenantIsolation> survey_each(std::size_t count, const Round& round, const Survey& survey) {
  std::vector<std::optional<TenantIsolation>> found(count);
  for_each_parallel(count, round.jobs, [&](std::size_t i) {
    if (!round.stop || !round.stop()) found[i] = survey(i);
  });
  std::vector<TenantIsolation> results;
  for (auto& one : found) {
    if (one) results.push_back(std::move(*one));
  }
  return results;
}

}  // namespace tenantctl
