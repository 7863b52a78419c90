// A stack's own command for each new tenant, on this machine and on a host behind a real sshd, by the real binary.
#include <catch2/catch.hpp>

#include "support/changed_config.hpp"
#include "support/sandbox_behind_ssh.hpp"

using namespace tenantctl::test;
using Catch::Contains;

namespace {

const std::vector<std::string> k_create_and_migrate{"create", "migrated", "--email", "a@migrated.test", "--company", "O'Hara; $(id) \"&\"",
                                                    "-o",     "json"};

CliResult run_with(const std::filesystem::path& config, std::vector<std::string> args) {
  args.insert(args.begin(), {"--config", config.native()});
  return LiveSandbox::get().run(args);
}

/// A migration as a framework has it: makes a table as the tenant's login, and notes what it was told.
std::string migrate() {
  const auto script = LiveSandbox::get().dir() / "migrate.sh";
  write_text(script,
             "psql -X -q -v ON_ERROR_STOP=1 -v company=\"$TENANT_COMPANY\" \"$DATABASE_URL\" <<'EOF'\n"
             "create table migrated (company text);\ninsert into migrated values (:'company');\nEOF\n");
  return "    after_create: [\"sh\", \"" + script.native() + "\"]\n";
}

void check_migrated(const std::filesystem::path& config) {
  const auto& sandbox = LiveSandbox::get();
  const auto created = run_with(config, k_create_and_migrate);
  INFO(created.err);
  REQUIRE(created.status == 0);
  const auto database = created.json()["tenant"]["database"].get<std::string>();
  CHECK(sandbox.sql("select company from migrated", database).front() == "O'Hara; $(id) \"&\"");
  CHECK(sandbox.sql("select tableowner from pg_tables where tablename = 'migrated'", database).front() == database);
  CHECK(run_with(config, {"rollback", "migrated", "--yes"}).status == 0);
  CHECK(sandbox.inventory().empty());
}

}  // namespace

TEST_CASE("after_create migrates a tenant's database as its login, on this machine") { check_migrated(config_with_demo_keys(migrate())); }

TEST_CASE("after_create migrates a tenant's database as its login, on a host behind SSH", "[ssh]") {
  const SandboxBehindSsh behind;
  check_migrated(config_with_demo_keys(migrate() + "    host: db1\n    after_create_folder: /\n", behind.config()));
}

TEST_CASE("an after_create that fails leaves nothing, and shows its last words without the password") {
  const auto& sandbox = LiveSandbox::get();
  const auto config =
      config_with_demo_keys("    after_create: [\"sh\", \"-c\", \"echo no such column; echo $DATABASE_URL >&2; exit 3\"]\n");

  const auto result = run_with(config, k_create_and_migrate);

  CHECK(result.status == 1);
  CHECK(result.error()["code"] == "process_failed");
  CHECK_THAT(result.error()["message"].get<std::string>(), Contains("ended with 3") && Contains("********") && !Contains("postgresql://"));
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("an after_create that hangs is ended at its limit, and everything is undone") {
  const auto& sandbox = LiveSandbox::get();
  const auto config = config_with_demo_keys("    after_create: [\"sleep\", \"600\"]\n    after_create_limit_ms: 300\n");

  const auto result = run_with(config, k_create_and_migrate);

  CHECK(result.status == 1);
  CHECK(result.error()["code"] == "timed_out");
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("after_create with --print-credentials is refused before anything is touched") {
  const auto config = config_with_demo_keys("    after_create: [\"true\"]\n");
  auto args = k_create_and_migrate;
  args.emplace_back("--print-credentials");

  const auto result = run_with(config, args);

  CHECK(result.status == 2);
  CHECK_THAT(result.error()["message"].get<std::string>(), Contains("after_create"));
}
