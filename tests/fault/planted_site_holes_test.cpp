// The same as planted_breaches_test.cpp for the sites of a bench: real MariaDB, Redis and files, the stand-in for bench.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "holes.hpp"
#include "support/redis_server.hpp"
#include "support/site_world.hpp"

using namespace tenantctl::test;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

constexpr const char* k_whoami = R"(    whoami: { path: /app, expect: "api.{slug}.yourapp.test /app" })";

/// Two sites, a bench with a Redis, and where the kernel's list of sockets is read from, so that no port need be opened to others.
struct BenchTown {
  BenchTown() : world(BenchWay::here, k_whoami) {
    for (const auto* slug : {"hole-e", "hole-f"}) {
      const auto made = world.tenantctl({"create", slug, "--email", "admin@hole.test"});
      INFO(made.err);
      REQUIRE(made.status == 0);
    }
    set_common("redis_queue", fmt::format("redis://127.0.0.1:{}", redis.port()));
    write_text(proc / "tcp", read_text("/proc/net/tcp"));
    for (const auto* slug : {"hole-e", "hole-f"}) before[slug] = read_text(config(slug));
    database_e = value("hole-e", "db_name");
    database_f = value("hole-f", "db_name");
  }

  fs::path config(const std::string& slug) const { return world.host().site("api." + slug + ".yourapp.test") / "site_config.json"; }
  std::string value(const std::string& slug, const char* key) const { return nlohmann::json::parse(read_text(config(slug))).at(key); }
  void set_common(const std::string& key, const std::string& text) const {
    const auto file = world.host().bench() / "sites/common_site_config.json";
    auto values = nlohmann::json::parse(read_text(file));
    values[key] = text;
    write_text(file, values.dump());
  }

  CliResult verified() const {
    return world.tenantctl({"verify-isolation", "--all", "-o", "json"}, {"TENANTCTL_PROC_NET=" + proc.path().string()});
  }

  Hole by_sql(const std::string& probe, const std::string& open, const std::string& close) const {
    const auto say = [this](const std::string& sql) { return [this, sql] { (void)world.host().database().sql(sql); }; };
    return {probe, say(open), say(close), open};
  }

  /// With other values in sites' configurations.
  Hole by_config(const std::string& probe, const std::map<std::string, nlohmann::json>& changes) const {
    const auto write = [this, changes](bool is_open) {
      for (const auto& [slug, change] : changes) {
        auto values = nlohmann::json::parse(before.at(slug));
        if (is_open) values.update(change);
        write_text(config(slug), values.dump());
      }
    };
    return {probe, [=] { write(true); }, [=] { write(false); }, changes.begin()->second.dump()};
  }

  /// As if that port were open to everybody.
  Hole by_socket(const std::string& probe, int port) const {
    const auto file = proc / "tcp";
    auto text = read_text(file);
    const auto at = text.find(fmt::format("0100007F:{:04X} 00000000:0000 0A", port));
    REQUIRE(at != std::string::npos);
    text.replace(at, 8, "00000000");
    return {probe, [=] { write_text(file, text); }, [=] { write_text(file, replaced_back(text, at)); }, std::to_string(port)};
  }
  static std::string replaced_back(std::string text, std::size_t at) { return text.replace(at, 8, "0100007F"); }

  SiteWorld world;
  RedisServer redis;
  TempFolder proc;
  std::string database_e;
  std::string database_f;
  std::map<std::string, std::string> before = {};  // the configurations, by slug
};

}  // namespace

TEST_CASE("each of many holes between the sites of a bench is caught by a probe that names it, and by none once it is closed",
          "[isolation][frappe]") {
  const BenchTown town;
  const auto verified = [&] { return town.verified(); };
  const auto clean = verified();
  INFO(clean.out << clean.err);
  REQUIRE(clean.status == 0);
  const auto& e = town.database_e;
  const auto& f = town.database_f;
  const auto password_of_f = town.value("hole-f", "db_password");
  const auto password_of_e = town.value("hole-e", "db_password");
  auto account =
      town.world.host().database().sql(fmt::format("select concat(quote(user), '@', quote(host)) from mysql.user where user = '{}'", e));
  account.pop_back();  // the line's end
  const auto granted = [&](const std::string& probe, const std::string& right) {
    return town.by_sql(probe, fmt::format("grant {} to {}", right, account), fmt::format("revoke {} from {}", right, account));
  };
  auto pattern = f;
  pattern.back() = '%';
  const auto backups = town.config("hole-e").parent_path() / "private/backups";
  write_text(backups / "20261101_000000-database.sql.gz", "all of its data");
  fs::permissions(backups / "20261101_000000-database.sql.gz", fs::perms(0644));
  // What is new is closed by itself, whatever lies above it.
  fs::permissions(town.world.host().bench().parent_path(), fs::perms(0711));
  REQUIRE(verified().status == 0);

  std::vector<Hole> holes{
      granted("enter-site-database", fmt::format("select on `{}`.*", f)),
      granted("enter-site-database", fmt::format("select on `{}`.__Auth", f)),
      granted("enter-site-database", fmt::format("select on `{}`.*", pattern)),
      granted("site-account-rights", fmt::format("insert on `{}`.*", f)),
      granted("site-account-rights", "process on *.*"),
      granted("site-account-rights", "file on *.*"),
      granted("site-strangers", fmt::format("select on `{}`.*", f)),
      town.by_sql("site-account-rights", fmt::format("create role hole_role; grant hole_role to {}", account), "drop role hole_role"),
      town.by_sql("site-strangers", fmt::format("create user hole_stranger; grant select on `{}`.__Auth to hole_stranger", f),
                  "drop user hole_stranger"),
      // Trap 2 of the bench: a site that names another's database.
      town.by_config("enter-site-database", {{"hole-e", {{"db_name", f}, {"db_password", password_of_f}}}}),
      town.by_config("same-encryption-key", {{"hole-e", {{"encryption_key", "one"}}}, {"hole-f", {{"encryption_key", "one"}}}}),
      {"same-database-password",
       [&] {
         (void)town.world.host().database().sql(fmt::format("alter user {} identified by '{}'", account, password_of_f));
         town.by_config("", {{"hole-e", {{"db_password", password_of_f}}}}).open();
       },
       [&] {
         (void)town.world.host().database().sql(fmt::format("alter user {} identified by '{}'", account, password_of_e));
         town.by_config("", {{"hole-e", {{"db_password", password_of_f}}}}).close();
       }},
      in_mode("site-files", town.config("hole-e"), fs::perms(0644), fs::perms(0640)),
      in_mode("site-files", backups, fs::perms(0711), fs::perms(0750)),
      town.by_socket("bench-redis", town.redis.port()),
      town.by_socket("bench-web-server", std::stoi(town.world.host().web().substr(std::string("http://127.0.0.1:").size()))),
  };
  for (const auto& hole : holes) check_hole(hole, verified);
}
