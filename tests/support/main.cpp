// The one main of every test program.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include <cstdio>

#include "support/live_sandbox.hpp"

namespace {

using tenantctl::test::LiveSandbox;

/// One test that fails must not fail all those that share the sandbox with it.
struct ClearAfterFailure : Catch::TestEventListenerBase {
  using TestEventListenerBase::TestEventListenerBase;
  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    if (stats.totals.assertions.allOk() || !LiveSandbox::is_made()) return;
    try {
      LiveSandbox::get().clear();
    } catch (const std::exception& e) { std::fprintf(stderr, "after \"%s\": %s\n", stats.testInfo.name.c_str(), e.what()); }
  }
};

CATCH_REGISTER_LISTENER(ClearAfterFailure)

}  // namespace

int main(int argc, char* argv[]) { return Catch::Session().run(argc, argv); }
