// Stands before the programs of a host behind sshd that change files there (mv, ln, sync …), and breaks one call of one of them:
// the host's whole command is killed, or the disk is full or broken. Whoever does not come by this sshd meets none of it.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "support/temp_folder.hpp"

namespace tenantctl::test {

class BreakingTools {
 public:
  BreakingTools();

  /// For the sshd that shall find them.
  std::string of_sshd() const;

  /// The `call`-th call of `tool` from now on, from 1, meets `fault`: "kill-before" or "kill-after", which take the command with
  /// all that it started, or the name of an error that the tool's system calls then get, such as "ENOSPC".
  void arm(const std::string& tool, int call, const std::string& fault) const;
  void disarm() const;
  bool has_broken() const;

  /// Notes every call from now on.
  void listen() const;
  /// What was noted, each tool with the number of its call, and no more of it.
  std::vector<std::pair<std::string, int>> heard() const;

  static const std::vector<std::string>& tools();

 private:
  TempFolder folder_;
};

}  // namespace tenantctl::test
