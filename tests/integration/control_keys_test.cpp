// API keys in the control database.
#include "support/control_fixture.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using namespace std::chrono_literals;

namespace {

std::array<std::uint8_t, 8> id_bytes(std::uint8_t number) { return {number, 2, 3, 4, 5, 6, 7, 8}; }

ApiToken token(std::uint8_t number) {
  std::array<std::uint8_t, 32> secret{};
  secret.fill(number);
  return token_from_random(id_bytes(number), secret);
}

ApiKey key_of(const ApiToken& token, int tenant = 1) {
  return {.id = token.id,
          .tenant = tenant_id(tenant),
          .scopes = {*KeyScope::parse("read"), *KeyScope::parse("orders:write")},
          .secret = SecretHash::of(token.secret),
          .created_by = "ada"};
}

std::unique_ptr<ControlFixture> with_acme() {
  auto fixture = ControlFixture::migrated();
  REQUIRE(open(fixture->control, 1, "acme").has_value());
  return fixture;
}

std::string key_actions(const ControlFixture& fixture) {
  return ask(fixture.look(), "select string_agg(action, ' ' order by id) from audit_log where action like 'key%'");
}

}  // namespace

TEST_CASE("a key is read as it was added, and its secret is in no table") {
  const auto fixture = with_acme();
  auto& store = fixture->control.keys();
  auto key = key_of(token(1));
  key.expires_at = instant_from_micros(1'800'000'000'123'456);

  REQUIRE(store.add(key, entry("key_create.succeeded")).has_value());

  const auto found = store.find(key.id).value();
  REQUIRE(found.has_value());
  CHECK(found->tenant == tenant_id(1));
  CHECK(found->scopes == key.scopes);
  CHECK(found->secret.matches(key.secret));
  CHECK(found->expires_at == key.expires_at);
  CHECK(found->created_by == "ada");
  CHECK_FALSE(found->revoked_at.has_value());
  CHECK(store.list(tenant_id(1)).value().size() == 1);
  CHECK(store.list(tenant_id(2)).value().empty());
  CHECK_FALSE(store.find(token(2).id).value().has_value());
  CHECK(key_actions(*fixture) == "key_create.succeeded");
  CHECK(ask(fixture->look(), "select count(*) from api_keys k where k::text like '%" + token(1).secret.reveal() + "%'") == "0");
}

TEST_CASE("an id that is taken, or a tenant that is not there, adds no key and no entry") {
  const auto fixture = with_acme();
  auto& store = fixture->control.keys();
  REQUIRE(store.add(key_of(token(1)), entry("key_create.succeeded")).has_value());

  CHECK(store.add(key_of(token(1)), entry("key_create.twice")).error().code == ErrorCode::sql_failed);
  CHECK(store.add(key_of(token(2), 7), entry("key_create.nobody")).error().code == ErrorCode::sql_failed);

  CHECK(key_actions(*fixture) == "key_create.succeeded");
}

TEST_CASE("a rotated key knows its old secret until it is rotated again, and a revoked one is not rotated") {
  const auto fixture = with_acme();
  auto& store = fixture->control.keys();
  const auto key = key_of(token(1));
  REQUIRE(store.add(key, entry("key_create.succeeded")).has_value());
  const auto second = SecretHash::of(token(2).secret);
  const auto third = SecretHash::of(token(3).secret);
  const auto until = instant_from_micros(1'800'000'000'000'000);

  REQUIRE(store.rotate({.key = key.id, .secret = second, .old_lives_until = until}, entry("key_rotate.succeeded")).has_value());
  const auto once = store.find(key.id).value().value();
  REQUIRE(store.rotate({.key = key.id, .secret = third, .old_lives_until = until + 1h}, entry("key_rotate.succeeded")).has_value());
  const auto twice = store.find(key.id).value().value();
  REQUIRE(store.revoke(key.id, entry("key_revoke.succeeded")).has_value());
  REQUIRE(store.revoke(key.id, entry("key_revoke.again")).has_value());
  const auto late = store.rotate({.key = key.id, .secret = second, .old_lives_until = until}, entry("key_rotate.late"));

  CHECK(once.secret.matches(second));
  CHECK(once.old_secret->matches(key.secret));
  CHECK(once.old_lives_until == until);
  CHECK(twice.secret.matches(third));
  CHECK(twice.old_secret->matches(second));
  CHECK(late.error().code == ErrorCode::state_conflict);
  CHECK(store.find(key.id).value()->revoked_at.has_value());
  CHECK_FALSE(store.find(key.id).value()->old_secret.has_value());
  CHECK(key_actions(*fixture) == "key_create.succeeded key_rotate.succeeded key_rotate.succeeded key_revoke.succeeded");
}

TEST_CASE("the last use of a key is written at most once a minute") {
  const auto fixture = with_acme();
  auto& store = fixture->control.keys();
  const auto key = key_of(token(1));
  REQUIRE(store.add(key, entry("key_create.succeeded")).has_value());
  const auto look = fixture->look();
  const auto version = [&] { return ask(look, "select xmin::text from api_keys"); };

  const auto fresh = version();
  REQUIRE(store.touch(key.id).has_value());
  const auto first = version();
  REQUIRE(store.touch(key.id).has_value());
  const auto second = version();
  ask(look, "update api_keys set last_used_at = clock_timestamp() - interval '61 seconds'");
  const auto aged = version();
  REQUIRE(store.touch(key.id).has_value());

  CHECK(first != fresh);
  CHECK(second == first);
  CHECK(version() != aged);
}

TEST_CASE("keys go with their tenant") {
  const auto fixture = with_acme();
  REQUIRE(fixture->control.keys().add(key_of(token(1)), entry("key_create.succeeded")).has_value());

  ask(fixture->look(), "delete from tenants");

  CHECK_FALSE(fixture->control.keys().find(token(1).id).value().has_value());
}

TEST_CASE("of a rehearsal nothing stays, neither a key nor an entry, whether it ends well or not") {
  const auto fixture = with_acme();
  auto& store = fixture->control.keys();

  const auto done = store.rehearse([&]() -> Result<void> {
    TRY(store.add(key_of(token(1)), entry("key_create.rehearsed")));
    CHECK(store.find(token(1).id).value().has_value());
    TRY(store.revoke(token(1).id, entry("key_revoke.rehearsed")));
    CHECK(store.find(token(1).id).value()->revoked_at.has_value());
    return {};
  });
  const auto failed = store.rehearse([&] { return store.add(key_of(token(2), 7), entry("key_create.nobody")); });

  CHECK(done.has_value());
  CHECK(failed.error().code == ErrorCode::sql_failed);
  CHECK_FALSE(store.find(token(1).id).value().has_value());
  CHECK(key_actions(*fixture).empty());
  REQUIRE(store.add(key_of(token(1)), entry("key_create.succeeded")).has_value());
  CHECK(key_actions(*fixture) == "key_create.succeeded");
}
