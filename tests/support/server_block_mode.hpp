// The sandbox in nginx's other mode for the length of a scope: its nginx reads one file per tenant, and every run of the
// binary is told so. It moves no tenant: there should be none when it begins, and none when it ends.
#pragma once
#include <filesystem>
#include <string>

namespace tenantctl::test {

class ServerBlockMode {
 public:
  /// Fails the test where nginx is not there.
  ServerBlockMode();
  ServerBlockMode(const ServerBlockMode&) = delete;
  ServerBlockMode& operator=(const ServerBlockMode&) = delete;
  ~ServerBlockMode();

  /// Where a tenant's server block is.
  static std::filesystem::path file_of(const std::string& slug);
  /// Makes nginx read its files again and waits until none of its old workers is left, for ten seconds at most.
  static void reload();

 private:
  std::filesystem::path include_;
  std::string text_before_;
};

}  // namespace tenantctl::test
