#include "adapters/ssh/command_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <string_view>

#include "adapters/ssh/dial.hpp"
#include "core/utf8.hpp"

namespace tenantctl::ssh {
namespace {

constexpr std::chrono::milliseconds k_grace{500};  // between SIGTERM and SIGKILL, and after it
constexpr std::chrono::seconds k_silence{2};       // after its end, for output that is on its way
constexpr std::size_t k_most_output = 64U << 20U;
constexpr std::size_t k_chunk = 32'768;

/// "TERM" of RFC 4254 section 6.10; OpenSSH says "XCPU@openssh.com" for those that the RFC does not have.
int signal_number(std::string_view name) {
  name = name.substr(0, name.find('@'));
  for (int number = 1; number < NSIG; ++number) {
    const char* const known = ::sigabbrev_np(number);
    if (known != nullptr && name == known) return number;
  }
  return SIGKILL;  // some signal it was
}

}  // namespace

CommandRun::CommandRun(ssh_session session, const SshHost& host, const ShellCommand& command, const RemoteCommand& remote)
    : session_(session),
      host_(host),
      command_(command),
      remote_(remote),
      channel_(ssh_channel_new(session)),
      deadline_(Steady::now() + host.connect_limit) {
  callbacks_.userdata = this;
  callbacks_.channel_data_function = on_data;
  callbacks_.channel_exit_status_function = on_status;
  callbacks_.channel_exit_signal_function = on_signal;
  callbacks_.channel_close_function = on_close;
  ssh_callbacks_init(&callbacks_);
  // Before the request: early output would else go to libssh's own buffers.
  if (channel_) ssh_set_channel_callbacks(channel_.get(), &callbacks_);
}

CommandRun::~CommandRun() {
  if (channel_) ssh_remove_channel_callbacks(channel_.get(), &callbacks_);
}

void CommandRun::advance() {
  if (state_ == State::opening) open();
  if (state_ == State::requesting) request();
  if (state_ == State::requesting || state_ == State::running) feed();
  if (state_ == State::running && closed_) end(exited_ ? std::nullopt : std::optional(unknown("the host did not say how it ended")));
  if (state_ != State::ended && Steady::now() >= deadline_) watch_deadline();
}

void CommandRun::open() {
  const int result = channel_ ? ssh_channel_open_session(channel_.get()) : SSH_ERROR;
  if (result == SSH_AGAIN) return;
  if (result == SSH_OK) {
    state_ = State::requesting;
    return;
  }
  end(make_error(ErrorCode::host_unreachable,
                 fmt::format("host {} opened no channel for \"{}\": {}", label(host_), command_.argv[0], last_words(session_)))
          .with_hint("see that MaxSessions in its sshd_config is not 0, and that its sshd has memory and processes left")
          .may_retry());
}

void CommandRun::request() {
  if (!begun_) deadline_ = Steady::now() + std::max<std::chrono::milliseconds>(host_.connect_limit, command_.limit);
  begun_ = true;
  const int result = ssh_channel_request_exec(channel_.get(), remote_.line.c_str());
  if (result == SSH_AGAIN) return;
  if (result == SSH_OK) {
    state_ = State::running;
    started_ = Steady::now();
    deadline_ = started_ + command_.limit + k_kill_after + k_silence;
    return;
  }
  if (ssh_is_connected(session_) == 0) return end(unknown(last_words(session_)));
  begun_ = false;
  end(make_error(ErrorCode::process_failed, fmt::format("host {} runs no commands: {}", label(host_), last_words(session_))));
}

void CommandRun::feed() {
  if (input_ended_) return;
  if (!feed_from(remote_.preamble, preamble_sent_) || !feed_from(command_.input, input_sent_)) return;
  ssh_channel_send_eof(channel_.get());
  input_ended_ = true;
}

/// True once nothing of `text` is left to send. Never more than the window, because libssh would wait for it to open.
bool CommandRun::feed_from(const std::string& text, std::size_t& sent) {
  while (sent < text.size()) {
    const auto size = std::min<std::size_t>({ssh_channel_window_size(channel_.get()), text.size() - sent, k_chunk});
    if (size == 0) return false;
    const int written = ssh_channel_write(channel_.get(), text.data() + sent, static_cast<std::uint32_t>(size));
    if (written < 0) sent = text.size();  // a program may end without reading its input
    else sent += static_cast<std::size_t>(written);
    if (written == 0) return false;
  }
  return true;
}

void CommandRun::watch_deadline() {
  if (state_ == State::opening) {
    lingering_ = true;
    return end(make_error(ErrorCode::host_unreachable,
                          fmt::format("host {} opened no channel within {} ms", label(host_), host_.connect_limit.count()))
                   .may_retry());
  }
  if (state_ == State::requesting) {
    lingering_ = true;
    return end(unknown(fmt::format("the host did not answer within {} ms", std::max(host_.connect_limit, command_.limit).count())));
  }
  // Ended, and somebody that it left behind holds its output.
  if (exited_ && pressure_ == Pressure::none) {
    lingering_ = true;
    return end();
  }
  if (pressure_ == Pressure::none) {
    pressure_ = Pressure::asked_to_end;
    ssh_channel_request_send_signal(channel_.get(), "TERM");
    deadline_ = Steady::now() + k_grace;
  } else if (pressure_ == Pressure::asked_to_end && !exited_) {
    pressure_ = Pressure::killed;
    ssh_channel_request_send_signal(channel_.get(), "KILL");
    deadline_ = Steady::now() + 2 * k_grace;
  } else {
    lingering_ = true;
    end(exited_ ? std::nullopt
                : std::optional(unknown(fmt::format("it did not end within {} ms, nor when it was killed", command_.limit.count()))));
  }
}

void CommandRun::lose_link(const std::string& why) {
  if (state_ == State::ended) return;
  lingering_ = true;
  if (exited_ && pressure_ == Pressure::none && closed_) return end();
  if (begun_) return end(unknown(why));
  end(make_error(ErrorCode::host_unreachable, fmt::format("lost the link to host {}: {}", label(host_), why)).may_retry());
}

void CommandRun::end(std::optional<Error> error) {
  state_ = State::ended;
  error_ = std::move(error);
  if (!error_ && (pressure_ != Pressure::none || exceeded_its_limit()))
    error_ = make_error(ErrorCode::timed_out,
                        fmt::format("\"{}\" did not end within {} ms on host {}", command_.argv[0], command_.limit.count(), label(host_)))
                 .may_retry();
}

/// timeout(1) says 124, or 137 where it had to kill; a program may say the same, but earlier.
bool CommandRun::exceeded_its_limit() const {
  const bool ended_by_host = outcome_.exit_status == 124 || outcome_.exit_status == 137 || outcome_.signal == SIGKILL;
  return exited_ && ended_by_host && exited_at_ - started_ >= command_.limit;
}

Error CommandRun::unknown(std::string_view why) const {
  return make_error(ErrorCode::outcome_unknown,
                    fmt::format("what became of \"{}\" on host {} is unknown: {}", command_.argv[0], label(host_), why));
}

Result<ShellOutcome> CommandRun::take_result() {
  if (error_) return fail(std::move(*error_));
  if (outcome_.exit_status == 127 && std::string_view(outcome_.err).ends_with(k_not_started)) {
    auto said = outcome_.err.substr(0, outcome_.err.size() - k_not_started.size());
    std::replace(said.begin(), said.end(), '\n', ' ');
    while (said.ends_with(' ')) said.pop_back();
    return fail(ErrorCode::process_failed, fmt::format("can't start \"{}\" on host {}{}", command_.argv[0], label(host_),
                                                       said.empty() ? ": no such program" : ": " + printable(said)));
  }
  return std::move(outcome_);
}

int CommandRun::on_data(ssh_session, ssh_channel, void* data, std::uint32_t size, int is_stderr, void* self) {
  auto& run = *static_cast<CommandRun*>(self);
  auto& into = is_stderr != 0 ? run.outcome_.err : run.outcome_.out;
  if (into.size() < k_most_output) into.append(static_cast<const char*>(data), size);
  if (run.exited_ && run.pressure_ == Pressure::none) run.deadline_ = Steady::now() + k_silence;
  return static_cast<int>(size);  // all taken, so that libssh opens the window again
}

void CommandRun::on_status(ssh_session, ssh_channel, int status, void* self) {
  auto& run = *static_cast<CommandRun*>(self);
  run.outcome_.exit_status = status;
  run.exited_ = true;
  run.exited_at_ = Steady::now();
  if (run.pressure_ == Pressure::none) run.deadline_ = Steady::now() + k_silence;
}

void CommandRun::on_signal(ssh_session, ssh_channel, const char* name, int, const char*, const char*, void* self) {
  auto& run = *static_cast<CommandRun*>(self);
  run.outcome_.signal = signal_number(name);
  run.exited_ = true;
  run.exited_at_ = Steady::now();
  if (run.pressure_ == Pressure::none) run.deadline_ = Steady::now() + k_silence;
}

void CommandRun::on_close(ssh_session, ssh_channel, void* self) { static_cast<CommandRun*>(self)->closed_ = true; }

}  // namespace tenantctl::ssh
