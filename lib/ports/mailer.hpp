// Hands mail to the operator's mail server.
#pragma once
#include "core/mail.hpp"
#include "core/result.hpp"

namespace tenantctl {

class Mailer {
 public:
  virtual ~Mailer() = default;
  // Errors of both: mail_unreachable (no connection, or an answer that asks for another try); mail_login_refused (no encryption that can
  // be trusted, no login, or none of its senders); mail_refused (the server does not want this mail, or not now); what ended the exchange
  // from outside.

  /// The server has it. Errors: mail_bounced (there is no such recipient).
  virtual Result<void> send(const Mail& mail) = 0;
  /// The server lets us in; nothing is sent.
  virtual Result<void> check() = 0;
};

}  // namespace tenantctl
