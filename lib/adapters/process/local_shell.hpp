// Runs programs on this host and gathers what they say. It puts no shell in between and leaves no child behind: at the
// deadline the whole process group gets SIGTERM, half a second later SIGKILL.
#pragma once
#include "ports/shell.hpp"

namespace tenantctl {

/// May be used from several threads at once.
class LocalShell : public Shell {
 public:
  /// At most 64 MiB of each stream are kept; the rest is read and dropped.
  Result<ShellOutcome> run(const ShellCommand& command) override;
};

}  // namespace tenantctl
