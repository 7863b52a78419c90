// Many processes for one name, and different operations on one tenant at the same time: one winner, refusals with the right
// status, and never an orphan; for tenants with a database, with a schema and behind SSH. $TENANTCTL_RACES says how many
// processes race for one name in all; an eighth of them each for the latter two.
#include <catch2/catch.hpp>

#include <csignal>
#include <memory>

#include "support/background.hpp"
#include "support/create_way.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;

namespace {

constexpr int k_rivals = 8;

int processes_wanted() {
  const char* text = std::getenv("TENANTCTL_RACES");
  return text == nullptr ? 1000 : std::atoi(text);
}

std::vector<std::string> create_args(const std::string& slug = "raced") {
  return {"-q", "create", slug, "--email", "a@raced.test", "-o", "json"};
}

/// A tenant's own things and no others: two roles, and a database or a schema.
std::string things_on_the_server() {
  std::string kinds;
  for (const auto& line : LiveSandbox::get().inventory()) {
    const auto kind = line.substr(0, line.find(' '));
    if (kind == "database" || kind == "role" || kind == "schema") kinds += kind + " ";
  }
  return kinds;
}
std::string wanted_things(const std::string& way) { return way == "shared" ? "role role schema " : "database role role "; }

/// One valid end of every race: a whole live tenant, or nothing at all.
void check_whole_or_gone(const std::string& slug, const std::string& way = "demo") {
  const auto& sandbox = LiveSandbox::get();
  const auto shown = sandbox.run({"show", slug, "-o", "json"});
  if (shown.status != 0) {
    CHECK(sandbox.inventory() == Inventory{});
    return;
  }
  CHECK(shown.json()["tenant"]["status"] == "active");
  CHECK_THAT(sandbox.get(slug + ".yourapp.test", "/api/method/ping"), Catch::StartsWith("200\n"));
  CHECK(things_on_the_server() == wanted_things(way));
  sandbox.remove(slug);
  CHECK(sandbox.inventory() == Inventory{});
}

}  // namespace

TEST_CASE("of processes that race for one name one wins, the others end with 5 or 6, and nothing is orphaned", "[race]") {
  const std::string way = GENERATE("demo", "shared", "ssh");
  const CreateWay chosen(way);
  const auto& sandbox = LiveSandbox::get();
  const int processes = processes_wanted() * (way == "demo" ? 6 : 1) / 8;
  const int rounds = (processes + k_rivals - 1) / k_rivals;
  for (int round = 0; round < rounds; ++round) {
    INFO(way << ", round " << round);
    Rivals rivals;
    for (int i = 0; i < k_rivals; ++i)
      rivals.push_back(std::make_unique<Background>(create_args(), std::vector<std::string>(), Build::release));
    const auto ended = finish(rivals);
    INFO(ended.said);
    REQUIRE(ended.won == 1);
    REQUIRE(ended.refused == k_rivals - 1);
    REQUIRE(things_on_the_server() == wanted_things(way));
    sandbox.remove("raced");
    const auto left = sandbox.inventory();
    Tally::get().add("a race of 8 for one name, " + way, left);
    Tally::get().raced(k_rivals);
    REQUIRE(left == Inventory{});
  }
}

TEST_CASE("a resume and a rollback at the same time end in a whole tenant or in none", "[race]") {
  const std::string way = GENERATE("demo", "shared", "ssh");
  const CreateWay chosen(way);
  for (int round = 0; round < 4; ++round) {
    INFO(way << ", round " << round);
    REQUIRE(LiveSandbox::get().run(create_args(), {"TENANTCTL_FAILPOINT=settings:after_effect"}).status == 128 + SIGKILL);
    Background resume({"resume", "raced", "-o", "json"});
    Background rollback({"rollback", "raced", "--yes", "-o", "json"});

    const auto resumed = resume.wait();
    const auto rolled_back = rollback.wait();

    INFO(resumed.err << rolled_back.err);
    CHECK((resumed.status == 0 || resumed.status == 5 || resumed.status == 6));
    CHECK((rolled_back.status == 0 || rolled_back.status == 5 || rolled_back.status == 6));
    CHECK((resumed.status == 0 || rolled_back.status == 0));
    check_whole_or_gone("raced", way);
    Tally::get().add("resume against rollback, " + way);
  }
}

TEST_CASE("a rollback of a tenant that is being created is refused with 6, or comes before or after it", "[race]") {
  for (int round = 0; round < 10; ++round) {
    INFO("round " << round);
    Background create(create_args());
    ::usleep(static_cast<useconds_t>(round) * 30'000);
    Background rollback({"rollback", "raced", "--yes", "-o", "json"});

    const auto created = create.wait();
    const auto rolled_back = rollback.wait();

    INFO(created.err << rolled_back.err);
    CHECK(created.status == 0);
    CHECK((rolled_back.status == 0 || rolled_back.status == 4 || rolled_back.status == 5 || rolled_back.status == 6));
    check_whole_or_gone("raced");
  }
}

TEST_CASE("two creates with one idempotency key at the same time make one tenant", "[race]") {
  auto& sandbox = LiveSandbox::get();
  for (int round = 0; round < 5; ++round) {
    INFO("round " << round);
    const auto key = "race-" + std::to_string(round) + "-" + std::to_string(::getpid());
    auto args = create_args();
    args.insert(args.end(), {"--idempotency-key", key});
    Background one(args);
    Background other(args);

    const std::array ends{one.wait(), other.wait()};

    INFO(ends[0].err << ends[1].err);
    CHECK(std::ranges::count(ends, 0, &CliResult::status) >= 1);
    for (const auto& end : ends) CHECK((end.status == 0 || end.status == 6 || end.status == 10));
    const auto again = sandbox.run(args);
    INFO(again.err);
    CHECK(again.status == 0);
    CHECK(again.json()["repeated"] == true);
    check_whole_or_gone("raced");
  }
}

TEST_CASE("with --lock-wait both of two creates with one idempotency key succeed, with one tenant", "[race]") {
  auto args = create_args();
  args.insert(args.end(), {"--lock-wait", "30s", "--idempotency-key", "wait-" + std::to_string(::getpid())});
  Background one(args);
  Background other(args);

  const std::array ends{one.wait(), other.wait()};

  INFO(ends[0].err << ends[1].err);
  for (const auto& end : ends) CHECK((end.status == 0 || end.status == 10));  // 10: looked before the other had ended, and before the lock
  CHECK(std::ranges::count(ends, 0, &CliResult::status) >= 1);
  check_whole_or_gone("raced");
}

TEST_CASE("one idempotency key for two names at the same time makes one tenant", "[race]") {
  auto args = create_args("raced-a");
  auto others = create_args("raced-b");
  const auto key = "names-" + std::to_string(::getpid());
  args.insert(args.end(), {"--idempotency-key", key});
  others.insert(others.end(), {"--idempotency-key", key});
  Background one(args);
  Background other(others);

  const auto first = one.wait();
  const auto second = other.wait();

  INFO(first.err << second.err);
  CHECK((first.status == 0) != (second.status == 0));
  CHECK((first.status == 0 ? second.status : first.status) == 5);
  check_whole_or_gone(first.status == 0 ? "raced-a" : "raced-b");
}
