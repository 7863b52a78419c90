// SIGKILL at every point of adding and of removing a custom domain, then resume or rollback: the host leads to the tenant or
// nowhere, and nginx, its files and the control database say the same. Real binary, real servers.
#include <catch2/catch.hpp>

#include "fault/failpoints.hpp"
#include "support/live_sandbox.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;

namespace {

constexpr const char* k_shop = "moved";
constexpr const char* k_host = "shop.moved-corp.test";

enum class Is { routed, not_there };

struct DomainChange {
  std::string verb;
  Is from;
  Is to;
};

std::vector<std::string> args_of(const std::string& verb) {
  std::vector<std::string> args{"domain", verb, k_shop, k_host};
  if (verb == "add") args.emplace_back("--force-unverified");
  return args;
}

std::string row() {
  const auto rows = LiveSandbox::get().sql(
      "select case when routed_at is null then 'reserved' else 'routed' end from tenant_domains where kind = 'custom'", "tenantctl");
  return rows.empty() ? "none" : rows.front();
}

bool has_file() {
  return std::filesystem::exists(LiveSandbox::get().dir() / "nginx/tenantctl/domains" / k_shop / (std::string(k_host) + ".map"));
}

void bring_to(Is wanted) {
  if (run_to({"show", k_shop}).status != 0) LiveSandbox::get().create(k_shop);
  if (wanted == Is::routed) REQUIRE(run_to(args_of("add")).status == 0);
  else if (row() != "none") REQUIRE(run_to(args_of("remove")).status == 0);
}

/// Visitors, nginx's folder and row say the same.
void check_it(Is wanted) {
  auto& sandbox = LiveSandbox::get();
  CHECK(row() == (wanted == Is::routed ? "routed" : "none"));
  CHECK(has_file() == (wanted == Is::routed));
  const auto answer = sandbox.get(k_host, "/api/method/ping");
  CHECK((answer.find("pong") != std::string::npos) == (wanted == Is::routed));
  if (wanted == Is::not_there) CHECK(answer.empty());
  CHECK(sandbox.is_live(k_shop));
  CHECK(unfinished_states().empty());
}

std::vector<std::string> points_of(const DomainChange& change) {
  auto points = run_to({"failpoints", "-o", "json"}).json()["failpoints"]["domain"].get<std::vector<std::string>>();
  std::erase_if(points, [&](const auto& point) {
    return change.verb == "add" ? point.starts_with("domain_unroute")
                                : point.starts_with("domain_route") || point.starts_with("domain_answer");
  });
  return points;
}

void kill_domain_change_at(const DomainChange& change, const std::string& point) {
  if (!is_backward(point)) {
    REQUIRE(run_to(args_of(change.verb), point).status == k_killed);
    return;
  }
  REQUIRE(run_to(args_of(change.verb), "close:before_effect").status == k_killed);
  REQUIRE(run_to({"rollback", k_shop, "--yes"}, point).status == k_killed);
}

void end_with(const DomainChange& change, const std::string& verb, const std::string& point) {
  INFO("domain " << change.verb << ": " << point << " then " << verb);
  bring_to(change.from);
  kill_domain_change_at(change, point);
  const auto left = unfinished_states();

  const auto ended = run_to({verb, k_shop, "--yes", "-o", "json"});

  INFO(ended.out << ended.err);
  if (left.empty()) {  // it was killed after its end
    check_it(is_backward(point) ? change.from : change.to);
  } else {
    CHECK(ended.status == 0);
    check_it(verb == "resume" && left.front() == "running" ? change.to : change.from);
  }
  Tally::get().add("SIGKILL at a failpoint of a change of a custom domain");
}

void sweep(const DomainChange& change) {
  const auto points = points_of(change);
  REQUIRE(points.size() > 10);
  Tally::get().swept(points.size());
  for (const auto& point : points) {
    for (const std::string verb : {"resume", "rollback"}) end_with(change, verb, point);
  }
}

}  // namespace

TEST_CASE("a custom domain whose change is killed at any point ends routed or not there at all", "[crash][domains]") {
  sweep({"add", Is::not_there, Is::routed});
  sweep({"remove", Is::routed, Is::not_there});

  LiveSandbox::get().remove(k_shop);
  CHECK(LiveSandbox::get().inventory() == Inventory{});
}
