#include "terminal_progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "core/utf8.hpp"

namespace tenantctl {
namespace {

std::string_view verb(Direction direction) { return direction == Direction::forward ? "" : "undo "; }

void put(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

/// Where a line can be written over.
bool is_terminal() {
  const char* kind = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) != 0 && kind != nullptr && std::string_view(kind) != "dumb";
}

}  // namespace

TerminalProgress::TerminalProgress(const GlobalOptions& options)
    // In JSON mode stderr holds one line of JSON or nothing, unless the operator asks for more.
    : shown_(options.verbosity == Verbosity::verbose || (options.verbosity == Verbosity::normal && options.output == OutputFormat::table)),
      live_(shown_ && is_terminal()),
      color_(live_ && !options.no_color && std::getenv("NO_COLOR") == nullptr) {
  if (!color_) live_ = false;
}

void TerminalProgress::line(const std::string& text) {
  if (shown_) put((live_ ? "\r\x1b[K" : "") + text + "\n");
}

void TerminalProgress::begun(std::string_view step, Direction direction) {
  if (live_) put(fmt::format("\r\x1b[K  … {}{}", verb(direction), step));
}

void TerminalProgress::skipped(std::string_view step) { line(fmt::format("  - {}, done before", step)); }

void TerminalProgress::done(std::string_view step, Direction direction, std::chrono::milliseconds took) {
  line(fmt::format("  {} {}{:<12} {:>5} ms", color_ ? "\x1b[32m✓\x1b[0m" : "✓", verb(direction), step, took.count()));
}

void TerminalProgress::failed(std::string_view step, Direction direction, std::string_view why) {
  line(fmt::format("  {} {}{}: {}", color_ ? "\x1b[31m✗\x1b[0m" : "✗", verb(direction), step, printable(why)));
}

void TerminalProgress::note(std::string_view text) { line("  " + printable(text)); }

}  // namespace tenantctl
