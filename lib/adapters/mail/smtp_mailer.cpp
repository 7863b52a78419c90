#include "adapters/mail/smtp_mailer.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <regex>

#include "adapters/mail/mail_headers.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

constexpr long k_smtp_connect_limit_ms = 5000;
constexpr long k_smtp_limit_ms = 20000;
constexpr std::size_t k_longest_answer = 200;

using Mime = std::unique_ptr<curl_mime, Releaser<curl_mime_free>>;

/// In mails lines end with CR LF; a lone LF would be sent as a character of its own.
std::string with_mail_lines(std::string_view text) {
  std::string lines;
  for (const char c : text) {
    if (c == '\r') continue;
    if (c == '\n') lines += '\r';
    lines += c;
  }
  return lines;
}

bool add_part(curl_mime& mime, const std::string& text, const char* type) {
  auto* part = curl_mime_addpart(&mime);
  const auto lines = with_mail_lines(text);
  return part != nullptr && curl_mime_data(part, lines.data(), lines.size()) == CURLE_OK && curl_mime_type(part, type) == CURLE_OK &&
         curl_mime_encoder(part, "quoted-printable") == CURLE_OK;
}

/// The server's answers come as headers do in HTTP; the last one of those that refuse says what went wrong.
std::size_t keep_answer(char* data, std::size_t, std::size_t count, void* target) {
  std::string_view line(data, count);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with('4') || line.starts_with('5')) *static_cast<std::string*>(target) = line.substr(0, k_longest_answer);
  return count;
}

std::size_t drop(char*, std::size_t, std::size_t count, void*) { return count; }

/// Whether a refused recipient does not exist, and not we or our mail are what the server does not want. RFC 3463 has a word for it; a
/// server that does not use those says it with the bare status.
bool is_about_mailbox(std::string_view answer) {
  static const std::regex k_word(R"(^5\d\d[ -](5\.\d+\.\d+)\b.*)");
  std::cmatch found;
  if (!std::regex_match(answer.begin(), answer.end(), found, k_word))
    return answer.starts_with("550") || answer.starts_with("551") || answer.starts_with("553");
  const auto word = found[1].str();
  return word == "5.1.1" || word == "5.1.2" || word == "5.1.3" || word == "5.1.6" || word == "5.1.10";
}

}  // namespace

/// What libcurl reads while it talks to the server.
struct SmtpMailer::Exchange {
  curl::List headers = {};
  curl::List recipients = {};
  Mime mime = {};
  std::string answer = {};
  std::array<char, CURL_ERROR_SIZE> what{};
};

Result<void> SmtpMailer::prepare(Exchange& exchange) {
  if (!handle_) handle_ = curl::new_handle();
  auto* handle = handle_.get();
  if (handle == nullptr) return fail(ErrorCode::internal, "libcurl can't be set up");
  curl_easy_reset(handle);  // the connection stays
  curl_easy_setopt(handle, CURLOPT_URL, fmt::format("{}/{}", settings_.smtp, sender_domain(settings_)).c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, k_smtp_connect_limit_ms);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, k_smtp_limit_ms);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, exchange.what.data());
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, keep_answer);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &exchange.answer);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, drop);
  curl::watch(handle, interrupted_);
  const auto use_ssl = settings_.tls == MailTls::required  ? CURLUSESSL_ALL
                       : settings_.tls == MailTls::offered ? CURLUSESSL_TRY
                                                           : CURLUSESSL_NONE;
  curl_easy_setopt(handle, CURLOPT_USE_SSL, static_cast<long>(use_ssl));
  if (!settings_.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, settings_.ca_file.c_str());
  // Who would go on without encryption gains nothing by refusing a certificate that nobody vouches for.
  const bool is_trusting = settings_.tls != MailTls::required && settings_.ca_file.empty() && !settings_.smtp.starts_with("smtps:");
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, is_trusting ? 0L : 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, is_trusting ? 0L : 2L);
  if (!settings_.user.empty()) {
    curl_easy_setopt(handle, CURLOPT_USERNAME, settings_.user.c_str());
    curl_easy_setopt(handle, CURLOPT_PASSWORD, password_.reveal().c_str());
  }
  return {};
}

Error SmtpMailer::failure(const curl::Ended& ended, const Exchange& exchange, const std::string& recipient) const {
  const auto code = ended.code;
  const int status = ended.status;
  const std::string_view what(exchange.what.data());
  const auto answer = printable(exchange.answer);
  if (auto stopped = curl::broken_off(code, interrupted_)) return std::move(*stopped);
  if (code == CURLE_LOGIN_DENIED && status / 100 != 4) {
    return make_error(ErrorCode::mail_login_refused, fmt::format("{} does not let \"{}\" in: {}", settings_.smtp, settings_.user, answer))
        .with_hint("correct mail.user and what mail.password leads to");
  }
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    return make_error(ErrorCode::mail_login_refused,
                      fmt::format("the certificate of {} can't be trusted: {}", settings_.smtp, printable(what)))
        .with_hint("name who signed it with mail.ca_file, or write mail.smtp with the name that the certificate has");
  }
  if (code == CURLE_USE_SSL_FAILED) {
    return make_error(ErrorCode::mail_login_refused, fmt::format("{} offers no encryption", settings_.smtp))
        .with_hint("use a server that does; mail.tls: offered or none does without");
  }
  if (status >= 500 && what.starts_with("RCPT failed") && is_about_mailbox(exchange.answer))
    return make_error(ErrorCode::mail_bounced, fmt::format("{} does not take mail for \"{}\": {}", settings_.smtp, recipient, answer));
  if (status >= 500 && what.starts_with("MAIL failed")) {
    return make_error(ErrorCode::mail_login_refused,
                      fmt::format("{} takes no mail from \"{}\": {}", settings_.smtp, settings_.from, answer))
        .with_hint("correct mail.from, or log in with mail.user and mail.password");
  }
  if (status >= 400 && status < 500 && what.starts_with("RCPT failed"))
    return make_error(ErrorCode::mail_refused, fmt::format("{} does not take mail for \"{}\" now: {}", settings_.smtp, recipient, answer))
        .may_retry();
  if (status >= 500) {
    return make_error(ErrorCode::mail_refused, fmt::format("{} refuses the mail: {}", settings_.smtp, answer))
        .with_hint("see the mail server's log");
  }
  if (status >= 400)
    return make_error(ErrorCode::mail_unreachable, fmt::format("{} asks to be tried later: {}", settings_.smtp, answer)).may_retry();
  return make_error(ErrorCode::mail_unreachable,
                    fmt::format("{} can't be reached: {}", settings_.smtp, what.empty() ? curl_easy_strerror(code) : printable(what)))
      .may_retry();
}

Result<void> SmtpMailer::carry_out(const Exchange& exchange, const std::string& recipient) {
  const auto ended = curl::perform(handle_.get());
  if (ended.code == CURLE_OK) return {};
  return fail(failure(ended, exchange, recipient));
}

/// libcurl would say goodbye, and wait for a server that hangs to say it too.
SmtpMailer::~SmtpMailer() {
  curl_socket_t socket = CURL_SOCKET_BAD;
  if (handle_ && curl_easy_getinfo(handle_.get(), CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK && socket != CURL_SOCKET_BAD)
    ::shutdown(socket, SHUT_RDWR);
}

Result<void> SmtpMailer::send(const Mail& mail) {
  Exchange exchange;
  TRY(prepare(exchange));
  auto* handle = handle_.get();
  bool made = curl::append(exchange.recipients, fmt::format("<{}>", mail.to).c_str());
  for (const auto& header : mail_headers(mail)) made = made && curl::append(exchange.headers, header.c_str());
  exchange.mime.reset(curl_mime_init(handle));
  made = made && exchange.mime != nullptr && add_part(*exchange.mime, mail.text, "text/plain; charset=utf-8");
  if (!mail.html.empty()) made = made && add_part(*exchange.mime, mail.html, "text/html; charset=utf-8");
  if (!made) return fail(ErrorCode::internal, "libcurl could not build a mail");
  curl_easy_setopt(handle, CURLOPT_MAIL_FROM, fmt::format("<{}>", mail.from).c_str());
  curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, exchange.recipients.get());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, exchange.headers.get());
  curl_easy_setopt(handle, CURLOPT_MIMEPOST, exchange.mime.get());
  return carry_out(exchange, mail.to);
}

Result<void> SmtpMailer::check() {
  Exchange exchange;
  TRY(prepare(exchange));
  curl_easy_setopt(handle_.get(), CURLOPT_CUSTOMREQUEST, "NOOP");
  curl_easy_setopt(handle_.get(), CURLOPT_NOBODY, 1L);
  return carry_out(exchange, "");
}

}  // namespace tenantctl
