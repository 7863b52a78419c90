// One command on one channel of a session: opened, requested, fed, listened to and, at its deadline, killed. It never
// waits; whoever drives the session calls advance() when something may have happened.
#pragma once
#include <libssh/callbacks.h>

#include "adapters/ssh/handles.hpp"
#include "adapters/ssh/remote_command.hpp"

namespace tenantctl::ssh {

class CommandRun {
 public:
  /// All of the arguments must outlive it. `open_limit` is how long the host may take to open a channel and start a program.
  CommandRun(ssh_session session, const SshHost& host, const ShellCommand& command, const RemoteCommand& remote);
  CommandRun(const CommandRun&) = delete;
  CommandRun& operator=(const CommandRun&) = delete;
  ~CommandRun();

  void advance();
  /// Nothing more will come over this link.
  void lose_link(const std::string& why);

  bool ended() const { return state_ == State::ended; }
  bool waiting_for_input_window() const { return state_ == State::running && !input_ended_; }
  /// When advance() has something to do even if the host stays silent.
  Deadline deadline() const { return deadline_; }

  /// False where certainly nothing of the command ran.
  bool begun() const { return begun_; }
  /// True where the host still holds something of ours, so that the session is better not used again.
  bool lingering() const { return lingering_; }
  Result<ShellOutcome> take_result();

 private:
  enum class State { opening, requesting, running, ended };
  enum class Pressure { none, asked_to_end, killed };

  void open();
  void request();
  void feed();
  bool feed_from(const std::string& text, std::size_t& sent);
  void watch_deadline();
  void end(std::optional<Error> error = std::nullopt);
  bool exceeded_its_limit() const;
  Error unknown(std::string_view why) const;

  static int on_data(ssh_session, ssh_channel, void* data, std::uint32_t size, int is_stderr, void* self);
  static void on_status(ssh_session, ssh_channel, int status, void* self);
  static void on_signal(ssh_session, ssh_channel, const char* name, int, const char*, const char*, void* self);
  static void on_close(ssh_session, ssh_channel, void* self);

  ssh_session session_;
  const SshHost& host_;
  const ShellCommand& command_;
  const RemoteCommand& remote_;
  ChannelHandle channel_;
  ssh_channel_callbacks_struct callbacks_{};

  State state_ = State::opening;
  Pressure pressure_ = Pressure::none;
  Deadline deadline_;
  Deadline started_;
  Deadline exited_at_;
  std::size_t preamble_sent_ = 0;
  std::size_t input_sent_ = 0;
  bool input_ended_ = false;
  bool begun_ = false;
  bool exited_ = false;  // a status or signal has come
  bool closed_ = false;
  bool lingering_ = false;
  ShellOutcome outcome_;
  std::optional<Error> error_;
};

}  // namespace tenantctl::ssh
