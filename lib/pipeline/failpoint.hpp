// Places where a test build can be told to die. Compiled to nothing in every other build.
#pragma once
#include <string_view>

namespace tenantctl {

/// The moments of a step's run at which a crash is tried. `marked` is after the journal holds the outcome.
enum class CrashPoint { before_effect, after_effect, after_mark, before_revert, after_revert, after_revert_mark };

#ifdef TENANTCTL_FAILPOINTS
/// Kills the process with SIGKILL where $TENANTCTL_FAILPOINT names this point, as "STEP:POINT" ("roles:after_effect").
void failpoint(std::string_view step, CrashPoint point);
#else
inline void failpoint(std::string_view, CrashPoint) {}
#endif

}  // namespace tenantctl
