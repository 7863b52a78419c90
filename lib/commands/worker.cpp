// `worker`: makes the tenants of batches that wait for it, beside other workers on this machine and on others.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "commands/certificates.hpp"
#include "commands/crew.hpp"
#include "commands/deliveries.hpp"
#include "commands/pool_work.hpp"
#include "commands/registry.hpp"
#include "core/interrupt.hpp"

namespace tenantctl {
namespace {

struct WorkerArgs {
  std::string batch;
  std::size_t jobs = 4;
};

/// A signal is how a worker without a batch is meant to end.
Result<Report> report_of(const CrewEnd& end, bool stays) {
  const bool is_signal = end.stopped_by && is_interrupt(end.stopped_by->code);
  if (end.stopped_by && !(stays && is_signal)) return fail(*end.stopped_by);
  return Report{.text = fmt::format("{} made, {} failed\n", end.succeeded, end.failed),
                .document = {{"succeeded", end.succeeded}, {"failed", end.failed}}};
}

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds k_pool_every = 5s;
constexpr std::chrono::milliseconds k_pool_after_failure = 60s;

/// For so long, or until it is told to end.
void rest(std::chrono::milliseconds time, const std::stop_token& stop) {
  for (auto left = time / 100ms; left > 0 && !stop.stop_requested(); --left) std::this_thread::sleep_for(100ms);
}

/// Beside the crew, until it is told to end.
void keep_pool(const std::string& stack, const std::stop_token& stop, Services& services) {
  while (!stop.stop_requested()) {
    const auto done = fill_pools(
        {.stack = stack, .threads = 2, .only_when_low = true, .drop_ready = false, .stop = [&stop] { return stop.stop_requested(); }},
        services);
    // What failed is in "operations list", with its cause.
    const auto is_failure = [](const Error& error) { return error.code != ErrorCode::limit_reached; };
    const bool failed = done ? std::ranges::any_of(done->errors, is_failure) : done.error().code != ErrorCode::locked;
    rest(failed ? k_pool_after_failure : k_pool_every, stop);
  }
}

constexpr std::chrono::milliseconds k_outbox_every = 2s;
constexpr std::chrono::milliseconds k_outbox_after_failure = 60s;
constexpr int k_rounds_between_prunings = 1000;

/// Beside the crew too.
void keep_outbox(const std::stop_token& stop, Services& services) {
  for (int round = 0; !stop.stop_requested(); ++round) {
    // What a receiver said is in "outbox list"; where the outbox itself could not be read or written, there is no hurry.
    const auto done = deliver({.stop = [&stop] { return stop.stop_requested(); }}, services);
    if (auto control = services.control(); control && round % k_rounds_between_prunings == 0) (void)control->outbox.prune();
    rest(done ? k_outbox_every : k_outbox_after_failure, stop);
  }
}

constexpr std::chrono::milliseconds k_certificates_every = 10s;
constexpr std::chrono::milliseconds k_certificates_after_failure = 60s;

/// And this. What an authority said is in "certs list".
void keep_certificates(const std::stop_token& stop, Services& services) {
  while (!stop.stop_requested()) {
    const auto done = get_certificates({.stop = [&stop] { return stop.stop_requested(); }}, services);
    rest(done && !done->stopped_by ? k_certificates_every : k_certificates_after_failure, stop);
  }
}

Result<Report> worker(const WorkerArgs& args, Services& services) {
  CrewOrders orders{.threads = args.jobs, .stay = args.batch.empty()};
  if (!args.batch.empty()) {
    TRY_ASSIGN(orders.batch, BatchId::parse(args.batch));
    TRY_ASSIGN(auto control, services.control());
    TRY(control.batches.find(*orders.batch));
  } else {
    TRY(services.control());
  }
  // Each by itself: a site takes minutes, and a host may be out of reach.
  TRY_ASSIGN(const auto* settings, services.settings());
  std::vector<std::unique_ptr<Services>> own;
  std::vector<std::jthread> keepers;
  for (const auto& [name, stack] : settings->stacks) {
    if (!orders.stay || stack.pool.size == 0) continue;
    own.push_back(services.for_thread());
    keepers.emplace_back([stack = name, &mine = *own.back()](const std::stop_token& stop) { keep_pool(stack, stop, mine); });
  }
  if (orders.stay && !subscriptions_of(*settings).empty()) {
    own.push_back(services.for_thread());
    keepers.emplace_back([&mine = *own.back()](const std::stop_token& stop) { keep_outbox(stop, mine); });
  }
  if (orders.stay && settings->tls) {
    own.push_back(services.for_thread());
    keepers.emplace_back([&mine = *own.back()](const std::stop_token& stop) { keep_certificates(stop, mine); });
  }
  return report_of(work(orders, services), orders.stay);
}

}  // namespace

void add_worker(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<WorkerArgs>(
      app, "worker",
      "makes the tenants that bulk-create has written down, fills pools, tells receivers and gets certificates, until a signal comes",
      "tenantctl worker --jobs 8", chosen, worker);
  sub->add_option("--batch", args->batch, "take rows of this batch alone, and end when it is over")->type_name("ID");
  sub->add_option("--jobs", args->jobs, "how many at once")->check(CLI::Range(1, 32))->capture_default_str();
}

}  // namespace tenantctl
