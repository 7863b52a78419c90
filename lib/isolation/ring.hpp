// Who is tried against whom.
#pragma once
#include <algorithm>
#include <cstddef>
#include <vector>

namespace tenantctl {

/// The places of `sample` (0: all) others of `count`, in a ring that begins at `shift`: so everybody is tried by as many as he tries.
inline std::vector<std::size_t> others_of(std::size_t subject, std::size_t count, std::size_t sample, std::size_t shift) {
  const auto wanted = sample == 0 ? count - 1 : std::min(sample, count - 1);
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < wanted; ++i) others.push_back((subject + 1 + (shift + i) % (count - 1)) % count);
  return others;
}

}  // namespace tenantctl
