// Batches and jobs in the control database: who takes what, and who may end it.
#include <set>
#include <thread>

#include "support/control_fixture.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using namespace std::chrono_literals;

namespace {

BatchId batch_id(const std::string& text = "spring") { return *BatchId::parse(text); }

std::vector<TenantRow> rows_of(int count) {
  std::vector<TenantRow> rows;
  for (int i = 1; i <= count; ++i) rows.push_back({.line = i, .slug = fmt::format("t{:05}", i), .email = "a@b.test"});
  return rows;
}

std::unique_ptr<ControlFixture> with_batch(int count, OnRowFailure on_error = OnRowFailure::go_on) {
  auto fixture = ControlFixture::migrated();
  REQUIRE(
      fixture->control.batches().begin({.id = batch_id(), .on_error = on_error, .actor = "ada", .host = "ops1"}, rows_of(count)).value());
  return fixture;
}

std::vector<Job> take(BatchStore& store, std::size_t wanted, const std::string& worker = "w1", std::chrono::seconds lease = 60s) {
  return store.exchange({.worker = worker, .wanted = wanted, .lease = lease}).value();
}

void end(BatchStore& store, const Job& job, const JobEnd& how, const std::string& worker = "w1") {
  const std::vector<EndedJob> ended{{job, how}};
  REQUIRE(store.exchange({.worker = worker, .ended = ended}).has_value());
}

JobEnd failed() { return {.state = JobState::failed, .error = make_error(ErrorCode::disk_full, "no room").with_hint("make some")}; }

std::vector<int> numbers(const std::vector<Job>& jobs) {
  std::vector<int> list;
  for (const auto& job : jobs) list.push_back(job.row);
  std::ranges::sort(list);
  return list;
}

}  // namespace

TEST_CASE("a batch begins once, and again only with the same rows") {
  const auto fixture = with_batch(2500);
  auto& store = fixture->control.batches();

  CHECK(store.begin({.id = batch_id()}, rows_of(2500)).value() == false);
  CHECK(store.begin({.id = batch_id()}, rows_of(2499)).error().code == ErrorCode::state_conflict);
  CHECK(store.counts(batch_id()).value().waiting == 2500);
  CHECK(store.find(batch_id()).value().actor == "ada");
  CHECK(store.find(batch_id("other")).error().code == ErrorCode::batch_not_found);
  CHECK(store.counts(batch_id("other")).error().code == ErrorCode::batch_not_found);
  CHECK(store.begin_again(batch_id("other")).error().code == ErrorCode::batch_not_found);
  const auto lines = store.lines(batch_id()).value();
  REQUIRE(lines.size() == 2500);
  CHECK(lines[2499].row == 2500);
  CHECK(lines[2499].slug == "t02500");
  CHECK(store.list(5).value().size() == 1);
}

TEST_CASE("jobs are taken in the order of the rows, and by one worker each") {
  const auto fixture = with_batch(5);
  ControlDatabase second(fixture->url);

  CHECK(numbers(take(fixture->control.batches(), 2)) == std::vector{1, 2});
  CHECK(numbers(take(second.batches(), 2, "w2")) == std::vector{3, 4});
  CHECK(numbers(take(fixture->control.batches(), 9)) == std::vector{5});
  CHECK(take(second.batches(), 9, "w2").empty());
  CHECK(fixture->control.batches().counts(batch_id()).value().running == 5);
}

TEST_CASE("of many workers that take and end at the same time none gets a job of another") {
  constexpr int k_rows = 400;
  const auto fixture = with_batch(k_rows);
  std::vector<std::vector<int>> taken(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < taken.size(); ++i) {
      threads.emplace_back([&, i] {
        ControlDatabase control(fixture->url);
        const auto worker = fmt::format("w{}", i);
        std::vector<EndedJob> ended;
        while (true) {
          const auto jobs = control.batches().exchange({.worker = worker, .ended = ended, .wanted = 3, .renew = true});
          if (!jobs || jobs->empty()) break;
          ended.clear();
          for (const auto& job : *jobs) {
            taken[i].push_back(job.row);
            ended.push_back({.job = job, .end = {}});
          }
        }
      });
    }
  }
  std::multiset<int> all;
  for (const auto& list : taken) all.insert(list.begin(), list.end());

  CHECK(all.size() == k_rows);
  CHECK(std::set<int>(all.begin(), all.end()).size() == k_rows);
  CHECK(fixture->control.batches().counts(batch_id()).value().succeeded == k_rows);
}

TEST_CASE("a job whose lease has ended is another's, and whoever held it can't end it any more") {
  const auto fixture = with_batch(1);
  auto& store = fixture->control.batches();
  const auto first = take(store, 1, "w1", 1s);
  REQUIRE(first.size() == 1);
  CHECK(take(store, 1, "w2").empty());
  std::this_thread::sleep_for(1100ms);

  const auto second = take(store, 1, "w2");
  REQUIRE(second.size() == 1);
  end(store, first[0], failed(), "w1");

  CHECK(second[0].fence > first[0].fence);
  CHECK(second[0].idempotency_key() == first[0].idempotency_key());
  CHECK(store.counts(batch_id()).value().running == 1);
  end(store, second[0], {.operation = operation_id(7).str()}, "w2");
  CHECK(store.counts(batch_id()).value().succeeded == 1);
  CHECK(store.lines(batch_id()).value()[0].operation == operation_id(7).str());
}

TEST_CASE("a worker that is gone loses its jobs at once, and one that lives keeps them") {
  const auto fixture = with_batch(2);
  auto gone = std::make_unique<ControlDatabase>(fixture->url);
  ControlDatabase living(fixture->url);
  REQUIRE(take(gone->batches(), 1, "w1").size() == 1);
  REQUIRE(take(living.batches(), 1, "w2").size() == 1);
  CHECK(take(fixture->control.batches(), 2, "w3").empty());

  gone.reset();

  std::vector<Job> taken;
  for (int i = 0; i < 50 && taken.empty(); ++i) {
    taken = take(fixture->control.batches(), 2, "w3");
    if (taken.empty()) std::this_thread::sleep_for(20ms);
  }
  CHECK(numbers(taken) == std::vector{1});
}

TEST_CASE("a lease that is renewed does not end") {
  const auto fixture = with_batch(1);
  auto& store = fixture->control.batches();
  REQUIRE(take(store, 1, "w1", 1s).size() == 1);
  const std::vector<JobPlace> held{{"spring", 1}};
  REQUIRE(store.exchange({.worker = "w1", .lease = 60s, .renew = true, .held = held}).has_value());
  std::this_thread::sleep_for(1100ms);

  CHECK(take(store, 1, "w2").empty());
}

TEST_CASE("what a worker was given and never heard of is anybody's once it renews the rest") {
  const auto fixture = with_batch(2);
  auto& store = fixture->control.batches();
  REQUIRE(take(store, 2, "w1").size() == 2);
  const std::vector<JobPlace> held{{"spring", 1}};

  REQUIRE(store.exchange({.worker = "w1", .renew = true, .held = held}).has_value());

  CHECK(numbers(take(store, 2, "w2")) == std::vector{2});
}

TEST_CASE("a row that is given back gets a new key where the operation of the old one was undone, and keeps it otherwise") {
  const auto fixture = with_batch(2);
  auto& store = fixture->control.batches();
  const auto jobs = take(store, 2);
  REQUIRE(jobs.size() == 2);
  auto begun = create_of(1, "acme");
  begun.idempotency_key = jobs[0].idempotency_key();
  const auto ticket = fixture->control.operations().open_create(begun, tenant_of(1, "acme"), {}, {}, 0).value();
  REQUIRE(fixture->control.journal().close(ticket, {}, OperationState::undone, RemoveTenant{}).has_value());

  for (const auto& job : jobs) end(store, job, {.state = JobState::waiting, .error = make_error(ErrorCode::server_unreachable, "down")});

  const auto lines = store.lines(batch_id()).value();
  CHECK(lines[static_cast<std::size_t>(jobs[0].row) - 1].attempt == 2);
  CHECK(lines[static_cast<std::size_t>(jobs[1].row) - 1].attempt == 1);
}

TEST_CASE("what a dead worker had begun of a stopped batch is still finished") {
  const auto fixture = with_batch(3, OnRowFailure::stop);
  auto& store = fixture->control.batches();
  auto gone = std::make_unique<ControlDatabase>(fixture->url);
  REQUIRE(take(gone->batches(), 1, "w1").size() == 1);
  const auto mine = take(store, 1, "w2");
  gone.reset();

  end(store, mine[0], failed(), "w2");

  std::vector<Job> taken;
  for (int i = 0; i < 50 && taken.empty(); ++i) {
    taken = take(store, 2, "w2");
    if (taken.empty()) std::this_thread::sleep_for(20ms);
  }
  CHECK(numbers(taken) == std::vector{1});
}

TEST_CASE("a job that is given back untouched can be taken at once, and one that met an error after a pause") {
  const auto fixture = with_batch(2);
  auto& store = fixture->control.batches();
  const auto jobs = take(store, 2);
  end(store, jobs[0], {.state = JobState::waiting});
  end(store, jobs[1], {.state = JobState::waiting, .error = make_error(ErrorCode::locked, "busy")});

  CHECK(take(store, 2).size() == 1);
  CHECK(store.counts(batch_id()).value().waiting == 1);
  CHECK(store.lines(batch_id()).value()[static_cast<std::size_t>(jobs[1].row) - 1].error_code == "locked");
}

TEST_CASE("where the batch says stop, a row that failed keeps the rest from being begun, until it is begun again") {
  const auto on_error = GENERATE(OnRowFailure::stop, OnRowFailure::go_on);
  const auto fixture = with_batch(3, on_error);
  auto& store = fixture->control.batches();
  const auto first = take(store, 1);

  end(store, first[0], failed());

  const bool stops = on_error == OnRowFailure::stop;
  CHECK(store.counts(batch_id()).value().stopped == stops);
  CHECK(store.counts(batch_id()).value().is_over() == stops);
  CHECK(take(store, 1).size() == (stops ? 0 : 1));
  const auto line = store.lines(batch_id()).value()[0];
  CHECK(line.error_code == "disk_full");
  CHECK(line.error_message == "no room");
  CHECK(line.error_hint == "make some");

  REQUIRE(store.begin_again(batch_id()).has_value());
  CHECK_FALSE(store.counts(batch_id()).value().stopped);
  const auto again = take(store, 1);
  REQUIRE(again.size() == 1);
  CHECK(again[0].row == 1);
  CHECK(again[0].idempotency_key() != first[0].idempotency_key());
}
