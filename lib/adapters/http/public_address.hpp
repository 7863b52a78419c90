// Which addresses are somebody's on the Internet, and not of this machine or its network.
#pragma once
#include <sys/socket.h>

namespace tenantctl {

/// False too for families other than IPv4 and IPv6. An IPv4 address within an IPv6 one is judged as what it is.
bool is_public(const sockaddr& address);

}  // namespace tenantctl
