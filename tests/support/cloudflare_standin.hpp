// A stand-in for the DNS part of Cloudflare's API, on loopback: the real one can't be had in a test.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/temp_folder.hpp"
#include "support/test_server.hpp"

namespace tenantctl::test {

class CloudflareStandin {
 public:
  static constexpr const char* k_zone = "yourapp.test";
  static constexpr const char* k_token = "canary-token-0123456789-ABCDEFGHIJ-abcdefghij";

  /// It takes that many requests within `window` seconds, and answers further ones with 429. Throws std::runtime_error.
  explicit CloudflareStandin(int limit = 1200, int window = 300);

  std::string api() const { return "http://127.0.0.1:" + std::to_string(port_) + "/client/v4"; }

  /// How the next requests end: {"status": 500, "times": 2}; see cloudflare_standin.py.
  void fail(const nlohmann::json& how) const { control("/_test/fail", how.dump()); }
  /// "NAME TYPE VALUE", sorted; the mark's value is its comment.
  std::vector<std::string> lines() const;
  /// By somebody else.
  void add(const std::string& name, const std::string& type, const std::string& value) const;
  void remove(const std::string& name, const std::string& type, const std::string& value) const;
  /// How many requests it was sent.
  std::size_t requests() const { return control("/_test/log").size(); }
  /// How many records each change was to add, in the order in which they came.
  std::vector<std::size_t> additions() const;

 private:
  nlohmann::json control(const std::string& path, const std::string& body = {}) const;

  TempFolder folder_;
  int port_;
  TestServer server_;
};

}  // namespace tenantctl::test
