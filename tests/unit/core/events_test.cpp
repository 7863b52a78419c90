// Who is told of which events, and when a delivery that failed is tried again.
#include <catch2/catch.hpp>

#include "core/events.hpp"
#include "core/outbox.hpp"

using namespace tenantctl;
using namespace std::chrono_literals;

TEST_CASE("a pattern covers one type, a family of types, or all") {
  CHECK(covers("tenant.created", "tenant.created"));
  CHECK_FALSE(covers("tenant.created", "tenant.created.again"));
  CHECK(covers("tenant.*", "tenant.deleted"));
  CHECK_FALSE(covers("tenant.*", "tenants.deleted"));
  CHECK_FALSE(covers("tenant.*", "batch.finished"));
  CHECK(covers("*", "isolation.breach"));
}

TEST_CASE("each who wants an event is told of it, once") {
  const Subscriptions subscriptions({{"mail", {"tenant.created"}}, {"crm", {"tenant.*", "tenant.created"}}, {"ops", {"isolation.*"}}});

  CHECK(subscriptions.targets_of("tenant.created") == std::vector<std::string>{"mail", "crm"});
  CHECK(subscriptions.targets_of("tenant.deleted") == std::vector<std::string>{"crm"});
  CHECK(subscriptions.targets_of("batch.finished").empty());
  CHECK(subscriptions.targets() == std::vector<std::string>{"mail", "crm", "ops"});
}

TEST_CASE("copies of subscriptions know together whether there is news") {
  const Subscriptions one(std::vector<Subscription>{{"mail", {"*"}}});
  const auto other = one;
  CHECK_FALSE(other.has_events());
  one.note_event();
  CHECK(other.has_events());
}

TEST_CASE("a delivery that fails is tried again after ever longer pauses, over three days, and then given up") {
  std::chrono::seconds all{0}, before{0};
  int tries = 0;
  for (auto end = failed_try(tries, "no"); end.state == DeliveryState::waiting; end = failed_try(++tries, "no")) {
    CHECK(end.pause > before);
    CHECK(end.answer == "no");
    all += end.pause;
    before = end.pause;
  }
  CHECK(failed_try(0, "").pause == 10s);
  CHECK(tries == 11);
  CHECK(all > 72h);
  CHECK(all < 96h);
}

TEST_CASE("a receiver may ask for a longer pause, within reason, and for none that is shorter") {
  CHECK(failed_try(0, "", 5min).pause == 5min);
  CHECK(failed_try(0, "", 1s).pause == 10s);
  CHECK(failed_try(0, "", 1000h).pause == 24h);
}
