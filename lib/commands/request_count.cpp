#include "commands/request_count.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <thread>

#include "core/utf8.hpp"

namespace tenantctl {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::int64_t k_log_piece = 8 << 20;  // bytes
constexpr int k_log_tries = 5;

// $1: a folder. The time there; then of each file its inode, size, last write and last change of any sort, and its name. One that is
// renamed just then is missing.
constexpr const char* k_list_logs = R"sh(cd -- "$1" && date +%s || exit 1
find . -maxdepth 1 -type f -exec stat -c '%i %s %.9Y %Z %n' -- {} + 2>/dev/null || :)sh";
// $1: a file, $2: its inode, $3: from which byte, counted from 1, $4: how many. A name may lead to another file by now.
constexpr const char* k_read_log = R"sh([ -e "$1" ] || exit 75
exec <"$1" || exit 1
[ "$(stat -L -c %i /dev/stdin)" = "$2" ] || exit 75
tail -c "+$3" | head -c "$4")sh";
constexpr int k_other_file = 75;

struct LogFile {
  std::string inode;
  std::int64_t size = 0;
  std::string written;  // seconds since 1970, of as many digits each
  std::int64_t changed = 0;
  std::string name;
};

struct LogFolder {
  std::int64_t now = 0;
  std::vector<LogFile> files = {};
};

std::int64_t number_in(std::string_view word) {
  std::int64_t number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

std::string_view next_word(std::string_view& line) {
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(word.size() + 1, line.size()));
  return word;
}

LogFolder read_listing(std::string_view text) {
  LogFolder folder;
  for (bool first = true; !text.empty(); first = false) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (first) {
      folder.now = number_in(line);
      continue;
    }
    LogFile file{.inode = std::string(next_word(line))};
    file.size = number_in(next_word(line));
    file.written = next_word(line);
    file.changed = number_in(next_word(line));
    file.name = line.substr(std::min<std::size_t>(2, line.size()));  // "./"
    folder.files.push_back(std::move(file));
  }
  return folder;
}

bool is_compressed(std::string_view name) {
  constexpr std::array<std::string_view, 5> k_endings{".gz", ".bz2", ".xz", ".zst", ".lz4"};
  return std::ranges::any_of(k_endings, [&](std::string_view ending) { return name.ends_with(ending); });
}

/// One nginx's log, and how far it has been counted.
class LogReader {
 public:
  LogReader(const LogName& log, const RequestCounting& counting) : log_(log), file_(log.file), counting_(counting) {}

  Result<RequestsCounted> run() {
    TRY_ASSIGN(place_, counting_.usage.counted_to(log_));
    for (bool is_over = false; !is_over;) {
      if (auto stop = counting_.interrupted()) return fail(std::move(*stop));
      TRY_ASSIGN(is_over, go_on());
    }
    return counted_;
  }

 private:
  /// One piece; true at the end.
  Result<bool> go_on() {
    TRY_ASSIGN(const auto folder, list());
    const auto* live = find(folder, [&](const LogFile& file) { return file.name == file_.filename(); });
    if (place_.inode.empty()) return live != nullptr ? begin(*live) : Result<bool>(fail(no_log()));
    const auto* current = find(folder, [&](const LogFile& file) { return file.inode == place_.inode && is_of_log(file); });
    if (current == nullptr && ++missing_ < k_log_tries) {  // one that is renamed while it is listed is missing
      std::this_thread::sleep_for(50ms);
      return false;
    }
    missing_ = 0;
    if (current == nullptr || current->size < place_.read_to) return start_anew(live);
    TRY_ASSIGN(const auto text, read(*current));
    if (!text) return false;  // renamed since it was listed
    TRY_ASSIGN(const bool is_counted, count(*text));
    if (!is_counted || static_cast<std::int64_t>(text->size()) == k_log_piece) return false;
    const auto* next = next_after(*current, live, folder);
    if (next == nullptr || folder.now - current->changed < counting_.settled.count()) return true;
    if (next == live && live->size == 0) return true;  // nginx may not have been told to write there yet
    return begin(*next);
  }

  /// False: there is more to read.
  Result<bool> begin(const LogFile& file) {
    TRY(step({.inode = file.inode, .read_to = 0}, {}));
    return false;
  }

  /// The file was taken away, compressed or cut, so that nobody can say what was in it. It is told once: the next run goes on.
  Result<bool> start_anew(const LogFile* live) {
    if (live == nullptr) return fail(no_log());
    TRY_ASSIGN(const bool is_ours, step({.inode = live->inode, .read_to = 0}, {}));
    if (!is_ours) return false;
    return fail(make_error(ErrorCode::file_not_found,
                           fmt::format("the file that \"{}\" was when its requests were last counted is gone", file_.string()))
                    .with_hint("count more often than it is rotated, and have logrotate delaycompress and not copytruncate"));
  }

  /// Of what the piece has in whole lines; false where somebody else was faster.
  Result<bool> count(const std::string& text) {
    auto lines = count_requests(text);
    // No line is that long: it is none.
    if (lines.bytes == 0 && static_cast<std::int64_t>(text.size()) == k_log_piece) lines.bytes = text.size(), ++lines.unreadable;
    if (lines.bytes == 0) return true;
    TRY_ASSIGN(const bool is_ours,
               step({.inode = place_.inode, .read_to = place_.read_to + static_cast<std::int64_t>(lines.bytes)}, std::move(lines.counts)));
    if (is_ours) counted_.unreadable += static_cast<std::int64_t>(lines.unreadable);
    return is_ours;
  }

  Result<bool> step(LogPlace to, std::vector<RequestCount> counts) {
    TRY_ASSIGN(const auto requests, counting_.usage.count_requests({.log = log_, .from = place_, .to = to, .counts = std::move(counts)}));
    if (!requests) {
      TRY_ASSIGN(place_, counting_.usage.counted_to(log_));
      return false;
    }
    counted_.requests += *requests;
    place_ = std::move(to);
    return true;
  }

  template <class Test>
  static const LogFile* find(const LogFolder& folder, const Test& test) {
    const auto found = std::ranges::find_if(folder.files, test);
    return found == folder.files.end() ? nullptr : &*found;
  }

  /// Whatever else the folder has may get the number of a file that is gone.
  bool is_of_log(const LogFile& file) const { return file.name.starts_with(file_.stem().string()) && !is_compressed(file.name); }

  /// What nginx wrote when `current` was closed: the first of those that were rotated away after it, or else the live one.
  const LogFile* next_after(const LogFile& current, const LogFile* live, const LogFolder& folder) const {
    if (live != nullptr && current.inode == live->inode) return nullptr;
    const auto* next = live;
    for (const auto& file : folder.files) {
      const bool is_of_log = file.name.starts_with(file_.filename().string()) && !is_compressed(file.name);
      if (is_of_log && file.written > current.written && (next == live || file.written < next->written) && &file != live) next = &file;
    }
    return next;
  }

  Result<LogFolder> list() {
    TRY_ASSIGN(const auto ran, run_script(k_list_logs, {file_.parent_path().string()}));
    if (!ran.succeeded()) return fail(refused(ran));
    return read_listing(ran.out);
  }

  /// Nothing where another file has its name by now.
  Result<std::optional<std::string>> read(const LogFile& file) {
    TRY_ASSIGN(auto ran, run_script(k_read_log, {(file_.parent_path() / file.name).string(), file.inode, std::to_string(place_.read_to + 1),
                                                 std::to_string(k_log_piece)}));
    if (ran.succeeded()) return std::optional(std::move(ran.out));
    if (++renamed_ == k_log_tries || ran.exit_status != k_other_file) return fail(refused(ran));
    return std::optional<std::string>();
  }

  Result<ShellOutcome> run_script(const char* script, std::vector<std::string> words) {
    std::vector<std::string> argv{"sh", "-c", script, "sh"};
    argv.insert(argv.end(), words.begin(), words.end());
    return counting_.shell.run({.argv = std::move(argv), .environment = {"LC_ALL=C"}, .limit = 2min});
  }

  Error no_log() const {
    return make_error(ErrorCode::file_not_found, fmt::format("nginx has no log \"{}\"", file_.string()))
        .with_hint("run \"tenantctl init\", and reload nginx, so that it writes one");
  }

  Error refused(const ShellOutcome& ran) const {
    const auto said = printable(std::string_view(ran.err).substr(0, ran.err.find('\n')));
    return make_error(ErrorCode::io_failed, fmt::format("nginx's log \"{}\" can't be read: {}", file_.string(),
                                                        said.empty() ? fmt::format("status {}", ran.exit_status) : said));
  }

  const LogName& log_;
  const fs::path file_;
  const RequestCounting& counting_;
  LogPlace place_;
  RequestsCounted counted_;
  int renamed_ = 0;
  int missing_ = 0;
};

}  // namespace

Result<RequestsCounted> count_new_requests(const LogName& log, const RequestCounting& counting) { return LogReader(log, counting).run(); }

}  // namespace tenantctl
