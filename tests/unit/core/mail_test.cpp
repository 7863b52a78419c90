// Mails as they are composed of an event.
#include <catch2/catch.hpp>

#include "core/mail.hpp"

using namespace tenantctl;
using Catch::Contains;

namespace {

const MailSettings k_mail{.smtp = "smtp://localhost:25", .from = "hello@yourapp.test", .url = "https://{host}/"};

Delivery created(const nlohmann::json& changes = nlohmann::json::object()) {
  nlohmann::json tenant{{"slug", "acme"},
                        {"code", "A1B2C3D4"},
                        {"company_name", "Smith & \"Sons\" <Ltd>"},
                        {"admin_email", "ad.min+x@acme.test"},
                        {"host", "acme.yourapp.test"},
                        {"plan", "trial"},
                        {"trial_ends_at", "2026-12-05T10:00:00Z"}};
  tenant.update(changes);
  return {.event = "10000000-0000-4000-8000-000000000001",
          .type = "tenant.created",
          .target = "mail",
          .data = {{"tenant", tenant}, {"reason", ""}}};
}

Mail composed(const Delivery& delivery, const MailSettings& settings = k_mail) {
  const auto mail = compose(delivery, *builtin_mail(delivery.type), settings);
  INFO((mail ? "" : full_message(mail.error())));
  REQUIRE(mail.has_value());
  return *mail;
}

}  // namespace

TEST_CASE("a welcome names the address, the code for support and the trial's end, and no password") {
  const auto mail = composed(created());

  CHECK(mail.to == "ad.min+x@acme.test");
  CHECK(mail.subject == "Smith & \"Sons\" <Ltd> is ready at acme.yourapp.test");
  CHECK(mail.message_id == "10000000-0000-4000-8000-000000000001@yourapp.test");
  for (const auto* text : {"https://acme.yourapp.test/", "A1B2C3D4", "2026-12-05"}) {
    CHECK_THAT(mail.text, Contains(text));
    CHECK_THAT(mail.html, Contains(text));
  }
  CHECK_THAT(mail.text, !Contains("assword"));
  CHECK_THAT(mail.text, !Contains("{{"));
  CHECK_THAT(mail.text, !Contains("\n\n\n"));
}

TEST_CASE("what comes from outside stays text in the HTML") {
  const auto mail = composed(created());
  CHECK_THAT(mail.html, Contains("Smith &amp; &quot;Sons&quot; &lt;Ltd&gt; is ready"));
  CHECK_THAT(mail.html, !Contains("<Ltd>"));
}

TEST_CASE("a link to choose a password is there where one is configured, with the address in a form that links take") {
  auto settings = k_mail;
  settings.set_password_url = "https://auth.yourapp.test/welcome?tenant={code}&email={email}";
  const auto mail = composed(created(), settings);
  CHECK_THAT(mail.text, Contains("https://auth.yourapp.test/welcome?tenant=A1B2C3D4&email=ad.min%2Bx%40acme.test"));
  CHECK_THAT(mail.html, Contains("tenant=A1B2C3D4&amp;email=ad.min%2Bx%40acme.test"));
}

TEST_CASE("without a trial, none is mentioned") { CHECK_THAT(composed(created({{"trial_ends_at", nullptr}})).text, !Contains("trial")); }

TEST_CASE("a notice of suspension gives the reason, where there is one") {
  auto delivery = created();
  delivery.type = "tenant.suspended";
  CHECK_THAT(composed(delivery).text, !Contains("reason"));
  delivery.data["reason"] = "invoice 1042 is overdue";
  CHECK_THAT(composed(delivery).text, Contains("The reason: invoice 1042 is overdue"));
}

TEST_CASE("a header with a line break is refused: it would be two") {
  for (const auto* name : {"Acme\r\nBcc: all@evil.test", "Acme\nX: y"}) {
    const auto mail = compose(created({{"company_name", name}}), *builtin_mail("tenant.created"), k_mail);
    REQUIRE_FALSE(mail.has_value());
    CHECK(mail.error().code == ErrorCode::bad_value);
  }
  CHECK_FALSE(compose(created({{"admin_email", "a@b.test\r\nRCPT TO:<x@y.test>"}}), *builtin_mail("tenant.created"), k_mail).has_value());
}

TEST_CASE("an event that is about no tenant has nobody to go to") {
  auto delivery = created();
  delivery.data = {{"batch", {{"id", "b1"}}}};
  CHECK_FALSE(compose(delivery, *builtin_mail("tenant.created"), k_mail).has_value());
}

TEST_CASE("a template must begin with its subject, and may use what there is and nothing else") {
  const auto code_of = [](const std::string& text) {
    const auto mail = compose(created(), {.text = {"own.txt", text}, .html = {}}, k_mail);
    return mail ? std::string("fine") : std::string(info(mail.error().code).name);
  };
  CHECK(code_of("Subject: Hello {{company}}\n\n{{url}}\n") == "fine");
  CHECK(code_of("Hello {{company}}\n") == "template_invalid");
  CHECK(code_of("Subject: Hello\n\n{{passwort}}\n") == "template_invalid");
  CHECK_FALSE(builtin_mail("batch.finished").has_value());
}

TEST_CASE("a reminder says how long a trial lasts, and whether it goes on by itself", "[trials]") {
  Delivery delivery = created();
  delivery.type = "trial.ending";
  delivery.data["days_left"] = 3;
  const auto mail_of = [&] { return compose(delivery, *builtin_mail(delivery.type), k_mail).value(); };
  CHECK_THAT(mail_of().subject, Catch::EndsWith("ends in 3 days"));
  CHECK_THAT(mail_of().text, Catch::Contains("Answer this mail") && !Catch::Contains("nothing to do"));
  delivery.data["days_left"] = 1;
  delivery.data["has_payment_method"] = true;
  CHECK_THAT(mail_of().subject, Catch::EndsWith("ends within a day"));
  CHECK_THAT(mail_of().text, Catch::Contains("nothing to do"));

  delivery.type = "trial.expired";
  CHECK_THAT(mail_of().text, !Catch::Contains("until"));
  delivery.data["grace_ends_at"] = "2026-12-01T08:00:00Z";
  CHECK_THAT(mail_of().text, Catch::Contains("until 2026-12-01"));
  CHECK_THAT(mail_of().html, Catch::Contains("2026-12-01"));
}
