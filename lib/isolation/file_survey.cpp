#include "isolation/file_survey.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "core/utf8.hpp"

namespace tenantctl {
namespace {

struct Seen {
  unsigned mode = 0;
  std::string owner;
};

/// By path; nothing of what is not there. As "MODE UID PATH" lines.
Result<std::map<std::string, Seen>> look(const std::set<std::string>& paths, Shell& shell) {
  ShellCommand command{.argv = {"stat", "-L", "--printf", "%a %u %n\\n", "--"}, .environment = {"LC_ALL=C"}};
  command.argv.insert(command.argv.end(), paths.begin(), paths.end());
  TRY_ASSIGN(const auto outcome, shell.run(command));
  std::map<std::string, Seen> seen;
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) {
    Seen file;
    std::istringstream words(line);
    std::string mode;
    std::string path;
    words >> mode >> file.owner;
    words.ignore(1);
    std::getline(words, path);
    std::from_chars(mode.data(), mode.data() + mode.size(), file.mode, 8);
    seen[path] = file;
  }
  for (const auto& path : paths) {
    const bool is_missing = outcome.err.find(fmt::format("'{}': No such file or directory", path)) != std::string::npos;
    if (seen.contains(path) || is_missing) continue;
    return fail(make_error(ErrorCode::permission_denied, fmt::format("can't look at \"{}\": {}", path, printable(outcome.err)))
                    .with_hint("run it as the user who made the files, or as root"));
  }
  return seen;
}

std::string wrong_with(const FileWish& wish, const Seen& file, const std::map<std::string, Seen>& seen) {
  if ((file.mode & wish.forbidden) != 0) return fmt::format("\"{}\" has mode {:o}", wish.path.string(), file.mode);
  const auto like = seen.find(wish.owner_as.string());
  if (like != seen.end() && like->second.owner != file.owner)
    return fmt::format("\"{}\" belongs to user {}, and its folder to user {}", wish.path.string(), file.owner, like->second.owner);
  return {};
}

}  // namespace

void survey_files(std::span<const FileWish> wishes, std::span<const ProbeCard> cards, Shell& shell, Tries& tries) {
  std::set<std::string> paths;
  for (const auto& wish : wishes) {
    paths.insert(wish.path.string());
    if (!wish.owner_as.empty()) paths.insert(wish.owner_as.string());
  }
  if (paths.empty()) return;
  const auto seen = look(paths, shell);
  for (const auto& wish : wishes) {
    const auto& card = card_named(cards, wish.probe);
    tries.count(card);
    if (!seen) {
      tries.unclear(card, wish.path.string(), full_message(seen.error()));
      continue;
    }
    const auto file = seen->find(wish.path.string());
    if (file == seen->end()) continue;
    if (auto wrong = wrong_with(wish, file->second, *seen); !wrong.empty()) tries.found(card, wish.path.filename().string(), wrong, {});
  }
}

}  // namespace tenantctl
