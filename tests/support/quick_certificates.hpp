// A configuration whose tenants get certificates in no time, by a program in certbot's place. The sandbox's nginx does not listen for
// https.
#pragma once
#include "support/changed_config.hpp"

namespace tenantctl::test {

inline std::filesystem::path config_with_certificates(const std::filesystem::path& base = LiveSandbox::get().config()) {
  return changed_config(
      "certificates.yaml",
      {{"tls: { provider: none }",
        std::string("tls: { provider: certbot, agree_tos: true, dir: ") + (LiveSandbox::get().dir() / "tls").string() +
            ", weekly: 1000000, probe: \"https://127.0.0.1:443\", program: " + TENANTCTL_SOURCE_DIR "/tests/support/quick_certbot.sh }"}},
      base);
}

}  // namespace tenantctl::test
