#include "commands/crew.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

#include "commands/make_job.hpp"
#include "core/hex.hpp"

namespace tenantctl {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

// Well below the lease: a worker that is alive must not lose a job because its machine is busy.
constexpr auto k_renew_every = 4s;
constexpr auto k_look_every = 250ms;  // at jobs that others may have left, and at signals
constexpr auto k_tell_every = 500ms;
constexpr auto k_rest = 5s;         // of a worker that stays, after something could not be reached
constexpr std::size_t k_ahead = 2;  // jobs at hand, so that no thread waits for the next round trip

JobPlace place_of(const Job& job) { return {job.batch.str(), job.row}; }

/// Between the main thread, which talks to the control database, and those that make tenants.
class Desk {
 public:
  /// Nothing once the desk is closed.
  std::optional<Job> next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !ready_.empty(); });
    if (closed_ || ready_.empty()) return std::nullopt;
    auto job = std::move(ready_.front());
    ready_.pop_front();
    running_.insert(place_of(job));
    return job;
  }

  void put_down(EndedJob ended) {
    const std::lock_guard lock(mutex_);
    running_.erase(place_of(ended.job));
    ended_.push_back(std::move(ended));
    changed_.notify_all();
  }

  void hand_out(std::vector<Job> jobs) {
    const std::lock_guard lock(mutex_);
    std::ranges::move(jobs, std::back_inserter(ready_));
    changed_.notify_all();
  }

  /// Those that nobody has begun are put down as given back.
  void take_back() {
    const std::lock_guard lock(mutex_);
    for (auto& job : ready_) ended_.push_back({.job = std::move(job), .end = {.state = JobState::waiting}});
    ready_.clear();
  }

  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  std::vector<EndedJob> take_ended(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return !ended_.empty(); });
    return std::exchange(ended_, {});
  }

  /// Not put down, or not fetched from there.
  bool has_any() {
    const std::lock_guard lock(mutex_);
    return !ready_.empty() || !running_.empty() || !ended_.empty();
  }

  std::vector<JobPlace> in_hand() {
    const std::lock_guard lock(mutex_);
    std::vector<JobPlace> places(running_.begin(), running_.end());
    for (const auto& job : ready_) places.push_back(place_of(job));
    for (const auto& ended : ended_) places.push_back(place_of(ended.job));
    return places;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> ready_;
  std::vector<EndedJob> ended_;
  std::set<JobPlace> running_;
  bool closed_ = false;
};

/// An exception is a bug of ours: it fails its own row.
JobEnd make_job_safely(const Job& job, Services& services) {
  try {
    return make_job(job, services);
  } catch (const std::exception& e) { return {.state = JobState::failed, .error = bug(e)}; }
}

void make_jobs(Desk& desk, Services& services) {
  while (auto job = desk.next()) {
    auto end = make_job_safely(*job, services);
    desk.put_down({.job = std::move(*job), .end = std::move(end)});
  }
}

/// Threads that wait at the desk end with it, also where an exception leaves the function.
struct Closing {
  Desk& desk;
  ~Closing() { desk.close(); }
};

/// The main thread's part.
class Foreman {
 public:
  Foreman(const CrewOrders& orders, Desk& desk, Services& services)
      : orders_(orders),
        desk_(desk),
        services_(services),
        worker_(fmt::format("{} {}", services.actor().host, to_hex(random_bytes<8>(services.entropy())))) {}

  CrewEnd run() {
    while (!is_over()) {
      auto ended = desk_.take_ended(k_look_every);
      notice(ended);
      std::ranges::move(ended, std::back_inserter(unsaid_));
      if (auto signal = services_.interrupted()) stop(*signal);
      if (SteadyClock::now() >= deaf_until_) {
        if (const auto said = exchange(); !said) unheard(said.error());
      }
      if (!end_.stopped_by) tell();
    }
    return std::move(end_);
  }

 private:
  bool is_over() {
    if (desk_.has_any()) return false;
    if (end_.stopped_by) return unsaid_.empty() || gave_up_;
    return !orders_.stay && unsaid_.empty() && counts_ && counts_->is_over();
  }

  void stop(const Error& why) {
    if (!end_.stopped_by) {
      end_.stopped_by = why;
      services_.progress().note(fmt::format("stopping, once the rows that are being made have ended: {}", full_message(why)));
    }
    desk_.take_back();
  }

  void rest(const Error& why) {
    rest_until_ = SteadyClock::now() + k_rest;
    services_.progress().note(fmt::format("resting: {}", full_message(why)));
  }

  /// What ended and can't be said is found by whoever takes the row next.
  void unheard(const Error& why) {
    if (orders_.stay && is_unreachable(why.code) && !end_.stopped_by) {
      rest(why);
      deaf_until_ = rest_until_;
      return;
    }
    gave_up_ = true;
    stop(why);
  }

  void notice(const std::vector<EndedJob>& ended) {
    for (const auto& [job, end] : ended) {
      if (end.state == JobState::succeeded) ++end_.succeeded;
      if (end.state == JobState::failed) ++end_.failed;
      if (end.state == JobState::waiting && end.error) given_back(*end.error);
    }
  }

  /// What keeps one row from being made keeps the others too, and they shall not all fail of it.
  void given_back(const Error& why) {
    if (concerns_one_tenant(why.code)) return;
    if (!orders_.stay) stop(why);
    else if (why.code != ErrorCode::limit_reached) rest(why);  // full are the servers of its stack, and other stacks have others
  }

  std::size_t wanted() {
    if (end_.stopped_by || SteadyClock::now() < rest_until_) return 0;
    const auto room = orders_.threads + k_ahead;
    const auto in_hand = desk_.in_hand().size();
    return room > in_hand ? room - in_hand : 0;
  }

  Result<void> exchange() {
    const auto now = SteadyClock::now();
    const bool renew = now - renewed_ >= k_renew_every;
    const auto held = desk_.in_hand();
    const auto more = wanted();
    if (unsaid_.empty() && more == 0 && !renew) return {};  // all threads are busy
    TRY_ASSIGN(auto control, services_.control());
    TRY_ASSIGN(auto jobs, control.batches.exchange(
                              {.worker = worker_, .batch = orders_.batch, .ended = unsaid_, .wanted = more, .renew = renew, .held = held}));
    unsaid_.clear();
    if (renew) renewed_ = now;
    desk_.hand_out(std::move(jobs));
    return {};
  }

  void tell() {
    const auto now = SteadyClock::now();
    if (!orders_.batch || now - told_ < k_tell_every) return;
    auto control = services_.control();
    if (!control) return;
    const auto counts = control->batches.counts(*orders_.batch);
    if (!counts) return;
    told_ = now;
    counts_ = *counts;
    if (!begun_at_) begun_at_ = {now, counts->ended()};
    const auto seconds = std::chrono::duration<double>(now - begun_at_->first).count();
    const auto done = static_cast<double>(counts->ended() - begun_at_->second);
    services_.progress().tally(
        {.done = counts->succeeded, .failed = counts->failed, .total = counts->total(), .per_second = seconds > 0 ? done / seconds : 0});
  }

  const CrewOrders& orders_;
  Desk& desk_;
  Services& services_;
  std::string worker_;
  CrewEnd end_;
  std::vector<EndedJob> unsaid_;  // that the control database has not been told of yet
  bool gave_up_ = false;          // to tell it
  std::optional<BatchCounts> counts_;
  std::optional<std::pair<SteadyClock::time_point, std::int64_t>> begun_at_;
  SteadyClock::time_point renewed_{};
  SteadyClock::time_point told_{};
  SteadyClock::time_point rest_until_{};
  SteadyClock::time_point deaf_until_{};  // the control database is not asked before
};

}  // namespace

CrewEnd work(const CrewOrders& orders, Services& services) {
  Desk desk;
  std::vector<std::unique_ptr<Services>> own;
  std::vector<std::jthread> threads;
  const Closing closing{desk};
  for (std::size_t i = 0; i < orders.threads; ++i) {
    own.push_back(services.for_thread());
    threads.emplace_back([&desk, &mine = *own.back()] { make_jobs(desk, mine); });
  }
  return Foreman(orders, desk, services).run();
}

}  // namespace tenantctl
