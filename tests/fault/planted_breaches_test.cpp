// Holes that are opened one at a time on real servers: each is caught by a probe that names it, and none is told of once it is closed.
#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "adapters/nginx/nginx_master.hpp"
#include "holes.hpp"
#include "sql_holes.hpp"
#include "support/https_mode.hpp"
#include "support/live_sandbox.hpp"

using namespace tenantctl::test;
namespace fs = std::filesystem;

namespace {

struct Names {
  std::string database;
  std::string login;
  std::string owner;
  std::string schema;
};

Names names_of(const std::string& slug) {
  const auto& sandbox = LiveSandbox::get();
  const auto tenant = sandbox.run({"show", slug, "-o", "json"}).json()["tenant"];
  Names names{.database = tenant["database"], .login = {}, .owner = {}, .schema = tenant["schema"]};
  const auto marked = sandbox.sql("select rolname from pg_roles where shobj_description(oid, 'pg_authid') = 'tenantctl tenant=" +
                                  tenant["id"].get<std::string>() + "' order by rolcanlogin desc");
  REQUIRE(marked.size() == 2);
  names.login = marked[0];
  names.owner = marked[1];
  return names;
}

std::string replaced(std::string text, const std::map<std::string, std::string>& words) {
  for (const auto& [word, value] : words) {
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + value.size())) text.replace(at, word.size(), value);
  }
  return text;
}

/// Two tenants with a database each and two that share one, with a sandbox that is put back as it was.
struct Town {
  Town() {
    for (const auto* slug : {"hole-a", "hole-b"}) LiveSandbox::get().create(slug);
    for (const auto* slug : {"hole-c", "hole-d"}) LiveSandbox::get().create(slug, {"--stack", "shared"});
    for (const auto* slug : {"hole-a", "hole-b", "hole-c", "hole-d"}) {
      const auto names = names_of(slug);
      const std::string letter(1, slug[5]);
      words["{" + letter + ".db}"] = names.database;
      words["{" + letter + ".login}"] = names.login;
      words["{" + letter + ".owner}"] = names.owner;
      words["{" + letter + ".schema}"] = names.schema;
    }
  }
  Town(const Town&) = delete;
  Town& operator=(const Town&) = delete;
  ~Town() {
    for (const auto* slug : {"hole-a", "hole-b", "hole-c", "hole-d"}) LiveSandbox::get().remove(slug);
  }

  /// "DATABASE: statement", or a statement in "postgres".
  void sql(const std::string& line) const {
    const auto text = replaced(line, words);
    const auto colon = text.find(": ");
    const bool names_one = text.starts_with("in ") && colon != std::string::npos;
    LiveSandbox::get().sql(names_one ? text.substr(colon + 2) : text, names_one ? text.substr(3, colon - 3) : "postgres");
  }

  std::map<std::string, std::string> words = {};
};

CliResult verified() {
  return LiveSandbox::get().run({"verify-isolation", "hole-a", "hole-b", "hole-c", "hole-d", "--jobs", "4", "-o", "json"});
}

Hole by_sql(const Town& town, const SqlHole& hole) {
  const auto say = [&town](const std::vector<std::string>& lines) {
    return [&town, &lines] {
      for (const auto& line : lines) town.sql(line);
    };
  };
  return {.probe = hole.probe, .open = say(hole.open), .close = say(hole.close), .how = hole.open.back()};
}

template <class Done>
void wait_until(const Done& done) {
  for (int i = 0; i < 1000 && !done(); ++i) ::usleep(10'000);
  REQUIRE(done());
}

void reload_postgres() {
  const auto& sandbox = LiveSandbox::get();
  const auto loaded = [&] { return sandbox.sql("select pg_conf_load_time()"); };
  const auto before = loaded();
  REQUIRE(::kill(sandbox.pid_of("postgres"), SIGHUP) == 0);
  wait_until([&] { return loaded() != before; });
}

/// Until no worker of before takes connections any more.
void reload_nginx() {
  const auto dir = LiveSandbox::get().dir() / "nginx";
  auto nginx = tenantctl::NginxMaster::find(dir / "nginx.pid");
  REQUIRE(nginx);
  const auto serving = [&] { return nginx->look(dir / "tenantctl/status.sock")->serving; };
  const auto before = serving();
  REQUIRE(nginx->hang_up());
  wait_until([&] {
    const auto now = serving();
    return !now.empty() && std::ranges::none_of(before, [&](pid_t pid) { return now.contains(pid); });
  });
}

using Rewrite = std::function<std::string(const std::string&)>;

/// With a file rewritten, until it is closed.
Hole in_file(const std::string& probe, const fs::path& file, const Rewrite& rewrite, const std::function<void()>& reload) {
  const auto before = std::make_shared<std::string>();
  return {probe,
          [=] {
            *before = read_text(file);
            const auto text = rewrite(*before);
            INFO(file);
            REQUIRE(text != *before);
            write_text(file, text);
            reload();
          },
          [=] {
            write_text(file, *before);
            reload();
          }};
}

/// Where nginx finds the application.
std::string upstream_in(const std::string& nginx_conf) {
  const auto begin = nginx_conf.find("server 127.0.0.1:") + std::string_view("server ").size();
  return nginx_conf.substr(begin, nginx_conf.find(';', begin) - begin);
}

std::vector<Hole> other_holes(const Town& town) {
  const auto& sandbox = LiveSandbox::get();
  const auto dir = sandbox.dir();
  const auto nginx = dir / "nginx/tenantctl/tenantctl.conf";
  const std::string own_tenant = "proxy_set_header X-Tenant $tenantctl_slug;";
  // The value that the application believes is taken from what the visitor says.
  const auto believing = [&](const std::string& probe, const std::string& variable, const std::string& pattern) {
    const auto map = "map " + variable + " $hole_tenant { default $tenantctl_slug; " + pattern + " $1; }\n# Keyed by";
    return in_file(
        probe, nginx,
        [=](const std::string& text) {
          return replaced(text, {{own_tenant, "proxy_set_header X-Tenant $hole_tenant;"}, {"# Keyed by", map}});
        },
        reload_nginx);
  };
  const auto http_port = sandbox.status()["http_port"].dump();
  const Rewrite other_default = [=](const std::string& text) {
    return "server { listen 127.0.0.1:" + http_port +
           " default_server; server_name hole.invalid; location / { proxy_set_header X-Tenant hole-a; proxy_pass http://" +
           upstream_in(text) + "; } }\n" + replaced(text, {{"default_server", ""}});
  };
  const Rewrite named_for_nobody = [=](const std::string& text) {
    return "server { listen 127.0.0.1:" + http_port +
           "; server_name tenantctl-nobody-has-this-name.yourapp.test; location / { proxy_set_header X-Tenant hole-a; proxy_pass http://" +
           upstream_in(text) + "; } }\n" + text;
  };
  const auto a_password = nlohmann::json::parse(read_text(dir / "credentials/demo/hole-a.json"))["password"].get<std::string>();
  const auto b_password = nlohmann::json::parse(read_text(dir / "credentials/demo/hole-b.json"))["password"].get<std::string>();
  const auto b_login = town.words.at("{b.login}");
  const auto suspend_b = [&sandbox] { REQUIRE(sandbox.run({"suspend", "hole-b", "--no-backup", "--reason", "hole"}).status == 0); };
  const auto activate_b = [&sandbox] { REQUIRE(sandbox.run({"activate", "hole-b"}).status == 0); };
  return {
      {"shared-password", [=] { LiveSandbox::get().sql("alter role " + b_login + " password '" + a_password + "'"); },
       [=] { LiveSandbox::get().sql("alter role " + b_login + " password '" + b_password + "'"); }},
      in_file(
          "wrong-password", dir / "conf/pg_hba.conf",
          [](const std::string& text) {
            return replaced(text,
                            {{"local   all   all                        scram-sha-256", "local   all   all                        trust"}});
          },
          reload_postgres),
      in_file(
          "own-page", nginx,
          [=](const std::string& text) {
            return replaced(text, {{own_tenant, "proxy_set_header X-Tenant hole-b;"}});
          },
          reload_nginx),
      believing("tenant-header", "$http_x_tenant", "~(.+)"),
      believing("forwarded-host", "$http_x_forwarded_host", "~^([a-z0-9-]+)[.]"),
      believing("site-header", "$http_x_frappe_site_name", "~^([a-z0-9-]+)[.]"),
      believing("request-line-host", "$http_host", "~^([a-z0-9-]+)[.]yourapp.test$"),
      in_file("foreign-host", nginx, other_default, reload_nginx),
      in_file("unknown-host", nginx, named_for_nobody, reload_nginx),
      {"suspended-login",
       [=] {
         suspend_b();
         LiveSandbox::get().sql("alter role " + b_login + " login");
       },
       activate_b},
      {"suspended-page",
       [=] {
         suspend_b();
         LiveSandbox::get().sql("alter role " + b_login + " login");
         fs::remove(dir / "nginx/tenantctl/suspended/hole-b.yourapp.test");
       },
       activate_b},
      in_mode("credentials-file", dir / "credentials/demo/hole-a.json", fs::perms(0644), fs::perms(0600)),
      in_mode("credentials-folder", dir / "credentials/demo", fs::perms(0777), fs::perms(0700)),
      in_mode("route-files", dir / "nginx/tenantctl/routes/demo/hole-a.yourapp.test", fs::perms(0666), fs::perms(0644)),
      in_mode("configuration-file", sandbox.config(), fs::perms(0666), fs::perms(0600)),
  };
}

}  // namespace

TEST_CASE("each of many holes is caught by a probe that names it, and by none once it is closed", "[isolation]") {
  const Town town;
  const auto clean = verified();
  INFO(clean.out << clean.err);
  REQUIRE(clean.status == 0);
  auto holes = other_holes(town);
  for (const auto& hole : k_sql_holes) holes.push_back(by_sql(town, hole));

  for (const auto& hole : holes) check_hole(hole, verified);
}

TEST_CASE("holes of what is served by https are caught as those of http are, and are none once they are closed", "[isolation][tls]") {
  const HttpsMode https;
  const Town town;
  const auto clean = verified();
  INFO(clean.out << clean.err);
  REQUIRE(clean.status == 0);
  const auto nginx = LiveSandbox::get().dir() / "nginx/tenantctl/tenantctl.conf";
  const auto key = LiveSandbox::get().dir() / "nginx/tenantctl/certs/hole-a.yourapp.test.pem";
  const auto rewritten = [&](const std::string& probe, const std::string& from, const std::string& to) {
    return in_file(
        probe, nginx,
        [=](const std::string& text) {
          return replaced(text, {{from, to}});
        },
        reload_nginx);
  };

  check_hole(rewritten("foreign-handshake", "if ($tenantctl_named != $host)", "if ($tenantctl_named = hole)"), verified);
  check_hole(rewritten("own-page", "proxy_set_header X-Tenant $tenantctl_slug;", "proxy_set_header X-Tenant hole-b;"), verified);
  check_hole(in_mode("certificate-keys", key, fs::perms(0644), fs::status(key).permissions()), verified);
}

TEST_CASE("what a tenant has put into an index and a policy is not run with the provisioner's rights, also once it is suspended",
          "[isolation]") {
  const auto& sandbox = LiveSandbox::get();
  const Town town;
  const auto proof = sandbox.dir() / "run/hole-escalated";
  // Only a superuser may write this file, and no rollback takes it back. Behind a second function, since the first says that it changes
  // nothing.
  const auto deed = replaced(
      "create function {c.schema}.deed() returns int language plpgsql as $$ begin"
      " begin execute 'reset role'; execute 'copy (select 1) to QQPROOFQQ'; exception when others then null; end;"
      " return 1; end $$",
      {{"QQPROOFQQ", "''" + proof.string() + "''"}});
  const std::vector<std::string> trap{
      deed,
      "create function {c.schema}.evil(int) returns int language plpgsql immutable as $$ begin return {c.schema}.deed(); end $$",
      "create table {c.schema}.bait (x int)",
      "create index on {c.schema}.bait (x) where {c.schema}.evil(1) = 1",
      "alter table {c.schema}.bait enable row level security",
      "alter table {c.schema}.bait force row level security",
      "create policy bait on {c.schema}.bait using ({c.schema}.evil(x) = 1)"};
  for (const auto& line : trap) town.sql("in {c.db}: set session authorization {c.login}; " + line);
  // Whoever asks for the table runs it: the trap works.
  town.sql("in {c.db}: select x from {c.schema}.bait where x = 1");
  REQUIRE(fs::remove(proof));

  const auto active = verified();
  REQUIRE(sandbox.run({"suspend", "hole-c", "--no-backup"}).status == 0);
  const auto suspended = verified();

  CHECK_FALSE(fs::exists(proof));
  CHECK(active.status == 0);
  CHECK(suspended.status == 0);
  REQUIRE(sandbox.run({"activate", "hole-c"}).status == 0);
}
