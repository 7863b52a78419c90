// Migrations whose process is killed, at crash points and at any time: a repeat brings every tenant up to date, and every file was
// applied once. Real binary, real PostgreSQL. Points and moments are drawn by the printed seed.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <thread>

#include "support/background.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t k_migrate_points = 6;  // of nine
constexpr int k_migrate_moments = 8;
constexpr std::array<const char*, 3> k_tenants{"swept-one", "swept-two", "swept-three"};
const std::vector<std::string> k_migrate{"migrate", "--stack", "demo", "--jobs", "2", "-o", "json"};

/// Three tenants, and files that would notice being applied twice: each puts its number into a table.
class Scene {
 public:
  Scene() {
    for (const auto* slug : k_tenants) sandbox_.create(slug);
    fs::create_directories(folder_);
    write("create table applied (file int);");
    CHECK(sandbox_.run(k_migrate).status == 0);
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;
  ~Scene() { fs::remove_all(folder_); }

  /// Three more files, which all tenants lack.
  void add_files() {
    for (int i = 0; i < 3; ++i) write("select pg_sleep(0.02);");
  }

  void check_applied_once() const {
    const auto again = sandbox_.run(k_migrate);
    INFO("the repeat: " << again.out << again.err);
    CHECK(again.status == 0);
    std::string expected;
    for (int number = 1; number <= files_; ++number) expected += (number > 1 ? " " : "") + std::to_string(number);
    for (const auto* slug : k_tenants) {
      const auto database =
          sandbox_.sql("select database from tenants where slug = '" + std::string(slug) + "' and status = 'active'", "tenantctl").front();
      CHECK(sandbox_.sql("select string_agg(file::text, ' ' order by file) from applied", database) == std::vector<std::string>{expected});
      CHECK(sandbox_.sql("select string_agg(number::text, ' ' order by number) from tenantctl.migrations", database) ==
            std::vector<std::string>{expected});
    }
    CHECK(sandbox_.run(k_migrate).json()["stacks"][0]["up_to_date"] == k_tenants.size());
    CHECK(sandbox_.sql("select rolname from pg_roles where rolname like '%\\_guest'") == std::vector<std::string>{});
  }

  /// The tenants go, and nothing is left.
  void end(const char* fault) const {
    CHECK(sandbox_.run({"doctor"}).status == 0);
    for (const auto* slug : k_tenants) sandbox_.remove(slug);
    const auto left = sandbox_.inventory();
    CHECK(left == Inventory{});
    Tally::get().add(fault, left);
  }

 private:
  void write(const std::string& text) {
    ++files_;
    write_text(folder_ / fmt::format("{:04}_swept.sql", files_), fmt::format("{} insert into applied values ({});", text, files_));
  }

  LiveSandbox& sandbox_ = LiveSandbox::get();
  fs::path folder_ = sandbox_.dir() / "stacks/demo/migrations";
  int files_ = 0;
};

std::vector<std::string> all_points() {
  std::vector<std::string> points;
  for (const auto* point : {"before_effect", "after_effect", "after_mark"}) {
    for (int passing = 1; passing <= static_cast<int>(k_tenants.size()); ++passing)
      points.push_back(fmt::format("migrate:{}#{}", point, passing));
  }
  return points;
}

}  // namespace

TEST_CASE("a run of migrations that is killed at a crash point is finished by a repeat, and every file was applied once",
          "[crash][migrate]") {
  const auto points = Tally::get().draw(all_points(), k_migrate_points);
  Tally::get().swept(points.size());
  Scene scene;
  for (const auto& point : points) {
    INFO(point);
    scene.add_files();
    CHECK(LiveSandbox::get().run(k_migrate, {"TENANTCTL_FAILPOINT=" + point}).status == k_killed);
    scene.check_applied_once();
  }
  scene.end("SIGKILL at a failpoint of a migration");
}

TEST_CASE("a run of migrations that is killed at any time is finished by a repeat, and every file was applied once", "[crash][migrate]") {
  Scene scene;
  for (int i = 0; i < k_migrate_moments; ++i) {
    scene.add_files();
    Background doomed(k_migrate);
    const auto moment = std::chrono::milliseconds(Tally::get().dice()() % 900);
    INFO("killed after " << moment.count() << " ms");
    std::this_thread::sleep_for(moment);
    doomed.signal(SIGKILL);
    doomed.wait();
    LiveSandbox::get().outlive_locks();
    scene.check_applied_once();
  }
  scene.end("SIGKILL at any time of a migration");
}

TEST_CASE("a run that sleeps while another migrates its tenants changes nothing more once it wakes", "[fence][migrate]") {
  Scene scene;
  for (const auto* point : {"migrate:before_effect", "migrate:after_effect"}) {
    INFO(point);
    scene.add_files();
    Background sleeper(k_migrate, {fmt::format("TENANTCTL_FAILPOINT={}@stop", point)});
    REQUIRE(sleeper.stopped());
    // As a network that loses the connection does: the lock goes, and nobody has told the process.
    LiveSandbox::get().sql("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'tenantctl' and pid <> pg_backend_pid()",
                           "tenantctl");

    CHECK(LiveSandbox::get().run(k_migrate).status == 0);
    sleeper.signal(SIGCONT);
    sleeper.wait();

    scene.check_applied_once();
  }
  scene.end("SIGSTOP of a migration");
}
