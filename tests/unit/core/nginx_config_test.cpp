#include "core/nginx_config.hpp"

#include <catch2/catch.hpp>

#include "core/nginx_values.hpp"

using namespace tenantctl;
using Catch::Contains;
using Catch::StartsWith;

namespace {

NginxSettings settings(NginxMode mode) {
  NginxSettings nginx;
  nginx.mode = mode;
  nginx.dir = "/srv/t";
  nginx.listen = {"127.0.0.1:8080", "[::1]:8080"};
  return nginx;
}

std::map<std::string, StackSettings> stacks(const std::string& upstream) {
  std::map<std::string, StackSettings> map;
  map.emplace("shop", StackSettings{.name = *ConfigName::parse("shop"),
                                    .servers = {},
                                    .database_pattern = "",
                                    .schema = {},
                                    .seed = {},
                                    .upstream = upstream,
                                    .ping = {},
                                    .credentials_dir = {}});
  return map;
}

NginxSite site(const std::string& upstream) {
  return {.tenant = *TenantId::parse("7b0c1c1e-3c52-4a35-9d8e-0a4f3a1f2b3c"),
          .slug = *TenantSlug::parse("acme"),
          .front = *HostName::parse("acme.yourapp.test"),
          .back = *HostName::parse("api.acme.yourapp.test"),
          .upstream = upstream};
}

}  // namespace

TEST_CASE("an upstream that is not http://HOST:PORT is refused", "[nginx_config]") {
  const auto text = GENERATE(as<std::string>{}, "", "http://", "127.0.0.1:80", "https://127.0.0.1:80", "http://127.0.0.1",
                             "http://127.0.0.1:0", "http://127.0.0.1:65536", "http://127.0.0.1:80/", "http://127.0.0.1:80;",
                             "http://127.0.0.1:80; } server { listen 1; }", "http://127.0.0.1:80\n", "http://a b:80", "http://$host:80",
                             "http://\"a\":80", "http://{a}:80", "http://a\\:80", "http://[::1:80", "http://[$x]:80", "http://\xc3\xa9:80");
  INFO(text);

  const auto rendered = render_nginx_site(settings(NginxMode::server_block), site(text));

  REQUIRE_FALSE(rendered);
  CHECK(rendered.error().code == ErrorCode::config_invalid);
  CHECK_FALSE(check_upstream(text));
}

TEST_CASE("a listen address that is not HOST:PORT is refused", "[nginx_config]") {
  auto nginx = settings(NginxMode::routes);
  nginx.listen = {GENERATE(as<std::string>{}, "", "80", "127.0.0.1:80 default_server", "127.0.0.1:80; return 200", "unix:/x",
                           "127.0.0.1:", ":80", "*:*", "127.0.0.1:8o")};

  CHECK(render_nginx_include(nginx, "yourapp.test", stacks("http://127.0.0.1:3000")).error().code == ErrorCode::config_invalid);
}

TEST_CASE("a folder that nginx's syntax could not hold is refused", "[nginx_config]") {
  auto nginx = settings(GENERATE(NginxMode::routes, NginxMode::server_block));
  nginx.dir = GENERATE(as<std::string>{}, "relative", "/a b", "/a;b", "/a{b", "/a}b", "/a$b", "/a#b", "/a\\b", "/a\"b", "/a'b", "/a\nb",
                       "/a\tb", "/a*", "/a?", "/[a]", "/\xff");
  INFO(nginx.dir);

  CHECK(render_nginx_include(nginx, "yourapp.test", stacks("http://127.0.0.1:3000")).error().code == ErrorCode::config_invalid);
}

TEST_CASE("a folder too long for the socket in it is refused", "[nginx_config]") {
  auto nginx = settings(NginxMode::routes);
  nginx.dir = "/" + std::string(94, 'a');
  CHECK(render_nginx_include(nginx, "yourapp.test", stacks("http://127.0.0.1:3000")));
  nginx.dir += "a";
  CHECK_FALSE(render_nginx_include(nginx, "yourapp.test", stacks("http://127.0.0.1:3000")));
}

TEST_CASE("a domain that is no host name is refused", "[nginx_config]") {
  const auto domain = GENERATE(as<std::string>{}, "", "localhost", "a b.test", "x.test; }", "x$.test", "x.test\n", ".*");
  CHECK(render_nginx_include(settings(NginxMode::routes), domain, stacks("http://127.0.0.1:3000")).error().code ==
        ErrorCode::config_invalid);
}

TEST_CASE("the include file listens on every address, IPv6 too, and has one default server", "[nginx_config]") {
  const auto routes = *render_nginx_include(settings(NginxMode::routes), "yourapp.test", stacks("http://[::1]:3000"));
  CHECK_THAT(routes, Contains("listen 127.0.0.1:8080 default_server;") && Contains("listen [::1]:8080 default_server;") &&
                         Contains("  listen [::1]:8080;"));
  CHECK_THAT(routes, Contains("server [::1]:3000;") && Contains("if (-f /srv/t/routes/shop/$host) { set $tenantctl_stack shop; }"));
  CHECK_THAT(routes, Contains("\\.yourapp\\.test$\""));
  CHECK_THAT(routes, !Contains("http_host"
                               ";"));

  const auto blocks = *render_nginx_include(settings(NginxMode::server_block), "yourapp.test", stacks("http://127.0.0.1:3000"));
  CHECK_THAT(blocks, Contains("include /srv/t/sites/*.conf;") && Contains("default_server"));
}

TEST_CASE("a tenant's file begins with its owner and sets every header that applications trust", "[nginx_config]") {
  const auto text = *render_nginx_site(settings(NginxMode::server_block), site("http://127.0.0.1:3000"));

  CHECK_THAT(text, StartsWith("# tenantctl tenant=7b0c1c1e-3c52-4a35-9d8e-0a4f3a1f2b3c slug=acme\nserver {\n"));
  CHECK_THAT(text, Contains("server_name acme.yourapp.test;") && Contains("server_name api.acme.yourapp.test;"));
  CHECK_THAT(text, Contains("proxy_set_header X-Tenant acme;") && Contains("proxy_set_header X-Frappe-Site-Name \"\";") &&
                       Contains("proxy_set_header Host acme.yourapp.test;") && Contains("proxy_set_header Host api.acme.yourapp.test;"));
}

TEST_CASE("the owner is read from a whole first line only", "[nginx_config]") {
  const auto id = *TenantId::parse("7b0c1c1e-3c52-4a35-9d8e-0a4f3a1f2b3c");
  const auto header = ownership_header(id, *TenantSlug::parse("acme"));

  CHECK(tenant_in_header(header + "\nmore") == id);
  for (const auto& text : {std::string(), "\n" + header, " " + header, header.substr(0, header.size() - 10),
                           std::string("# tenantctl tenant="), "# tenantctl tenant=" + std::string(36, 'g') + " slug=a"}) {
    INFO(text);
    CHECK_FALSE(tenant_in_header(text));
  }
}

TEST_CASE("a generation is a word and is found again", "[nginx_config]") {
  CHECK(generation_in(*render_nginx_generation("ab12")) == "ab12");
  CHECK(generation_in("nothing").empty());
  CHECK_FALSE(render_nginx_generation("a\"; }"));
  CHECK_FALSE(render_nginx_generation(""));
}

TEST_CASE("by https every server finds certificates by name, and a stranger's handshake fails", "[nginx_config][tls]") {
  auto nginx = settings(NginxMode::routes);
  nginx.tls = NginxTls{.listen = {"127.0.0.1:8443"}, .probe = "https://127.0.0.1:8443", .port = 8443, .hsts_days = 1};
  const auto count = [](const std::string& text, const std::string& word) {
    std::size_t found = 0;
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
    return found;
  };

  const auto routes = render_nginx_include(nginx, "yourapp.test", stacks("http://127.0.0.1:3000"));
  nginx.mode = NginxMode::server_block;
  const auto blocks = render_nginx_include(nginx, "yourapp.test", stacks("http://127.0.0.1:3000"));
  const auto tenant = render_nginx_site(nginx, site("http://127.0.0.1:3000"));
  const auto closed = render_nginx_closed_site(nginx, site("http://127.0.0.1:3000"), Closure::suspended);

  REQUIRE((routes && blocks && tenant && closed));
  CHECK(count(*routes, "listen 127.0.0.1:8443 ssl") == 2);
  CHECK(count(*routes, "listen 127.0.0.1:8443 ssl default_server;") == 1);
  CHECK_THAT(*blocks, Contains("listen 127.0.0.1:8443 ssl default_server;\n  ssl_reject_handshake on;"));
  CHECK(count(*tenant, "ssl_certificate /srv/t/certs/$ssl_server_name.pem;") == 2);
  CHECK(count(*tenant, "return 301 https://$host:8443$request_uri") == 2);
  CHECK(count(*tenant, "max-age=86400") == 2);
  // The authority's proof stands before the closure's answer.
  CHECK(closed->find("acme-challenge") < closed->find("return 403"));
  CHECK(closed->find("ssl_certificate") != std::string::npos);
}

TEST_CASE("without https there is no word of it, and visitors are not sent on where that is not wanted", "[nginx_config][tls]") {
  auto nginx = settings(NginxMode::routes);
  const auto plain = render_nginx_include(nginx, "yourapp.test", stacks("http://127.0.0.1:3000"));
  nginx.tls = NginxTls{.listen = {"0.0.0.0:443"}, .probe = "", .redirect = false};
  const auto both = render_nginx_include(nginx, "yourapp.test", stacks("http://127.0.0.1:3000"));

  REQUIRE((plain && both));
  CHECK_THAT(*plain, !Contains("ssl"));
  CHECK_THAT(*plain, !Contains("\n\n\n"));
  CHECK_THAT(*both, !Contains("return 301") && !Contains("Strict-Transport"));
}

TEST_CASE("requests are written down where that is configured, and otherwise nothing of it is in the file", "[nginx_config]") {
  auto nginx = settings(GENERATE(NginxMode::routes, NginxMode::server_block));
  const auto plain = *render_nginx_include(nginx, "yourapp.test", stacks("http://127.0.0.1:3000"));
  nginx.access_log = "/var/log/nginx/requests.log";

  const auto logged = *render_nginx_include(nginx, "yourapp.test", stacks("http://127.0.0.1:3000"));

  CHECK_THAT(plain, !Contains("log_format"));
  CHECK_THAT(logged, Contains("log_format tenantctl \"$time_iso8601 $host\";\naccess_log /var/log/nginx/requests.log tenantctl;\n"));
  nginx.access_log = "/var/log/a b; deny all";
  CHECK(render_nginx_include(nginx, "yourapp.test", stacks("http://127.0.0.1:3000")).error().code == ErrorCode::config_invalid);
}
