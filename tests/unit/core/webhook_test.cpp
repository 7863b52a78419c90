// Webhooks as requests: keys, signatures, and what of them may be shown.
#include <catch2/catch.hpp>

#include "core/webhook.hpp"

using namespace tenantctl;
using Catch::Contains;

TEST_CASE("a signature is the one that the specification's own example has") {
  const auto key = signing_key("crm", Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).value();

  const auto signature = webhook_signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", R"({"test": 2432232314})");

  CHECK(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("a key without the prefix stands for itself") {
  const auto key = signing_key("crm", Secret("0123456789abcdef0123456789abcdef"));
  REQUIRE(key.has_value());
  CHECK(key->reveal() == "0123456789abcdef0123456789abcdef");
}

TEST_CASE("a key that can't be used is refused without being shown") {
  for (const auto* text : {"pass-1", "whsec_c2hvcnQ=", "whsec_not base64 at all, though it is long enough", "whsec_AA", ""}) {
    const auto key = signing_key("crm", Secret(text));
    REQUIRE_FALSE(key.has_value());
    CHECK(key.error().code == ErrorCode::secret_unavailable);
    CHECK_THAT(key.error().message, Contains("webhook \"crm\""));
    if (*text != '\0') CHECK_THAT(key.error().message, !Contains(text));
  }
}

TEST_CASE("of a webhook's address only its host is shown") {
  CHECK(shown_url("https://crm.example/hooks/key") == "https://crm.example/…");
  CHECK(shown_url("https://crm.example?key=1") == "https://crm.example/…");
  CHECK(shown_url("https://crm.example:8443") == "https://crm.example:8443");
  CHECK(shown_url("https://crm.example/") == "https://crm.example/");
}

TEST_CASE("a request says what happened and when, under the event's own id at every try") {
  const Delivery delivery{.event = "10000000-0000-4000-8000-000000000001",
                          .type = "tenant.created",
                          .target = "crm",
                          .data = {{"tenant", {{"slug", "acme"}}}},
                          .happened_at = Instant{std::chrono::seconds(1614265330)}};
  const WebhookSettings webhook{.name = "crm", .url = "https://crm.example/hooks"};
  const Secret key("0123456789abcdef01234567");

  const auto call = webhook_call(delivery, webhook, key, delivery.happened_at + std::chrono::hours(1));

  CHECK(call.body == R"({"type":"tenant.created","timestamp":"2021-02-25T15:02:10Z","data":{"tenant":{"slug":"acme"}}})");
  CHECK(call.id == "evt_10000000-0000-4000-8000-000000000001");
  CHECK(call.timestamp == "1614268930");
  CHECK(call.signature == webhook_signature(key, call.id, call.timestamp, call.body));
}
