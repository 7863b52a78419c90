// Webhooks: requests that tell other systems of events, signed as the Standard Webhooks specification says.
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/outbox.hpp"
#include "core/secret.hpp"

namespace tenantctl {

/// One of `webhooks` of tenantctl.yaml.
struct WebhookSettings {
  std::string name;  // its own, among webhooks
  std::string url;
  std::vector<std::string> events;  // patterns
  std::string secret;               // a reference: "env:NAME" or "file:PATH"
  bool allow_private = false;       // it may lead to addresses that are not public
};

/// What is sent, byte for byte.
struct WebhookCall {
  std::string url;
  std::string id;         // header webhook-id
  std::string timestamp;  // header webhook-timestamp: seconds since 1970
  std::string signature;  // header webhook-signature: "v1,…"
  std::string body;
  bool allow_private = false;
};

/// "https://crm.example/…": what may be shown. A path or query may hold a key.
std::string shown_url(std::string_view url);

/// The key in it: of "whsec_…" the bytes that its base64 stands for, of anything else its own. Errors: secret_unavailable where it is no
/// base64 or has fewer than 24 bytes.
Result<Secret> signing_key(const std::string& name, const Secret& configured);

/// "v1," and the base64 of HMAC-SHA256 over ID.TIMESTAMP.BODY.
std::string webhook_signature(const Secret& key, std::string_view id, std::string_view timestamp, std::string_view body);

/// The delivery as a request that is sent at `now`.
WebhookCall webhook_call(const Delivery& delivery, const WebhookSettings& webhook, const Secret& key, Instant now);

}  // namespace tenantctl
