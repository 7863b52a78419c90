// Services for threads that come and go: what one opened, connections above all, the next one uses.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "commands/services.hpp"

namespace tenantctl {

class SpareServices {
 public:
  /// Given back when it goes.
  using Lent = std::unique_ptr<Services, std::function<void(Services*)>>;

  /// `main` are those of the thread that begins the others; it outlives this, which outlives what it lends.
  explicit SpareServices(Services& main) : main_(main) {}

  /// Called from any thread.
  Lent take() {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Services> one;
    if (idle_.empty()) {
      one = main_.for_thread();
    } else {
      one = std::move(idle_.back());
      idle_.pop_back();
    }
    return {one.release(), [this](Services* back) { give_back(back); }};
  }

 private:
  void give_back(Services* one) {
    const std::lock_guard lock(mutex_);
    idle_.emplace_back(one);
  }

  Services& main_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Services>> idle_;
};

}  // namespace tenantctl
