// SIGINT, SIGTERM and SIGHUP: the first asks the engine to finish its step and undo; the second ends the process at once,
// with status 10 and the journal as it is. A closed pipe is no reason to die in the middle of an operation.
#pragma once
#include <optional>

#include "core/error.hpp"

namespace tenantctl {

void watch_signals();

/// The first signal that came, as the error to stop with.
std::optional<Error> signal_received();

}  // namespace tenantctl
