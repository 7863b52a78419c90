// Who is told of what happens: the real binary, a real SMTP server and a real receiver of webhooks.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <csignal>
#include <set>

#include "core/webhook.hpp"
#include "support/background.hpp"
#include "support/changed_config.hpp"
#include "support/hook_receiver.hpp"
#include "support/smtp_sink.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;

namespace {

using Types = std::vector<std::string>;

const std::string k_key = "whsec_Y2FuYXJ5LWtleS1vZi1hLXdlYmhvb2stMzItYnl0ZXM=";
const std::string k_login = "canary-login-of-the-mail-server";

/// A sandbox in which a mail server and a webhook are told of everything. As before, afterwards.
class Audience {
 public:
  explicit Audience(const std::string& more_mail = "", const std::string& more_hooks = "") : in_use_(config(more_mail, more_hooks)) {
    write_text(LiveSandbox::get().dir() / "hook.secret", k_key + "\n");
    write_text(LiveSandbox::get().dir() / "smtp.password", k_login + "\n");
  }
  Audience(const Audience&) = delete;
  Audience& operator=(const Audience&) = delete;
  ~Audience() {
    auto& sandbox = LiveSandbox::get();
    for (const auto& slug : sandbox.sql("select slug from tenants where status <> 'deleted'", "tenantctl")) sandbox.remove(slug);
    sandbox.sql("delete from outbox", "tenantctl");
    sandbox.sql("delete from bounced_addresses", "tenantctl");
    CHECK(sandbox.inventory() == Inventory{});
    sandbox.free_names();
  }

  CliResult run(const std::vector<std::string>& args, const std::vector<std::string>& environment = {}) {
    return LiveSandbox::get().run(args, environment);
  }
  CliResult create(const std::string& slug, const std::string& email = "admin@told.test") {
    return run({"create", slug, "--email", email, "--company", "Told Ltd"});
  }
  void make_due() { LiveSandbox::get().sql("update outbox set due_at = clock_timestamp() where state = 'waiting'", "tenantctl"); }

  Types told() const {
    Types types;
    const auto requests = hook.requests();
    for (const auto& request : requests) types.push_back(request["body"]["type"]);
    return types;
  }
  Types subjects() const {
    Types subjects;
    const auto mails = sink.mails();
    for (const auto& mail : mails) subjects.push_back(mail["headers"]["subject"]);
    return subjects;
  }

  SmtpSink sink{{.tls = SinkTls::starttls, .user = "ops", .password = k_login}};
  HookReceiver hook;

 private:
  std::filesystem::path config(const std::string& more_mail, const std::string& more_hooks) {
    const auto file = LiveSandbox::get().dir() / "told.yaml";
    write_text(file,
               read_text(LiveSandbox::get().config()) +
                   fmt::format("mail:\n  smtp: \"{}\"\n  tls: required\n  ca_file: {}\n  user: ops\n  password: \"file:smtp.password\"\n"
                               "  from: hello@yourapp.test\n  from_name: Your App\n{}"
                               "webhooks:\n  - name: crm\n    url: \"{}\"\n    events: [\"*\"]\n    secret: \"file:hook.secret\"\n    "
                               "allow_private: true\n{}",
                               sink.url(), sink.ca_file().string(), more_mail, hook.url(), more_hooks));
    return file;
  }

  ConfigInUse in_use_;
};

}  // namespace

TEST_CASE("whoever wants to know is told of a tenant's life, with a welcome and a notice for its administrator", "[told]") {
  Audience audience("  url: \"https://{host}/\"\n");

  const auto made = audience.create("told-a");
  INFO(made.err);
  REQUIRE(made.status == 0);
  REQUIRE(audience.run({"suspend", "told-a", "--no-backup", "--reason", "invoice 7 is overdue"}).status == 0);
  REQUIRE(audience.run({"activate", "told-a"}).status == 0);
  REQUIRE(audience.run({"cancel", "told-a", "--no-backup", "--yes"}).status == 0);
  REQUIRE(audience.run({"delete", "told-a", "--no-backup", "--yes"}).status == 0);

  CHECK(audience.told() == Types{"tenant.created", "tenant.suspended", "tenant.activated", "tenant.cancelled", "tenant.deleted"});
  CHECK(audience.subjects() == Types{"Told Ltd is ready at told-a.yourapp.test", "Told Ltd is suspended"});
  const auto mails = audience.sink.mails();
  CHECK(mails[0]["login"] == true);
  CHECK(mails[0]["tls"] == true);
  CHECK(mails[0]["to"] == nlohmann::json{"admin@told.test"});
  CHECK_THAT(mails[0]["text"].get<std::string>(), Contains("https://told-a.yourapp.test/"));
  CHECK_THAT(mails[1]["text"].get<std::string>(), Contains("invoice 7 is overdue"));
  const auto requests = audience.hook.requests();
  const auto& headers = requests[0]["headers"];
  const auto key = signing_key("crm", Secret(k_key)).value();
  CHECK(headers["webhook-signature"] == webhook_signature(key, headers["webhook-id"].get<std::string>(),
                                                          headers["webhook-timestamp"].get<std::string>(),
                                                          requests[0]["text"].get<std::string>()));
  CHECK(requests[0]["body"]["data"]["tenant"]["slug"] == "told-a");
  CHECK(requests[1]["body"]["data"]["reason"] == "invoice 7 is overdue");
}

TEST_CASE("nobody is told of a create that came to nothing, and both are told of one that is rolled back later", "[told]") {
  Audience audience;
  CHECK(audience.run({"create", "told-b", "--email", "a@told.test", "--dry-run"}).status == 0);
  REQUIRE(audience.run({"create", "told-b", "--email", "a@told.test"}, {"TENANTCTL_FAILPOINT=verify:after_effect"}).status == k_killed);
  REQUIRE(audience.run({"rollback", "told-b"}).status == 0);
  CHECK(audience.told().empty());

  REQUIRE(audience.create("told-b").status == 0);
  REQUIRE(audience.run({"rollback", "told-b", "--yes"}).status == 0);
  CHECK(audience.told() == Types{"tenant.created", "tenant.deleted"});
  CHECK(audience.subjects().size() == 1);
}

TEST_CASE("a mail server that is down keeps no tenant from going live, and the mail arrives once when it is back", "[told]") {
  Audience audience;
  audience.sink.stop();

  const auto made = audience.create("told-c");
  const auto second = audience.create("told-d");

  CHECK(made.status == 0);
  CHECK_THAT(made.err, Contains("\"mail\" could not be told") && Contains("outbox flush"));
  CHECK(LiveSandbox::get().is_live("told-c"));
  CHECK(audience.told() == Types{"tenant.created", "tenant.created"});
  CHECK(second.status == 0);
  CHECK_THAT(second.err, !Contains("could not be told"));  // it was left alone, as its last try had failed
  audience.make_due();
  const auto in_vain = audience.run({"outbox", "flush"});
  CHECK(in_vain.status == 9);
  CHECK_THAT(in_vain.out, Contains("can't be reached"));
  audience.sink.start();
  audience.make_due();
  const auto flushed = audience.run({"outbox", "flush", "-o", "json"});
  CHECK(flushed.status == 0);
  CHECK(flushed.json()["sent"] == 2);
  CHECK(audience.run({"outbox", "flush", "-o", "json"}).json()["sent"] == 0);
  CHECK(audience.subjects() == Types{"Told Ltd is ready at told-c.yourapp.test", "Told Ltd is ready at told-d.yourapp.test"});
}

TEST_CASE("of many that work the outbox off at once, each tells of other events", "[told]") {
  Audience audience;
  audience.hook.stop();
  audience.sink.stop();
  LiveSandbox::get().sql(
      "insert into outbox (event, type, target, slug, data) select md5(n::text)::uuid, 'tenant.activated', 'crm', 'x', "
      "jsonb_build_object('n', n) from generate_series(1, 60) n",
      "tenantctl");
  audience.hook.start();

  std::vector<std::unique_ptr<Background>> flushes;
  for (int i = 0; i < 6; ++i) flushes.push_back(std::make_unique<Background>(std::vector<std::string>{"outbox", "flush"}));
  for (const auto& flush : flushes) CHECK(flush->wait().status == 0);

  std::set<int> numbers;
  const auto requests = audience.hook.requests();
  for (const auto& request : requests) numbers.insert(request["body"]["data"]["n"].get<int>());
  CHECK(requests.size() == 60);
  CHECK(numbers.size() == 60);
}

TEST_CASE("what is killed before it tells is told later, and what is killed after it may tell twice, by the same name", "[told]") {
  Audience audience;
  REQUIRE(audience.run({"create", "told-e", "--email", "a@told.test"}, {"TENANTCTL_FAILPOINT=deliver:before_effect"}).status == k_killed);
  CHECK(LiveSandbox::get().is_live("told-e"));
  CHECK(audience.told().empty());

  REQUIRE(audience.run({"outbox", "flush", "--target", "crm"}, {"TENANTCTL_FAILPOINT=deliver:after_effect"}).status == k_killed);
  REQUIRE(audience.run({"outbox", "flush"}).status == 0);

  CHECK(audience.told() == Types{"tenant.created", "tenant.created"});
  CHECK(audience.hook.requests()[0]["headers"]["webhook-id"] == audience.hook.requests()[1]["headers"]["webhook-id"]);
  CHECK(audience.sink.mails().size() == 1);
}

TEST_CASE("a webhook can be tried, and is told again of what it missed", "[told]") {
  Audience audience;
  const auto tried = audience.run({"webhooks", "test", "crm"});
  CHECK(tried.status == 0);
  CHECK_THAT(tried.out, Contains("HTTP 204"));
  CHECK(audience.told() == Types{"webhook.test"});
  audience.hook.answer("redirect");
  const auto moved = audience.run({"webhooks", "test", "crm", "-o", "json"});
  CHECK(moved.status == 1);
  CHECK(moved.error()["code"] == "webhook_failed");
  const auto typo = audience.run({"webhooks", "test", "crn"});
  CHECK(typo.status == 4);
  CHECK_THAT(typo.err, Contains("did you mean \"crm\"?"));

  audience.hook.answer("410");  // it wants no more
  REQUIRE(audience.create("told-f").status == 0);
  const auto listed = audience.run({"webhooks", "list"});
  CHECK_THAT(listed.out, Contains("crm") && Contains("HTTP 410"));
  const auto looked = audience.run({"doctor"});
  CHECK(looked.status == 7);
  CHECK_THAT(looked.out, Contains("1 given up for \"crm\": HTTP 410"));
  audience.hook.answer("204");
  audience.hook.clear();
  const auto replayed = audience.run({"webhooks", "replay", "crm", "-o", "json"});
  CHECK(replayed.status == 0);
  CHECK(replayed.json()["put_back"] == 1);
  CHECK(audience.told() == Types{"tenant.created"});
  CHECK(audience.run({"doctor"}).status == 0);
}

TEST_CASE("one event that a receiver can't stand keeps it from no other, and what is given up is told by the status", "[told]") {
  Audience audience;
  LiveSandbox::get().sql(
      "insert into outbox (event, type, target, slug, data) select md5(n::text)::uuid, 'tenant.activated', 'crm', 'x', '{}' from "
      "generate_series(1, 3) n",
      "tenantctl");
  audience.hook.answer("422");

  const auto flushed = audience.run({"outbox", "flush"});

  CHECK(flushed.status == 1);
  CHECK_THAT(flushed.out, Contains("HTTP 422"));
  CHECK(audience.hook.requests().size() == 3);
  const auto looked = audience.run({"doctor"});
  CHECK(looked.status == 7);
  CHECK_THAT(looked.out, Contains("3 could not be told to \"crm\" yet: HTTP 422"));
  audience.hook.answer("500");
  audience.make_due();
  CHECK(audience.run({"outbox", "flush"}).status == 9);
  CHECK(audience.hook.requests().size() == 4);  // who is down is not asked for each
  audience.hook.answer("204");
  CHECK_THAT(audience.run({"outbox", "flush", "--target", "crm"}).out, Contains("2 sent"));  // the third is to be tried again later
  CHECK_THAT(audience.run({"outbox", "flush", "--target", "crm", "--now"}).out, Contains("1 sent"));
  CHECK(audience.run({"outbox", "flush"}).out.empty());  // cron mails what is said
}

TEST_CASE("what is there for a receiver that is no longer configured is told by doctor, and can be dropped", "[told]") {
  Audience audience;
  LiveSandbox::get().sql("insert into outbox (event, type, target, data) values (gen_random_uuid(), 'tenant.created', 'gone', '{}')",
                         "tenantctl");
  const auto looked = audience.run({"doctor"});
  CHECK(looked.status == 7);
  CHECK_THAT(looked.out, Contains("\"gone\", which is no longer configured"));
  CHECK(audience.run({"webhooks", "replay", "gone"}).status == 4);
  CHECK_THAT(audience.run({"outbox", "drop", "--state", "waiting", "--target", "gone", "--yes"}).out, Contains("1 dropped"));
  CHECK(audience.run({"doctor"}).status == 0);
}

TEST_CASE("an event is found by the id that its receiver knows", "[told]") {
  Audience audience;
  REQUIRE(audience.create("told-l").status == 0);
  const auto id = audience.hook.requests()[0]["headers"]["webhook-id"].get<std::string>();
  CHECK(audience.run({"webhooks", "replay", "crm", "--state", "sent", "--event", id}).status == 0);
  CHECK(audience.told() == Types{"tenant.created", "tenant.created"});
  CHECK(audience.run({"webhooks", "replay", "crm", "--event", "evt_12"}).status == 2);
  CHECK(audience.run({"webhooks", "replay", "crm", "--state", "sent"}).status == 2);  // all of a month: only when confirmed
  CHECK_THAT(audience.run({"outbox", "list"}).out, Contains(id.substr(4)));
}

TEST_CASE("a webhook to an address that is not public is not asked unless that is meant", "[told]") {
  HookReceiver inside;
  Audience audience("",
                    fmt::format("  - name: inside\n    url: \"https://127.0.0.1:{}/secret-path\"\n    events: [\"tenant.*\"]\n    secret: "
                                "\"file:hook.secret\"\n",
                                inside.port()));

  const auto tried = audience.run({"webhooks", "test", "inside", "-o", "json"});
  const auto made = audience.create("told-g");
  audience.make_due();
  const auto flushed = audience.run({"outbox", "flush"});

  CHECK(flushed.status == 9);
  CHECK(tried.status == 3);
  CHECK(tried.error()["code"] == "webhook_refused");
  CHECK(made.status == 0);
  CHECK_THAT(made.err, Contains("no public address"));
  CHECK(inside.requests().empty());
}

TEST_CASE("an address that does not exist keeps nobody from going live, and is shown until it takes a mail", "[told]") {
  Audience audience;

  const auto made = audience.create("told-h", "reject@told.test");

  CHECK(made.status == 0);
  CHECK_THAT(made.err, Contains("1 given up"));
  CHECK_THAT(audience.run({"show", "told-h"}).out, Contains("mail bounced") && Contains("no such user here"));
  CHECK(audience.run({"doctor"}).status == 7);
  const auto dropped = audience.run({"outbox", "drop", "--target", "mail", "--yes"});
  CHECK_THAT(dropped.out, Contains("1 dropped"));
  CHECK(audience.run({"doctor"}).status == 0);
}

TEST_CASE("a mail is seen before it goes out, by the operator's own template too", "[told]") {
  Audience audience("  templates: mails\n");
  const auto folder = LiveSandbox::get().dir() / "mails";
  std::filesystem::create_directory(folder);
  REQUIRE(audience.create("told-i").status == 0);
  audience.sink.clear();

  const auto builtin = audience.run({"mail", "preview", "tenant.suspended", "told-i", "--reason", "a test"});
  write_text(folder / "tenant.created.txt", "Subject: Hi {{company}}\n\nYours: {{slug}}\n");
  const auto own = audience.run({"mail", "preview", "tenant.created", "told-i", "-o", "json"});
  write_text(folder / "tenant.created.txt", "Subject: Hi {{compny}}\n\nYours: {{slug}}\n");
  const auto typo = audience.run({"mail", "preview", "tenant.created", "told-i"});
  const auto unknown = audience.run({"mail", "preview", "tenant.creatd", "told-i"});
  const auto looked = audience.run({"doctor"});
  std::filesystem::remove_all(folder);
  const auto misspelled = audience.run({"mail", "preview", "tenant.created", "told-i"});

  CHECK(looked.status == 7);
  CHECK_THAT(looked.out, Contains("compny"));
  CHECK(misspelled.status == 4);
  CHECK_THAT(builtin.out,
             Contains("Subject: Told Ltd is suspended") && Contains("The reason: a test") && Contains("Your App <hello@yourapp.test>"));
  CHECK(own.json()["mail"]["subject"] == "Hi Told Ltd");
  CHECK(own.json()["mail"]["text"] == "Yours: told-i\n");
  CHECK(own.json()["mail"]["html"] == "");
  CHECK(typo.status == 3);
  CHECK_THAT(typo.err, Contains("compny") && Contains("tenant.created.txt"));
  CHECK(unknown.status == 2);
  CHECK_THAT(unknown.err, Contains("tenant.created"));
  CHECK(audience.sink.mails().empty());
  const auto tested = audience.run({"mail", "test", "you@yourapp.test"});
  CHECK(tested.status == 0);
  CHECK(audience.subjects() == Types{"tenantctl can send mail"});
  CHECK(audience.run({"mail", "test", "no address"}).status == 2);
}

TEST_CASE("a batch is told of once it is over, and each of its tenants", "[told]") {
  Audience audience;
  const auto made = audience.run(
      {"bulk-create", "--count", "5", "--prefix", "told-bulk", "--email", "admin@{slug}.test", "--batch", "told", "--jobs", "3"});
  INFO(made.err);
  REQUIRE(made.status == 0);
  auto told = audience.told();
  CHECK(std::ranges::count(told, "tenant.created") == 5);
  CHECK(std::ranges::count(told, "batch.finished") == 1);
  CHECK(told.size() == 6);
}

TEST_CASE("a worker tells what others left", "[told]") {
  Audience audience;
  audience.hook.stop();
  REQUIRE(audience.create("told-j").status == 0);
  audience.hook.start();
  audience.make_due();

  Background worker({"worker"});
  for (int i = 0; i < 100 && audience.told().empty(); ++i) ::usleep(100'000);
  worker.signal(SIGTERM);

  CHECK(worker.wait().status == 0);
  CHECK(audience.told() == Types{"tenant.created"});
}

TEST_CASE("no secret of a mail server or a webhook is in what is said, or in the control database", "[told]") {
  Audience audience;
  audience.hook.answer("500");
  std::string said;
  for (const auto& args : std::vector<std::vector<std::string>>{{"create", "told-k", "--email", "busy@told.test", "-v"},
                                                                {"outbox", "list"},
                                                                {"outbox", "list", "-o", "json"},
                                                                {"webhooks", "list"},
                                                                {"webhooks", "test", "crm"},
                                                                {"doctor"},
                                                                {"mail", "test", "busy@told.test"},
                                                                {"outbox", "flush"}}) {
    const auto outcome = audience.run(args);
    said += outcome.out + outcome.err;
  }
  for (const auto& row : LiveSandbox::get().sql("select o::text from outbox o", "tenantctl")) said += row;

  CHECK_THAT(said, Contains("HTTP 500") && Contains("try again later"));
  CHECK_THAT(said, !Contains("canary") && !Contains(k_key) && !Contains("secret-path"));
}
