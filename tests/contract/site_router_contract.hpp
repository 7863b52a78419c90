// What every SiteRouter promises, as tests that run on each implementation, in each of its modes, here and over SSH. Not the
// place for what only one mode shows, such as what nginx says of a server block.
#pragma once
#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "support/claims.hpp"
#include "support/nginx_server.hpp"

namespace tenantctl::test {

/// What the suite needs besides a router: a running nginx that serves what it publishes.
struct SiteRouterWorld {
  NginxServer& nginx;
  std::function<std::unique_ptr<SiteRouter>()> make_router;  // each stands for a process of its own
};

inline Presence presence_of(SiteRouter& router, const Route& route) {
  const auto observed = router.observe(route);
  if (!observed) FAIL(full_message(observed.error()));
  return observed->presence;
}

/// Fails with the error's text where an outcome holds one.
#define REQUIRE_DONE(expression)                                \
  do {                                                          \
    const auto done_ = (expression);                            \
    if (!done_) FAIL(::tenantctl::full_message(done_.error())); \
    SUCCEED();                                                  \
  } while (false)

/// Names of all files in nginx's folder that a change could leave there; locks and sockets are no files of a change.
inline std::vector<std::string> drafts_in(const std::filesystem::path& dir) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (entry.path().filename().string().ends_with(".tmp") || entry.path().filename() == ".lease") names.push_back(entry.path());
  }
  return names;
}

inline void write_old_draft(const std::filesystem::path& file) {
  write_text(file, "# tenantctl tenant=");
  std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() - std::chrono::minutes(3));
}

/// Call inside a TEST_CASE: every promise is a section of its own.
inline void check_site_router_contract(const SiteRouterWorld& world) {
  const auto router = world.make_router();
  const auto route = route_of(*router, "acme");
  const auto& dir = world.nginx.dir();

  SECTION("nothing of a route is there before it is published, and withdrawing it succeeds") {
    CHECK(presence_of(*router, route) == Presence::absent);
    REQUIRE_DONE(router->withdraw(route));
    CHECK(world.nginx.ask("acme.yourapp.test").empty());
  }

  SECTION("a published route serves both hosts when publish returns, a withdrawn one none; both may be repeated") {
    REQUIRE_DONE(router->publish(route));
    CHECK_THAT(world.nginx.ask("acme.yourapp.test"), Catch::Contains("stack=shop tenant=[acme] host=[acme.yourapp.test]"));
    CHECK_THAT(world.nginx.ask("api.acme.yourapp.test"), Catch::Contains("tenant=[acme] host=[api.acme.yourapp.test]"));
    CHECK(presence_of(*router, route) == Presence::complete);
    REQUIRE_DONE(router->publish(route));

    REQUIRE_DONE(router->withdraw(route));
    CHECK(world.nginx.ask("acme.yourapp.test").empty());
    CHECK(presence_of(*router, route) == Presence::absent);
    REQUIRE_DONE(router->withdraw(route));
    CHECK(drafts_in(dir).empty());
  }

  SECTION("a route's files can be read by everybody, and belong to whom their folder belongs") {
    REQUIRE_DONE(router->publish(route));
    for (const auto& file : route.files) {
      struct stat info {};
      struct stat folder {};
      REQUIRE(::stat(file.c_str(), &info) == 0);
      REQUIRE(::stat(file.parent_path().c_str(), &folder) == 0);
      CHECK((info.st_mode & 07777) == 0644);
      CHECK(info.st_uid == folder.st_uid);
    }
  }

  SECTION("a file that is not the tenant's is neither overwritten nor removed") {
    const std::string text =
        GENERATE(std::string("somebody's"), std::string(), "# tenantctl tenant=11111111-1111-4111-8111-111111111111 slug=acme\n",
                 "# tenantctl tenant=11111111-1111-4111-8111-11111111111", "\n# tenantctl tenant=");
    write_text(route.files.back(), text);

    const auto published = router->publish(route);
    const auto withdrawn = router->withdraw(route);

    REQUIRE_FALSE(published);
    CHECK(published.error().code == ErrorCode::foreign_object);
    CHECK_THAT(published.error().message, Catch::Contains(route.files.back().native()));
    REQUIRE_FALSE(withdrawn);
    CHECK(withdrawn.error().code == ErrorCode::foreign_object);
    CHECK(presence_of(*router, route) == Presence::foreign);
    CHECK(read_text(route.files.back()) == text);
    CHECK(drafts_in(dir).empty());
  }

  SECTION("a closed route says why when close returns, its neighbour answers as before, and itself again when open returns") {
    const auto why = GENERATE(Closure::suspended, Closure::moving);
    const auto elsewhy = why == Closure::suspended ? Closure::moving : Closure::suspended;
    const auto other = route_of(*router, "globex");
    REQUIRE_DONE(router->publish(route));
    REQUIRE_DONE(router->publish(other));

    for (int again = 0; again < 2; ++again) REQUIRE_DONE(router->close(route, why));
    for (const std::string host : {"acme.yourapp.test", "api.acme.yourapp.test", "ACME.yourapp.test.:80"}) {
      if (why == Closure::suspended)
        CHECK_THAT(world.nginx.ask(host),
                   Catch::StartsWith("HTTP/1.1 403") && Catch::Contains("Account suspended. Please contact support."));
      else
        CHECK_THAT(world.nginx.ask(host),
                   Catch::StartsWith("HTTP/1.1 503") && Catch::Contains("Retry-After: 5\r\n") && Catch::Contains("try again in a moment"));
    }
    CHECK_THAT(world.nginx.ask("globex.yourapp.test"), Catch::Contains("tenant=[globex]"));
    CHECK(router->observe_closure(route, why)->presence == Presence::complete);
    CHECK(router->observe_closure(other, why)->presence == Presence::absent);
    CHECK(presence_of(*router, route) == Presence::complete);
    CHECK(router->observe_closure(route, elsewhy)->presence == Presence::absent);
    REQUIRE_DONE(router->open(route, elsewhy));  // is no reason to let anybody in
    CHECK(router->observe_closure(route, why)->presence == Presence::complete);

    for (int again = 0; again < 2; ++again) REQUIRE_DONE(router->open(route, why));
    CHECK_THAT(world.nginx.ask("acme.yourapp.test"), Catch::Contains("tenant=[acme]") && !Catch::Contains("Retry-After"));
    CHECK(router->observe_closure(route, why)->presence == Presence::absent);
  }

  SECTION("withdrawing a closed route leaves no mark, which a later tenant of the name would inherit") {
    const auto why = GENERATE(Closure::suspended, Closure::moving);
    REQUIRE_DONE(router->publish(route));
    REQUIRE_DONE(router->close(route, why));

    REQUIRE_DONE(router->withdraw(route));

    CHECK(router->inventory()->empty());
    CHECK(router->observe_closure(route, why)->presence == Presence::absent);
  }

  SECTION("another tenant's closure is a conflict, and left alone") {
    const auto why = GENERATE(Closure::suspended, Closure::moving);
    REQUIRE_DONE(router->publish(route));
    REQUIRE_DONE(router->close(route, why));
    auto thief = route;
    thief.tenant = *TenantId::parse("00000000-0000-4000-8000-00000000dead");

    const auto closed = router->close(thief, why);
    const auto opened = router->open(thief, why);

    REQUIRE_FALSE(closed);
    CHECK(closed.error().code == ErrorCode::foreign_object);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::foreign_object);
    CHECK(router->observe_closure(thief, why)->presence == Presence::foreign);
    CHECK_THAT(world.nginx.ask("acme.yourapp.test"), Catch::StartsWith(why == Closure::suspended ? "HTTP/1.1 403" : "HTTP/1.1 503"));
  }

  SECTION("a folder or symbolic link in a file's place is foreign") {
    write_text(dir / "target", "# tenantctl tenant=" + route.tenant.str() + " slug=acme\n");
    std::filesystem::create_directories(route.files[0].parent_path());
    if (GENERATE(true, false)) std::filesystem::create_symlink(dir / "target", route.files[0]);
    else std::filesystem::create_directory(route.files[0]);

    const auto published = router->publish(route);

    REQUIRE_FALSE(published);
    CHECK(published.error().code == ErrorCode::foreign_object);
  }

  SECTION("of tenants that publish the same host at once exactly one wins") {
    std::vector<Route> rivals;
    for (int i = 0; i < 4; ++i) {
      rivals.push_back(route);
      rivals.back().tenant = tenant_id_of("rival-" + std::to_string(i));
    }
    std::atomic<int> won = 0;
    std::atomic<int> refused = 0;
    std::vector<std::thread> threads;
    for (const auto& rival : rivals) {
      threads.emplace_back([&] {
        const auto published = router->publish(rival);
        if (published) ++won;
        else if (published.error().code == ErrorCode::foreign_object) ++refused;
      });
    }
    for (auto& thread : threads) thread.join();

    CHECK(won == 1);
    CHECK(refused == 3);
    CHECK(drafts_in(dir).empty());
  }

  SECTION("the inventory has the tenants' files, and what is named in it is removed, with nothing else") {
    const auto other = route_of(*router, "globex", "crm");
    REQUIRE_DONE(router->publish(route));
    REQUIRE_DONE(router->publish(other));
    write_text(route.files[0].parent_path() / "notes", "# tenantctl is great\n");
    write_text(route.files[0].parent_path() / "later", "a\n# tenantctl tenant=" + route.tenant.str() + " slug=acme\n");

    const auto things = router->inventory();

    REQUIRE(things);
    CHECK(things->size() == route.files.size() + other.files.size());
    for (const auto& thing : *things) {
      CHECK(thing.kind == ThingKind::route_file);
      if (thing.tenant == route.tenant) REQUIRE_DONE(router->remove(thing));
    }
    CHECK(presence_of(*router, route) == Presence::absent);
    CHECK(presence_of(*router, other) == Presence::complete);
    CHECK(world.nginx.ask("acme.yourapp.test").empty());
    auto stolen = things->front();
    stolen.tenant = tenant_id_of("nobody");
    stolen.name = other.files[0];
    CHECK(router->remove(stolen).error().code == ErrorCode::foreign_object);
  }

  SECTION("a draft that was left behind is found and removed; one that may still be written is left alone") {
    const auto folder = route.files[0].parent_path();
    write_old_draft(folder / ".tenantctl-0123456789abcdef.tmp");
    write_old_draft(folder / ".tenantctl-not-ours.tmp");
    write_text(folder / ".tenantctl-fedcba9876543210.tmp", "now");

    const auto things = router->inventory();

    REQUIRE(things);
    REQUIRE(things->size() == 1);
    CHECK(things->front().kind == ThingKind::temporary_file);
    REQUIRE_DONE(router->remove(things->front()));
    REQUIRE_DONE(router->remove(things->front()));
    CHECK(std::filesystem::exists(folder / ".tenantctl-fedcba9876543210.tmp"));
    CHECK(router->remove({.kind = ThingKind::temporary_file, .name = folder / ".tenantctl-fedcba9876543210.tmp"}).error().code ==
          ErrorCode::foreign_object);
  }

  SECTION("who lost its operation changes nothing") {
    router->begin(claim_of(1, [] { return Result<void>(fail(ErrorCode::fenced, "refused")); }));
    const auto published = router->publish(route);

    REQUIRE_FALSE(published);
    CHECK(published.error().code == ErrorCode::fenced);
    const auto rightful = world.make_router();
    rightful->begin(claim_of(2));
    CHECK(presence_of(*rightful, route) == Presence::absent);
    REQUIRE_DONE(rightful->publish(route));
    CHECK(router->withdraw(route).error().code == ErrorCode::fenced);
    CHECK_THAT(world.nginx.ask("acme.yourapp.test"), Catch::Contains("tenant=[acme]"));
  }

  SECTION("a folder that can't be written to is told apart, and nothing of the route is left") {
    if (::geteuid() == 0) return;  // whom no mode keeps out
    std::filesystem::permissions(route.files[0].parent_path(), std::filesystem::perms(0555));
    const auto published = router->publish(route);
    std::filesystem::permissions(route.files[0].parent_path(), std::filesystem::perms(0755));

    REQUIRE_FALSE(published);
    CHECK(published.error().code == ErrorCode::permission_denied);
    CHECK(world.nginx.ask("acme.yourapp.test").empty());
  }
}

}  // namespace tenantctl::test
