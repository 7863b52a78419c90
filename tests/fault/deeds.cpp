#include "fault/deeds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "fault/demo_databases.hpp"
#include "support/tally.hpp"

namespace tenantctl::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* k_slug = "deed";
constexpr const char* k_copy = "deed-copy";
constexpr const char* k_host = "shop.deed-corp.test";

CliResult run(const std::vector<std::string>& args) { return LiveSandbox::get().run(args); }

void done(const std::vector<std::string>& args) {
  const auto said = run(args);
  INFO(said.err);
  REQUIRE(said.status == 0);
}

/// The row's state; "none" where there is no such tenant.
std::string recorded(const std::string& slug) {
  const auto rows = LiveSandbox::get().sql(
      fmt::format("select status from tenants where slug = '{}' order by status = 'deleted' limit 1", slug), "tenantctl");
  return rows.empty() ? "none" : rows.front();
}

std::string roles_of(const std::string& slug, const std::string& which) {
  return LiveSandbox::get()
      .sql(fmt::format(
          "select count(*) from pg_roles where rolname like 'demo\\_{}%'{}",
          LiveSandbox::get()
              .sql("select lower(code) from tenants where slug = '" + slug + "' order by status = 'deleted', deleted_at desc limit 1",
                   "tenantctl")
              .front(),
          which))
      .front();
}

std::string state_of(const std::string& slug) {
  const auto state = recorded(slug);
  if (state == "none") return state;
  const auto left = state == "deleted" ? roles_of(slug, "") : "0";
  if (left != "0") return "deleted, with roles";
  const bool open = state == "active";
  if (LiveSandbox::get().is_live(slug) != open) return state + (open ? ", and visitors are shut out" : ", and visitors are let in");
  // A guest of a process that lost its server may be there until the tenant's next one.
  if (roles_of(slug, R"( and rolcanlogin and rolname not like '%\_guest')") != (open ? "1" : "0"))
    return state + ", which its login contradicts";
  return state;
}

/// Its own, and not one of an earlier tenant of the name.
bool has_backup() {
  const auto code = run({"show", k_slug, "-o", "json"}).json()["tenant"]["code"].get<std::string>();
  const auto folder = LiveSandbox::get().dir() / "backups" / (std::string(k_slug) + "-" + code);
  return fs::exists(folder) && !fs::is_empty(folder);
}

std::string live_database() { return run({"show", k_slug, "-o", "json"}).json()["tenant"]["database"].get<std::string>(); }

bool has_domain() {
  return recorded(k_slug) == "active" && LiveSandbox::get().get(k_host, "/api/method/ping").find("pong") != std::string::npos;
}

void bring_to(const std::string& wanted) {
  auto& sandbox = LiveSandbox::get();
  sandbox.free_names();
  if (recorded(k_slug) == "cancelled") sandbox.remove(k_slug);
  const auto state = recorded(k_slug);
  if (state == "none" || state == "deleted") sandbox.create(k_slug);
  if (recorded(k_slug) != wanted)
    done(wanted == "active" ? std::vector<std::string>{"activate", k_slug} : std::vector<std::string>{"suspend", k_slug, "--no-backup"});
}

Deed change_of_state(const std::string& verb, const std::string& from, const std::string& to) {
  return {verb,
          {verb, k_slug, "--yes"},
          [=] { bring_to(from); },
          [=] {
            const auto state = state_of_tenant();
            return state == from ? "before" : state == to ? "after" : state;
          }};
}

/// What lies in the backup has couriers, and what is there before has none.
Deed restore() {
  return {"restore",
          {"restore", k_slug, "--from", "newest", "--yes"},
          [] {
            bring_to("active");
            done({"restore", k_slug, "--drop-old", "--yes"});
            if (!has_backup()) done({"backup", k_slug});
            LiveSandbox::get().sql("delete from couriers", live_database());
          },
          []() -> std::string {
            if (const auto state = state_of_tenant(); state != "active") return state;
            const auto couriers = LiveSandbox::get().sql("select count(*) from couriers", live_database()).front();
            const auto found = fmt::format("{} couriers, {} databases", couriers, demo_databases().size());
            return found == "0 couriers, 1 databases" ? "before" : found == "440 couriers, 2 databases" ? "after" : found;
          }};
}

Deed clone() {
  return {"clone",
          {"clone", k_slug, k_copy},
          [] {
            bring_to("active");
            if (recorded(k_copy) != "none") LiveSandbox::get().remove(k_copy);
            // A deed before this one may have emptied it; where it has, a backup was made before.
            if (LiveSandbox::get().sql("select count(*) from couriers", live_database()).front() != "440")
              done({"restore", k_slug, "--from", "newest", "--drop-old", "--yes"});
            done({"restore", k_slug, "--drop-old", "--yes"});
          },
          []() -> std::string {
            if (const auto state = state_of_tenant(); state != "active") return "origin: " + state;
            const auto copy = state_of(k_copy);
            if (copy == "none") return demo_databases().size() == 1 ? "before" : "a database of no tenant";
            if (copy != "active") return "copy: " + copy;
            const auto database = run({"show", k_copy, "-o", "json"}).json()["tenant"]["database"].get<std::string>();
            return LiveSandbox::get().sql("select count(*) from couriers", database).front() == "440" ? "after" : "a copy without data";
          }};
}

Deed domain(const std::string& verb) {
  std::vector<std::string> args{"domain", verb, k_slug, k_host};
  if (verb == "add") args.emplace_back("--force-unverified");
  return {"domain " + verb, args,
          [=] {
            bring_to("active");
            const auto rows = LiveSandbox::get().sql("select 1 from tenant_domains where kind = 'custom'", "tenantctl");
            if (verb == "add" && !rows.empty()) done({"domain", "remove", k_slug, k_host});
            if (verb == "remove" && rows.empty()) done({"domain", "add", k_slug, k_host, "--force-unverified"});
          },
          [=]() -> std::string {
            if (const auto state = state_of_tenant(); state != "active") return state;
            const auto rows = LiveSandbox::get().sql(
                "select case when routed_at is null then 'reserved' else 'routed' end from tenant_domains where kind = 'custom'",
                "tenantctl");
            const bool file = fs::exists(LiveSandbox::get().dir() / "nginx/tenantctl/domains" / k_slug / (std::string(k_host) + ".map"));
            const auto found = fmt::format("row: {}, file: {}, served: {}", rows.empty() ? "none" : rows.front(), file, has_domain());
            const bool routed = found == "row: routed, file: true, served: true";
            if (!routed && found != "row: none, file: false, served: false") return found;
            return routed == (verb == "add") ? "after" : "before";
          }};
}

}  // namespace

const std::vector<Deed>& deeds() {
  static const std::vector<Deed> all{change_of_state("suspend", "active", "suspended"),
                                     change_of_state("activate", "suspended", "active"),
                                     change_of_state("cancel", "active", "cancelled"),
                                     change_of_state("delete", "active", "deleted"),
                                     restore(),
                                     clone(),
                                     domain("add"),
                                     domain("remove")};
  return all;
}

const Deed& deed(const std::string& name) {
  const auto found = std::ranges::find(deeds(), name, &Deed::name);
  REQUIRE(found != deeds().end());
  return *found;
}

std::string state_of_tenant() { return state_of(k_slug); }

std::vector<std::string> unfinished() {
  return LiveSandbox::get().sql("select id from operations where state in ('running', 'undoing', 'stuck')", "tenantctl");
}

void finish_what_is_begun() {
  for (const auto& operation : unfinished()) {
    const std::string verb = Tally::get().toss() ? "resume" : "rollback";
    auto ended = run({verb, operation, "--yes"});
    if (ended.status == 5 && verb == "rollback") ended = run({"resume", operation, "--yes"});
    INFO(verb << ": " << ended.out << ended.err);
    REQUIRE(ended.status == 0);
  }
}

void judge_deed(const Deed& deed, const CliResult& said) {
  INFO(deed.name << " said " << said.status << " " << said.out << said.err);
  const std::vector<int> true_ones{0, 1, 9, 10, 11};
  CHECK(std::ranges::count(true_ones, said.status) == 1);
  const bool is_over = unfinished().empty();
  if (said.status == 0) CHECK(is_over);
  finish_what_is_begun();
  const auto stand = deed.stand();
  if (said.status == 0) CHECK(stand == "after");
  else if (is_over && said.status != 10) CHECK(stand == "before");
  else CHECK((stand == "before" || stand == "after"));
  INFO(stand);
}

void end_deeds() {
  auto& sandbox = LiveSandbox::get();
  if (recorded(k_slug) == "active") done({"restore", k_slug, "--drop-old", "--yes"});
  for (const auto* slug : {k_copy, k_slug}) {
    if (const auto state = recorded(slug); state != "none" && state != "deleted") sandbox.remove(slug);
  }
  fs::remove_all(sandbox.dir() / "backups");
  sandbox.free_names();
  CHECK(sandbox.inventory() == Inventory{});
}

}  // namespace tenantctl::test
