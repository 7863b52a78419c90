// A private BIND for tests: the zone "yourapp.test" in a temporary folder, on a free loopback port, with a key that may change it.
#pragma once
#include <string>
#include <vector>

#include "support/temp_folder.hpp"
#include "support/test_server.hpp"

namespace tenantctl::test {

class BindServer {
 public:
  /// `more` are further lines of the zone's file. Throws std::runtime_error where it can't be started.
  explicit BindServer(const std::string& more = {});

  void start();
  void stop() { server_.stop(); }

  /// What `dig +short` says, a line each, sorted.
  std::vector<std::string> dig(const std::string& name, const std::string& type) const;
  /// Every name of the zone below its apex with its records, as a transfer of the zone shows them: "NAME TYPE VALUE", sorted.
  std::vector<std::string> zone() const;
  /// Lines of nsupdate, such as "update add acme.yourapp.test 60 A 192.0.2.1", as another administrator would.
  void change(const std::string& lines) const;

  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  static constexpr const char* k_zone = "yourapp.test";
  static constexpr const char* k_key = "tenantctl";
  const std::string& secret() const { return secret_; }
  /// `dns` of a tenantctl.yaml, whose secret lies in a file beside BIND's own, and whose tenants are at these addresses.
  std::string config(const std::string& addresses = R"(["192.0.2.10", "2001:db8::10"])") const;

 private:
  std::string run(const std::vector<std::string>& argv, const std::string& input = {}) const;

  TempFolder folder_;
  int port_;
  std::string secret_;
  TestServer server_;
};

}  // namespace tenantctl::test
