// Mail to tenants' administrators: where it goes out, and what it says. Values only; ports/mailer.hpp sends it.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/instant.hpp"
#include "core/outbox.hpp"
#include "core/result.hpp"

namespace tenantctl {

/// Whether a connection to the mail server is encrypted: from its first byte (the URL says smtps), by STARTTLS or not at all, or
/// only where the server offers it.
enum class MailTls : std::uint8_t { required, offered, none };

/// `mail` of tenantctl.yaml.
struct MailSettings {
  std::string smtp;  // "smtp://HOST:PORT" or "smtps://HOST:PORT"
  MailTls tls = MailTls::required;
  std::filesystem::path ca_file = {};  // who signed the server's certificate; empty: the system's
  std::string user = {};               // empty: no login
  std::string password = {};           // a reference: "env:NAME" or "file:PATH"
  std::string from;                    // "hello@yourapp.test"
  std::string from_name = {};          // "Your App"
  std::string reply_to = {};
  std::string url = "http://{host}/";    // of a tenant, as its mails say it
  std::string set_password_url = {};     // likewise; empty: mails have none
  std::filesystem::path templates = {};  // holds EVENT.txt and EVENT.html in the place of the built-in ones
  std::vector<std::string> events;       // those that a mail goes out for
};

/// Ready to be sent. No value of a header holds a line break.
struct Mail {
  std::string from;
  std::string from_name;
  std::string reply_to;
  std::string to;
  std::string subject;
  std::string text;
  std::string html;        // empty: only the text
  std::string message_id;  // "UUID@yourapp.test": the same at every try
  Instant date;
};

/// The texts of one event's mail: "tenant.created.txt", whose first line is "Subject: …", and "tenant.created.html".
struct MailTemplate {
  struct Part {
    std::string name;  // for errors: the file
    std::string text;  // empty: there is none
  };
  Part text;
  Part html;
};

/// What is behind the "@" of mail.from.
std::string sender_domain(const MailSettings& settings);
/// A Message-ID without its brackets.
std::string message_id(const std::string& id, const MailSettings& settings);

/// The built-in one. Errors: template_invalid where there is none for such events.
Result<MailTemplate> builtin_mail(std::string_view event_type);

/// Types of events that there is a mail for.
std::vector<std::string> mailed_events();

/// Errors: template_invalid; bad_value where what a header is to hold has a line break.
Result<Mail> compose(const Delivery& delivery, const MailTemplate& form, const MailSettings& settings);

}  // namespace tenantctl
