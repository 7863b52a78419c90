// Progress as lines of text, for tests that compare what was told.
#pragma once
#include <fmt/format.h>

#include <string>
#include <vector>

#include "ports/progress.hpp"

namespace tenantctl::test {

class FakeProgress : public Progress {
 public:
  void begun(std::string_view step, Direction direction) override { add(direction, "begun", step); }
  void skipped(std::string_view step) override { lines.push_back(fmt::format("skipped {}", step)); }
  void done(std::string_view step, Direction direction, std::chrono::milliseconds) override { add(direction, "done", step); }
  void failed(std::string_view step, Direction direction, std::string_view why) override {
    add(direction, "failed", fmt::format("{}: {}", step, why));
  }
  void note(std::string_view text) override { lines.push_back(fmt::format("note {}", text)); }
  void tally(const Tally& tally) override { lines.push_back(fmt::format("tally {} {} {}", tally.done, tally.failed, tally.total)); }

  std::vector<std::string> lines;

 private:
  void add(Direction direction, std::string_view what, std::string_view rest) {
    lines.push_back(fmt::format("{}{} {}", direction == Direction::backward ? "back: " : "", what, rest));
  }
};

}  // namespace tenantctl::test
