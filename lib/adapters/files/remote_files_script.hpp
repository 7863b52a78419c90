// The program that RemoteFiles has a host's shell run: one verb with its arguments, contents on standard input. It needs a
// POSIX shell, coreutils, findutils, grep and flock, as every Debian has them, and nothing that would have to be installed.
#pragma once
#include <string_view>

namespace tenantctl {

/// Arguments: VERB DIR OPERATION TOKEN SETTLE LEASE PATIENCE, then the verb's own. Ends with 75 and "tenantctl: WORD" on
/// standard error where it refuses: fenced, busy, held, lost, cut, foreign. With 1 where a program failed, which then said why.
extern const std::string_view k_remote_files_script;

}  // namespace tenantctl
