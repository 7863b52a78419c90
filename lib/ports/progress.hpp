// Told of every step while an operation runs, for people who watch. It can't fail, and nothing depends on it.
#pragma once
#include <chrono>
#include <string_view>

namespace tenantctl {

enum class Direction { forward, backward };

class Progress {
 public:
  virtual ~Progress() = default;
  virtual void begun(std::string_view step, Direction direction) = 0;
  virtual void skipped(std::string_view step) = 0;  // done by an earlier run
  virtual void done(std::string_view step, Direction direction, std::chrono::milliseconds took) = 0;
  virtual void failed(std::string_view step, Direction direction, std::string_view why) = 0;
  virtual void note(std::string_view text) = 0;
};

}  // namespace tenantctl
