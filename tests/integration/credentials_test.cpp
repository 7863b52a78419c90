#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "adapters/credentials/credential_files.hpp"
#include "support/nginx_server.hpp"
#include "support/temp_folder.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;

namespace {

Credentials credentials_of(const std::string& slug, const std::string& host, const std::string& password) {
  return {.tenant = tenant_id_of(slug),
          .code = *TenantCode::parse("A1B2C3D4"),
          .slug = *TenantSlug::parse(slug),
          .address = {.host = host, .port = 5433},
          .database = *DatabaseName::parse("shop_a1b2c3d4"),
          .login = *RoleName::parse("t_a1b2c3d4"),
          .password = Secret(password)};
}

ConfigurationCopy configuration_of(const std::string& slug, std::int64_t version, TenantConfiguration values) {
  return {.tenant = tenant_id_of(slug),
          .code = *TenantCode::parse("A1B2C3D4"),
          .slug = *TenantSlug::parse(slug),
          .version = version,
          .values = std::move(values)};
}

struct stat info_of(const std::filesystem::path& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info;
}

}  // namespace

TEST_CASE("a credentials file says all that a login needs and only its owner reads it", "[credentials]") {
  TempFolder folder;
  CredentialFiles store;
  const auto file = folder / "secrets" / "acme.json";

  REQUIRE(store.write(file, credentials_of("acme", "127.0.0.1", "p@ss/w:rd%\"{}")));

  const auto document = nlohmann::json::parse(read_text(file));
  CHECK(document == nlohmann::json{{"format", 1},
                                   {"tenant_id", tenant_id_of("acme").str()},
                                   {"code", "A1B2C3D4"},
                                   {"slug", "acme"},
                                   {"host", "127.0.0.1"},
                                   {"port", 5433},
                                   {"database", "shop_a1b2c3d4"},
                                   {"user", "t_a1b2c3d4"},
                                   {"password", "p@ss/w:rd%\"{}"},
                                   {"url", "postgresql://t_a1b2c3d4:p%40ss%2Fw%3Ard%25%22%7B%7D@127.0.0.1:5433/shop_a1b2c3d4"}});
  CHECK((info_of(file).st_mode & 07777) == 0600);
  CHECK((info_of(file.parent_path()).st_mode & 07777) == 0700);
  CHECK(store.observe(file, tenant_id_of("acme"))->presence == Presence::complete);
}

TEST_CASE("a connection URL holds sockets' folders and IPv6 addresses in their own forms", "[credentials]") {
  CHECK(connection_url(credentials_of("acme", "/run/pg", "x")).reveal() ==
        "postgresql://t_a1b2c3d4:x@/shop_a1b2c3d4?host=%2Frun%2Fpg&port=5433");
  CHECK(connection_url(credentials_of("acme", "::1", "x")).reveal() == "postgresql://t_a1b2c3d4:x@[::1]:5433/shop_a1b2c3d4");
}

TEST_CASE("another tenant's or a foreign credentials file is neither replaced nor removed", "[credentials]") {
  TempFolder folder;
  CredentialFiles store;
  const auto file = folder / "acme.json";
  const std::string text = GENERATE(std::string("not json"), std::string(), std::string("[1]"), std::string("{\"tenant_id\": 7}"),
                                    "{\"tenant_id\": \"11111111-1111-4111-8111-111111111111\"}");
  write_text(file, text);

  const auto written = store.write(file, credentials_of("acme", "h", "canary-secret"));
  const auto removed = store.remove(file, tenant_id_of("acme"));

  REQUIRE_FALSE(written);
  CHECK(written.error().code == ErrorCode::foreign_object);
  CHECK_THAT(full_message(written.error()) + written.error().hint, !Contains("canary"));
  REQUIRE_FALSE(removed);
  CHECK(removed.error().code == ErrorCode::foreign_object);
  CHECK(read_text(file) == text);
}

TEST_CASE("a tenant's own credentials are replaced and removed, and removing twice is success", "[credentials]") {
  TempFolder folder;
  CredentialFiles store;
  const auto file = folder / "acme.json";
  REQUIRE(store.write(file, credentials_of("acme", "h", "first")));

  REQUIRE(store.write(file, credentials_of("acme", "h", "second")));
  CHECK_THAT(read_text(file), Contains("second") && !Contains("first"));
  REQUIRE(store.remove(file, tenant_id_of("acme")));
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK(store.remove(file, tenant_id_of("acme")));
}

TEST_CASE("a configuration's file holds typed values for its application, and only its owner reads it", "[credentials]") {
  TempFolder folder;
  CredentialFiles store;
  const auto file = folder / "secrets" / "acme.config.json";

  REQUIRE(store.write(file, configuration_of("acme", 3, {{"features.reports", "true"}, {"branding.name", "A \"b\"\nc"}})));

  CHECK(nlohmann::json::parse(read_text(file)) ==
        nlohmann::json{{"format", 1},
                       {"tenant_id", tenant_id_of("acme").str()},
                       {"code", "A1B2C3D4"},
                       {"slug", "acme"},
                       {"version", 3},
                       {"configuration", {{"features.reports", true}, {"branding.name", "A \"b\"\nc"}}}});
  CHECK((info_of(file).st_mode & 07777) == 0600);
  CHECK(**store.read_configuration(file, tenant_id_of("acme")) ==
        TenantConfiguration{{"features.reports", "true"}, {"branding.name", "A \"b\"\nc"}});
  CHECK_FALSE(store.read_configuration(file, tenant_id_of("other")));
  const auto things = store.inventory(file.parent_path());
  REQUIRE(things->size() == 1);
  CHECK(things->front().kind == ThingKind::configuration_file);
  CHECK(things->front().tenant == tenant_id_of("acme"));
}

TEST_CASE("a configuration that comes late leaves a newer one, and the same version again mends what was changed by hand",
          "[credentials]") {
  TempFolder folder;
  CredentialFiles store;
  const auto file = folder / "acme.config.json";
  REQUIRE(store.write(file, configuration_of("acme", 2, {{"currency", "EUR"}})));

  CHECK(store.write(file, configuration_of("acme", 1, {{"currency", "OLD"}})));
  CHECK(**store.read_configuration(file, tenant_id_of("acme")) == TenantConfiguration{{"currency", "EUR"}});

  auto text = read_text(file);
  write_text(file, text.replace(text.find("EUR"), 3, "XXX"));
  CHECK(store.write(file, configuration_of("acme", 2, {{"currency", "EUR"}})));
  CHECK(**store.read_configuration(file, tenant_id_of("acme")) == TenantConfiguration{{"currency", "EUR"}});
}

TEST_CASE("a configuration does not take the place of another tenant's file", "[credentials]") {
  TempFolder folder;
  CredentialFiles store;
  const auto file = folder / "acme.config.json";
  REQUIRE(store.write(file, configuration_of("other", 1, {})));

  const auto written = store.write(file, configuration_of("acme", 9, {{"currency", "EUR"}}));

  REQUIRE_FALSE(written);
  CHECK(written.error().code == ErrorCode::foreign_object);
  CHECK_FALSE(store.remove(file, tenant_id_of("acme")));
  CHECK(**store.read_configuration(file, tenant_id_of("other")) == TenantConfiguration{});
}

TEST_CASE("credentials that root writes belong to the owner of their folder", "[credentials]") {
  TempFolder folder;
  CredentialFiles store;
  const uid_t owner = ::geteuid() == 0 ? 65534 : ::geteuid();
  if (::geteuid() == 0) REQUIRE(::chown(folder.path().c_str(), owner, 65534) == 0);

  REQUIRE(store.write(folder / "secrets" / "acme.json", credentials_of("acme", "h", "x")));

  CHECK(info_of(folder / "secrets" / "acme.json").st_uid == owner);
  CHECK(info_of(folder / "secrets").st_uid == owner);
}
