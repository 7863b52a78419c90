// Certificates that are being got when a process is killed or told to stop: the tenant is there or it is not, and whatever was got of its
// certificate is found again, or goes with it.
#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <thread>

#include "fault/failpoints.hpp"
#include "support/background.hpp"
#include "support/bind_zone.hpp"
#include "support/https_mode.hpp"
#include "support/quick_certificates.hpp"
#include "support/smtp_sink.hpp"
#include "support/tally.hpp"

using namespace tenantctl::test;

namespace {

const std::vector<std::string> k_create_kept{"create", "kept", "--email", "admin@kept.test", "-o", "json"};

std::string serial_of_kept() {
  return LiveSandbox::get()
      .bash("openssl x509 -noout -serial -in " + (LiveSandbox::get().dir() / "nginx/tenantctl/certs/kept.yourapp.test.pem").string() +
            " 2>&1")
      .out;
}

std::vector<std::string> states() {
  return LiveSandbox::get().sql("select case when issued_at is null then 'pending' else 'issued' end from certificates", "tenantctl");
}

void check_kept_is_gone() {
  auto& sandbox = LiveSandbox::get();
  CHECK(sandbox.inventory() == Inventory{});
  CHECK(sandbox.get("kept.yourapp.test").empty());
  CHECK(sandbox.run({"doctor", "-o", "json"}).json()["orphans"].empty());
}

/// A whole configuration: a zone, https and mails.
struct WholeWorld {
  WholeWorld() : https(options(sink)) {}

  static HttpsMode::Options options(const SmtpSink& sink) {
    const auto dns = shared_bind().config("[\"127.0.0.1\"]");
    return {
        .authority = {.http_port = 0, .dns = shared_bind().address()},
        .changes = {{"dns: { provider: wildcard }", "dns: " + dns + "\nmail: { smtp: \"" + sink.url() + "\", from: hello@yourapp.test }"}}};
  }

  SmtpSink sink;
  HttpsMode https;
};

}  // namespace

TEST_CASE("a process that is killed while it gets a certificate leaves a live tenant, and the next one finds what was got",
          "[crash][tls]") {
  auto& sandbox = LiveSandbox::get();
  const ConfigInUse in_use(config_with_certificates());
  for (const std::string point : {"issue:before_effect", "issue:after_effect"}) {
    for (const bool is_renewal : {false, true}) {
      for (const bool goes : {false, true}) {
        INFO(point << (is_renewal ? " of a renewal" : "") << (goes ? ", then a deletion" : ", then a repeat"));
        if (is_renewal) {
          const auto made = run_to(k_create_kept);
          REQUIRE(made.status == 0);
          INFO(made.err);
          // A create does not wait for it at any price; this is about renewals.
          if (states() != std::vector<std::string>{"issued"}) REQUIRE(run_to({"certs", "retry", "kept"}).status == 0);
          REQUIRE(states() == std::vector<std::string>{"issued"});
          REQUIRE(run_to({"certs", "renew", "kept", "--force"}, point).status == k_killed);
        } else {
          REQUIRE(run_to(k_create_kept, point).status == k_killed);
        }
        CHECK(sandbox.is_live("kept"));
        CHECK(states() == std::vector<std::string>{is_renewal ? "issued" : "pending"});
        const auto got = serial_of_kept();
        if (goes) {
          CHECK(run_to({"delete", "kept", "--no-backup", "--yes"}).status == 0);
          sandbox.free_names();
        } else {
          CHECK(run_to({"certs", "renew"}).status == 0);
          CHECK(states() == std::vector<std::string>{"issued"});
          if (point == "issue:after_effect" && !is_renewal) CHECK(serial_of_kept() == got);
          sandbox.remove("kept");
        }
        check_kept_is_gone();
        Tally::get().add("SIGKILL while a certificate is got");
      }
    }
  }
}

TEST_CASE("a process that is stopped while it gets a certificate holds it, and what it wakes to is not another tenant's", "[fence][tls]") {
  auto& sandbox = LiveSandbox::get();
  const ConfigInUse in_use(config_with_certificates());
  Background paused(k_create_kept, {"TENANTCTL_FAILPOINT=issue:before_effect@stop"});
  REQUIRE(paused.stopped());

  CHECK(run_to({"certs", "retry"}).status == 6);  // one is got at a time
  sandbox.sql("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = 'tenantctl' and pid <> pg_backend_pid()",
              "tenantctl");
  CHECK(run_to({"delete", "kept", "--no-backup", "--yes"}).status == 0);
  sandbox.free_names();
  REQUIRE(run_to(k_create_kept).status == 0);
  const auto serial = serial_of_kept();
  paused.signal(SIGCONT);
  (void)paused.wait();

  // Its own session is gone, and nginx's file another's.
  CHECK(serial_of_kept() == serial);
  CHECK(states() == std::vector<std::string>{"issued"});
  sandbox.remove("kept");
  check_kept_is_gone();
}

TEST_CASE("a create with records, a certificate and a mail that is told to stop at any moment leaves nothing, or a tenant as it should be",
          "[crash][tls]") {
  auto& sandbox = LiveSandbox::get();
  WholeWorld world;
  std::vector<int> moments;
  for (int moment = 0; moment < 3600; moment += moment < 800 ? 25 : 200) moments.push_back(moment);
  for (const int moment : Tally::get().draw(moments, 16)) {
    INFO("after " << moment << " ms");
    world.sink.clear();
    Background create(k_create_kept);
    std::this_thread::sleep_for(std::chrono::milliseconds(moment));
    create.signal(SIGINT);

    const auto ended = create.wait();

    INFO(ended.out << ended.err);
    const bool is_live = !sandbox.sql("select 1 from tenants where slug = 'kept' and status = 'active'", "tenantctl").empty();
    CHECK(ended.status == (is_live ? 0 : 130));
    CHECK(world.sink.mails().size() <= (is_live ? 1 : 0));
    if (is_live) {
      const auto renewed = run_to({"certs", "renew"});
      INFO(renewed.out << renewed.err);
      CHECK(renewed.status == 0);
      CHECK(run_to({"outbox", "flush", "--now"}).status == 0);
      CHECK(world.https.shown("kept.yourapp.test").verification == "OK");
      CHECK(world.sink.mails().size() == 1);
      sandbox.remove("kept");
    }
    check_kept_is_gone();
    CHECK(shared_bind().zone() == std::vector<std::string>{});
    CHECK(world.https.certificates() == Inventory{});
    Tally::get().add("SIGINT in the whole pipeline");
  }
}
