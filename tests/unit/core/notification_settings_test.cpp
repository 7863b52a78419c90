// Who is told, by mail and by webhooks: what a configuration may say of it.
#include <catch2/catch.hpp>

#include "unit/core/settings_example.hpp"

using namespace tenantctl;
using namespace tenantctl::test;

namespace {

constexpr const char* k_hook =
    "webhooks: [{ name: crm, url: \"https://crm.example/key\", events: [\"tenant.*\"], secret: \"file:hook.secret\" }]\n";

std::string with_hook(const std::string& from, const std::string& to) {
  std::string text = k_hook;
  text.replace(text.find(from), from.size(), to);
  return std::string(k_good) + text;
}

}  // namespace

TEST_CASE("mail and webhooks are read, with what is left out filled in") {
  const auto settings = parse_settings(
      "/etc/shop/t.yaml",
      std::string(k_good) + k_hook + "mail: { smtp: \"smtp://127.0.0.1:25\", from: hello@yourapp.test, templates: mail }\n", {});
  INFO((settings ? "" : full_message(settings.error())));
  REQUIRE(settings.has_value());
  REQUIRE(settings->mail.has_value());
  CHECK(settings->mail->tls == MailTls::offered);  // nobody listens in on loopback
  CHECK(settings->mail->templates == "/etc/shop/mail");
  CHECK(settings->mail->events == std::vector<std::string>{"tenant.created", "tenant.suspended", "trial.ending", "trial.expired"});
  REQUIRE(settings->webhooks.size() == 1);
  CHECK(settings->webhooks[0].secret == "file:/etc/shop/hook.secret");
  CHECK_FALSE(settings->webhooks[0].allow_private);
  CHECK(subscriptions_of(*settings).targets_of("tenant.created") == std::vector<std::string>{"mail", "crm"});
  CHECK(subscriptions_of(*settings).targets_of("tenant.deleted") == std::vector<std::string>{"crm"});

  for (const auto* host : {"mail.example:587", "127.mail.example:25", "localhost.example"}) {
    const auto elsewhere =
        parse_settings("t.yaml", std::string(k_good) + "mail: { smtp: \"smtp://" + host + "\", from: a@b.test, events: [\"*\"] }\n", {});
    REQUIRE(elsewhere.has_value());
    CHECK(elsewhere->mail->tls == MailTls::required);
    // Of what there is no mail for, none is to wait for ever.
    CHECK(subscriptions_of(*elsewhere).targets_of("tenant.deleted").empty());
    CHECK(subscriptions_of(*elsewhere).targets_of("tenant.suspended").size() == 1);
  }

  const auto nameless = parse_settings("t.yaml", with_hook("name: crm, ", ""), {});
  REQUIRE(nameless.has_value());
  CHECK(nameless->webhooks[0].name == "crm-example");
}

TEST_CASE("a mail server that is not well described is refused, and no password is shown") {
  const auto refused = [](const std::string& keys, const std::string& where, const std::string& why) {
    check_settings_refused(std::string(k_good) + "mail: { " + keys + " }\n", "15: mail" + where, why);
  };
  refused("smtp: \"http://mail.example\", from: a@b.test", ".smtp", "is not of the form");
  refused("smtp: \"smtp://ops:hunter2@mail.example\", from: a@b.test", ".smtp", "is not of the form");
  refused("smtp: \"smtp://mail.example/x\", from: a@b.test", ".smtp", "is not of the form");
  refused("smtp: \"smtp://mail:abc\", from: a@b.test", ".smtp", "is not of the form");
  refused("smtp: \"smtp://mail.example\", from: \"a@b.test\\r\\nBcc: c@d.test\"", ".from", "holds control characters");
  refused("smtp: \"smtp://mail.example\"", ".from", "is required");
  refused("smtp: \"smtp://mail.example\", from: a@b.test, user: ops", ".password", "is required");
  refused("smtp: \"smtp://mail.example\", from: a@b.test, user: ops, password: hunter2", ".password", "is no reference");
  refused("smtp: \"smtp://mail.example\", from: a@b.test, user: ops, password: \"env:P\", tls: offered", ".tls", "must be \"required\"");
  refused("smtp: \"smtp://mail.example\", from: a@b.test, events: [tenant.deleted]", ".events", "is no event");
  refused("smtp: \"smtp://mail.example\", from: a@b.test, url: \"javascript:x\"", ".url", "is no http or https URL");
}

TEST_CASE("a webhook that is not well described is refused, and neither its secret nor its path is shown") {
  check_settings_refused(with_hook("name: crm", "name: mail"), "15: webhooks.name", "is taken");
  check_settings_refused(with_hook("crm.example", "crm.example:99999"), "15: webhooks.url", "is no http or https URL");
  check_settings_refused(with_hook("https:", "http:"), "15: webhooks.url", "is not encrypted");
  check_settings_refused(with_hook("name: crm, url: \"https://crm.example/key\"", "url: \"crm.example/key\""), "15: webhooks.url",
                         "is no http");
  check_settings_refused(with_hook("https://", "ftp://"), "15: webhooks.url", "is no http or https URL");
  check_settings_refused(with_hook("https://", "https://ops:hunter2@"), "15: webhooks.url", "is no http or https URL");
  check_settings_refused(with_hook("file:hook.secret", "hunter2"), "15: webhooks.secret", "is no reference");
  check_settings_refused(with_hook("tenant.*", "tenants.*"), "15: webhooks.events", "is no event");
  check_settings_refused(with_hook("events: [\"tenant.*\"], ", ""), "15: webhooks.events", "is required");
  const std::string twice = k_hook;
  check_settings_refused(std::string(k_good) + twice.substr(0, twice.size() - 2) + ", " + twice.substr(11), "15: webhooks.name",
                         "appears twice");
}
