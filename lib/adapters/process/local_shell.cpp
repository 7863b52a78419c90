#include "adapters/process/local_shell.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "adapters/process/pidfd.hpp"
#include "adapters/process/pipe_signal.hpp"
#include "adapters/process/spawn.hpp"
#include "adapters/system/errno_text.hpp"

namespace tenantctl {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::chrono::milliseconds k_grace{500};
constexpr std::size_t k_most_output = 64u << 20;

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(ErrorCode::process_failed, fmt::format("can't make a pipe: {}", errno_text(errno)));
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

void make_nonblocking(const Descriptor& descriptor) { ::fcntl(descriptor.get(), F_SETFL, ::fcntl(descriptor.get(), F_GETFL) | O_NONBLOCK); }

/// One running child: its streams, its deadline and what becomes of it.
class Conversation {
 public:
  Conversation(pid_t pid, const ShellCommand& command, Descriptor input, Descriptor out, Descriptor err)
      : pid_(pid),
        command_(command),
        pidfd_(pidfd_of(pid)),
        input_(std::move(input)),
        out_(std::move(out)),
        err_(std::move(err)),
        deadline_(Steady::now() + command.limit) {
    make_nonblocking(input_);
    make_nonblocking(out_);
    make_nonblocking(err_);
    if (command_.input.empty()) input_.reset();
  }

  /// True where it ended in time.
  bool hold() {
    const PipeSignalBlocked blocked;
    while (!exited_ || out_ || err_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Steady::now()).count();
      if (left <= 0) {
        if (killed_) break;  // a grandchild in another session may hold the pipes for ever
        press();
        continue;
      }
      exchange(static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    }
    return !late_;
  }

  ShellOutcome outcome() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {}
    if (WIFEXITED(status)) result_.exit_status = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
    return std::move(result_);
  }

 private:
  /// First SIGTERM, then SIGKILL, to the whole group; straight to SIGKILL where only leftovers of the group remain.
  void press() {
    const bool gently = !late_ && !exited_;
    if (!exited_) late_ = true;
    ::kill(-pid_, gently ? SIGTERM : SIGKILL);
    killed_ = !gently;
    deadline_ = Steady::now() + k_grace;
  }

  void exchange(int milliseconds) {
    pollfd waits[4] = {
        {exited_ ? -1 : pidfd_.get(), POLLIN, 0}, {out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}, {input_.get(), POLLOUT, 0}};
    if (::poll(waits, 4, milliseconds) < 0) return;
    if (waits[1].revents != 0) drain(out_, result_.out);
    if (waits[2].revents != 0) drain(err_, result_.err);
    if (waits[3].revents != 0) feed();
    if (waits[0].revents != 0) {
      exited_ = true;
      deadline_ = std::min(deadline_, Steady::now() + k_grace);
    }
  }

  static void drain(Descriptor& from, std::string& into) {
    char buffer[65536];
    const auto got = ::read(from.get(), buffer, sizeof buffer);
    if (got > 0 && into.size() < k_most_output) into.append(buffer, static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) from.reset();
  }

  void feed() {
    const auto put = ::write(input_.get(), command_.input.data() + sent_, command_.input.size() - sent_);
    if (put > 0) sent_ += static_cast<std::size_t>(put);
    const bool refused = put < 0 && errno != EAGAIN && errno != EINTR;  // a program may end without reading its input
    if (refused || sent_ == command_.input.size()) input_.reset();
  }

  pid_t pid_;
  const ShellCommand& command_;
  Descriptor pidfd_;
  Descriptor input_;
  Descriptor out_;
  Descriptor err_;
  Steady::time_point deadline_;
  std::size_t sent_ = 0;
  bool exited_ = false;
  bool late_ = false;
  bool killed_ = false;
  ShellOutcome result_;
};

}  // namespace

Result<ShellOutcome> LocalShell::run(const ShellCommand& command) {
  TRY_ASSIGN(auto input, make_pipe());
  TRY_ASSIGN(auto out, make_pipe());
  TRY_ASSIGN(auto err, make_pipe());
  TRY_ASSIGN(const auto pid, spawn({.argv = command.argv,
                                    .environment = environment_with(command.environment),
                                    .folder = command.folder,
                                    .stdio = {input.read.get(), out.write.get(), err.write.get()}}));
  input.read.reset();
  out.write.reset();
  err.write.reset();

  Conversation conversation(pid, command, std::move(input.write), std::move(out.read), std::move(err.read));
  const bool in_time = conversation.hold();
  auto outcome = conversation.outcome();
  if (!in_time)
    return fail(make_error(ErrorCode::timed_out, fmt::format("\"{}\" did not end within {} ms", command.argv[0], command.limit.count()))
                    .may_retry());
  return outcome;
}

}  // namespace tenantctl
