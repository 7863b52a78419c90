// Holes that are opened one at a time on real servers: each is caught by a probe that names it, and none is told of once it is closed.
#include <catch2/catch.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "adapters/nginx/nginx_master.hpp"
#include "support/live_sandbox.hpp"
#include "support/tally.hpp"

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

/// The probes that found a breach, of any of the tenants.
std::set<std::string> breaches(const CliResult& result) {
  std::set<std::string> probes;
  const auto document = result.json();
  for (const auto& tenant : document["tenants"]) {
    for (const auto& finding : tenant["findings"]) {
      if (finding["verdict"] == "breach") probes.insert(finding["probe"]);
    }
  }
  return probes;
}

CliResult verified() {
  return LiveSandbox::get().run({"verify-isolation", "hole-a", "hole-b", "hole-c", "hole-d", "--jobs", "4", "-o", "json"});
}

struct SqlHole {
  std::string probe;  // that names it
  std::vector<std::string> open;
  std::vector<std::string> close;
};

const std::vector<SqlHole> k_sql_holes{
    {"connect-tenant", {"grant connect on database {b.db} to public"}, {"revoke connect on database {b.db} from public"}},
    {"database-acl", {"grant create on database {b.db} to {b.login}"}, {"revoke create on database {b.db} from {b.login}"}},
    {"holdings-elsewhere", {"grant connect on database {b.db} to {a.login}"}, {"revoke connect on database {b.db} from {a.login}"}},
    {"connect-server-database", {"grant connect on database postgres to public"}, {"revoke connect on database postgres from public"}},
    {"connect-server-database", {"create database hole_forgotten"}, {"drop database hole_forgotten"}},
    {"database-owner",
     {"alter database {b.db} owner to {b.login}"},
     {"alter database {b.db} owner to {b.owner}", "grant connect, temporary on database {b.db} to {b.login}"}},
    {"read-rows",
     {"grant connect on database {b.db} to {a.login}", "in {b.db}: grant usage on schema public to {a.login}",
      "in {b.db}: grant select on couriers to {a.login}"},
     {"in {b.db}: revoke all on couriers from {a.login}", "in {b.db}: revoke all on schema public from {a.login}",
      "revoke connect on database {b.db} from {a.login}"}},
    {"write-rows",
     {"grant connect on database {b.db} to {a.login}", "in {b.db}: grant usage on schema public to {a.login}",
      "in {b.db}: grant select, delete on couriers to {a.login}"},
     {"in {b.db}: revoke all on couriers from {a.login}", "in {b.db}: revoke all on schema public from {a.login}",
      "revoke connect on database {b.db} from {a.login}"}},
    {"temporary-tables",
     {"grant connect, temporary on database {b.db} to public"},
     {"revoke connect, temporary on database {b.db} from public"}},
    {"schema-grants", {"in {b.db}: grant create on schema public to public"}, {"in {b.db}: revoke create on schema public from public"}},
    {"object-grants", {"in {b.db}: grant select on couriers to public"}, {"in {b.db}: revoke select on couriers from public"}},
    {"object-grants", {"in {b.db}: grant usage on orders_id_seq to public"}, {"in {b.db}: revoke usage on orders_id_seq from public"}},
    {"object-grants",
     {"in {b.db}: select lo_create(77)", "in {b.db}: grant select on large object 77 to public"},
     {"in {b.db}: select lo_unlink(77)"}},
    {"default-privileges",
     {"in {b.db}: alter default privileges for role {b.owner} grant select on tables to public"},
     {"in {b.db}: alter default privileges for role {b.owner} revoke select on tables from public"}},
    {"borrowed-rights",
     {"in {a.db}: create function public.hole() returns text language sql security definer as 'select current_user::text'",
      "in {a.db}: grant execute on function public.hole() to public"},
     {"in {a.db}: drop function public.hole()"}},
    {"borrowed-rights",
     {"in {c.db}: create function public.hole() returns text language sql security definer as 'select current_user::text'"},
     {"in {c.db}: drop function public.hole()"}},
    {"catalog-grants", {"in {a.db}: grant select on pg_shadow to public"}, {"in {a.db}: revoke select on pg_shadow from public"}},
    {"catalog-grants",
     {"in {a.db}: grant execute on function pg_read_binary_file(text) to {a.login}"},
     {"in {a.db}: revoke execute on function pg_read_binary_file(text) from {a.login}"}},
    {"strangers-inside",
     {"create role hole_stranger", "in {b.db}: grant select on couriers to hole_stranger"},
     {"in {b.db}: drop owned by hole_stranger", "drop role hole_stranger"}},
    {"extensions", {"in {a.db}: create extension dblink"}, {"in {a.db}: drop extension dblink"}},
    {"foreign-servers",
     {"in {a.db}: create extension file_fdw", "in {a.db}: create server hole foreign data wrapper file_fdw",
      "in {a.db}: grant usage on foreign server hole to {a.login}"},
     {"in {a.db}: drop extension file_fdw cascade"}},
    {"set-role-tenant", {"grant {b.login} to {a.login}"}, {"revoke {b.login} from {a.login}"}},
    {"set-role-owner", {"grant {b.owner} to {a.login}"}, {"revoke {b.owner} from {a.login}"}},
    {"set-role-own-owner", {"grant {a.owner} to {a.login}"}, {"revoke {a.owner} from {a.login}"}},
    {"set-role-predefined", {"grant pg_read_all_data to {a.login}"}, {"revoke pg_read_all_data from {a.login}"}},
    {"set-role-stranger", {"grant tenantctl to {a.login}"}, {"revoke tenantctl from {a.login}"}},
    {"memberships", {"create role hole_stranger", "grant {a.owner} to hole_stranger"}, {"drop role hole_stranger"}},
    {"grant-membership", {"grant {b.login} to {a.login} with admin option"}, {"revoke {b.login} from {a.login}"}},
    {"role-attributes", {"alter role {a.login} superuser"}, {"alter role {a.login} nosuperuser"}},
    {"role-attributes", {"alter role {a.login} bypassrls"}, {"alter role {a.login} nobypassrls"}},
    {"role-attributes", {"alter role {a.owner} login"}, {"alter role {a.owner} nologin"}},
    {"make-role", {"alter role {a.login} createrole"}, {"alter role {a.login} nocreaterole"}},
    {"change-password", {"alter role {a.login} createrole"}, {"alter role {a.login} nocreaterole"}},
    {"lift-own-limit", {"alter role {a.login} createrole"}, {"alter role {a.login} nocreaterole"}},
    {"make-database", {"alter role {a.login} createdb"}, {"alter role {a.login} nocreatedb"}},
    {"make-slot", {"alter role {a.login} replication"}, {"alter role {a.login} noreplication"}},
    {"run-program", {"grant pg_execute_server_program to {a.login}"}, {"revoke pg_execute_server_program from {a.login}"}},
    {"read-server-file",
     {"in {a.db}: grant execute on function pg_read_file(text) to {a.login}"},
     {"in {a.db}: revoke execute on function pg_read_file(text) from {a.login}"}},
    {"copy-from-file", {"grant pg_read_server_files to {a.login}"}, {"revoke pg_read_server_files from {a.login}"}},
    {"write-server-file", {"grant pg_write_server_files to {a.login}"}, {"revoke pg_write_server_files from {a.login}"}},
    {"list-server-folder",
     {"in {a.db}: grant execute on function pg_ls_dir(text) to public"},
     {"in {a.db}: revoke execute on function pg_ls_dir(text) from public"}},
    {"import-file",
     {"in {a.db}: grant execute on function lo_import(text) to {a.login}"},
     {"in {a.db}: revoke execute on function lo_import(text) from {a.login}"}},
    {"export-file",
     {"in {a.db}: grant execute on function lo_export(oid, text) to {a.login}"},
     {"in {a.db}: revoke execute on function lo_export(oid, text) from {a.login}"}},
    {"read-passwords", {"in {a.db}: grant select on pg_authid to {a.login}"}, {"in {a.db}: revoke select on pg_authid from {a.login}"}},
    {"read-remote-logins",
     {"in {a.db}: grant select on pg_user_mapping to public"},
     {"in {a.db}: revoke select on pg_user_mapping from public"}},
    {"skip-triggers",
     {"grant set on parameter session_replication_role to {a.login}"},
     {"revoke set on parameter session_replication_role from {a.login}"}},
    {"parameter-grants",
     {"grant alter system on parameter archive_command to {a.login}"},
     {"revoke alter system on parameter archive_command from {a.login}"}},
    {"change-server-settings", {"alter role {a.login} superuser"}, {"alter role {a.login} nosuperuser"}},
    {"end-sessions", {"grant pg_signal_backend to {a.login}"}, {"revoke pg_signal_backend from {a.login}"}},
    {"see-queries", {"grant pg_read_all_stats to {a.login}"}, {"revoke pg_read_all_stats from {a.login}"}},
    {"schema-acl",
     {"in {c.db}: grant usage on schema {c.schema} to {d.login}"},
     {"in {c.db}: revoke usage on schema {c.schema} from {d.login}"}},
    {"read-sequences",
     {"in {c.db}: grant usage on schema {c.schema} to {d.login}", "in {c.db}: grant select on {c.schema}.orders_id_seq to {d.login}"},
     {"in {c.db}: revoke all on {c.schema}.orders_id_seq from {d.login}", "in {c.db}: revoke usage on schema {c.schema} from {d.login}"}},
    {"make-objects",
     {"in {c.db}: grant usage, create on schema {c.schema} to {d.login}"},
     {"in {c.db}: revoke all on schema {c.schema} from {d.login}"}},
    {"meeting-schemas", {"in {c.db}: grant create on schema public to public"}, {"in {c.db}: revoke create on schema public from public"}},
    {"shared-database-acl", {"grant temporary on database {c.db} to public"}, {"revoke temporary on database {c.db} from public"}},
};

struct Hole {
  std::string probe;
  std::function<void()> open;
  std::function<void()> close;
  std::string how = {};  // for the message
};

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

Hole in_mode(const std::string& probe, const fs::path& path, fs::perms open, fs::perms closed) {
  return {probe, [=] { fs::permissions(path, open); }, [=] { fs::permissions(path, closed); }};
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
    const auto begin = text.find("server 127.0.0.1:") + std::string_view("server ").size();
    const auto upstream = text.substr(begin, text.find(';', begin) - begin);
    return "server { listen 127.0.0.1:" + http_port +
           " default_server; server_name hole.invalid; location / { proxy_set_header X-Tenant hole-a; proxy_pass http://" + upstream +
           "; } }\n" + replaced(text, {{"default_server", ""}});
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

  for (const auto& hole : holes) {
    INFO(hole.probe << " " << hole.how);
    hole.open();
    const auto open = verified();
    hole.close();
    Tally::get().add("planted hole of isolation");

    INFO(open.out << open.err);
    CHECK(open.status == 7);
    CHECK(breaches(open).contains(hole.probe));
    const auto closed = verified();
    INFO(closed.out);
    CHECK(closed.status == 0);
  }
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
