// Something that any thread of a process may say, and that is asked once they have ended. Copies are the same flag.
#pragma once
#include <atomic>
#include <memory>

namespace tenantctl {

class SharedFlag {
 public:
  void raise() const { *raised_ = true; }
  bool raised() const { return *raised_; }

 private:
  std::shared_ptr<std::atomic<bool>> raised_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace tenantctl
