// The key that a host proves itself with, and how it stands to the file that says which keys we trust.
#pragma once
#include <cstdint>
#include <string>

namespace tenantctl {

enum class HostKeyStanding : std::uint8_t { known, unknown, changed, other_type, revoked };

struct HostKey {
  std::string type;         // "ssh-ed25519"
  std::string fingerprint;  // "SHA256:…", as `ssh-keygen -lf` prints it
  std::string line;         // of known_hosts
  HostKeyStanding standing = HostKeyStanding::unknown;
};

}  // namespace tenantctl
