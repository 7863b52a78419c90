// A log of requests as nginx and logrotate treat it, counted into a real control database: each line once, whatever becomes of its file.
#include "commands/request_count.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "adapters/process/local_shell.hpp"
#include "support/control_fixture.hpp"
#include "support/temp_folder.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

struct LoggedTenant {
  std::unique_ptr<ControlFixture> fixture = ControlFixture::migrated();
  TempFolder folder;
  std::filesystem::path log = folder / "requests.log";
  LocalShell shell;

  LoggedTenant() { REQUIRE(open(fixture->control, 1, "acme").has_value()); }

  static std::string lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "2026-11-23T10:00:00+00:00 acme.yourapp.test\n";
    return text;
  }
  static void append(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file, std::ios::app | std::ios::binary) << text;
  }

  Result<RequestsCounted> count(std::chrono::seconds settled = 0s) {
    return count_new_requests({.host = {}, .file = log.string()}, {.shell = shell, .usage = fixture->control.usage(), .settled = settled});
  }
  std::int64_t counted(std::chrono::seconds settled = 0s) {
    const auto done = count(settled);
    INFO((done ? "" : full_message(done.error())));
    REQUIRE(done);
    return done->requests;
  }
  std::int64_t in_all() const {
    return std::stoll(test::ask(fixture->look(), "select coalesce(sum(amount), 0)::bigint from usage_days where resource = 'requests'"));
  }
};

}  // namespace

TEST_CASE("a log is counted on from where it was counted to, and a line that is being written waits for its end", "[limits]") {
  LoggedTenant tenant;
  tenant.append(tenant.log, tenant.lines(3) + "2026-11-23T10:00:00+00:00 acme.your");

  CHECK(tenant.counted() == 3);
  CHECK(tenant.counted() == 0);
  tenant.append(tenant.log, "app.test\n" + tenant.lines(1));
  CHECK(tenant.counted() == 2);
  CHECK(tenant.in_all() == 5);
}

TEST_CASE("what is longer than any line keeps no line after it back", "[limits]") {
  LoggedTenant tenant;
  tenant.append(tenant.log, std::string((8 << 20) + 100, 'x') + "\n" + tenant.lines(2));

  const auto counted = tenant.count();

  REQUIRE(counted);
  CHECK(counted->requests == 2);
  CHECK(counted->unreadable == 2);  // the piece, and what was left of it
}

TEST_CASE("a log of several pieces is counted whole", "[limits]") {
  LoggedTenant tenant;
  tenant.append(tenant.log, tenant.lines(450'000));  // 20 MB

  CHECK(tenant.counted() == 450'000);
}

TEST_CASE("files that were rotated away since are counted to their ends, the oldest first", "[limits]") {
  LoggedTenant tenant;
  const auto first = tenant.folder / "requests.log.1";
  const auto second = tenant.folder / "requests.log.2";
  tenant.append(tenant.log, tenant.lines(1));
  REQUIRE(tenant.counted() == 1);

  tenant.append(tenant.log, tenant.lines(2));
  std::filesystem::rename(tenant.log, first);
  std::this_thread::sleep_for(20ms);  // a file's time is that of the kernel's last tick
  tenant.append(tenant.log, tenant.lines(4));
  std::filesystem::rename(first, second);
  std::filesystem::rename(tenant.log, first);
  std::this_thread::sleep_for(20ms);
  tenant.append(tenant.log, tenant.lines(8));
  tenant.append(tenant.folder / "requests.log.3.gz", tenant.lines(16));
  tenant.append(tenant.folder / "error.log", tenant.lines(32));

  CHECK(tenant.counted() == 14);
  CHECK(tenant.counted() == 0);
  CHECK(tenant.in_all() == 15);
}

TEST_CASE("a file that was just rotated is not left while nginx may write into it", "[limits]") {
  LoggedTenant tenant;
  const auto old = tenant.folder / "requests.log.1";
  tenant.append(tenant.log, tenant.lines(1));
  REQUIRE(tenant.counted() == 1);
  std::filesystem::rename(tenant.log, old);
  tenant.append(tenant.log, tenant.lines(4));

  CHECK(tenant.counted(1h) == 0);
  tenant.append(old, tenant.lines(2));
  CHECK(tenant.counted(1h) == 2);
  CHECK(tenant.counted(0s) == 4);
}

TEST_CASE("a log that nginx has not made anew yet is waited for", "[limits]") {
  LoggedTenant tenant;
  tenant.append(tenant.log, tenant.lines(1));
  REQUIRE(tenant.counted() == 1);
  std::filesystem::rename(tenant.log, tenant.folder / "requests.log.1");

  CHECK(tenant.counted() == 0);
  tenant.append(tenant.log, tenant.lines(3));
  CHECK(tenant.counted() == 3);
}

TEST_CASE("a file that is gone, compressed or cut is told of once, and the log is counted from its beginning", "[limits]") {
  LoggedTenant tenant;
  const auto old = tenant.folder / "requests.log.1";
  tenant.append(tenant.log, tenant.lines(5));
  REQUIRE(tenant.counted() == 5);
  SECTION("gone") {
    std::filesystem::rename(tenant.log, old);
    tenant.append(tenant.log, tenant.lines(2));
    std::filesystem::remove(old);
  }
  SECTION("compressed") {
    std::filesystem::rename(tenant.log, tenant.folder / "requests.log.1.gz");
    tenant.append(tenant.log, tenant.lines(2));
  }
  SECTION("cut") {
    std::filesystem::resize_file(tenant.log, 0);
    tenant.append(tenant.log, tenant.lines(2));
  }

  const auto told = tenant.count();

  REQUIRE_FALSE(told);
  CHECK(told.error().code == ErrorCode::file_not_found);
  CHECK_THAT(told.error().message, Contains("is gone"));
  CHECK(tenant.counted() == 2);
  CHECK(tenant.in_all() == 7);
}

TEST_CASE("a log that is not there, or can't be read, is an error that names it", "[limits]") {
  LoggedTenant tenant;

  const auto missing = tenant.count();
  tenant.log = tenant.folder / "no_folder/requests.log";
  const auto no_folder = tenant.count();

  CHECK(missing.error().code == ErrorCode::file_not_found);
  CHECK_THAT(missing.error().hint, Contains("tenantctl init"));
  CHECK(no_folder.error().code == ErrorCode::io_failed);
  CHECK_THAT(no_folder.error().message, Contains("no_folder/requests.log"));
}
