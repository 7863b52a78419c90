#include "views/keys.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;

namespace {

ApiKey key() {
  const auto token = token_from_random(std::array<std::uint8_t, 8>{1, 2, 3}, std::array<std::uint8_t, 32>{4, 5, 6});
  return {.id = token.id,
          .tenant = *TenantId::parse("20000000-0000-4000-8000-000000000001"),
          .secret = SecretHash::of(token.secret),
          .created_by = "ada"};
}

}  // namespace

TEST_CASE("no report but the one of a new key holds more of a key than its id") {
  const auto hash = key().secret.hex();
  for (const auto& report : {key_list_report("acme", {key()}, Instant{}), key_revoked_report("acme", key()),
                             key_check_report("acme", KeyVerdict::good, key())}) {
    CHECK(report.text.find("tctl_") == std::string::npos);
    CHECK(report.document.dump().find("tctl_") == std::string::npos);
    CHECK(report.document.dump().find(hash) == std::string::npos);
  }
}

TEST_CASE("a refused key ends with status 7 and a reason, and tells nothing else of it") {
  const auto refused = key_check_report("acme", KeyVerdict::revoked, key());

  CHECK(refused.exit_status == 7);
  CHECK(refused.document["reason"] == "revoked");
  CHECK_FALSE(refused.document.contains("id"));
  CHECK(key_check_report("acme", KeyVerdict::good, key()).exit_status == 0);
}

TEST_CASE("a key that is over is listed as such") {
  auto revoked = key();
  revoked.revoked_at = Instant{};
  auto expired = key();
  expired.expires_at = Instant{};

  const auto list = key_list_report("acme", {key(), revoked, expired}, Instant{}).document["keys"];

  CHECK(list[0]["state"] == "good");
  CHECK(list[1]["state"] == "revoked");
  CHECK(list[2]["state"] == "expired");
}
