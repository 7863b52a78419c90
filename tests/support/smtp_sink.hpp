// A private SMTP server for tests, on loopback, which keeps what it takes.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/temp_folder.hpp"
#include "support/test_server.hpp"

namespace tenantctl::test {

enum class SinkTls : std::uint8_t { none, starttls, smtps };

class SmtpSink {
 public:
  struct Options {
    SinkTls tls = SinkTls::none;  // with a certificate for "localhost" that it signed itself
    std::string user = {};        // empty: it asks nobody for a login
    std::string password = {};
  };
  /// Throws std::runtime_error where it can't be started.
  explicit SmtpSink(Options options);
  SmtpSink() : SmtpSink(Options{}) {}

  int port() const { return port_; }
  std::string url() const;  // "smtp://localhost:PORT", or smtps
  /// Who signed its certificate.
  std::filesystem::path ca_file() const { return folder_ / "cert.pem"; }

  void stop() { server_.stop(); }
  void start();

  /// In the order in which they came; as Python's library for mail reads them: from, to, tls, login, headers (an object, in lower
  /// case), text, html.
  std::vector<nlohmann::json> mails() const;
  void clear();

 private:
  Options options_;
  TempFolder folder_;
  int port_;
  TestServer server_;
};

}  // namespace tenantctl::test
