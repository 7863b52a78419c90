#include "core/webhook.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>

#include "core/encodings.hpp"

namespace tenantctl {
namespace {

constexpr std::string_view k_prefix = "whsec_";
constexpr std::size_t k_shortest_key = 24;

Error unusable(const std::string& name, std::string why) {
  return make_error(ErrorCode::secret_unavailable, fmt::format("the secret of webhook \"{}\" {}", name, std::move(why)))
      .with_hint("make one with: printf 'whsec_%s\\n' \"$(head -c 32 /dev/urandom | base64)\"");
}

}  // namespace

std::string shown_url(std::string_view url) {
  const auto scheme = url.find("://");
  const auto end = url.find_first_of("/?#", scheme == std::string_view::npos ? 0 : scheme + 3);
  if (end == std::string_view::npos) return std::string(url);
  return std::string(url.substr(0, end)) + (url.size() > end + 1 ? "/…" : "/");
}

Result<Secret> signing_key(const std::string& name, const Secret& configured) {
  const auto& text = configured.reveal();
  if (!text.starts_with(k_prefix)) {
    if (text.size() < k_shortest_key) return fail(unusable(name, fmt::format("is shorter than {} bytes", k_shortest_key)));
    return configured;
  }
  const auto coded = std::string_view(text).substr(k_prefix.size());
  std::string bytes(coded.size(), '\0');
  std::size_t size = 0;
  const int failed = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), coded.data(), coded.size(), nullptr,
                                       &size, nullptr, sodium_base64_VARIANT_ORIGINAL);
  if (failed != 0) return fail(unusable(name, "is no base64 after \"whsec_\""));
  if (size < k_shortest_key) return fail(unusable(name, fmt::format("stands for fewer than {} bytes", k_shortest_key)));
  bytes.resize(size);
  return Secret(std::move(bytes));
}

std::string webhook_signature(const Secret& key, std::string_view id, std::string_view timestamp, std::string_view body) {
  const auto bytes = [](std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  const auto signed_text = fmt::format("{}.{}.{}", id, timestamp, body);
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> digest{};
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes(key.reveal()), key.reveal().size());
  crypto_auth_hmacsha256_update(&state, bytes(signed_text), signed_text.size());
  crypto_auth_hmacsha256_final(&state, digest.data());
  return "v1," + base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

WebhookCall webhook_call(const Delivery& delivery, const WebhookSettings& webhook, const Secret& key, Instant now) {
  const nlohmann::ordered_json body{{"type", delivery.type}, {"timestamp", to_rfc3339(delivery.happened_at)}, {"data", delivery.data}};
  WebhookCall call{.url = webhook.url,
                   .id = "evt_" + delivery.event,
                   .timestamp = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count()),
                   .signature = {},
                   .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                   .allow_private = webhook.allow_private};
  call.signature = webhook_signature(key, call.id, call.timestamp, call.body);
  return call;
}

}  // namespace tenantctl
