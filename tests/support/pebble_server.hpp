// A private Pebble for tests: a real ACME authority on free loopback ports, which asks a nameserver of ours and nginx for its proofs.
#pragma once
#include <string>

#include "support/temp_folder.hpp"
#include "support/test_server.hpp"

namespace tenantctl::test {

class PebbleServer {
 public:
  struct Options {
    int http_port;           // where it asks hosts for proofs
    std::string dns = {};    // "127.0.0.1:5353"; empty: a nameserver of its own, by which every name is at 127.0.0.1
    int refused_nonces = 0;  // in percent
    long days = 90;          // that certificates are good for
    bool starts = true;      // else start() is to be called
  };
  /// Throws std::runtime_error where it can't be started.
  explicit PebbleServer(const Options& options);

  /// Each start is another authority: with another root, and no accounts.
  void start();
  void stop() { server_.stop(); }

  std::string directory() const;
  /// Whom its own clients are to trust.
  std::filesystem::path ca_file() const { return folder_ / "cert.pem"; }
  /// Whom its certificates lead to.
  std::filesystem::path roots() const { return folder_ / "root.pem"; }
  /// "Valid" or "Revoked"; empty where it gave none of that number.
  std::string status_of(const std::string& serial) const;

 private:
  std::string ask(const std::string& path) const;

  TempFolder folder_;
  Options options_;
  int port_;
  int management_;
  TestServer names_;
  TestServer server_;
};

}  // namespace tenantctl::test
