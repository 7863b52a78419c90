// Work that several threads of one process want at the same time, done by one of them: whoever comes first works for all that wait by
// then, and who comes meanwhile is in the next round. What one waits for is done by another thread, which must be able to.
#pragma once
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "core/result.hpp"

namespace tenantctl {

template <class Wanted, class Outcome>
class Rounds {
 public:
  struct Member {
    const Wanted& wanted;
    std::optional<Result<Outcome>> result = {};
    bool is_over = false;  // read and written with the mutex held; before that, `result` is the leader's alone
  };

  /// `wanted` is served together with those that wait and are alike: `serve(span<Member* const>)` gives each of them its result. An
  /// exception out of it is a bug of ours, and all of them hear of it.
  template <class Alike, class Serve>
  Result<Outcome> take_part(const Wanted& wanted, Alike alike, Serve serve) {
    Member mine{.wanted = wanted};
    std::unique_lock lock(mutex_);
    waiting_.push_back(&mine);
    changed_.wait(lock, [&] { return mine.is_over || !busy_; });
    if (mine.is_over) return *mine.result;
    busy_ = true;
    std::vector<Member*> members;
    std::ranges::copy_if(waiting_, std::back_inserter(members), [&](const Member* member) { return alike(member->wanted); });
    std::erase_if(waiting_, [&](const Member* member) { return alike(member->wanted); });
    lock.unlock();
    try {
      serve(std::span<Member* const>(members));
    } catch (const std::exception& e) {
      for (auto* member : members) member->result = fail(bug(e));
    }
    lock.lock();
    for (auto* member : members) member->is_over = true;
    busy_ = false;
    changed_.notify_all();
    return *mine.result;
  }

  /// How many will be in the next round, so far.
  std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Member*> waiting_;
  bool busy_ = false;
};

}  // namespace tenantctl
