// A private receiver of webhooks for tests, on loopback, which keeps what it is sent.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/temp_folder.hpp"
#include "support/test_server.hpp"

namespace tenantctl::test {

/// With https, by a certificate for "localhost" that nobody vouches for.
enum class HookScheme : std::uint8_t { http, https };

class HookReceiver {
 public:
  /// Throws std::runtime_error where it can't be started.
  explicit HookReceiver(HookScheme scheme = HookScheme::http);

  int port() const { return port_; }
  std::string url(const std::string& path = "/hooks/secret-path") const;

  /// From now on: "204", "503 120" (with Retry-After), "redirect", "slow", "half".
  void answer(const std::string& how) const { write_text(requests_ / "answer", how); }
  void stop() { server_.stop(); }
  void start();

  /// In the order in which they came: path, headers (in lower case), body (parsed), text (as it came).
  std::vector<nlohmann::json> requests() const;
  void clear();

 private:
  HookScheme scheme_;
  TempFolder folder_;
  std::filesystem::path requests_;
  int port_;
  TestServer server_;
};

}  // namespace tenantctl::test
