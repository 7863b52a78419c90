// What every issuer of certificates promises, run on certbot with a real authority and on the program that takes its place in other
// tests. A World has `issuer`, and an empty folder of nginx's, `folder`.
#pragma once
#include <catch2/catch.hpp>

#include <fstream>
#include <thread>

#include "adapters/process/local_shell.hpp"
#include "fakes/create_scene.hpp"
#include "support/temp_folder.hpp"

namespace tenantctl::test {

inline constexpr std::chrono::seconds k_long{180};

/// Of a tenant "acme", or another one.
inline CertificateOrder order_in(const std::filesystem::path& folder, const std::string& slug = "acme") {
  auto plan = acme_plan();
  auto order = certificate_of(plan);
  order.slug = *TenantSlug::parse(slug);
  order.names = {*HostName::parse(slug + ".yourapp.test"), *HostName::parse("api." + slug + ".yourapp.test")};
  order.place = {.host = "", .home = folder.parent_path() / "certbot", .folder = folder};
  return order;
}

/// What openssl says of a certificate's file; empty where there is none.
inline std::string openssl_on(const std::filesystem::path& file, const std::vector<std::string>& words) {
  LocalShell shell;
  std::vector<std::string> argv{"openssl"};
  argv.insert(argv.end(), words.begin(), words.end());
  argv.insert(argv.end(), {"-in", file.string()});
  const auto outcome = shell.run({.argv = argv});
  return outcome && outcome->succeeded() ? outcome->out : "";
}

template <class World>
void check_certificate_contract() {
  World world;
  const auto order = order_in(world.folder);
  const auto front = world.folder / "certs/acme.yourapp.test.pem";
  const auto back = world.folder / "certs/api.acme.yourapp.test.pem";
  auto& issuer = *world.issuer;

  SECTION("it is there, whole, for both hosts, until it is given up") {
    REQUIRE(issuer.observe(order)->presence == Presence::absent);

    const auto until = issuer.issue(order, false, k_long);

    INFO((until ? "" : full_message(until.error())));
    REQUIRE(until);
    const auto days = std::chrono::floor<std::chrono::days>(*until - std::chrono::system_clock::now()).count();
    CHECK((days >= 88 && days <= 90));
    CHECK(issuer.observe(order)->presence == Presence::complete);
    CHECK(*issuer.names(order.place) == std::vector<std::string>{"acme.yourapp.test"});
    for (const auto& file : {front, back}) {
      CHECK_THAT(read_text(file), Catch::StartsWith("# tenantctl tenant=" + order.tenant.str() + " slug=acme\n-----BEGIN"));
      CHECK(openssl_on(file, {"x509", "-noout", "-pubkey"}) == openssl_on(file, {"pkey", "-pubout"}));
      const auto names = openssl_on(file, {"x509", "-noout", "-ext", "subjectAltName"});
      CHECK_THAT(names, Catch::Contains("DNS:acme.yourapp.test") && Catch::Contains("DNS:api.acme.yourapp.test"));
      CHECK(std::filesystem::status(file).permissions() == std::filesystem::perms(0600));
    }

    REQUIRE(issuer.give_up(order));
    CHECK(issuer.observe(order)->presence == Presence::absent);
    CHECK(issuer.names(order.place)->empty());
    CHECK_FALSE(std::filesystem::exists(front));
    // Nor any copy of its key.
    LocalShell shell;
    CHECK(
        shell
            .run({.argv = {"grep", "-rl", "PRIVATE KEY", order.place.home.string(), order.place.folder.string(), "--exclude-dir=accounts"}})
            ->out.empty());
    CHECK(issuer.give_up(order));
  }

  SECTION("what was given up does not come back by a try that began before") {
    REQUIRE(issuer.issue(order, false, k_long));
    REQUIRE(issuer.give_up(order));
    const auto late = issuer.issue(order, false, k_long);
    REQUIRE_FALSE(late);
    CHECK(late.error().code == ErrorCode::state_conflict);
    CHECK(issuer.observe(order)->presence == Presence::absent);
  }

  SECTION("nothing is left behind where nothing was ever got") {
    REQUIRE(issuer.give_up(order));
    CHECK_FALSE(std::filesystem::exists(order.place.home));
  }

  SECTION("what a certbot that died has left gives way to a certificate of the same name") {
    const auto renewal = order.place.home / "etc/renewal";
    std::filesystem::create_directories(renewal);
    write_text(renewal / "acme.yourapp.test.conf", "");
    write_text(order.place.folder / "certs/.tenantctl-0123456789abcdef.tmp", "");
    REQUIRE(issuer.issue(order, false, k_long));
    CHECK(*issuer.names(order.place) == std::vector<std::string>{"acme.yourapp.test"});
    REQUIRE(issuer.give_up(order));
  }

  SECTION("one that is there is taken, unless it is to be a fresh one") {
    REQUIRE(issuer.issue(order, false, k_long));
    const auto first = openssl_on(front, {"x509", "-noout", "-serial"});
    std::filesystem::remove(back);
    CHECK(issuer.observe(order)->presence == Presence::partial);

    REQUIRE(issuer.issue(order, false, k_long));
    CHECK(openssl_on(back, {"x509", "-noout", "-serial"}) == first);
    REQUIRE(issuer.issue(order, true, k_long));
    CHECK(openssl_on(front, {"x509", "-noout", "-serial"}) != first);
    REQUIRE(issuer.give_up(order));
  }

  SECTION("one that is hidden is shown again by the next try") {
    REQUIRE(issuer.issue(order, false, k_long));
    const auto first = openssl_on(front, {"x509", "-noout", "-serial"});
    REQUIRE(issuer.hide(order));
    CHECK_FALSE(std::filesystem::exists(front));
    CHECK_FALSE(std::filesystem::exists(back));
    CHECK(issuer.observe(order)->presence == Presence::partial);
    REQUIRE(issuer.issue(order, true, k_long));
    CHECK(openssl_on(front, {"x509", "-noout", "-serial"}) == first);
    REQUIRE(issuer.give_up(order));
  }

  SECTION("a file of another's is left as it is, whatever is asked") {
    std::filesystem::create_directories(front.parent_path());
    write_text(back, "# tenantctl tenant=bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee slug=acme\n");

    const auto refused = issuer.issue(order, false, k_long);

    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::foreign_object);
    CHECK(issuer.observe(order)->presence == Presence::absent);
    REQUIRE(issuer.give_up(order));
    CHECK(std::filesystem::exists(back));
    CHECK_FALSE(std::filesystem::exists(front));
  }

  SECTION("two that are got at once do not get in each other's way") {
    const auto other = order_in(world.folder, "beta");
    Result<Instant> second = Instant{};
    std::jthread beside([&] { second = issuer.issue(other, false, k_long); });
    const auto first = issuer.issue(order, false, k_long);
    beside.join();

    CHECK(first);
    CHECK(second);
    CHECK(issuer.names(order.place)->size() == 2);
    REQUIRE(issuer.give_up(order));
    CHECK(issuer.observe(other)->presence == Presence::complete);
    REQUIRE(issuer.give_up(other));
  }
}

}  // namespace tenantctl::test
