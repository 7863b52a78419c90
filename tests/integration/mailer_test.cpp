// Mail over SMTP: to a real server on loopback, which keeps what it takes.
#include <catch2/catch.hpp>

#include "adapters/mail/smtp_mailer.hpp"
#include "support/smtp_sink.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;

namespace {

const std::string k_smtp_password = "canary-smtp-password";

Mail mail_to(const std::string& to) {
  return {.from = "hello@yourapp.test",
          .from_name = "",
          .reply_to = "",
          .to = to,
          .subject = "Acme is ready",
          .text = "Hello,\n\n.\n..dots\nthe end\n",
          .html = "<p>Hello</p>\n",
          .message_id = "1@yourapp.test",
          .date = Instant{std::chrono::seconds(1614265330)}};
}

MailSettings settings_of(const SmtpSink& sink, MailTls tls = MailTls::none) {
  return {.smtp = sink.url(), .tls = tls, .from = "hello@yourapp.test"};
}

Error refused(const Result<void>& outcome) {
  REQUIRE_FALSE(outcome.has_value());
  return outcome.error();
}

}  // namespace

TEST_CASE("a mail arrives as it was written, text and HTML") {
  const SmtpSink sink;
  SmtpMailer mailer(settings_of(sink), Secret(""));

  const auto sent = mailer.send(mail_to("admin@acme.test"));

  INFO((sent ? "" : full_message(sent.error())));
  REQUIRE(sent.has_value());
  const auto mails = sink.mails();
  REQUIRE(mails.size() == 1);
  const auto& mail = mails[0];
  CHECK(mail["from"] == "hello@yourapp.test");
  CHECK(mail["to"] == nlohmann::json{"admin@acme.test"});
  CHECK(mail["type"] == "multipart/alternative");
  CHECK(mail["text"] == "Hello,\n\n.\n..dots\nthe end\n");
  CHECK(mail["html"] == "<p>Hello</p>\n");
  CHECK(mail["headers"]["message-id"] == "<1@yourapp.test>");
  CHECK(mail["headers"]["date"] == "Thu, 25 Feb 2021 15:02:10 +0000");
  CHECK(mail["headers"]["subject"] == "Acme is ready");
  CHECK(mail["headers"]["to"] == "admin@acme.test");
  CHECK(mail["headers"]["auto-submitted"] == "auto-generated");
}

TEST_CASE("names and subjects of any language arrive, however long") {
  const SmtpSink sink;
  SmtpMailer mailer(settings_of(sink), Secret(""));
  auto mail = mail_to("admin@acme.test");
  for (int i = 0; i < 30; ++i) mail.subject += " Zoë Müller und Söhne 株式会社";
  mail.from_name = "Ütz \"the\" App";
  mail.reply_to = "support@yourapp.test";
  mail.text = "Grüße\n";

  REQUIRE(mailer.send(mail).has_value());
  mail.from_name = "Your \"App\", Ltd";
  REQUIRE(mailer.send(mail).has_value());

  const auto mails = sink.mails();
  REQUIRE(mails.size() == 2);
  CHECK(mails[0]["headers"]["subject"] == mail.subject);
  CHECK_THAT(mails[0]["headers"]["from"].get<std::string>(), Contains("Ütz") && Contains("<hello@yourapp.test>"));
  CHECK_THAT(mails[1]["headers"]["from"].get<std::string>(), Contains("Ltd") && Contains("<hello@yourapp.test>"));
  CHECK(mails[0]["headers"]["reply-to"] == "support@yourapp.test");
  CHECK(mails[0]["text"] == "Grüße\n");
}

TEST_CASE("a mailbox that does not exist is told from a server that is busy, and from a mail that is refused") {
  const SmtpSink sink;
  SmtpMailer mailer(settings_of(sink), Secret(""));

  const auto bounced = refused(mailer.send(mail_to("reject@acme.test")));
  const auto busy = refused(mailer.send(mail_to("busy@acme.test")));
  const auto full = refused(mailer.send(mail_to("full@acme.test")));

  CHECK(bounced.code == ErrorCode::mail_bounced);
  CHECK_THAT(bounced.message, Contains("\"reject@acme.test\"") && Contains("no such user here"));
  CHECK(busy.code == ErrorCode::mail_refused);
  CHECK(busy.retryable);
  CHECK_THAT(busy.message, Contains("try again later"));
  // Not the mailbox, but we are what the server does not want: no reason to give its address up.
  CHECK(refused(mailer.send(mail_to("relay@acme.test"))).code == ErrorCode::mail_refused);
  CHECK(refused(mailer.send(mail_to("old@acme.test"))).code == ErrorCode::mail_bounced);
  auto strange = mail_to("admin@acme.test");
  strange.from = "stranger@yourapp.test";
  CHECK(refused(mailer.send(strange)).code == ErrorCode::mail_login_refused);
  CHECK(full.code == ErrorCode::mail_refused);
  CHECK_THAT(full.message, Contains("this mailbox is full"));
  CHECK(mailer.send(mail_to("admin@acme.test")).has_value());
  CHECK(sink.mails().size() == 1);
}

TEST_CASE("a password travels under encryption to a server whose certificate is trusted, and nowhere else") {
  const auto tls = GENERATE(SinkTls::starttls, SinkTls::smtps);
  const SmtpSink sink({.tls = tls, .user = "ops", .password = k_smtp_password});
  auto settings = settings_of(sink, MailTls::required);
  settings.user = "ops";

  const auto untrusted = refused(SmtpMailer(settings, Secret(k_smtp_password)).send(mail_to("admin@acme.test")));
  settings.ca_file = sink.ca_file();
  const auto wrong = refused(SmtpMailer(settings, Secret("canary-wrong-password")).check());
  SmtpMailer mailer(settings, Secret(k_smtp_password));
  const auto checked = mailer.check();
  const auto sent = mailer.send(mail_to("admin@acme.test"));

  CHECK(untrusted.code == ErrorCode::mail_login_refused);
  CHECK_THAT(untrusted.message, Contains("certificate"));
  CHECK(wrong.code == ErrorCode::mail_login_refused);
  CHECK_THAT(full_message(wrong) + wrong.hint, !Contains("canary"));
  INFO((checked ? "" : full_message(checked.error())));
  CHECK(checked.has_value());
  INFO((sent ? "" : full_message(sent.error())));
  CHECK(sent.has_value());
  const auto mails = sink.mails();
  REQUIRE(mails.size() == 1);
  CHECK(mails[0]["tls"] == true);
  CHECK(mails[0]["login"] == true);
}

TEST_CASE("where encryption is required, a server without gets nothing; where it is offered, it is used") {
  const SmtpSink plain, able({.tls = SinkTls::starttls});

  const auto refusal = refused(SmtpMailer(settings_of(plain, MailTls::required), Secret("")).send(mail_to("admin@acme.test")));
  const auto without = SmtpMailer(settings_of(plain, MailTls::offered), Secret("")).send(mail_to("admin@acme.test"));
  const auto with = SmtpMailer(settings_of(able, MailTls::offered), Secret("")).send(mail_to("admin@acme.test"));

  CHECK_THAT(refusal.message, Contains("offers no encryption"));
  CHECK(without.has_value());
  REQUIRE(plain.mails().size() == 1);
  CHECK(plain.mails()[0]["tls"] == false);
  INFO((with ? "" : full_message(with.error())));
  REQUIRE(able.mails().size() == 1);
  CHECK(able.mails()[0]["tls"] == true);
}

TEST_CASE("a server that is gone can't be reached, and takes mail once it is back") {
  SmtpSink sink;
  SmtpMailer mailer(settings_of(sink), Secret(""));
  REQUIRE(mailer.send(mail_to("one@acme.test")).has_value());
  sink.stop();

  const auto gone = refused(mailer.send(mail_to("two@acme.test")));
  sink.start();
  const auto back = mailer.send(mail_to("three@acme.test"));

  CHECK(gone.code == ErrorCode::mail_unreachable);
  CHECK(gone.retryable);
  CHECK(back.has_value());
  CHECK(sink.mails().size() == 2);
}

TEST_CASE("a server that hangs is left as soon as the command is to stop, and does not hold its end up", "[told]") {
  const SmtpSink sink;
  const auto began = std::chrono::steady_clock::now();
  const auto after_a_while = [began]() -> std::optional<Error> {
    if (std::chrono::steady_clock::now() - began < std::chrono::milliseconds(300)) return std::nullopt;
    return make_error(ErrorCode::interrupted, "stopped");
  };
  {
    SmtpMailer mailer(settings_of(sink), Secret(""), after_a_while);
    CHECK(refused(mailer.send(mail_to("hang@acme.test"))).code == ErrorCode::interrupted);
  }
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(15));  // it would answer after a minute
}
