#include "adapters/files/remote_files.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <thread>

#include "adapters/files/draft_name.hpp"
#include "adapters/files/remote_files_script.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Of one program, besides what it may wait for a lock.
constexpr auto k_limit = 30s;
// A token is the operation's fence and, below, how many answers this process has lost since it took it over.
constexpr std::int64_t k_answers_per_fence = 1'000'000;

struct Refusal {
  std::string_view word;
  ErrorCode code;
  std::string_view text;
};
constexpr std::array k_refusals{
    Refusal{"fenced", ErrorCode::fenced, "another process has gone on with the operation"},
    Refusal{"busy", ErrorCode::timed_out, "another process holds its lock"},
    Refusal{"held", ErrorCode::timed_out, "another operation is changing it, or was cut off less than 90 s ago"},
    Refusal{"lost", ErrorCode::timed_out, "it was held for too long, and another operation has taken it"},
    Refusal{"cut", ErrorCode::io_failed, "a file's content did not arrive whole"},
    Refusal{"foreign", ErrorCode::foreign_object, "what is there is not ours"},
};

ErrorCode code_of(std::string_view words) {
  const auto says = [&](std::string_view text) { return words.find(text) != std::string_view::npos; };
  if (says("No space left on device") || says("Disk quota exceeded")) return ErrorCode::disk_full;
  if (says("Permission denied") || says("Operation not permitted") || says("Read-only file system")) return ErrorCode::permission_denied;
  return says("File exists") ? ErrorCode::foreign_object : ErrorCode::io_failed;
}

/// The bytes of "text 6f 6b".
std::string from_hex(std::string_view words) {
  std::string text;
  for (std::size_t at = 0; at + 1 < words.size(); at += 3) {
    unsigned char byte = 0;
    std::from_chars(words.data() + at, words.data() + at + 2, byte, 16);
    text += static_cast<char>(byte);
  }
  return text;
}

/// Cuts the text up to `end` off its front; false where there is no more.
bool next(std::string_view& rest, char end, std::string_view& piece) {
  const auto at = rest.find(end);
  if (at == std::string_view::npos) return false;
  piece = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  return true;
}

std::string_view word_of(FileOwner owner) { return owner == FileOwner::of_folder ? "folder" : "ours"; }

}  // namespace

struct RemoteFiles::Request {
  std::string_view verb;
  fs::path dir;
  std::vector<std::string> args = {};
  std::string input = {};
  std::string lease = {};
  bool changes = false;
};

void RemoteFiles::begin(const Claim& claim) {
  claim_ = claim;
  lost_answers_ = 0;
}

Result<void> RemoteFiles::confirm() const {
  if (claim_) TRY(claim_->still_ours());
  return {};
}

Result<std::string> RemoteFiles::ask(Request request) {
  const auto fence = claim_ ? claim_->ticket.fence : 0;
  const auto lost = lost_answers_.load();
  ShellCommand command{
      .argv = {"/bin/sh", "-c", std::string(k_remote_files_script), "tenantctl", std::string(request.verb), request.dir.native(),
               claim_ ? claim_->ticket.id.str() : "", std::to_string(fence * k_answers_per_fence + lost), fence > 1 || lost > 0 ? "1" : "0",
               request.lease, fmt::format("{:.3f}", std::chrono::duration<double>(patience_).count())},
      .input = std::move(request.input),
      .limit = patience_ + k_limit};
  command.argv.insert(command.argv.end(), request.args.begin(), request.args.end());
  auto run = shell_.run(command);
  if (!run) {
    // It may yet be carried out: from now on everything carries a higher token, and the next settle() shuts it out.
    if (request.changes && run.error().code != ErrorCode::host_unreachable) ++lost_answers_;
    return fail(std::move(run).error());
  }
  auto& outcome = *run;
  if (outcome.succeeded()) return std::move(outcome.out);
  for (const auto& refusal : k_refusals) {
    if (outcome.exit_status != 75 || outcome.err.find(fmt::format("tenantctl: {}\n", refusal.word)) == std::string::npos) continue;
    auto error = make_error(refusal.code, fmt::format("can't change \"{}\" on host \"{}\": {}", request.dir.native(), host_, refusal.text));
    error.retryable = refusal.code == ErrorCode::timed_out;
    return fail(std::move(error));
  }
  const auto said = printable(outcome.err.empty() ? fmt::format("status {}", outcome.exit_status)
                                                  : outcome.err.substr(0, outcome.err.find_last_not_of('\n') + 1));
  return fail(code_of(outcome.err), fmt::format("can't work on \"{}\" on host \"{}\": {}", request.dir.native(), host_, said));
}

Result<std::string> RemoteFiles::change(Request request) {
  request.changes = true;
  return ask(std::move(request));
}

Result<void> RemoteFiles::settle(const fs::path& dir) {
  if (!claim_ || (claim_->ticket.fence <= 1 && lost_answers_ == 0)) return {};
  TRY(change({.verb = "settle", .dir = dir}));
  return {};
}

Result<void> RemoteFiles::hold(const fs::path& dir, const std::string& lease) {
  const auto deadline = std::chrono::steady_clock::now() + patience_;
  for (;;) {
    auto held = change({.verb = "hold", .dir = dir, .lease = lease});
    if (held) return {};
    const bool in_use = held.error().message.ends_with(k_refusals[2].text);
    if (!in_use || std::chrono::steady_clock::now() >= deadline) return fail(std::move(held).error());
    std::this_thread::sleep_for(50ms);
  }
}

void RemoteFiles::release(const fs::path& dir, const std::string& lease) { (void)change({.verb = "release", .dir = dir, .lease = lease}); }

Result<void> RemoteFiles::put(std::string_view verb, const Place& place, std::span<const FileContent> files) {
  if (files.empty()) return {};
  Request request{.verb = verb, .dir = place.dir, .args = {std::string(word_of(files.front().owner))}, .lease = place.lease};
  for (const auto& file : files) {
    request.args.insert(request.args.end(), {file.path.native(), draft_name(file.path).native(), fmt::format("{:o}", file.mode),
                                             std::to_string(file.text.size())});
    request.input += file.text;
  }
  TRY(change(std::move(request)));
  return {};
}

Result<void> RemoteFiles::create_files(const Place& place, std::span<const FileContent> files) { return put("create", place, files); }

Result<void> RemoteFiles::replace_file(const Place& place, const FileContent& file) { return put("replace", place, {&file, 1}); }

Result<void> RemoteFiles::remove_files(const Place& place, std::span<const fs::path> files) {
  if (files.empty()) return {};
  Request request{.verb = "remove", .dir = place.dir, .lease = place.lease};
  for (const auto& file : files) request.args.insert(request.args.end(), {file.native(), draft_name(file).native()});
  TRY(change(std::move(request)));
  return {};
}

Result<void> RemoteFiles::remove_folder(const Place& place, const fs::path& folder) {
  TRY(change({.verb = "remove_folder", .dir = place.dir, .args = {folder.native()}, .lease = place.lease}));
  return {};
}

Result<void> RemoteFiles::remove_draft(const Place& place, const fs::path& draft) {
  TRY(change({.verb = "remove_draft", .dir = place.dir, .args = {draft.native()}, .lease = place.lease}));
  return {};
}

Result<void> RemoteFiles::create_folder(const fs::path& folder, mode_t mode, FileOwner owner) {
  TRY(ask({.verb = "make_folder", .dir = folder, .args = {std::string(word_of(owner)), folder.native(), fmt::format("{:o}", mode)}}));
  return {};
}

Result<std::vector<std::optional<std::string>>> RemoteFiles::read_files(std::span<const fs::path> files) {
  std::vector<std::optional<std::string>> texts;
  if (files.empty()) return texts;
  Request request{.verb = "read", .dir = files.front().parent_path()};
  for (const auto& file : files) request.args.push_back(file.native());
  TRY_ASSIGN(const auto answer, ask(std::move(request)));
  std::string_view rest = answer;
  for (std::string_view line; next(rest, '\n', line);) {
    if (line == "absent") texts.emplace_back();
    else texts.emplace_back(line.starts_with("text ") ? from_hex(line.substr(5)) : std::string());
  }
  if (texts.size() != files.size())
    return fail(ErrorCode::io_failed, fmt::format("host \"{}\" told of {} files, asked for {}", host_, texts.size(), files.size()));
  return texts;
}

Result<std::vector<std::string>> RemoteFiles::folders_in(const fs::path& folder) {
  TRY_ASSIGN(const auto answer, ask({.verb = "folders", .dir = folder, .args = {folder.native()}}));
  std::vector<std::string> names;
  std::string_view rest = answer;
  for (std::string_view name; next(rest, '\0', name);) names.emplace_back(name);
  return names;
}

Result<std::vector<MarkedFile>> RemoteFiles::marked_files(std::span<const fs::path> folders) {
  std::vector<MarkedFile> files;
  if (folders.empty()) return files;
  Request request{.verb = "marked", .dir = folders.front()};
  for (const auto& folder : folders) request.args.push_back(folder.native());
  TRY_ASSIGN(const auto answer, ask(std::move(request)));
  std::string_view rest = answer;
  std::string_view path;
  for (std::string_view mark; next(rest, '\0', path) && next(rest, '\n', mark);) {
    if (mark == "draft") {
      if (has_name_of_draft(path)) files.push_back({.path = path});
    } else if (mark.starts_with("1:")) {  // in a later line it is anybody's text
      files.push_back({.path = path, .first_line = std::string(mark.substr(2))});
    }
  }
  return files;
}

Result<void> RemoteFiles::check_writable(const fs::path& folder) {
  TRY(ask({.verb = "writable", .dir = folder, .args = {folder.native()}}));
  return {};
}

}  // namespace tenantctl
