// Certificates by a real certbot from a real authority, whose proofs a real nginx gives.
#include "adapters/tls/certbot.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include "contract/certificate_contract.hpp"
#include "support/free_port.hpp"
#include "support/pebble_server.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;

namespace {

/// nginx that serves nothing but what is in a folder.
class Webroot {
 public:
  Webroot() : port_(free_port()) {
    write_text(
        folder_ / "nginx.conf",
        fmt::format("daemon off; pid {0}/pid; error_log {0}/log; {2} events {{}}\nhttp {{ access_log off; client_body_temp_path {0}/b; "
                    "proxy_temp_path {0}/p; fastcgi_temp_path {0}/f; uwsgi_temp_path {0}/u; scgi_temp_path {0}/s;\n"
                    "server {{ listen 127.0.0.1:{1}; root {0}/nginx/acme; }} }}\n",
                    folder_.path().string(), port_, ::geteuid() == 0 ? "user root;" : ""));
    server_.start(
        {.argv = {"nginx", "-p", folder_.path().string(), "-c", (folder_ / "nginx.conf").string(), "-e", (folder_ / "log").string()},
         .log = folder_ / "said"},
        [this] { return std::filesystem::exists(folder_ / "pid"); });
  }
  int port() const { return port_; }
  std::filesystem::path folder() const { return folder_ / "nginx"; }

 private:
  TempFolder folder_;
  int port_;
  TestServer server_;
};

TlsSettings at(const PebbleServer& authority) { return {.server = authority.directory(), .ca_file = authority.ca_file()}; }

/// The real thing.
struct CertbotWorld {
  Webroot web;
  PebbleServer authority{{.http_port = web.port()}};
  LocalShell shell;
  std::filesystem::path folder = made(web.folder());
  std::unique_ptr<CertificateIssuer> issuer = std::make_unique<Certbot>(at(authority), shell);

  static std::filesystem::path made(std::filesystem::path folder) {
    std::filesystem::create_directories(folder);
    return folder;
  }
};

/// The program that other tests use.
struct QuickWorld {
  TempFolder temporary;
  LocalShell shell;
  std::filesystem::path folder = CertbotWorld::made(temporary / "nginx");
  std::unique_ptr<CertificateIssuer> issuer =
      std::make_unique<Certbot>(TlsSettings{.program = TENANTCTL_SOURCE_DIR "/tests/support/quick_certbot.sh"}, shell);
};

}  // namespace

TEST_CASE("certbot keeps an issuer's promises with a real authority", "[tls]") { check_certificate_contract<CertbotWorld>(); }

TEST_CASE("what takes certbot's place in tests keeps them too", "[tls]") { check_certificate_contract<QuickWorld>(); }

TEST_CASE("a certificate that is given up is revoked, and where the authority is gone its key is destroyed all the same", "[tls]") {
  CertbotWorld world;
  const auto order = order_in(world.folder);
  const auto serial = [&] {
    const auto line = openssl_on(world.folder / "certs/acme.yourapp.test.pem", {"x509", "-noout", "-serial"});
    return line.substr(line.find('=') + 1, line.size() - line.find('=') - 2);
  };
  REQUIRE(world.issuer->issue(order, false, k_long));
  const auto first = serial();
  CHECK(world.authority.status_of(first) == "Valid");

  CHECK(*world.issuer->give_up(order));
  CHECK(world.authority.status_of(first) == "Revoked");

  auto next = order;
  next.tenant = *TenantId::parse("bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee");
  REQUIRE(world.issuer->issue(next, false, k_long));
  world.authority.stop();
  const auto told = world.issuer->give_up(next);
  REQUIRE(told);
  CHECK_FALSE(*told);
  CHECK(world.issuer->observe(next)->presence == Presence::absent);
  CHECK(world.issuer->names(order.place)->empty());
  CHECK_FALSE(std::filesystem::exists(order.place.home / "etc/keys"));
}

TEST_CASE("what keeps certbot from working is told with its cause", "[tls]") {
  QuickWorld world;
  const auto order = order_in(world.folder);
  const auto failure = [&](TlsSettings settings) {
    Certbot certbot(std::move(settings), world.shell);
    const auto until = certbot.issue(order, false, k_long);
    REQUIRE_FALSE(until);
    CHECK(certbot.observe(order)->presence == Presence::absent);
    return until.error();
  };

  const auto none = failure({.program = "no-such-certbot"});
  CHECK(none.code == ErrorCode::process_failed);
  CHECK_THAT(none.message, Contains("there is no certbot"));
  const auto nobody = failure({.server = fmt::format("https://127.0.0.1:{}/dir", free_port())});
  CHECK(nobody.code == ErrorCode::authority_unreachable);
  PebbleServer authority({.http_port = free_port()});
  const auto stranger = failure({.server = authority.directory()});
  CHECK(stranger.code == ErrorCode::certificate_refused);
  CHECK_THAT(stranger.hint, Contains("tls.ca_file"));
  const auto unproved = failure(at(authority));
  CHECK(unproved.code == ErrorCode::certificate_refused);
  CHECK_THAT(unproved.message, Contains("connection: "));
}

TEST_CASE("a key is for the group that is to read it, and nobody else", "[tls]") {
  if (::geteuid() != 0) return;
  QuickWorld world;
  Certbot certbot({.key_group = "daemon", .program = TENANTCTL_SOURCE_DIR "/tests/support/quick_certbot.sh"}, world.shell);

  REQUIRE(certbot.issue(order_in(world.folder), false, k_long));

  LocalShell shell;
  const auto mode = shell.run({.argv = {"stat", "-c", "%a %G", (world.folder / "certs/acme.yourapp.test.pem").string()}});
  CHECK(mode->out == "640 daemon\n");
}

TEST_CASE("with half of all requests refused at first, certificates are got", "[tls]") {
  Webroot web;
  std::filesystem::create_directories(web.folder());
  PebbleServer authority({.http_port = web.port(), .refused_nonces = 50});
  LocalShell shell;
  Certbot certbot(at(authority), shell);

  for (const auto* slug : {"aaa", "bbb", "ccc"}) {
    const auto until = certbot.issue(order_in(web.folder(), slug), false, k_long);
    INFO((until ? "" : full_message(until.error())));
    CHECK(until);
  }
}
