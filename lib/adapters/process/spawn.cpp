#include "adapters/process/spawn.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string_view>

#include "adapters/files/descriptor.hpp"
#include "adapters/system/errno_text.hpp"

namespace tenantctl {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (const auto& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

std::string_view name_of(std::string_view assignment) { return assignment.substr(0, assignment.find('=')); }

struct FileActions {
  posix_spawn_file_actions_t it;
  FileActions() { posix_spawn_file_actions_init(&it); }
  ~FileActions() { posix_spawn_file_actions_destroy(&it); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
};

struct Attributes {
  posix_spawnattr_t it;
  Attributes() { posix_spawnattr_init(&it); }
  ~Attributes() { posix_spawnattr_destroy(&it); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
};

void describe_signals(Attributes& attributes, SpawnGroup group) {
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes.it, &none);
  posix_spawnattr_setsigdefault(&attributes.it, &all);
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  if (group == SpawnGroup::own_session) {
    flags |= POSIX_SPAWN_SETSID;
  } else {
    posix_spawnattr_setpgroup(&attributes.it, 0);
    flags |= POSIX_SPAWN_SETPGROUP;
  }
  posix_spawnattr_setflags(&attributes.it, flags);
}

}  // namespace

Result<pid_t> spawn(const SpawnRequest& request) {
  if (request.argv.empty()) return fail(ErrorCode::internal, "a program to start has no name");

  // Copies above 2, so that no dup2 below overwrites a descriptor that a later one still needs.
  std::array<Descriptor, 3> sources;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    sources[i] = Descriptor(::fcntl(request.stdio[i], F_DUPFD_CLOEXEC, 3));
    if (!sources[i]) return fail(ErrorCode::process_failed, fmt::format("can't start \"{}\": {}", request.argv[0], errno_text(errno)));
  }
  FileActions actions;
  for (std::size_t i = 0; i < sources.size(); ++i) posix_spawn_file_actions_adddup2(&actions.it, sources[i].get(), static_cast<int>(i));
  posix_spawn_file_actions_addclosefrom_np(&actions.it, 3);
  if (!request.folder.empty()) posix_spawn_file_actions_addchdir_np(&actions.it, request.folder.c_str());
  Attributes attributes;
  describe_signals(attributes, request.group);

  pid_t pid = -1;
  const auto argv = pointers(request.argv);
  const auto environment = pointers(request.environment);
  if (const int number = posix_spawnp(&pid, argv[0], &actions.it, &attributes.it, argv.data(), environment.data()); number != 0) {
    return fail(ErrorCode::process_failed, fmt::format("can't start \"{}\": {}", request.argv[0], errno_text(number)));
  }
  return pid;
}

std::vector<std::string> environment_with(const std::vector<std::string>& changes) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const bool changed =
        std::any_of(changes.begin(), changes.end(), [&](const auto& change) { return name_of(change) == name_of(*entry); });
    if (!changed) result.emplace_back(*entry);
  }
  result.insert(result.end(), changes.begin(), changes.end());
  return result;
}

}  // namespace tenantctl
