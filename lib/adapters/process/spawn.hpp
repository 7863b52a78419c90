// Starts one program by posix_spawn: no shell, no descriptor of ours but its three standard ones, no blocked or ignored
// signal inherited. It does not wait for it.
#pragma once
#include <sys/types.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace tenantctl {

enum class SpawnGroup { own_group, own_session };

struct SpawnRequest {
  std::vector<std::string> argv;         // argv[0] is looked up in our PATH
  std::vector<std::string> environment;  // "NAME=value", the whole of it
  std::filesystem::path folder = {};     // working directory; empty: ours
  std::array<int, 3> stdio = {0, 1, 2};  // our descriptors that become its 0, 1 and 2
  SpawnGroup group = SpawnGroup::own_group;
};

/// The pid of the started program, which leads a process group (and session) of its own. The caller reaps it.
/// Errors: process_failed, also for a program or folder that does not exist.
Result<pid_t> spawn(const SpawnRequest& request);

/// Our environment with `changes` ("NAME=value") put over it.
std::vector<std::string> environment_with(const std::vector<std::string>& changes);

}  // namespace tenantctl
