// A host with a bench on it: the stand-in of tests/support/bench in a folder of its own, a real MariaDB behind it, and the
// bench's web server. It is no Frappe: what holds here holds for the contract that the stand-in replays.
#pragma once
#include <string>

#include "support/mariadb_server.hpp"
#include "support/temp_folder.hpp"
#include "support/test_server.hpp"

namespace tenantctl::test {

class BenchHost {
 public:
  explicit BenchHost(MariadbServer& database = MariadbServer::shared());

  /// Has the bench do something else than its duty; site_files.py lists the names.
  void set_fault(const std::string& name, const std::string& value = "1") const { write_text(bench() / "standin" / name, value); }
  void clear_fault(const std::string& name) const { std::filesystem::remove(bench() / "standin" / name); }

  /// Runs the bench as an operator would; returns what it said on both streams. `status` may be null.
  std::string run(const std::vector<std::string>& arguments, const std::string& input = {}, int* status = nullptr) const;

  std::filesystem::path bench() const { return folder_ / "frappe-bench"; }
  std::filesystem::path site(const std::string& name) const { return bench() / "sites" / name; }
  std::string program() const;
  std::string web() const;  // "http://127.0.0.1:PORT"
  MariadbServer& database() const { return database_; }

  /// Every regular file of the bench whose bytes hold `word`.
  std::vector<std::filesystem::path> files_holding(const std::string& word) const;

 private:
  MariadbServer& database_;
  TempFolder folder_;
  int web_port_;
  TestServer web_;
};

}  // namespace tenantctl::test
