#ifdef TENANTCTL_FAILPOINTS
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <csignal>
#include <cstdlib>

#include "pipeline/create_pipeline.hpp"
#include "pipeline/failpoint.hpp"

using namespace tenantctl;

namespace {

/// Passes "roles:after_effect" `times` times in a child process; true where it was killed by SIGKILL.
bool dies(const char* wanted, int times) {
  const auto child = ::fork();
  if (child == 0) {
    ::setenv("TENANTCTL_FAILPOINT", wanted, 1);
    for (int i = 0; i < times; ++i) failpoint("roles", CrashPoint::after_effect);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

}  // namespace

TEST_CASE("a failpoint kills at its own name only") {
  CHECK(dies("roles:after_effect", 1));
  CHECK_FALSE(dies("roles:before_effect", 1));
  CHECK_FALSE(dies("database:after_effect", 1));
  CHECK_FALSE(dies("roles", 1));
}

TEST_CASE("a failpoint with a number kills at that passing") {
  CHECK_FALSE(dies("roles:after_effect#3", 2));
  CHECK(dies("roles:after_effect#3", 3));
}

TEST_CASE("a failpoint with @stop stops the process, which can be woken up again") {
  const auto child = ::fork();
  if (child == 0) {
    ::setenv("TENANTCTL_FAILPOINT", "roles:after_effect#2@stop", 1);
    for (int i = 0; i < 3; ++i) failpoint("roles", CrashPoint::after_effect);
    ::_exit(7);
  }
  int status = 0;
  ::waitpid(child, &status, WUNTRACED);
  CHECK(WIFSTOPPED(status));
  ::kill(child, SIGCONT);
  ::waitpid(child, &status, 0);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 7));
}

TEST_CASE("every step of a create has its six failpoints, and the engine its own five") {
  const auto names = failpoint_names(create_step_ids());

  CHECK(names.size() == 5 + 6 * create_step_ids().size());
  CHECK(std::ranges::count(names, "verify:after_revert_mark") == 1);
  CHECK(std::ranges::count(names, "close:before_effect") == 1);
}
#endif
