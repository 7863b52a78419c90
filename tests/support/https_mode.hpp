// The sandbox with https: its nginx listens for it, and certificates come from a Pebble.
#pragma once
#include <string>

#include "support/changed_config.hpp"
#include "support/pebble_server.hpp"

namespace tenantctl::test {

/// For as long as this lives. Afterwards everything is as before.
class HttpsMode {
 public:
  struct Options {
    std::string mode = "routes";
    std::string more = {};                                          // further keys of `tls`: ", weekly: 2"
    PebbleServer::Options authority = {.http_port = 0};             // of the sandbox's nginx
    std::vector<std::pair<std::string, std::string>> changes = {};  // of the configuration
  };
  HttpsMode() : HttpsMode(Options{}) {}
  explicit HttpsMode(Options options);
  HttpsMode(const HttpsMode&) = delete;
  HttpsMode& operator=(const HttpsMode&) = delete;
  ~HttpsMode();

  PebbleServer& authority() { return authority_; }
  int port() const { return port_; }
  /// Where nginx's workers are another user than ours; else empty.
  const std::string& key_group() const { return key_group_; }
  const std::filesystem::path& config() const { return config_; }

  struct Shown {
    std::string subject_names;  // "DNS:acme.yourapp.test, DNS:api.acme.yourapp.test"
    std::string serial;         // hexadecimal
    std::string verification;   // "OK", or why not
  };
  /// What `openssl s_client` is shown at the handshake for that name, by Pebble's root; empty where there is no handshake.
  Shown shown(const std::string& name) const;
  /// "STATUS\nBODY" by https, with Pebble's root and `curl`; empty where that fails. `named`: in the handshake; empty: the host.
  std::string get(const std::string& host, const std::string& named = {}) const;
  /// The header of the answer by http.
  std::string header_by_http(const std::string& host, const std::string& path = "/") const;
  /// Names of the files that nginx has certificates in, and of certbot's.
  Inventory certificates() const;

 private:
  int port_;
  std::string key_group_;
  PebbleServer authority_;
  std::filesystem::path include_;
  std::string text_before_;
  std::filesystem::path config_;
};

}  // namespace tenantctl::test
