// The contract of a SiteRouter, on a real nginx: by route files and by server blocks, on this machine and through a real sshd.
#include "contract/site_router_contract.hpp"

#include "adapters/nginx/nginx_routes.hpp"
#include "adapters/nginx/nginx_server_blocks.hpp"
#include "support/site_hosts.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

void check_routes(NginxWay way) {
  NginxServer nginx(NginxMode::routes);
  SiteHosts hosts(way);
  check_site_router_contract(
      {.nginx = nginx, .make_router = [&] { return std::make_unique<NginxRoutes>(nginx.settings(), hosts.make()); }});
}

void check_server_blocks(NginxWay way) {
  NginxServer nginx(NginxMode::server_block);
  SiteHosts hosts(way);
  check_site_router_contract({.nginx = nginx, .make_router = [&] {
                                return std::make_unique<NginxServerBlocks>(nginx.settings(), nginx.stacks(), "yourapp.test",
                                                                           hosts.make(std::chrono::seconds(30)));
                              }});
}

}  // namespace

TEST_CASE("NginxRoutes keeps the contract on this machine", "[nginx]") { check_routes(NginxWay::here); }

TEST_CASE("NginxRoutes keeps the contract on a host behind SSH", "[nginx][ssh]") { check_routes(NginxWay::by_ssh); }

TEST_CASE("NginxServerBlocks keeps the contract on this machine", "[nginx]") { check_server_blocks(NginxWay::here); }

TEST_CASE("NginxServerBlocks keeps the contract on a host behind SSH", "[nginx][ssh]") { check_server_blocks(NginxWay::by_ssh); }
