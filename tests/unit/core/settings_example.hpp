// A configuration that is good, and what is wrong with it once something is changed.
#pragma once
#include <catch2/catch.hpp>

#include <string>
#include <string_view>

#include "core/settings.hpp"

namespace tenantctl::test {

inline constexpr std::string_view k_good = R"(domain: yourapp.test
control: { url: "postgresql:///tenantctl" }
hosts: { web: { local: true } }
database_servers:
  pg1: { url: "postgresql:///postgres", address: "127.0.0.1:5432" }
stacks:
  shop:
    kind: database
    server: pg1
    schema: [sql/shop.sql]
    upstream: "http://127.0.0.1:3000"
    ping: { path: /ping, expect: pong }
    credentials_dir: credentials
nginx: { host: web, dir: nginx, listen: ["0.0.0.0:80"] }
)";

inline std::string with(std::string_view from, std::string_view to) {
  std::string text(k_good);
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

inline void check_settings_refused(const std::string& text, const std::string& place, const std::string& why) {
  const auto settings = parse_settings("/etc/t.yaml", text, {});
  INFO(text);
  REQUIRE_FALSE(settings);
  CHECK(settings.error().code == ErrorCode::config_invalid);
  CHECK_THAT(settings.error().message, Catch::StartsWith("/etc/t.yaml:" + place));
  CHECK_THAT(settings.error().message, Catch::Contains(why));
}

}  // namespace tenantctl::test
