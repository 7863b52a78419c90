// The same work for many things at once, on a bounded number of threads. It knows nothing of what the work is.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace tenantctl {

/// Calls `work(i)` once for each i below `count`, from at most `jobs` threads, and returns when all are done. `work` must not
/// throw, and must be safe to call for different i at once.
template <class Work>
void for_each_parallel(std::size_t count, std::size_t jobs, const Work& work) {
  std::atomic<std::size_t> next = 0;
  const auto take = [&] {
    for (auto i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < std::min(count, jobs); ++i) threads.emplace_back(take);
  take();
}

}  // namespace tenantctl
