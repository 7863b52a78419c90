// A configuration whose tenants get records in a real BIND, shared by all tests of a program.
#pragma once
#include "support/bind_server.hpp"
#include "support/changed_config.hpp"

namespace tenantctl::test {

inline BindServer& shared_bind() {
  static BindServer bind;
  return bind;
}

inline std::filesystem::path config_with_zone(const std::filesystem::path& base = LiveSandbox::get().config()) {
  return changed_config("zone.yaml", {{"dns: { provider: wildcard }", "dns: " + shared_bind().config()}}, base);
}

}  // namespace tenantctl::test
