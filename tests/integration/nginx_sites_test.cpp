// What nginx serves for whole Frappe sites, in both of its modes: a front end of its own, web sockets, files and blocked logins,
// on a real nginx whose upstreams say who they are.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "adapters/nginx/nginx_routes.hpp"
#include "adapters/nginx/nginx_server_blocks.hpp"
#include "support/free_port.hpp"
#include "support/nginx_server.hpp"
#include "support/site_hosts.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;
using Catch::StartsWith;

namespace {

std::string some_upstream() { return fmt::format("http://127.0.0.1:{}", free_port()); }

/// A tenant "acme" of a stack of sites, live.
struct LiveSite {
  NginxServer nginx;
  SiteHosts hosts{NginxWay::here};
  std::unique_ptr<SiteRouter> router;

  LiveSite(NginxMode mode, const FrappeStack& stack) : nginx(mode, stack) {
    if (mode == NginxMode::routes) router = std::make_unique<NginxRoutes>(nginx.settings(), hosts.make());
    else router = std::make_unique<NginxServerBlocks>(nginx.settings(), nginx.stacks(), "yourapp.test", hosts.make());
    const auto published = router->publish(route_of(*router, "acme", "erp"));
    INFO((published ? "" : full_message(published.error())));
    REQUIRE(published);
  }

  /// GET PATH on a host.
  std::string get(const std::string& host, const std::string& path) const {
    return send_raw(nginx.port(),
                    fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nX-Frappe-Site-Name: evil\r\nConnection: close\r\n\r\n", path, host));
  }
};

NginxMode any_mode() { return GENERATE(NginxMode::routes, NginxMode::server_block); }

constexpr const char* k_front = "acme.yourapp.test";
constexpr const char* k_back = "api.acme.yourapp.test";

}  // namespace

TEST_CASE("a site is served on both hosts under its own name, whatever a client calls it", "[nginx][frappe]") {
  const LiveSite live(any_mode(), {});

  CHECK_THAT(live.get(k_front, "/app"),
             Contains("stack=erp tenant=[acme]") && Contains("site=[api.acme.yourapp.test]") && !Contains("evil"));
  CHECK_THAT(live.get(k_back, "/app"),
             Contains("stack=erp tenant=[acme]") && Contains("site=[api.acme.yourapp.test]") && !Contains("evil"));
  CHECK_THAT(live.get(k_back, "/socket.io/?x=1"), Contains("stack=erp "));
}

TEST_CASE("a front end of its own gets the front host, without a site's name; the back host stays the site's", "[nginx][frappe]") {
  const LiveSite live(any_mode(), {.front = some_upstream()});

  CHECK_THAT(live.get(k_front, "/app"), Contains("stack=erp.front tenant=[acme]") && Contains("site=[]"));
  CHECK_THAT(live.get(k_back, "/app"), Contains("stack=erp tenant=[acme]") && Contains("site=[api.acme.yourapp.test]"));
}

TEST_CASE("web sockets go to the bench's own server for them, upgraded and with the site's name, and nothing else does",
          "[nginx][frappe]") {
  const LiveSite live(any_mode(), {.socketio = some_upstream()});

  const auto socket =
      send_raw(live.nginx.port(),
               fmt::format("GET /socket.io/?EIO=4 HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", k_back));

  CHECK_THAT(socket, Contains("stack=erp.socketio ") && Contains("site=[api.acme.yourapp.test]") &&
                         Contains("upgrade=[websocket] connection=[upgrade]"));
  CHECK_THAT(live.get(k_front, "/socket.io/"), Contains("stack=erp.socketio "));
  CHECK_THAT(live.get(k_back, "/app"), Contains("stack=erp "));
}

TEST_CASE("with a front end of its own, its web sockets are its own too", "[nginx][frappe]") {
  const LiveSite live(any_mode(), {.front = some_upstream(), .socketio = some_upstream()});

  CHECK_THAT(live.get(k_front, "/socket.io/"), Contains("stack=erp.front "));
  CHECK_THAT(live.get(k_back, "/socket.io/"), Contains("stack=erp.socketio "));
}

TEST_CASE("assets and a site's public files come from the bench's folder, private ones and those of other sites do not",
          "[nginx][frappe]") {
  const TempFolder sites;
  std::filesystem::permissions(sites.path(), std::filesystem::perms(0755));
  write_text(sites / "assets/logo.txt", "an asset");
  write_text(sites / "api.acme.yourapp.test/public/files/open.txt", "public");
  write_text(sites / "api.acme.yourapp.test/private/files/secret.txt", "nobody's business");
  write_text(sites / "api.globex.yourapp.test/public/files/theirs.txt", "another tenant's");
  const LiveSite live(any_mode(), {.sites_dir = sites.path()});

  CHECK_THAT(live.get(k_front, "/assets/logo.txt"), Contains("an asset"));
  CHECK_THAT(live.get(k_back, "/files/open.txt"), Contains("public"));
  CHECK_THAT(live.get(k_back, "/files/none.txt"), Contains("stack=erp ") && Contains("uri=[/files/none.txt]"));
  for (const auto* path :
       {"/files/../../private/files/secret.txt", "/private/files/secret.txt",
        "/files/../../../api.globex.yourapp.test/public/files/theirs.txt", "/assets/../api.acme.yourapp.test/private/files/secret.txt"}) {
    INFO(path);
    CHECK_THAT(live.get(k_back, path), !Contains("nobody's business") && !Contains("another tenant's"));
  }
}

TEST_CASE("blocked logins answer 403 with their texts in both modes, where the site itself is served", "[nginx][frappe]") {
  const LiveSite live(any_mode(), {.front = some_upstream(), .block_login = true});

  for (const auto* path : {"/login", "/login/", "//login", "/%6cogin", "/Login", "/login?redirect-to=/app"}) {
    INFO(path);
    CHECK_THAT(live.get(k_back, path), StartsWith("HTTP/1.1 403") && Contains("Logging in is switched off on this host."));
  }
  CHECK_THAT(live.get(k_back, "/signup"), StartsWith("HTTP/1.1 403") && Contains("Signing up is switched off on this host."));
  for (const auto* path : {"/api/method/login", "/api/v2/method/login"}) {
    INFO(path);
    CHECK_THAT(live.get(k_back, path), StartsWith("HTTP/1.1 403") && Contains("Logging in by password is switched off on this host."));
  }
  CHECK_THAT(live.get(k_back, "/login-help"), StartsWith("HTTP/1.1 200"));
  CHECK_THAT(live.get(k_front, "/login"), StartsWith("HTTP/1.1 200") && Contains("stack=erp.front "));
}

TEST_CASE("a custom domain leads to the site by its own name, or to the front end where the stack has one", "[nginx][frappe][domains]") {
  const bool own_front = GENERATE(false, true);
  const LiveSite live(any_mode(),
                      own_front ? FrappeStack{.front = some_upstream(), .block_login = true} : FrappeStack{.block_login = true});
  const auto route = route_of(*live.router, "acme", "erp");
  const auto host = *HostName::parse("shop.acme-corp.test");
  REQUIRE(live.router->publish_domain({.route = route, .host = host, .file = live.router->file_for_domain(route.slug, host)}));

  const auto page = live.get(host.str(), "/app");
  const auto login = live.get(host.str(), "/login");

  if (own_front) {
    CHECK_THAT(page, Contains("stack=erp.front tenant=[acme]") && Contains("site=[]") && !Contains("evil"));
    CHECK_THAT(login, StartsWith("HTTP/1.1 200"));
  } else {
    CHECK_THAT(page, Contains("stack=erp tenant=[acme]") && Contains("site=[api.acme.yourapp.test]") && !Contains("evil"));
    CHECK_THAT(login, StartsWith("HTTP/1.1 403"));
  }
}
