// What `usage collect` measures of real tenants: their databases, connections, tables and requests, each request once.
#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "adapters/postgres/connection.hpp"
#include "support/changed_config.hpp"
#include "support/live_sandbox.hpp"

using namespace tenantctl::test;
using Catch::Contains;
using namespace std::chrono_literals;

namespace {

std::filesystem::path requests_log() { return LiveSandbox::get().dir() / "nginx/logs/requests.log"; }

std::int64_t lines_in(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return 0;
  const auto text = read_text(file);
  return std::ranges::count(text, '\n');
}

/// A tenant whose usage is looked at.
struct Measured {
  explicit Measured(const std::string& slug, std::vector<std::string> more = {})
      : name(slug), database(LiveSandbox::get().create(slug, std::move(more))["tenant"]["database"].get<std::string>()) {}
  Measured(const Measured&) = delete;
  Measured& operator=(const Measured&) = delete;
  ~Measured() {
    LiveSandbox::get().remove(name);
    for (const auto& thing : LiveSandbox::get().inventory()) {  // others may be there still
      INFO(thing);
      CHECK((thing.find(name) == std::string::npos && thing.find(database) == std::string::npos));
    }
  }

  std::map<std::string, std::int64_t> usage() const {
    std::map<std::string, std::int64_t> now;
    const auto shown = LiveSandbox::get().run({"usage", "show", name, "-o", "json"}).json();
    for (const auto& line : shown["usage"]) now[line["resource"]] = line["current"];
    return now;
  }
  std::int64_t requests() const { return usage()["requests"]; }
  /// nginx writes a request down after it was answered.
  void visit(int times) const {
    const auto before = lines_in(requests_log());
    for (int i = 0; i < times; ++i) REQUIRE(LiveSandbox::get().is_live(name));
    for (int tries = 0; tries < 200 && lines_in(requests_log()) < before + times; ++tries) std::this_thread::sleep_for(50ms);
  }

  std::string name;
  std::string database;
};

CliResult collect(std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"usage", "collect", "-o", "json"});
  auto done = LiveSandbox::get().run(more);
  INFO(done.out << done.err);
  REQUIRE((done.status == 0 || done.status == 1));
  return done;
}

std::string now_in_log() {
  return LiveSandbox::get().sql("select to_char(now() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')").front();
}

}  // namespace

TEST_CASE("a tenant's database, connections and requests are measured, and a repeat counts nothing twice", "[limits]") {
  const Measured tenant("use-a");
  const auto login = nlohmann::json::parse(read_text(LiveSandbox::get().dir() / "credentials/demo/use-a.json"));
  const auto first =
      tenantctl::postgres::Connection::open(tenantctl::Secret(login["url"].get<std::string>()), tenantctl::postgres::Peer::server);
  const auto second =
      tenantctl::postgres::Connection::open(tenantctl::Secret(login["url"].get<std::string>()), tenantctl::postgres::Peer::server);
  REQUIRE((first && second));
  REQUIRE(collect().status == 0);
  const auto before = tenant.requests();

  tenant.visit(3);
  const auto run = collect();
  const auto now = tenant.usage();
  collect();
  const auto again = tenant.usage();

  CHECK(now.at("requests") == before + 3);
  CHECK(now.at("connections") >= 2);  // these, and those that the application keeps
  CHECK(now.at("connections") <= 6);
  const auto size = std::stoll(LiveSandbox::get().sql("select pg_database_size('" + tenant.database + "')::text").front());
  CHECK(std::abs(now.at("storage_bytes") - size) < 1'000'000);  // the server may have tidied up since
  CHECK(again.at("requests") == now.at("requests"));
  CHECK(run.json()["tenants"][0]["usage"]["connections"] == now.at("connections"));
  CHECK(run.json()["measured"] == 1);
}

TEST_CASE("a tenant that shares a database is as large as its own schema's tables", "[limits]") {
  const Measured tenant("use-b", {"--stack", "shared"});
  const auto size = [&] {
    REQUIRE(collect({"use-b"}).status == 0);
    return tenant.usage()["storage_bytes"];
  };
  const auto before = size();

  const auto schema = LiveSandbox::get().sql("select nspname from pg_namespace where nspname like 'shared\\_%'", tenant.database).front();
  LiveSandbox::get().sql("create table " + schema + ".big as select repeat('x', 1000) from generate_series(1, 2000)", tenant.database);

  CHECK(before > 0);
  CHECK(before < 7'000'000);  // less than an empty database
  CHECK(size() >= before + 2'000'000);
  LiveSandbox::get().sql("drop table " + schema + ".big", tenant.database);
}

TEST_CASE("requests are counted on through a rotation of the log, also those that nginx still wrote into the old file", "[limits]") {
  const Measured tenant("use-c");
  REQUIRE(collect().status == 0);
  const auto before = tenant.requests();
  const auto old = std::filesystem::path(requests_log()) += ".1";
  const auto kept = lines_in(requests_log());

  tenant.visit(2);
  std::filesystem::rename(requests_log(), old);
  for (int i = 0; i < 3; ++i) REQUIRE(LiveSandbox::get().is_live("use-c"));
  for (int tries = 0; tries < 200 && lines_in(old) < kept + 5; ++tries) std::this_thread::sleep_for(50ms);
  REQUIRE(::kill(LiveSandbox::get().pid_of("nginx"), SIGUSR1) == 0);
  // The workers hear of it after their master: until they do they write into the old file.
  std::int64_t visits = 5;
  for (; visits < 100 && lines_in(requests_log()) == 0; ++visits) {
    REQUIRE(LiveSandbox::get().is_live("use-c"));
    std::this_thread::sleep_for(100ms);
  }
  std::int64_t counted = 0;
  for (int tries = 0; tries < 60 && counted < visits; ++tries) {
    if (tries > 0) std::this_thread::sleep_for(1s);  // what was just rotated is not left yet
    REQUIRE(collect().status == 0);
    counted = tenant.requests() - before;
    CHECK(counted <= visits);
  }
  std::filesystem::remove(old);
  tenant.visit(1);
  const auto after = collect();

  CHECK(counted == visits);
  CHECK(after.status == 0);
  CHECK(tenant.requests() == before + visits + 1);
}

TEST_CASE("a log whose old file is gone is told of once, and then counted on", "[limits]") {
  const Measured tenant("use-d");
  REQUIRE(collect().status == 0);
  const auto before = tenant.requests();
  const std::string line = now_in_log() + " use-d.yourapp.test\n";
  std::filesystem::remove(requests_log());
  write_text(requests_log(), "");
  REQUIRE(::kill(LiveSandbox::get().pid_of("nginx"), SIGUSR1) == 0);
  std::ofstream(requests_log(), std::ios::app) << line;

  const auto told = collect();
  const auto then = collect();

  CHECK(told.status == 1);
  CHECK_THAT(told.json()["failures"][0]["error"]["message"].get<std::string>(), Contains("is gone"));
  CHECK(then.status == 0);
  CHECK(tenant.requests() == before + 1);
}

TEST_CASE("runs that overlap count each request once", "[limits]") {
  const Measured tenant("use-e");
  REQUIRE(collect().status == 0);
  const auto before = tenant.requests();
  const std::string line = now_in_log() + " api.use-e.yourapp.test\n";
  std::string lines;
  for (int i = 0; i < 250'000; ++i) lines += line;
  std::ofstream(requests_log(), std::ios::app) << lines;

  std::vector<CliResult> runs(4);
  {
    std::vector<std::jthread> threads;
    for (auto& run : runs) threads.emplace_back([&run] { run = LiveSandbox::get().run({"usage", "collect", "-o", "json"}); });
  }

  std::int64_t counted = 0;
  for (const auto& run : runs) {
    INFO(run.err);
    REQUIRE(run.status == 0);
    counted += run.json()["requests"].get<std::int64_t>();
  }
  CHECK(counted == 250'000);
  CHECK(tenant.requests() == before + 250'000);
}

TEST_CASE("a run that is killed anywhere counts nothing twice, and the next goes on", "[limits]") {
  const Measured tenant("use-f");
  REQUIRE(collect().status == 0);
  const auto before = tenant.requests();
  const std::string line = now_in_log() + " use-f.yourapp.test\n";
  std::string lines;
  for (int i = 0; i < 600'000; ++i) lines += line;
  std::ofstream(requests_log(), std::ios::app) << lines;

  int killed = 0;
  auto status = k_killed;
  for (double limit = 0.05; status == k_killed && limit < 60; limit *= 1.7) {
    status = LiveSandbox::get().run_under({"timeout", "-s", "KILL", fmt::format("{:.3f}", limit)}, {"usage", "collect"}).status;
    if (status == k_killed) ++killed;
  }

  CHECK(status == 0);
  CHECK(killed > 0);
  CHECK(tenant.requests() == before + 600'000);
}

TEST_CASE("a stack's queries count what only the tenant's own tables know", "[limits]") {
  auto& sandbox = LiveSandbox::get();
  const auto config = config_with_demo_keys(
      "    usage:\n"
      "      companies: select count(*) from companies\n"
      "      users_per_company: select c.name, count(u.id) from companies c left join users u on u.company_id = c.id group by c.name\n"
      "      transactions_per_month: select count(*) from orders where placed_at >= {day} and placed_at < {day} + 1\n");
  const ConfigInUse in_use(config);
  const Measured tenant("use-g");
  const auto companies = std::stoll(sandbox.sql("select count(*)::text from companies", tenant.database).front());
  sandbox.sql(
      "insert into companies (name) values ('North'), ('South');"
      "insert into users (company_id, email, full_name) select id, 'u' || n || '@' || name, 'U' from companies, generate_series(1, 3) n "
      "where name = 'North';"
      "insert into orders (company_id, reference) select id, 'o' || n from companies, generate_series(1, 5) n where name = 'North';"
      "insert into orders (company_id, reference, placed_at) select id, 'before', now() - interval '1 day' from companies where name = "
      "'North'",
      tenant.database);
  const auto this_month = std::stoll(sandbox
                                         .sql("select (5 + (date_trunc('month', now() at time zone 'UTC') <= (now() at time zone 'UTC') - "
                                              "interval '1 day')::int)::text")
                                         .front());

  REQUIRE(collect().status == 0);
  const auto now = tenant.usage();
  collect();
  const auto again = tenant.usage();
  sandbox.sql("delete from companies where name = 'North'", tenant.database);
  const auto fewer = collect();

  CHECK(now.at("companies") == companies + 2);
  CHECK(now.at("users_per_company") == 3);
  CHECK(now.at("transactions_per_month") == this_month);
  CHECK(again.at("transactions_per_month") == this_month);
  CHECK(fewer.status == 0);
  CHECK(tenant.usage()["users_per_company"] == 0);
}

TEST_CASE("a stack's queries count in tables that the application has made by itself, and no longer than they may", "[limits]") {
  auto& sandbox = LiveSandbox::get();
  const ConfigInUse in_use(config_with_demo_keys("    usage:\n      companies: select count(*) from made_by_application\n"));
  const Measured tenant("use-n");
  const auto login = nlohmann::json::parse(read_text(sandbox.dir() / "credentials/demo/use-n.json"));
  const auto application =
      tenantctl::postgres::Connection::open(tenantctl::Secret(login["url"].get<std::string>()), tenantctl::postgres::Peer::server);
  REQUIRE(application);
  REQUIRE((*application)->script("create table made_by_application as select generate_series(1, 4) n"));

  const auto run = collect();

  CHECK(run.status == 0);
  CHECK(tenant.usage()["companies"] == 4);
}

TEST_CASE("a query changes nothing in the tenant's tables, and one that fails keeps none of the others back", "[limits]") {
  auto& sandbox = LiveSandbox::get();
  const auto config = config_with_demo_keys(
      "    usage:\n"
      "      companies: select count(*) from companies where name = planted()\n"
      "      users_per_company: select 'main', 4\n");
  const ConfigInUse in_use(config);
  const Measured sane("use-h");
  const Measured planted("use-i");
  sandbox.sql("create function public.planted() returns text language sql as $$ select 'x'::text $$", sane.database);
  sandbox.sql(
      "create function public.planted() returns text language plpgsql as $$ begin insert into companies (name) values ('planted'); return "
      "'x'; "
      "end $$",
      planted.database);
  // One row, so that the function is called.
  for (const auto* one : {&sane, &planted}) sandbox.sql("insert into companies (name) values ('one')", one->database);

  const auto run = collect();

  CHECK(run.status == 1);
  CHECK(sandbox.sql("select count(*)::text from companies where name = 'planted'", planted.database).front() == "0");
  const auto lines = run.json()["tenants"];
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["error"].is_null());
  CHECK_THAT(lines[1]["error"]["message"].get<std::string>(), Contains("usage.companies") && Contains("read-only"));
  CHECK(planted.usage()["users_per_company"] == 4);
  CHECK(planted.usage()["storage_bytes"] > 0);
  CHECK(sandbox.sql("select count(*)::text from pg_roles where rolname like '%\\_guest'").front() == "0");
}

TEST_CASE("a tenant whose database is not there keeps none of the others back", "[limits]") {
  auto& sandbox = LiveSandbox::get();
  const Measured there("use-j");
  const Measured gone("use-k");
  sandbox.sql("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '" + gone.database + "'");
  sandbox.sql("alter database " + gone.database + " rename to use_k_elsewhere");

  const auto run = collect();
  sandbox.sql("alter database use_k_elsewhere rename to " + gone.database);

  CHECK(run.status == 1);
  const auto lines = run.json()["tenants"];
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["usage"]["storage_bytes"].get<std::int64_t>() > 0);
  CHECK_THAT(lines[1]["error"]["message"].get<std::string>(), Contains("is not there"));
  CHECK(collect().status == 0);
}

TEST_CASE("a month's report has who used something, as a table, JSON and CSV", "[limits]") {
  auto& sandbox = LiveSandbox::get();
  const Measured tenant("use-l");
  REQUIRE(sandbox.run({"usage", "record", "use-l", "--companies", "7"}).status == 0);
  REQUIRE(collect().status == 0);

  const auto table = sandbox.run({"usage", "report"});
  const auto json = sandbox.run({"usage", "report", "-o", "json"}).json();
  const auto csv = sandbox.run({"usage", "report", "--csv"});
  const auto empty = sandbox.run({"usage", "report", "--month", "2001-01"});
  const auto refused = sandbox.run({"usage", "report", "--month", "2026-13"});

  CHECK_THAT(table.out, Contains("use-l") && Contains("7 of 1 (over)") && Contains("STORAGE BYTES"));
  const auto lines = json["tenants"];
  const auto line = std::ranges::find_if(lines, [](const auto& one) { return one["tenant"] == "use-l"; });
  REQUIRE(line != lines.end());
  CHECK((*line)["usage"].size() >= 3);
  CHECK_THAT(csv.out, Contains("\nuse-l,trial,7,7,1,"));
  CHECK_THAT(empty.out, Contains("nobody used anything in 2001-01"));
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, Contains("write it as 2026-11"));
}

TEST_CASE("reports that are older than anybody may say again are taken away by the next run", "[limits]") {
  auto& sandbox = LiveSandbox::get();
  const Measured tenant("use-m");
  sandbox.sql(
      "insert into usage_reports (tenant, day, resource, source, amount) select id, current_date - 100, 'api_calls_per_day', 'old', 1 "
      "from tenants where slug = 'use-m'",
      "tenantctl");

  const auto run = collect();

  CHECK(run.json()["pruned_reports"] == 1);
  CHECK(sandbox.sql("select count(*)::text from usage_reports where source = 'old'", "tenantctl").front() == "0");
}
