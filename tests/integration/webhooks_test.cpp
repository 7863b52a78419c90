// Webhooks over HTTP, to a real receiver on loopback.
#include <catch2/catch.hpp>

#include "adapters/http/curl_webhooks.hpp"
#include "support/hook_receiver.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;

namespace {

WebhookCall call_to(const std::string& url) {
  return {.url = url,
          .id = "evt_1",
          .timestamp = "1614265330",
          .signature = "v1,abc=",
          .body = R"({"type":"webhook.test"})",
          .allow_private = true};
}

}  // namespace

TEST_CASE("a webhook gets the body as it was signed, with its id, time and signature") {
  const HookReceiver receiver;
  CurlWebhooks webhooks;

  const auto answer = webhooks.post(call_to(receiver.url()));

  INFO((answer ? "" : full_message(answer.error())));
  REQUIRE(answer.has_value());
  CHECK(answer->status == 204);
  const auto requests = receiver.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0]["path"] == "/hooks/secret-path");
  CHECK(requests[0]["text"] == R"({"type":"webhook.test"})");
  const auto& headers = requests[0]["headers"];
  CHECK(headers["webhook-id"] == "evt_1");
  CHECK(headers["webhook-timestamp"] == "1614265330");
  CHECK(headers["webhook-signature"] == "v1,abc=");
  CHECK(headers["content-type"] == "application/json");
}

TEST_CASE("what a webhook answers is said, with the pause that it asks for, and no redirect is followed") {
  const HookReceiver receiver;
  CurlWebhooks webhooks;

  receiver.answer("503 120");
  const auto busy = webhooks.post(call_to(receiver.url()));
  receiver.answer("redirect");
  const auto moved = webhooks.post(call_to(receiver.url()));

  REQUIRE(busy.has_value());
  CHECK(busy->status == 503);
  CHECK(busy->retry_after == std::chrono::seconds(120));
  REQUIRE(moved.has_value());
  CHECK(moved->status == 302);
  CHECK(receiver.requests().size() == 2);
}

TEST_CASE("addresses that are not public are not asked, by whatever name they go") {
  const HookReceiver receiver;
  CurlWebhooks webhooks;
  for (const auto* host : {"127.0.0.1", "localhost", "0x7f000001", "2130706433", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0",
                           "10.0.0.1", "169.254.169.254"}) {
    auto call = call_to(std::string("http://") + host + ":" + std::to_string(receiver.port()) + "/hooks/secret-path");
    call.allow_private = false;

    const auto answer = webhooks.post(call);

    INFO(host);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == ErrorCode::webhook_refused);
    CHECK_THAT(full_message(answer.error()), !Contains("secret-path"));
  }
  CHECK(receiver.requests().empty());
}

TEST_CASE("a webhook that can't be reached or trusted, or breaks off, is to be tried again") {
  HookReceiver receiver;
  const HookReceiver unknown(HookScheme::https);
  CurlWebhooks webhooks;

  receiver.answer("half");
  const auto half = webhooks.post(call_to(receiver.url()));
  receiver.stop();
  const auto gone = webhooks.post(call_to(receiver.url()));
  const auto untrusted = webhooks.post(call_to(unknown.url()));
  const auto nobody = webhooks.post(call_to("https://" + std::string(70, 'a') + ".test/secret-path"));  // no DNS can have it

  for (const auto* outcome : {&half, &gone, &untrusted, &nobody}) {
    REQUIRE_FALSE(outcome->has_value());
    INFO(full_message(outcome->error()));
    CHECK(outcome->error().code == ErrorCode::webhook_unreachable);
    CHECK_THAT(full_message(outcome->error()), !Contains("secret-path"));
  }
  CHECK(unknown.requests().empty());
}

TEST_CASE("a webhook that hangs is left as soon as the command is to stop", "[told]") {
  const HookReceiver receiver;
  receiver.answer("slow");
  const auto began = std::chrono::steady_clock::now();
  CurlWebhooks webhooks([began]() -> std::optional<Error> {
    if (std::chrono::steady_clock::now() - began < std::chrono::milliseconds(300)) return std::nullopt;
    return make_error(ErrorCode::interrupted, "stopped");
  });
  const auto answer = webhooks.post(call_to(receiver.url()));
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == ErrorCode::interrupted);
}
