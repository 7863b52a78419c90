#include "commands/due_work.hpp"

#include <mutex>

#include "commands/spare_services.hpp"
#include "core/parallel.hpp"

namespace tenantctl {
namespace {

/// An exception is a bug of ours: it fails its own tenant.
Result<bool> safely(const std::function<Result<bool>(std::size_t, Services&)>& work, std::size_t i, Services& services) {
  try {
    return work(i, services);
  } catch (const std::exception& e) { return fail(bug(e)); }
}

}  // namespace

DueEnds work_off(std::size_t count, std::size_t jobs, const std::function<Result<bool>(std::size_t, Services&)>& work, Services& services) {
  std::mutex mutex;
  DueEnds done;
  SpareServices spare(services);
  for_each_parallel(count, jobs, [&](std::size_t i) {
    {
      const std::lock_guard lock(mutex);
      if (!done.stopped_by) done.stopped_by = services.interrupted();
      if (done.stopped_by) return;
    }
    auto mine = spare.take();
    auto ended = safely(work, i, *mine);
    const std::lock_guard lock(mutex);
    if (!ended && ended.error().code == ErrorCode::control_unreachable) done.stopped_by = ended.error();
    if (ended && !*ended) return;
    DueEnd end{.which = i};
    if (!ended && ended.error().code == ErrorCode::locked) end.is_held = true;
    else if (!ended) end.failure = std::move(ended).error();
    done.ends.push_back(std::move(end));
  });
  return done;
}

}  // namespace tenantctl
