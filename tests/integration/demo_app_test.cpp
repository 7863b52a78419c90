// The demo app in front of real databases: whose page it shows, and what it answers when it can't.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include "adapters/postgres/connection.hpp"
#include "core/embedded.hpp"
#include "support/nginx_server.hpp"
#include "support/sandbox_folder.hpp"

using namespace tenantctl;
namespace fs = std::filesystem;

namespace {

/// One sandbox for all of these tests; each has tenants of its own.
class DemoApp {
 public:
  DemoApp() : status_(folder_.up()) {
    const auto yaml = test::read_text(status_.config);
    const std::string before = "upstream: \"http://127.0.0.1:";
    port_ = std::stoi(yaml.substr(yaml.find(before) + before.size()));
  }

  std::string ask(const std::string& path, const std::string& headers, const std::string& method = "GET") const {
    return test::send_raw(port_, fmt::format("{} {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{}\r\n", method, path, headers));
  }
  std::string ask_as(const std::string& tenant, const std::string& path = "/") const { return ask(path, "X-Tenant: " + tenant + "\r\n"); }

  std::unique_ptr<postgres::Connection> connect(const std::string& database) const {
    auto connection = postgres::Connection::open(Secret(status_.control_url), postgres::Peer::server, database);
    REQUIRE(connection.has_value());
    return std::move(*connection);
  }
  void sql(const std::string& database, const std::string& statements) const {
    const auto done = connect(database)->script(statements);
    INFO((done ? "" : done.error().message));
    REQUIRE(done.has_value());
  }

  /// A tenant as tenantctl makes them: a database, a login that may read it, and credentials.
  void add_tenant(const std::string& slug, const std::string& company) const {
    const auto database = "demo_" + slug;
    sql("postgres", fmt::format("create role {0} login password 'pw-{0}'", database));
    sql("postgres", fmt::format("create database {} template template0", database));
    sql(database, std::string(*embedded_file("templates/sql/stacks/demo/schema.sql")));
    auto connection = connect(database);
    REQUIRE(connection->copy_in("copy couriers from stdin (format csv, header)", *embedded_file("templates/sql/stacks/demo/couriers.csv"))
                .has_value());
    REQUIRE(connection->script("create schema tenantctl; create table tenantctl.settings (key text primary key, value text not null)")
                .has_value());
    for (const auto& [key, value] :
         std::map<std::string, std::string>{{"company_name", company}, {"plan", "trial"}, {"slug", slug}, {"code", "ABCD2345"}}) {
      REQUIRE(connection->query("insert into tenantctl.settings values ($1, $2)", {key, value}).has_value());
    }
    sql(database, fmt::format("grant usage on schema tenantctl to {0}; grant select on tenantctl.settings, couriers to {0}", database));
    write_credentials(slug, "pw-" + database);
  }
  void write_credentials(const std::string& slug, const std::string& password) const {
    const auto file = credentials(slug);
    auto fresh = file;
    fresh += ".new";
    test::write_text(
        fresh,
        fmt::format(R"({{"format":1,"slug":"{0}","host":"127.0.0.1","port":{1},"database":"demo_{0}","user":"demo_{0}","password":"{2}"}})",
                    slug, status_.postgres_port, password));
    fs::permissions(fresh, fs::perms(0600));
    struct stat owner {};
    REQUIRE(::stat(file.parent_path().c_str(), &owner) == 0);
    REQUIRE(::chown(fresh.c_str(), owner.st_uid, owner.st_gid) == 0);
    fs::rename(fresh, file);
  }
  fs::path credentials(const std::string& slug) const { return status_.dir / "credentials/demo" / (slug + ".json"); }
  const SandboxStatus& status() const { return status_; }

 private:
  test::SandboxFolder folder_;
  SandboxStatus status_;
  int port_ = 0;
};

DemoApp& app() {
  static DemoApp app;
  return app;
}

bool has_status(const std::string& answer, int status) { return answer.starts_with(fmt::format("HTTP/1.1 {} ", status)); }
bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a header that names no tenant is refused before any file is opened", "[demo-app]") {
  for (const auto* header : {"", "X-Tenant: ../../etc/passwd\r\n", "X-Tenant: a\r\n", "X-Tenant: Acme\r\n", "X-Tenant: -acme\r\n",
                             "X-Tenant: ac/me\r\n", "X-Tenant: acme\r\nX-Tenant: other\r\n", "X-Tenant: \r\n", "X-Tenant: acme'--\r\n"}) {
    CAPTURE(header);
    CHECK(has_status(app().ask("/", header), 400));
  }
}

TEST_CASE("a tenant without credentials is unknown", "[demo-app]") {
  CHECK(has_status(app().ask_as("nobody"), 404));
  CHECK(has_status(app().ask_as("nobody", "/api/method/ping"), 404));
}

TEST_CASE("a database that refuses the login is unavailable, and answers once it does not", "[demo-app]") {
  app().add_tenant("locked", "Locked Ltd");
  REQUIRE(has_status(app().ask_as("locked"), 200));
  app().sql("postgres",
            "alter role demo_locked nologin; select pg_terminate_backend(pid) from pg_stat_activity where usename = 'demo_locked'");

  CHECK(has_status(app().ask_as("locked"), 503));
  CHECK(has_status(app().ask_as("locked", "/api/method/ping"), 503));
  app().sql("postgres", "alter role demo_locked login");
  CHECK(has_status(app().ask_as("locked", "/api/method/ping"), 200));
}

TEST_CASE("a connection that the server cut is opened again unseen", "[demo-app]") {
  app().add_tenant("cut", "Cut Ltd");
  REQUIRE(has_status(app().ask_as("cut"), 200));
  app().sql("postgres", "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'demo_cut'");

  CHECK(has_status(app().ask_as("cut"), 200));
}

TEST_CASE("a dropped database makes its tenant unavailable and no other", "[demo-app]") {
  app().add_tenant("gone", "Gone Ltd");
  app().add_tenant("stays", "Stays Ltd");
  REQUIRE(has_status(app().ask_as("gone"), 200));
  app().sql("postgres", "drop database demo_gone with (force)");

  CHECK(has_status(app().ask_as("gone"), 503));
  CHECK(has_status(app().ask_as("stays"), 200));
  fs::remove(app().credentials("gone"));
  CHECK(has_status(app().ask_as("gone"), 404));
}

TEST_CASE("new credentials are used at the next request", "[demo-app]") {
  app().add_tenant("rotated", "Rotated Ltd");
  REQUIRE(has_status(app().ask_as("rotated"), 200));

  app().write_credentials("rotated", "wrong");
  CHECK(has_status(app().ask_as("rotated"), 503));
  app().write_credentials("rotated", "pw-demo_rotated");
  CHECK(has_status(app().ask_as("rotated"), 200));
}

TEST_CASE("credentials under another tenant's name are not used", "[demo-app]") {
  app().add_tenant("honest", "Honest Ltd");
  fs::copy(app().credentials("honest"), app().credentials("thief"));

  CHECK(has_status(app().ask_as("thief"), 404));
}

TEST_CASE("the page shows the tenant's own name, plan and couriers", "[demo-app]") {
  app().add_tenant("acme", "Acme Ltd");

  const auto page = app().ask_as("acme");

  CHECK(has_status(page, 200));
  CHECK(contains(page, "<title>Acme Ltd</title>"));
  CHECK(contains(page, "Tenant acme, code ABCD2345, plan trial"));
  CHECK(contains(page, "<h2>440 couriers</h2>"));
  std::size_t rows = 0;
  for (auto at = page.find("<tr><td>"); at != std::string::npos; at = page.find("<tr><td>", at + 1)) ++rows;
  CHECK(rows == 20);
}

TEST_CASE("what a company is called is text and never markup", "[demo-app]") {
  app().add_tenant("evil", "<script>alert('x')</script> & \"Sons\" {0} %s");

  const auto page = app().ask_as("evil");

  CHECK(has_status(page, 200));
  CHECK_FALSE(contains(page, "<script>"));
  CHECK(contains(page, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;Sons&quot; {0} %s"));
}

TEST_CASE("ping says pong in JSON, as the tenant's own login", "[demo-app]") {
  app().add_tenant("ping", "Ping Ltd");

  const auto answer = app().ask_as("ping", "/api/method/ping");

  CHECK(contains(answer, "Content-Type: application/json"));
  CHECK(contains(answer, "{\"message\":\"pong\"}"));
  const auto sessions =
      app()
          .connect("postgres")
          ->query("select usename, datname from pg_stat_activity where application_name = 'demo-app' and datname = 'demo_ping'");
  REQUIRE(sessions.has_value());
  REQUIRE(sessions->count() == 1);
  CHECK(sessions->text(0, 0) == "demo_ping");
}

TEST_CASE("connections are bounded however many tenants ask", "[demo-app]") {
  for (int i = 0; i < 36; ++i) {
    const auto slug = fmt::format("many{:02d}", i);
    app().sql("postgres", fmt::format("create role demo_{0} login password 'pw-demo_{0}'", slug));
    app().sql("postgres", fmt::format("create database demo_{} template template0 strategy file_copy", slug));
    app().write_credentials(slug, "pw-demo_" + slug);
    REQUIRE(has_status(app().ask_as(slug, "/api/method/ping"), 200));
  }

  const auto sessions = app().connect("postgres")->query("select count(*) from pg_stat_activity where application_name = 'demo-app'");

  REQUIRE(sessions.has_value());
  CHECK(sessions->integer(0, 0) <= 33);
}

TEST_CASE("only reading is allowed, and only the pages that exist", "[demo-app]") {
  CHECK(has_status(app().ask("/", "X-Tenant: acme\r\nContent-Length: 0\r\n", "POST"), 405));
  CHECK(has_status(app().ask_as("acme", "/other"), 404));
}
