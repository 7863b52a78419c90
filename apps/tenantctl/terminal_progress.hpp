// Progress on stderr: a line per step with its time, and on a terminal a live line for the step that runs.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "commands/command_line.hpp"
#include "ports/progress.hpp"

namespace tenantctl {

class TerminalProgress : public Progress {
 public:
  explicit TerminalProgress(const GlobalOptions& options);

  void begun(std::string_view step, Direction direction) override;
  void skipped(std::string_view step) override;
  void done(std::string_view step, Direction direction, std::chrono::milliseconds took) override;
  void failed(std::string_view step, Direction direction, std::string_view why) override;
  void note(std::string_view text) override;
  /// A bar that is drawn over on a terminal, elsewhere a line every few seconds.
  void tally(const Tally& tally) override;

 private:
  void line(const std::string& text);

  bool shown_;
  bool live_;  // stderr is a terminal that may be drawn on
  bool color_;
  std::optional<std::chrono::steady_clock::time_point> tallied_ = {};  // when a line was last shown, or the first was held back
};

}  // namespace tenantctl
