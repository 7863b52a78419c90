// Custom domains on a real nginx: the contract in both modes, here and through a real sshd, and what only one mode shows.
#include "contract/domain_router_contract.hpp"

#include "adapters/nginx/nginx_routes.hpp"
#include "adapters/nginx/nginx_server_blocks.hpp"
#include "support/site_hosts.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

void check_domains_of_routes(NginxWay way) {
  NginxServer nginx(NginxMode::routes);
  SiteHosts hosts(way);
  check_domain_router_contract(
      {.nginx = nginx, .make_router = [&] { return std::make_unique<NginxRoutes>(nginx.settings(), hosts.make()); }});
}

std::unique_ptr<SiteRouter> server_blocks(const NginxServer& nginx, std::unique_ptr<SiteHost> host) {
  return std::make_unique<NginxServerBlocks>(nginx.settings(), nginx.stacks(), "yourapp.test", std::move(host));
}

void check_domains_of_server_blocks(NginxWay way) {
  NginxServer nginx(NginxMode::server_block);
  SiteHosts hosts(way);
  check_domain_router_contract({.nginx = nginx, .make_router = [&] { return server_blocks(nginx, hosts.make(std::chrono::seconds(30))); }});
}

}  // namespace

TEST_CASE("NginxRoutes keeps the contract of custom domains on this machine", "[nginx][domains]") {
  check_domains_of_routes(NginxWay::here);
}

TEST_CASE("NginxRoutes keeps the contract of custom domains on a host behind SSH", "[nginx][ssh][domains]") {
  check_domains_of_routes(NginxWay::by_ssh);
}

TEST_CASE("NginxServerBlocks keeps the contract of custom domains on this machine", "[nginx][domains]") {
  check_domains_of_server_blocks(NginxWay::here);
}

TEST_CASE("NginxServerBlocks keeps the contract of custom domains on a host behind SSH", "[nginx][ssh][domains]") {
  check_domains_of_server_blocks(NginxWay::by_ssh);
}

TEST_CASE("a server block that was written before custom domains is brought up to date by the first one, suspended or not",
          "[nginx][domains]") {
  const bool suspended = GENERATE(false, true);
  NginxServer nginx(NginxMode::server_block);
  const auto router = server_blocks(nginx, local_site_host());
  const auto route = route_of(*router, "acme");
  REQUIRE_DONE(router->publish(route));
  if (suspended) REQUIRE_DONE(router->close(route, Closure::suspended));
  auto text = read_text(route.files.front());
  const std::string line = "  include " + (nginx.dir() / "domains" / "acme" / "*.conf").native() + ";\n";
  REQUIRE(text.find(line) != std::string::npos);
  write_text(route.files.front(), text.erase(text.find(line), line.size()));

  REQUIRE_DONE(router->publish_domain(domain_of(*router, route, "shop.acme-corp.test")));

  CHECK_THAT(nginx.ask("shop.acme-corp.test"), Catch::Contains(suspended ? "Account suspended." : "tenant=[acme]"));
}

TEST_CASE("what nginx would not take of a custom domain is put back, and the generation with it", "[nginx][domains]") {
  const auto mode = GENERATE(NginxMode::routes, NginxMode::server_block);
  NginxServer nginx(mode);
  const auto router = mode == NginxMode::routes ? std::make_unique<NginxRoutes>(nginx.settings(), local_site_host())
                                                : server_blocks(nginx, local_site_host());
  const auto route = route_of(*router, "acme");
  REQUIRE_DONE(router->publish(route));
  const auto generation = read_text(nginx.dir() / "generation.conf");
  const auto conf = read_text(nginx.settings().conf);
  write_text(nginx.settings().conf, conf + "nonsense;\n");

  const auto published = router->publish_domain(domain_of(*router, route, "shop.acme-corp.test"));
  write_text(nginx.settings().conf, conf);

  REQUIRE_FALSE(published);
  CHECK(published.error().code == ErrorCode::nginx_rejected);
  CHECK(read_text(nginx.dir() / "generation.conf") == generation);
  CHECK(router->inventory()->size() == route.files.size());
}
