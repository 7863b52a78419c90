// `pool fill|status|drain`, and creates that take what it holds. Real binary, real PostgreSQL, nginx and application.
#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "support/background.hpp"
#include "support/changed_config.hpp"
#include "support/live_sandbox.hpp"

using namespace tenantctl::test;
using Catch::Contains;

namespace {

/// The sandbox with a pool for its stack "demo", and without one afterwards.
class PooledSandbox {
 public:
  explicit PooledSandbox(int size = 2) {
    sandbox.use(config_with_demo_keys("    pool: { size: " + std::to_string(size) + ", low_water: 0 }\n"));
  }
  PooledSandbox(const PooledSandbox&) = delete;
  PooledSandbox& operator=(const PooledSandbox&) = delete;
  ~PooledSandbox() {
    sandbox.run({"--yes", "pool", "drain"});
    sandbox.use({});
  }

  nlohmann::json pool() const { return sandbox.run({"pool", "status", "-o", "json"}).json()["pools"][0]; }
  void fill() const {
    const auto filled = sandbox.run({"pool", "fill", "demo"});
    INFO(filled.err << filled.out);
    REQUIRE(filled.status == 0);
  }

  LiveSandbox& sandbox = LiveSandbox::get();
};

std::vector<std::string> steps_of(const nlohmann::json& created) {
  std::vector<std::string> steps;
  for (const auto& step : created["steps"]) steps.push_back(step["step"]);
  return steps;
}

bool is_pooled(const nlohmann::json& created) { return steps_of(created).front() == "pooled"; }

}  // namespace

TEST_CASE("a create takes a database out of the pool, with its own limits and settings, and clones where none is left") {
  const PooledSandbox pooled;
  const auto& sandbox = pooled.sandbox;
  pooled.fill();
  CHECK(pooled.pool()["ready"] == 2);
  CHECK(sandbox.run({"doctor"}).status == 0);

  const auto first = sandbox.create("first", {"--set", "currency=EUR"});
  const auto second = sandbox.create("second", {"--plan", "starter"});
  const auto third = sandbox.create("third");

  CHECK(steps_of(first) == std::vector<std::string>{"pooled", "settings", "credentials", "route", "verify"});
  CHECK(is_pooled(second));
  CHECK_FALSE(is_pooled(third));
  CHECK(pooled.pool()["ready"] == 0);
  for (const auto* slug : {"first", "second", "third"}) CHECK(sandbox.is_live(slug));
  const auto database = first["tenant"]["database"].get<std::string>();
  CHECK(sandbox.sql("select value from tenantctl.settings where key = 'currency'", database) == std::vector<std::string>{"EUR"});
  CHECK(sandbox.sql("select rolconnlimit from pg_roles where rolname = '" + database + "'") !=
        sandbox.sql("select rolconnlimit from pg_roles where rolname = '" + second["tenant"]["database"].get<std::string>() + "'"));
  CHECK(sandbox.run({"doctor"}).status == 0);
  for (const auto* slug : {"first", "second", "third"}) sandbox.remove(slug);
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("a pooled create that fails is undone with its database, which nobody gets again") {
  const PooledSandbox pooled(1);
  const auto& sandbox = pooled.sandbox;
  pooled.fill();
  const auto in_the_way = sandbox.dir() / "credentials/demo/blocked.json";
  std::ofstream(in_the_way) << "somebody else's\n";

  const auto failed = sandbox.run({"create", "blocked", "--email", "a@b.test", "-o", "json"});

  CHECK(failed.error()["code"] == "foreign_object");
  CHECK(pooled.pool()["ready"] == 0);
  std::filesystem::remove(in_the_way);
  CHECK(sandbox.inventory() == Inventory{});
}

TEST_CASE("while the name is in quarantine or the server out of reach no database of the pool is lost") {
  const PooledSandbox pooled(1);
  auto& sandbox = pooled.sandbox;
  sandbox.create("gone");
  CHECK(sandbox.run({"--yes", "delete", "gone", "--no-backup"}).status == 0);
  pooled.fill();

  CHECK(sandbox.run({"create", "gone", "--email", "a@b.test"}).status == 5);
  CHECK(pooled.pool()["ready"] == 1);
  const auto with_pool = sandbox.config();
  sandbox.use(changed_config("unreachable.yaml",
                             {{"local: { url: \"postgresql:///postgres?host=", "local: { url: \"postgresql:///postgres?host=/nowhere"}}));
  CHECK(sandbox.run({"create", "early", "--email", "a@b.test"}).status == 9);

  sandbox.use(with_pool);
  CHECK(pooled.pool()["ready"] == 1);
  sandbox.free_names();
}

TEST_CASE("a create that is refused leaves the pool as it was") {
  const PooledSandbox pooled(1);
  const auto& sandbox = pooled.sandbox;
  sandbox.create("taken");
  pooled.fill();

  CHECK(sandbox.run({"create", "taken", "--email", "a@b.test"}).status == 5);

  CHECK(pooled.pool()["ready"] == 1);
  CHECK(pooled.pool()["claimed"] == 0);
  sandbox.remove("taken");
}

TEST_CASE("databases of older schema files are never handed out, and the next fill drops them") {
  const PooledSandbox pooled;
  auto& sandbox = pooled.sandbox;
  pooled.fill();
  const auto schema = sandbox.dir() / "stacks/demo/schema.sql";
  const auto before = read_text(schema);
  write_text(schema, before + "create table added_later (id int);\n");

  const auto created = sandbox.create("fresh");

  CHECK_FALSE(is_pooled(created));
  CHECK(pooled.pool()["ready"] == 0);
  CHECK(pooled.pool()["stale"] == 2);
  CHECK(sandbox.run({"pool", "fill", "-o", "json"}).json() ==
        nlohmann::json{{"format", 1}, {"filled", 2}, {"dropped", 2}, {"errors", nlohmann::json::array()}});
  CHECK(pooled.pool()["ready"] == 2);
  CHECK(pooled.pool()["stale"] == 0);
  write_text(schema, before);
  sandbox.remove("fresh");
}

TEST_CASE("drain asks first, and leaves nothing") {
  const PooledSandbox pooled;
  const auto& sandbox = pooled.sandbox;
  pooled.fill();

  CHECK(sandbox.run({"pool", "drain"}).status == 2);
  CHECK(pooled.pool()["ready"] == 2);
  CHECK(sandbox.run({"--yes", "pool", "drain", "demo", "-o", "json"}).json()["dropped"] == 2);

  CHECK(pooled.pool()["ready"] == 0);
  CHECK(sandbox.inventory() == Inventory{});
  CHECK(sandbox.run({"pool", "fill", "shared", "-o", "json"}).error()["code"] == "state_conflict");
  CHECK(sandbox.run({"pool", "fill", "nowhere"}).status == 4);
}

TEST_CASE("a worker keeps the pool filled") {
  const PooledSandbox pooled(2);
  Background worker({"worker"});
  for (int i = 0; i < 100 && pooled.pool()["ready"] != 2; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(200));
  CHECK(pooled.pool()["ready"] == 2);
  worker.signal(SIGTERM);
  CHECK(worker.wait().status == 0);
}

TEST_CASE("two fills at the same time make no more than is wanted") {
  const PooledSandbox pooled(3);
  Background one({"pool", "fill"});
  Background two({"pool", "fill"});

  const auto first = one.wait();
  const auto second = two.wait();

  CHECK((first.status == 0 || first.status == 6));
  CHECK((second.status == 0 || second.status == 6));
  CHECK(pooled.pool()["ready"] == 3);
}
