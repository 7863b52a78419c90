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

constexpr auto k_tally_every = std::chrono::seconds(5);
constexpr std::int64_t k_bar = 30;

/// "1 h 02 min", "3 min 20 s", "7 s"
std::string span_text(std::int64_t seconds) {
  if (seconds >= 3600) return fmt::format("{} h {:02} min", seconds / 3600, seconds % 3600 / 60);
  return seconds >= 60 ? fmt::format("{} min {:02} s", seconds / 60, seconds % 60) : fmt::format("{} s", seconds);
}

std::string tally_text(const Tally& tally) {
  const auto ended = tally.done + tally.failed;
  auto text = fmt::format("{}/{}", ended, tally.total);
  if (tally.failed > 0) text += fmt::format(", {} failed", tally.failed);
  if (tally.per_second > 0)
    text += fmt::format(", {:.1f} per s, {} left", tally.per_second,
                        span_text(static_cast<std::int64_t>(static_cast<double>(tally.total - ended) / tally.per_second) + 1));
  return text;
}

std::string bar(const Tally& tally) {
  const auto full = tally.total > 0 ? k_bar * (tally.done + tally.failed) / tally.total : 0;
  std::string text;
  for (std::int64_t i = 0; i < k_bar; ++i) text += i < full ? "█" : "░";
  return text;
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

void TerminalProgress::tally(const Tally& tally) {
  const bool over = tally.done + tally.failed == tally.total;
  if (live_) return put(fmt::format("\r\x1b[K  {} {}{}", bar(tally), tally_text(tally), over ? "\n" : ""));
  const auto now = std::chrono::steady_clock::now();
  if (!tallied_) tallied_ = now;  // what is done within seconds needs no lines
  if (now - *tallied_ < k_tally_every) return;
  tallied_ = now;
  line("  " + tally_text(tally));
}

void TerminalProgress::note(std::string_view text) { line("  " + printable(text)); }

}  // namespace tenantctl
