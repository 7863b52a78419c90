#include "core/api_key.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "core/hex.hpp"
#include "core/sha256.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

constexpr std::string_view k_base32 = "abcdefghijklmnopqrstuvwxyz234567";  // RFC 4648's letters, in lower case
constexpr std::string_view k_prefix = "tctl_";
constexpr std::size_t k_id_length = 12;
constexpr std::size_t k_secret_length = 52;
constexpr std::array<std::string_view, 8> k_verdicts{"good",    "unknown",          "other_tenant",      "revoked",
                                                     "expired", "tenant_suspended", "tenant_not_active", "scope_missing"};

/// Five bits a character, from the front; the last one's missing bits are zero.
std::string base32(std::span<const std::uint8_t> bytes) {
  std::string text;
  unsigned pending = 0;
  int bits = 0;
  for (const auto byte : bytes) {
    pending = pending << 8 | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += k_base32[pending >> (bits - 5) & 31U];
    pending &= (1U << bits) - 1;
  }
  if (bits > 0) text += k_base32[pending << (5 - bits) & 31U];
  return text;
}

bool is_base32(std::string_view text, std::size_t length) {
  return text.size() == length && text.find_first_not_of(k_base32) == std::string_view::npos;
}

Error no_token() {
  return make_error(ErrorCode::bad_value, "this is no API key")
      .with_hint("give the whole text that \"tenantctl key create\" printed, which begins with tctl_");
}

bool has_all(const std::vector<KeyScope>& scopes, std::span<const KeyScope> wanted) {
  return std::ranges::all_of(wanted, [&](const KeyScope& scope) { return std::ranges::find(scopes, scope) != scopes.end(); });
}

bool knows_secret(const ApiToken& token, const ApiKey& key, Instant now) {
  const auto shown = SecretHash::of(token.secret);
  const bool is_new = shown.matches(key.secret);
  const bool is_old = key.old_secret && shown.matches(*key.old_secret);
  return is_new || (is_old && key.old_lives_until && now < *key.old_lives_until);
}

}  // namespace

template <>
Result<ApiKeyId> ApiKeyId::parse(std::string_view text) {
  if (is_base32(text, k_id_length)) return ApiKeyId(std::string(text));
  // What was pasted may be a whole key: it is not repeated.
  return fail(make_error(ErrorCode::bad_value, "an API key's id is 12 of a-z and 2-7").with_hint("run \"tenantctl key list TENANT\""));
}

template <>
Result<KeyScope> KeyScope::parse(std::string_view text) {
  const bool good = !text.empty() && text.size() <= 40 && text.front() >= 'a' && text.front() <= 'z' &&
                    text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789:._-") == std::string_view::npos;
  if (good) return KeyScope(std::string(text));
  return fail(make_error(ErrorCode::bad_value,
                         fmt::format("scope \"{}\" is not 1 to 40 of a-z, 0-9, ':', '.', '_' and '-', beginning with a letter",
                                     printable(text.substr(0, 60))))
                  .with_hint("write it as --scope read or --scope orders:write"));
}

SecretHash SecretHash::of(const Secret& secret) {
  SecretHash hash;
  hash.bytes_ = sha256(secret.reveal());
  return hash;
}

Result<SecretHash> SecretHash::parse(std::string_view hex) {
  SecretHash hash;
  std::size_t length = 0;
  if (sodium_hex2bin(hash.bytes_.data(), hash.bytes_.size(), hex.data(), hex.size(), nullptr, &length, nullptr) == 0 &&
      length == hash.bytes_.size())
    return hash;
  return fail(ErrorCode::bad_value, "a stored hash is not 64 hexadecimal digits");
}

std::string SecretHash::hex() const { return to_hex(bytes_); }

bool SecretHash::matches(const SecretHash& other) const { return sodium_memcmp(bytes_.data(), other.bytes_.data(), bytes_.size()) == 0; }

Secret ApiToken::text() const { return Secret(fmt::format("{}{}_{}", k_prefix, id.str(), secret.reveal())); }

ApiToken token_from_random(std::span<const std::uint8_t, 8> id, std::span<const std::uint8_t, 32> secret) {
  auto name = base32(id);
  name.resize(k_id_length);  // 60 bits
  return {.id = *ApiKeyId::parse(name), .secret = key_secret_from_random(secret)};
}

Secret key_secret_from_random(std::span<const std::uint8_t, 32> bytes) { return Secret(base32(bytes)); }

Result<ApiToken> parse_token(const Secret& text) {
  const std::string_view whole = text.reveal();
  if (whole.size() != k_prefix.size() + k_id_length + 1 + k_secret_length || !whole.starts_with(k_prefix)) return fail(no_token());
  const auto id = ApiKeyId::parse(whole.substr(k_prefix.size(), k_id_length));
  const auto secret = whole.substr(k_prefix.size() + k_id_length + 1);
  if (!id || whole[k_prefix.size() + k_id_length] != '_' || !is_base32(secret, k_secret_length)) return fail(no_token());
  // A copy with a name of its own: made and moved in one expression, it has GCC 12 at -O1 warn of bounds that are kept.
  std::string copy(secret);
  ApiToken token{.id = *id, .secret = Secret(std::move(copy))};
  return token;
}

std::string_view to_string(KeyVerdict verdict) { return k_verdicts[static_cast<std::size_t>(verdict)]; }

KeyVerdict judge(const ApiToken& token, const std::optional<ApiKey>& key, const Tenant& tenant, std::span<const KeyScope> scopes,
                 Instant now) {
  if (!key || !knows_secret(token, *key, now)) return KeyVerdict::unknown;
  if (key->tenant != tenant.id) return KeyVerdict::other_tenant;
  if (key->revoked_at) return KeyVerdict::revoked;
  if (key->expires_at && now >= *key->expires_at) return KeyVerdict::expired;
  if (tenant.status == TenantStatus::suspended) return KeyVerdict::tenant_suspended;
  if (tenant.status != TenantStatus::active) return KeyVerdict::tenant_not_active;
  if (!has_all(key->scopes, scopes)) return KeyVerdict::scope_missing;
  return KeyVerdict::good;
}

}  // namespace tenantctl
