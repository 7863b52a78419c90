#include <catch2/catch.hpp>

#include "adapters/nginx/nginx_routes.hpp"
#include "support/nginx_server.hpp"
#include "support/site_hosts.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;
using Catch::StartsWith;

TEST_CASE("an unknown host is closed upon without an answer", "[nginx]") {
  NginxServer nginx(NginxMode::routes);

  CHECK(nginx.ask("nobody.yourapp.test").empty());
  CHECK(nginx.ask("nobody.elsewhere.test").empty());
  CHECK(nginx.ask("127.0.0.1").empty());
  CHECK(nginx.ask("api.yourapp.test").empty());
  CHECK(nginx.ask("yourapp.test").empty());
}

TEST_CASE("a request without a host is closed upon without an answer", "[nginx]") {
  NginxServer nginx(NginxMode::routes);
  NginxRoutes routes(nginx.settings(), local_site_host());
  REQUIRE(routes.publish(route_of(routes, "acme")));

  CHECK(send_raw(nginx.port(), "GET / HTTP/1.0\r\n\r\n").empty());
  CHECK(send_raw(nginx.port(), "GET / HTTP/1.1\r\n\r\n").empty());
  CHECK(send_raw(nginx.port(), "GET / HTTP/1.1\r\nHost:\r\n\r\n").empty());
  CHECK(nginx.ask("../acme.yourapp.test").empty());
}

TEST_CASE("a published route answers at the very next request, and no more after it is withdrawn", "[nginx]") {
  NginxServer nginx(NginxMode::routes);
  NginxRoutes routes(nginx.settings(), local_site_host());
  const auto route = route_of(routes, "acme");

  CHECK(nginx.ask("acme.yourapp.test").empty());
  REQUIRE(routes.publish(route));
  CHECK_THAT(nginx.ask("acme.yourapp.test"), Contains("stack=shop tenant=[acme] host=[acme.yourapp.test]") && Contains("uri=[/page]"));
  CHECK_THAT(nginx.ask("api.acme.yourapp.test"), Contains("tenant=[acme] host=[api.acme.yourapp.test]"));
  CHECK(routes.observe(route)->presence == Presence::complete);
  REQUIRE(routes.withdraw(route));
  CHECK(nginx.ask("acme.yourapp.test").empty());
  CHECK(nginx.ask("api.acme.yourapp.test").empty());
  CHECK(routes.observe(route)->presence == Presence::absent);
  CHECK(routes.withdraw(route));
}

TEST_CASE("each stack's tenants reach their own stack's upstream", "[nginx]") {
  NginxServer nginx(NginxMode::routes);
  NginxRoutes routes(nginx.settings(), local_site_host());

  REQUIRE(routes.publish(route_of(routes, "acme", "shop")));
  REQUIRE(routes.publish(route_of(routes, "globex", "crm")));

  CHECK_THAT(nginx.ask("acme.yourapp.test"), Contains("stack=shop tenant=[acme]"));
  CHECK_THAT(nginx.ask("globex.yourapp.test"), Contains("stack=crm tenant=[globex]"));
}

TEST_CASE("a host is recognised with port, final dot and upper case", "[nginx]") {
  NginxServer nginx(NginxMode::routes);
  NginxRoutes routes(nginx.settings(), local_site_host());
  REQUIRE(routes.publish(route_of(routes, "acme")));

  for (const auto* host : {"acme.yourapp.test:8080", "acme.yourapp.test.", "ACME.YourApp.Test", "ACME.yourapp.test.:80"}) {
    INFO(host);
    CHECK_THAT(nginx.ask(host), Contains("tenant=[acme] host=[acme.yourapp.test]"));
  }
}

TEST_CASE("the host of an absolute request line counts, not the Host header beside it", "[nginx]") {
  NginxServer nginx(NginxMode::routes);
  NginxRoutes routes(nginx.settings(), local_site_host());
  REQUIRE(routes.publish(route_of(routes, "acme")));
  REQUIRE(routes.publish(route_of(routes, "globex")));

  const auto answer =
      send_raw(nginx.port(), "GET http://acme.yourapp.test/page HTTP/1.1\r\nHost: globex.yourapp.test\r\nConnection: close\r\n\r\n");

  CHECK_THAT(answer, Contains("tenant=[acme] host=[acme.yourapp.test]"));
}

TEST_CASE("headers that name a tenant or a host do not pass from a client", "[nginx]") {
  NginxServer nginx(NginxMode::routes);
  NginxRoutes routes(nginx.settings(), local_site_host());
  REQUIRE(routes.publish(route_of(routes, "acme")));

  const auto answer =
      nginx.ask("acme.yourapp.test",
                "X-Tenant: evil\r\nX_Tenant: evil\r\nx-tenant: evil\r\nX-Forwarded-Host: evil\r\nX-Frappe-Site-Name: evil\r\n"
                "X-Forwarded-For: evil\r\nForwarded: host=evil\r\nX-Real-IP: evil\r\nUpgrade: h2c\r\n");

  CHECK_THAT(answer,
             Contains("tenant=[acme] host=[acme.yourapp.test] site=[] fhost=[acme.yourapp.test] ffor=[127.0.0.1] fwd=[] upgrade=[]"));
  CHECK_THAT(answer, !Contains("evil"));
}

TEST_CASE("a web socket's upgrade reaches the upstream", "[nginx]") {
  NginxServer nginx(NginxMode::routes);
  NginxRoutes routes(nginx.settings(), local_site_host());
  REQUIRE(routes.publish(route_of(routes, "acme")));

  const auto answer =
      send_raw(nginx.port(), "GET / HTTP/1.1\r\nHost: acme.yourapp.test\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\n");

  CHECK_THAT(answer, Contains("upgrade=[websocket] connection=[upgrade]"));
}

TEST_CASE("a suspended tenant's hosts answer 403 with the reason, others are untouched", "[nginx]") {
  NginxServer nginx(NginxMode::routes);
  NginxRoutes routes(nginx.settings(), local_site_host());
  REQUIRE(routes.publish(route_of(routes, "acme")));
  REQUIRE(routes.publish(route_of(routes, "globex")));

  write_text(nginx.dir() / "suspended" / "acme.yourapp.test", "");

  const auto answer = nginx.ask("acme.yourapp.test");
  CHECK_THAT(answer, StartsWith("HTTP/1.1 403") && Contains("Account suspended. Please contact support."));
  CHECK_THAT(nginx.ask("globex.yourapp.test"), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("another tenant's file of the same host in another stack is a conflict", "[nginx]") {
  TempFolder folder;
  NginxRoutes routes(nginx_in(folder.path()), local_site_host());
  auto theirs = route_of(routes, "acme", "crm");
  theirs.tenant = tenant_id_of("globex");
  REQUIRE(routes.publish(theirs));

  const auto published = routes.publish(route_of(routes, "acme", "shop"));

  REQUIRE_FALSE(published);
  CHECK(published.error().code == ErrorCode::foreign_object);
}

TEST_CASE("a half-published route is partial, and publishing again completes it", "[nginx]") {
  TempFolder folder;
  NginxRoutes routes(nginx_in(folder.path()), local_site_host());
  const auto route = route_of(routes, "acme");
  REQUIRE(routes.publish(route));
  std::filesystem::remove(route.files[GENERATE(0U, 1U)]);

  CHECK(routes.observe(route)->presence == Presence::partial);
  REQUIRE(routes.publish(route));
  CHECK(routes.observe(route)->presence == Presence::complete);
}
