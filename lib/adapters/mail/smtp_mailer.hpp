// Mail over SMTP by libcurl. The connection stays open for the next mail.
#pragma once
#include "adapters/http/curl.hpp"
#include "core/secret.hpp"
#include "ports/mailer.hpp"

namespace tenantctl {

class SmtpMailer : public Mailer {
 public:
  /// `password`: of settings.user, where there is one. `interrupted` ends an exchange; may be empty.
  SmtpMailer(MailSettings settings, Secret password, curl::Interrupted interrupted = {})
      : settings_(std::move(settings)), password_(std::move(password)), interrupted_(std::move(interrupted)) {}
  SmtpMailer(const SmtpMailer&) = delete;
  SmtpMailer& operator=(const SmtpMailer&) = delete;
  ~SmtpMailer() override;

  Result<void> send(const Mail& mail) override;
  Result<void> check() override;

 private:
  struct Exchange;
  Result<void> prepare(Exchange& exchange);
  Result<void> carry_out(const Exchange& exchange, const std::string& recipient);
  Error failure(const curl::Ended& ended, const Exchange& exchange, const std::string& recipient) const;

  MailSettings settings_;
  Secret password_;
  curl::Interrupted interrupted_;
  curl::Handle handle_;
};

}  // namespace tenantctl
