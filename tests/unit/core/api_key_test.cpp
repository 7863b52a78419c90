#include "core/api_key.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace tenantctl;
using namespace std::chrono_literals;

namespace {

const Instant k_now = instant_from_micros(1'795'250'829'000'000);

std::array<std::uint8_t, 32> secret_bytes(std::uint8_t seed) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(seed);
  return bytes;
}

ApiToken token(std::uint8_t seed = 7) { return token_from_random(std::array<std::uint8_t, 8>{1, 2, 3, 4, 5, 6, 7, 8}, secret_bytes(seed)); }

Tenant tenant(const char* id = "20000000-0000-4000-8000-000000000001", TenantStatus status = TenantStatus::active) {
  return {.id = *TenantId::parse(id), .code = *TenantCode::parse("A1B2C3D4"), .slug = *TenantSlug::parse("acme"), .status = status};
}

ApiKey good_key() {
  return {.id = token().id,
          .tenant = tenant().id,
          .scopes = {*KeyScope::parse("read"), *KeyScope::parse("write")},
          .secret = SecretHash::of(token().secret)};
}

KeyVerdict verdict(const ApiKey& of, const ApiToken& shown = token(), const Tenant& at = tenant(),
                   const std::vector<KeyScope>& scopes = {}) {
  return judge(shown, of, at, scopes, k_now);
}

}  // namespace

TEST_CASE("a key's text is tctl, its id and 256 bits, and is read back") {
  const auto made = token();
  const auto text = made.text();

  CHECK(text.reveal().size() == 5 + 12 + 1 + 52);
  CHECK(text.reveal().starts_with("tctl_" + made.id.str() + "_"));
  const auto read = parse_token(text);
  REQUIRE(read);
  CHECK(read->id == made.id);
  CHECK(read->secret.reveal() == made.secret.reveal());
}

TEST_CASE("every random bit of a secret makes another text") {
  std::set<std::string> seen{key_secret_from_random(secret_bytes(0)).reveal()};
  for (std::size_t bit = 0; bit < 256; ++bit) {
    auto bytes = secret_bytes(0);
    bytes[bit / 8] = static_cast<std::uint8_t>(1U << (bit % 8));
    seen.insert(key_secret_from_random(bytes).reveal());
  }
  CHECK(seen.size() == 257);
}

TEST_CASE("a text that is no key is refused without being repeated") {
  const auto good = token().text().reveal();
  for (const auto& bad :
       {std::string(), std::string("tctl_"), good + "a", good.substr(1), "tctl-" + good.substr(5), good.substr(0, good.size() - 1) + "A",
        good.substr(0, 17) + "x" + good.substr(18), good.substr(0, 30) + '\0' + good.substr(31), good + "\n"}) {
    const auto read = parse_token(Secret(bad));
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::bad_value);
    CHECK(read.error().message == "this is no API key");
  }
}

TEST_CASE("a hash is SHA-256, is read back, and matches only its own secret") {
  const auto hash = SecretHash::of(Secret("abc"));
  CHECK(hash.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2, appendix B.1
  CHECK(SecretHash::parse(hash.hex())->matches(hash));
  CHECK_FALSE(hash.matches(SecretHash::of(Secret("abd"))));
  for (const auto& bad : {std::string(), hash.hex().substr(2), hash.hex() + "00", std::string(64, 'g')})
    CHECK_FALSE(SecretHash::parse(bad));
}

TEST_CASE("a scope is a word that needs no quotes anywhere") {
  for (const char* good : {"read", "orders:write", "v2.orders-read_all"}) CHECK(KeyScope::parse(good));
  for (const char* bad : {"", "Read", "1st", "a b", "a,b", "a\"", "ü", "-x"})
    CHECK(KeyScope::parse(bad).error().code == ErrorCode::bad_value);
  CHECK_FALSE(KeyScope::parse(std::string(41, 'a')));
}

TEST_CASE("without the right secret nothing is told, whatever else is wrong") {
  auto revoked = good_key();
  revoked.revoked_at = k_now - 1h;

  CHECK(judge(token(), std::nullopt, tenant(), {}, k_now) == KeyVerdict::unknown);
  CHECK(verdict(revoked, token(8)) == KeyVerdict::unknown);
  CHECK(verdict(good_key(), token(8), tenant("20000000-0000-4000-8000-000000000002")) == KeyVerdict::unknown);
}

TEST_CASE("a key is refused for the first reason there is") {
  auto revoked = good_key();
  revoked.revoked_at = k_now - 1h;
  auto expired = good_key();
  expired.expires_at = k_now;
  auto later = good_key();
  later.expires_at = k_now + 1us;

  CHECK(verdict(good_key()) == KeyVerdict::good);
  CHECK(verdict(later) == KeyVerdict::good);
  CHECK(verdict(revoked) == KeyVerdict::revoked);
  CHECK(verdict(expired) == KeyVerdict::expired);
  CHECK(verdict(revoked, token(), tenant("20000000-0000-4000-8000-000000000002")) == KeyVerdict::other_tenant);
  CHECK(verdict(good_key(), token(), tenant("20000000-0000-4000-8000-000000000001", TenantStatus::suspended)) ==
        KeyVerdict::tenant_suspended);
  for (const auto status : {TenantStatus::provisioning, TenantStatus::cancelled, TenantStatus::deleted, TenantStatus::failed}) {
    CHECK(verdict(good_key(), token(), tenant("20000000-0000-4000-8000-000000000001", status)) == KeyVerdict::tenant_not_active);
  }
  CHECK(verdict(good_key(), token(), tenant(), {*KeyScope::parse("read"), *KeyScope::parse("write")}) == KeyVerdict::good);
  CHECK(verdict(good_key(), token(), tenant(), {*KeyScope::parse("read"), *KeyScope::parse("admin")}) == KeyVerdict::scope_missing);
}

TEST_CASE("the secret of before a rotation is good until its grace ends") {
  auto rotated = good_key();
  rotated.secret = SecretHash::of(token(8).secret);
  rotated.old_secret = SecretHash::of(token(7).secret);
  rotated.old_lives_until = k_now + 1us;

  CHECK(verdict(rotated, token(8)) == KeyVerdict::good);
  CHECK(verdict(rotated, token(7)) == KeyVerdict::good);
  rotated.old_lives_until = k_now;
  CHECK(verdict(rotated, token(7)) == KeyVerdict::unknown);
  CHECK(verdict(rotated, token(8)) == KeyVerdict::good);
}
