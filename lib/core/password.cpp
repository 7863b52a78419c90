#include "core/password.hpp"

namespace tenantctl {
namespace {

constexpr std::string_view k_url_safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static_assert(k_url_safe.size() == 64, "six bits of each random byte choose a character, all equally likely");

}  // namespace

Secret password_from_random(std::span<const std::uint8_t, 32> bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const auto byte : bytes) text += k_url_safe[byte % k_url_safe.size()];
  return Secret(std::move(text));
}

}  // namespace tenantctl
