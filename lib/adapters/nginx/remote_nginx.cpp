#include "adapters/nginx/remote_nginx.hpp"

#include <fmt/format.h>

#include <charconv>
#include <sstream>

#include "core/utf8.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

// Arguments: VERB PID-FILE PID SOCKET LOG OFFSET. A process is looked at again right before it is signalled.
constexpr std::string_view k_script = R"sh(
LC_ALL=C
export LC_ALL
verb=$1 pid_file=$2 pid=$3 socket=$4 log=$5 offset=$6
refuse() { echo "tenantctl: $1" >&2; exit 75; }
title_of() { tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline"; }
is_master() { case $(title_of "$1" 2>/dev/null) in "nginx: master process"*) true ;; *) false ;; esac; }
case $verb in
find)
  [ -f "$pid_file" ] || refuse "\"$pid_file\" does not exist"
  read -r pid <"$pid_file" || :
  case $pid in '' | 0 | 1 | *[!0-9]*) refuse "\"$pid_file\" holds no process id" ;; esac
  is_master "$pid" || refuse "process $pid of \"$pid_file\" is not its master"
  echo "$pid"
  ;;
hang_up)
  is_master "$pid" || refuse gone
  log=$(readlink "/proc/$pid/fd/2" 2>/dev/null)
  if [ -f "$log" ]; then stat -c %s -- "$log"; else echo 0; log=; fi
  echo "$log"
  kill -HUP "$pid" || exit 1
  ;;
generation | look)
  command -v curl >/dev/null || refuse no-curl
  echo "generation $(curl -sf --max-time 0.5 --unix-socket "$socket" http://localhost/generation)"
  [ "$verb" = look ] || exit 0
  for child in $(cat "/proc/$pid/task/$pid/children" 2>/dev/null); do
    case $(title_of "$child" 2>/dev/null) in
    *"is shutting down"*) ;;
    "nginx: worker process"*) echo "serving $child" ;;
    esac
  done
  echo said
  [ -z "$log" ] || tail -c "+$((offset + 1))" -- "$log" | head -c 65536
  ;;
esac
)sh";

struct Question {
  std::string_view verb;
  fs::path pid_file = {};
  pid_t pid = 0;
  fs::path socket = {};
  std::string log = {};
  std::string offset = "0";
};

std::string first_line(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  return line;
}

Result<std::string> ask(const std::string& host, Shell& shell, const Question& question) {
  TRY_ASSIGN(auto outcome, shell.run({.argv = {"/bin/sh", "-c", std::string(k_script), "tenantctl", std::string(question.verb),
                                               question.pid_file.native(), std::to_string(question.pid), question.socket.native(),
                                               question.log, question.offset}}));
  if (outcome.succeeded()) return std::move(outcome.out);
  const auto said = printable(first_line(outcome.err));
  if (outcome.exit_status != 75) {
    const auto denied =
        outcome.err.find("Operation not permitted") != std::string::npos || outcome.err.find("Permission denied") != std::string::npos;
    return fail(denied ? ErrorCode::permission_denied : ErrorCode::process_failed,
                fmt::format("can't work on nginx on host \"{}\": {}", host, said));
  }
  const auto word = said.substr(said.find(' ') + 1);
  if (word == "no-curl") {
    return fail(make_error(ErrorCode::process_failed,
                           fmt::format("host \"{}\" has no curl, by which nginx is asked whether it took up a change", host))
                    .with_hint("run \"apt-get install curl\" on it"));
  }
  if (word == "gone")
    return fail(ErrorCode::nginx_unreachable, fmt::format("nginx on host \"{}\" ended before it could be reloaded", host));
  return fail(make_error(ErrorCode::nginx_unreachable, fmt::format("nginx does not run on host \"{}\": {}", host, word))
                  .with_hint("start nginx, or set \"nginx.pid_file\" in tenantctl.yaml")
                  .may_retry());
}

/// "generation WORD", then "serving PID" lines, then "said" and a log's own lines.
NginxProcess::Look read_look(const std::string& answer) {
  NginxProcess::Look look;
  std::istringstream lines(answer);
  for (std::string line; std::getline(lines, line) && line != "said";) {
    pid_t pid = 0;
    if (line.starts_with("generation ")) look.generation = line.substr(11);
    else if (line.starts_with("serving ")) std::from_chars(line.data() + 8, line.data() + line.size(), pid);
    if (pid > 0) look.serving.insert(pid);
  }
  if (const auto at = answer.find("\nsaid\n"); at != std::string::npos) look.said = answer.substr(at + 6);
  return look;
}

class RemoteNginx : public NginxProcess {
 public:
  RemoteNginx(std::string host, Shell& shell, pid_t pid) : host_(std::move(host)), shell_(shell), pid_(pid) {}

  Result<void> hang_up() override {
    TRY_ASSIGN(const auto answer, ask(host_, shell_, {.verb = "hang_up", .pid = pid_}));
    std::istringstream lines(answer);
    std::getline(lines, offset_);
    std::getline(lines, log_);
    return {};
  }

  Result<Look> look(const fs::path& status_socket) override {
    TRY_ASSIGN(const auto answer,
               ask(host_, shell_, {.verb = "look", .pid = pid_, .socket = status_socket, .log = log_, .offset = offset_}));
    return read_look(answer);
  }

 private:
  std::string host_;
  Shell& shell_;
  pid_t pid_;
  std::string log_;
  std::string offset_ = "0";  // where the log ended at the last hang_up()
};

}  // namespace

Result<std::unique_ptr<NginxProcess>> find_remote_nginx(const std::string& host, Shell& shell, const fs::path& pid_file) {
  TRY_ASSIGN(const auto answer, ask(host, shell, {.verb = "find", .pid_file = pid_file}));
  pid_t pid = 0;
  std::from_chars(answer.data(), answer.data() + answer.size(), pid);
  if (pid <= 1) return fail(ErrorCode::nginx_unreachable, fmt::format("host \"{}\" tells no process id of nginx", host));
  return std::make_unique<RemoteNginx>(host, shell, pid);
}

Result<std::string> remote_generation(const std::string& host, Shell& shell, const fs::path& status_socket) {
  TRY_ASSIGN(const auto answer, ask(host, shell, {.verb = "generation", .socket = status_socket}));
  return read_look(answer).generation;
}

}  // namespace tenantctl
