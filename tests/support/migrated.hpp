// The sandbox's stack "demo" with migrations, and tenants that have or lack them.
#pragma once
#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "support/live_sandbox.hpp"

namespace tenantctl::test {

/// The folder that the stack "demo", and "shared" too, has its migrations in, by convention. Gone at the end, as are the tenants.
class Migrated {
 public:
  explicit Migrated(const std::vector<std::string>& tenants, std::vector<std::string> create = {}) : tenants_(tenants) {
    for (const auto& slug : tenants) sandbox.create(slug, create);
  }
  Migrated(const Migrated&) = delete;
  Migrated& operator=(const Migrated&) = delete;
  ~Migrated() {
    for (const auto& slug : tenants_) {
      if (sandbox.run({"show", slug}).status == 0)
        sandbox.run({"rollback",
                     sandbox
                         .sql("select id from operations where slug = '" + slug + "' and kind = 'create' order by started_at desc limit 1",
                              "tenantctl")
                         .front(),
                     "--yes"});
    }
    std::filesystem::remove_all(folder);
  }

  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(folder);
    write_text(folder / name, text);
  }
  std::string database(const std::string& slug) const {
    return sandbox.sql("select database from tenants where slug = '" + slug + "' and status <> 'deleted'", "tenantctl").front();
  }
  std::vector<std::string> noted(const std::string& slug) const {
    if (sandbox.sql("select 1 from pg_tables where schemaname = 'tenantctl' and tablename = 'migrations'", database(slug)).empty())
      return {};
    return sandbox.sql("select name from tenantctl.migrations order by number", database(slug));
  }
  /// The result of a run for the stack "demo", which must end so.
  nlohmann::json migrate(int status, std::vector<std::string> more = {}) const {
    std::vector<std::string> args{"migrate", "--stack", "demo", "-o", "json"};
    args.insert(args.end(), more.begin(), more.end());
    const auto run = sandbox.run(args);
    INFO(run.out << run.err);
    REQUIRE(run.status == status);
    return run.json()["stacks"][0];
  }
  nlohmann::json line(const nlohmann::json& stack, const std::string& slug) const {
    for (const auto& one : stack["tenants"]) {
      if (one["slug"] == slug) return one;
    }
    return {};
  }

  LiveSandbox& sandbox = LiveSandbox::get();
  std::filesystem::path folder = sandbox.dir() / "stacks/demo/migrations";

 private:
  std::vector<std::string> tenants_;
};

}  // namespace tenantctl::test
