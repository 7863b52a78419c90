// Owners for libssh's objects. A channel is declared after its session and never outlives it.
#pragma once
#include <libssh/libssh.h>

#include <chrono>
#include <memory>

#include "adapters/system/releaser.hpp"

namespace tenantctl::ssh {

using SessionHandle = std::unique_ptr<ssh_session_struct, Releaser<ssh_free>>;
using ChannelHandle = std::unique_ptr<ssh_channel_struct, Releaser<ssh_channel_free>>;
using EventHandle = std::unique_ptr<ssh_event_struct, Releaser<ssh_event_free>>;
using KeyHandle = std::unique_ptr<ssh_key_struct, Releaser<ssh_key_free>>;
using TextHandle = std::unique_ptr<char, Releaser<ssh_string_free_char>>;

using Steady = std::chrono::steady_clock;
using Deadline = Steady::time_point;

}  // namespace tenantctl::ssh
