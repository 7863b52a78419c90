// Told of every step while an operation runs, for people who watch. It can't fail, and nothing depends on it.
#pragma once
#include <chrono>
#include <cstdint>
#include <string_view>

namespace tenantctl {

enum class Direction { forward, backward };

/// How far much work of one kind is.
struct Tally {
  std::int64_t done = 0;
  std::int64_t failed = 0;
  std::int64_t total = 0;
  double per_second = 0;
};

class Progress {
 public:
  virtual ~Progress() = default;
  virtual void begun(std::string_view step, Direction direction) = 0;
  virtual void skipped(std::string_view step) = 0;  // done by an earlier run
  virtual void done(std::string_view step, Direction direction, std::chrono::milliseconds took) = 0;
  virtual void failed(std::string_view step, Direction direction, std::string_view why) = 0;
  virtual void note(std::string_view text) = 0;
  /// Told as often as it changes; how often it is shown is its own affair.
  virtual void tally(const Tally& tally) = 0;
};

}  // namespace tenantctl
