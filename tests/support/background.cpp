#include "support/background.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace tenantctl::test {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (auto& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

int open_for_writing(const std::string& file) { return ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600); }

}  // namespace

Background::Background(const std::vector<std::string>& args, const std::vector<std::string>& environment)
    : Background(args, environment, build_for(args, environment)) {}

Background::Background(const std::vector<std::string>& args, const std::vector<std::string>& environment, Build build) {
  std::vector<std::string> words{program(build)};
  words.insert(words.end(), args.begin(), args.end());
  // The first of two equal names counts.
  auto variables = environment;
  const auto configures = [](const auto& variable) { return variable.starts_with("TENANTCTL_CONFIG="); };
  if (std::ranges::none_of(variables, configures)) variables.push_back("TENANTCTL_CONFIG=" + LiveSandbox::get().config().string());
  for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
  const auto argv = pointers(words);
  const auto envp = pointers(variables);
  const auto out = open_for_writing((folder_ / "out").string());
  const auto err = open_for_writing((folder_ / "err").string());
  // A signal that comes before the program runs is the program's, and not for what the tests do about signals.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  pid_ = ::fork();
  if (pid_ == 0) {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_DFL);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    ::execve(argv.front(), argv.data(), envp.data());
    ::_exit(127);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::close(out);
  ::close(err);
}

Background::~Background() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Background::stopped() {
  siginfo_t what{};
  // Its end stays there to be waited for.
  while (::waitid(P_PID, static_cast<id_t>(pid_), &what, WSTOPPED | WEXITED | WNOWAIT) != 0 && errno == EINTR) continue;
  return what.si_code == CLD_STOPPED;
}

void Background::signal(int number) const { ::kill(pid_, number); }

CliResult Background::wait() {
  int status = 0;
  for (int i = 0; i < 12'000; ++i) {
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      if (WIFSIGNALED(status)) LiveSandbox::get().outlive_locks();
      return {.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
              .out = read_text(folder_ / "out"),
              .err = read_text(folder_ / "err")};
    }
    ::usleep(5'000);
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(std::exchange(pid_, -1), &status, 0);
  return {.status = 128 + SIGKILL, .out = read_text(folder_ / "out"), .err = read_text(folder_ / "err")};
}

RaceEnd finish(const Rivals& rivals) {
  RaceEnd end;
  for (const auto& rival : rivals) {
    const auto ended = rival->wait();
    end.said += ended.err;
    if (ended.status == 0) ++end.won;
    if (ended.status == 5 || ended.status == 6) ++end.refused;
  }
  return end;
}

}  // namespace tenantctl::test
