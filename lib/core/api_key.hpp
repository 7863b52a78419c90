// API keys: tctl_ID_SECRET, of which only the SHA-256 of the secret is kept. What a key must be to let its holder in is told
// here; no function returns or compares a secret in a way that its time or text gives it away.
#pragma once
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/secret.hpp"
#include "core/tenant.hpp"

namespace tenantctl {

/// 12 of a-z and 2-7; says nothing about the tenant. Errors: bad_value.
using ApiKeyId = CheckedName<struct ApiKeyIdTag>;
/// What a key may be used for, in the application's own words: 1 to 40 of a-z, 0-9, ':', '.', '_' and '-', beginning with a
/// letter. Errors: bad_value.
using KeyScope = CheckedName<struct KeyScopeTag>;

/// The SHA-256 of a key's secret. A slow hash would add nothing: nobody guesses 256 random bits.
class SecretHash {
 public:
  static SecretHash of(const Secret& secret);
  /// 64 hexadecimal digits in lower case. Errors: bad_value.
  static Result<SecretHash> parse(std::string_view hex);
  std::string hex() const;
  /// Takes the same time wherever the two differ.
  bool matches(const SecretHash& other) const;

 private:
  std::array<unsigned char, 32> bytes_{};
};

struct ApiKey {
  ApiKeyId id;
  TenantId tenant;
  std::vector<KeyScope> scopes = {};
  SecretHash secret;
  std::optional<SecretHash> old_secret = {};  // from before the last rotation
  std::optional<Instant> old_lives_until = {};
  std::string created_by = {};
  Instant created_at{};  // set by the store
  std::optional<Instant> expires_at = {};
  std::optional<Instant> rotated_at = {};
  std::optional<Instant> revoked_at = {};
  std::optional<Instant> last_used_at = {};
};

/// What the holder of a key shows.
struct ApiToken {
  ApiKeyId id;
  Secret secret;  // 52 of a-z and 2-7: 256 bits
  Secret text() const;
};

ApiToken token_from_random(std::span<const std::uint8_t, 8> id, std::span<const std::uint8_t, 32> secret);
/// A new secret for a key that has its id already.
Secret key_secret_from_random(std::span<const std::uint8_t, 32> bytes);
/// Errors: bad_value, without a piece of the text.
Result<ApiToken> parse_token(const Secret& text);

enum class KeyVerdict : std::uint8_t { good, unknown, other_tenant, revoked, expired, tenant_suspended, tenant_not_active, scope_missing };
std::string_view to_string(KeyVerdict verdict);

/// Whether whoever shows `token` may come in to `tenant` with all of `scopes`. `key` is the one of the token's id, if there is
/// any. Without the right secret it is told no more than "unknown".
KeyVerdict judge(const ApiToken& token, const std::optional<ApiKey>& key, const Tenant& tenant, std::span<const KeyScope> scopes,
                 Instant now);

}  // namespace tenantctl
