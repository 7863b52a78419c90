// What every SiteRouter promises of custom domains, as tests that run on each implementation, in each of its modes, here and over
// SSH: they live and die with the tenant's own hosts, and with their own files.
#pragma once
#include "contract/site_router_contract.hpp"

namespace tenantctl::test {

inline DomainRoute domain_of(const SiteRouter& router, const Route& route, const std::string& name) {
  const auto host = *HostName::parse(name);
  return {.route = route, .host = host, .file = router.file_for_domain(route.slug, host)};
}

inline Presence presence_of(SiteRouter& router, const DomainRoute& domain) {
  const auto observed = router.observe_domain(domain);
  if (!observed) FAIL(full_message(observed.error()));
  return observed->presence;
}

/// Call inside a TEST_CASE: every promise is a section of its own.
inline void check_domain_router_contract(const SiteRouterWorld& world) {
  const auto router = world.make_router();
  const auto route = route_of(*router, "acme");
  const auto shop = domain_of(*router, route, "shop.acme-corp.test");
  const auto& nginx = world.nginx;

  SECTION("a domain leads to the tenant's front when publish_domain returns, and nowhere when withdraw_domain does") {
    REQUIRE_DONE(router->publish(route));
    CHECK(presence_of(*router, shop) == Presence::absent);
    CHECK(nginx.ask("shop.acme-corp.test").empty());

    for (int again = 0; again < 2; ++again) REQUIRE_DONE(router->publish_domain(shop));
    CHECK(presence_of(*router, shop) == Presence::complete);
    // The application sees the tenant's own host, and beside it the one that the visitor asked for.
    CHECK_THAT(nginx.ask("shop.acme-corp.test"),
               Catch::Contains("stack=shop tenant=[acme] host=[acme.yourapp.test]") && Catch::Contains("fhost=[shop.acme-corp.test]"));
    CHECK_THAT(nginx.ask("acme.yourapp.test"), Catch::Contains("tenant=[acme] host=[acme.yourapp.test]"));
    CHECK_THAT(nginx.ask("api.acme.yourapp.test"), Catch::Contains("host=[api.acme.yourapp.test]"));

    for (int again = 0; again < 2; ++again) REQUIRE_DONE(router->withdraw_domain(shop));
    CHECK(nginx.ask("shop.acme-corp.test").empty());
    CHECK(presence_of(*router, shop) == Presence::absent);
    CHECK_THAT(nginx.ask("acme.yourapp.test"), Catch::Contains("tenant=[acme]"));
    CHECK(drafts_in(world.nginx.dir()).empty());
  }

  SECTION("a domain is recognised with port, final dot and upper case, and no name beside it is") {
    REQUIRE_DONE(router->publish(route));
    REQUIRE_DONE(router->publish_domain(shop));

    for (const std::string host : {"shop.acme-corp.test:8080", "shop.acme-corp.test.", "SHOP.Acme-Corp.Test"}) {
      CHECK_THAT(nginx.ask(host), Catch::Contains("tenant=[acme] host=[acme.yourapp.test]"));
    }
    for (const std::string host : {"acme-corp.test", "api.shop.acme-corp.test", "x.shop.acme-corp.test", "shop.acme-corp.test.evil.test",
                                   "nobody.test", "../shop.acme-corp.test"}) {
      CHECK(nginx.ask(host).empty());
    }
    CHECK(send_raw(nginx.port(), "GET / HTTP/1.0\r\n\r\n").empty());
    CHECK(send_raw(nginx.port(), "GET / HTTP/1.1\r\nHost: shop.acme-corp.test\r\nHost: acme.yourapp.test\r\n\r\n").find("tenant=[") ==
          std::string::npos);
  }

  SECTION("what a client says of tenant and host reaches nobody by a custom domain either") {
    REQUIRE_DONE(router->publish(route));
    REQUIRE_DONE(router->publish_domain(shop));

    const auto answer = nginx.ask("shop.acme-corp.test",
                                  "X-Tenant: evil\r\nX-Forwarded-Host: evil\r\nX-Frappe-Site-Name: evil\r\nForwarded: host=evil\r\n");

    CHECK_THAT(answer, Catch::Contains("tenant=[acme]") && !Catch::Contains("evil"));
  }

  SECTION("a suspended tenant answers 403 on its domains, those added meanwhile too, and itself again once activated") {
    const auto www = domain_of(*router, route, "www.acme-corp.test");
    REQUIRE_DONE(router->publish(route));
    REQUIRE_DONE(router->publish_domain(shop));

    REQUIRE_DONE(router->close(route, Closure::suspended));
    REQUIRE_DONE(router->publish_domain(www));
    for (const std::string host : {"shop.acme-corp.test", "www.acme-corp.test", "acme.yourapp.test"}) {
      CHECK_THAT(nginx.ask(host), Catch::StartsWith("HTTP/1.1 403") && Catch::Contains("Account suspended. Please contact support."));
    }
    CHECK(router->observe_closure(route, Closure::suspended)->presence == Presence::complete);

    REQUIRE_DONE(router->open(route, Closure::suspended));
    for (const std::string host : {"shop.acme-corp.test", "www.acme-corp.test"})
      CHECK_THAT(nginx.ask(host), Catch::Contains("tenant=[acme]"));
  }

  SECTION("a route that is withdrawn takes its domains along, and a later tenant of the name inherits none") {
    REQUIRE_DONE(router->publish(route));
    REQUIRE_DONE(router->publish_domain(shop));

    REQUIRE_DONE(router->withdraw(route));
    CHECK(nginx.ask("shop.acme-corp.test").empty());
    CHECK(router->inventory()->empty());

    auto later = route;
    later.tenant = tenant_id_of("later");
    REQUIRE_DONE(router->publish(later));
    CHECK(nginx.ask("shop.acme-corp.test").empty());
  }

  SECTION("a file in the domain's place that is not the tenant's is neither overwritten nor removed") {
    REQUIRE_DONE(router->publish(route));
    std::filesystem::create_directories(shop.file.parent_path());
    const auto text = "# tenantctl tenant=" + tenant_id_of("globex").str() + " slug=acme\n";
    write_text(shop.file, text);

    const auto published = router->publish_domain(shop);
    const auto withdrawn = router->withdraw_domain(shop);

    REQUIRE_FALSE(published);
    CHECK(published.error().code == ErrorCode::foreign_object);
    REQUIRE_FALSE(withdrawn);
    CHECK(withdrawn.error().code == ErrorCode::foreign_object);
    CHECK(presence_of(*router, shop) == Presence::foreign);
    CHECK(read_text(shop.file) == text);
  }

  SECTION("a domain that another tenant's file has already is refused, and the earlier one goes on serving") {
    const auto other = route_of(*router, "globex", "crm");
    REQUIRE_DONE(router->publish(route));
    REQUIRE_DONE(router->publish(other));
    REQUIRE_DONE(router->publish_domain(shop));

    const auto stolen = router->publish_domain(domain_of(*router, other, "shop.acme-corp.test"));

    REQUIRE_FALSE(stolen);
    CHECK(stolen.error().code == ErrorCode::nginx_rejected);
    CHECK_THAT(nginx.ask("shop.acme-corp.test"), Catch::Contains("tenant=[acme]"));
    CHECK(presence_of(*router, shop) == Presence::complete);
    CHECK(router->inventory()->size() == route.files.size() + other.files.size() + 1);
  }

  SECTION("the inventory tells domains from routes, and what is named in it no longer leads anywhere once it is removed") {
    REQUIRE_DONE(router->publish(route));
    REQUIRE_DONE(router->publish_domain(shop));

    const auto things = router->inventory();
    REQUIRE(things);
    const auto found = std::ranges::find(*things, ThingKind::domain_file, &Thing::kind);
    REQUIRE(found != things->end());
    CHECK(found->name == shop.file.native());
    CHECK(found->tenant == route.tenant);

    REQUIRE_DONE(router->remove(*found));
    CHECK(nginx.ask("shop.acme-corp.test").empty());
    CHECK_THAT(nginx.ask("acme.yourapp.test"), Catch::Contains("tenant=[acme]"));
  }

  SECTION("a domain of the greatest length leads there too") {
    std::string name;
    for (int i = 0; i < 6; ++i) name += std::string(40, static_cast<char>('a' + i)) + ".";
    name += "test";
    REQUIRE(name.size() == 250);
    const auto longest = domain_of(*router, route, name);
    REQUIRE_DONE(router->publish(route));

    REQUIRE_DONE(router->publish_domain(longest));

    CHECK_THAT(nginx.ask(name), Catch::Contains("tenant=[acme]"));
  }

  SECTION("while nginx does not run a domain is refused with nothing left, and one can still be taken away") {
    REQUIRE_DONE(router->publish(route));
    REQUIRE_DONE(router->publish_domain(shop));
    const auto www = domain_of(*router, route, "www.acme-corp.test");
    world.nginx.stop();

    const auto published = router->publish_domain(www);

    REQUIRE_FALSE(published);
    CHECK(published.error().code == ErrorCode::nginx_unreachable);
    CHECK_FALSE(std::filesystem::exists(www.file));
    REQUIRE_DONE(router->withdraw_domain(shop));
    CHECK_FALSE(std::filesystem::exists(shop.file));
  }

  SECTION("who lost its operation changes no domain") {
    REQUIRE_DONE(router->publish(route));
    router->begin(claim_of(1, [] { return Result<void>(fail(ErrorCode::fenced, "refused")); }));

    const auto published = router->publish_domain(shop);

    REQUIRE_FALSE(published);
    CHECK(published.error().code == ErrorCode::fenced);
    CHECK(nginx.ask("shop.acme-corp.test").empty());
  }
}

}  // namespace tenantctl::test
