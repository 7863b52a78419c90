// Places where a test build can be told to die. Compiled to nothing in every other build.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenantctl {

/// The moments of a step's run at which a crash is tried. The two `mark` points are where the journal holds the outcome.
/// The engine has pseudo-steps of its own: "open" (after_mark), "turn_back" and "close" (before_effect, after_effect).
enum class CrashPoint : std::uint8_t { before_effect, after_effect, after_mark, before_revert, after_revert, after_revert_mark };

#ifdef TENANTCTL_FAILPOINTS
/// Kills the process with SIGKILL where $TENANTCTL_FAILPOINT names this point, as "STEP:POINT" ("roles:after_effect"), or
/// "STEP:POINT#N" for the N-th time that it is passed. With "@stop" at its end, it stops the process with SIGSTOP instead.
void failpoint(std::string_view step, CrashPoint point);

/// Every value of $TENANTCTL_FAILPOINT that a pipeline of these steps can meet, the engine's pseudo-steps included.
std::vector<std::string> failpoint_names(std::span<const std::string_view> steps);
#else
inline void failpoint(std::string_view, CrashPoint) {}
#endif

}  // namespace tenantctl
