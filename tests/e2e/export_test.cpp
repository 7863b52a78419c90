// `export`, as operators and those who leave see it. Real binary, real PostgreSQL.
#include <catch2/catch.hpp>

#include <filesystem>

#include "support/live_sandbox.hpp"

using namespace tenantctl::test;
using Catch::Contains;
using Catch::StartsWith;
namespace fs = std::filesystem;

TEST_CASE("an export has every table as CSV, the definitions as SQL, and nothing of the operator's") {
  auto& sandbox = LiveSandbox::get();
  const std::string stack = GENERATE("demo", "shared");
  const auto made = sandbox.create("leaving", {"--stack", stack, "--set", "currency=EUR"});
  const auto tenant = made["tenant"];
  const auto schema = stack == "demo" ? std::string("public") : tenant["schema"].get<std::string>();
  sandbox.sql("create table " + schema + ".\"odd/../na\"\"me\" (a text, b int); insert into " + schema +
                  ".\"odd/../na\"\"me\" values (E'x,\"y\"\\nz', 1), (null, 2)",
              tenant["database"].get<std::string>());
  TempFolder folder;

  const auto done = sandbox.run({"export", "leaving", "--to", (folder / "out").string(), "-o", "json"});

  INFO(done.err);
  REQUIRE(done.status == 0);
  const auto out = folder / "out";
  CHECK_THAT(read_text(out / "couriers.csv"), StartsWith("code,name,"));
  CHECK(read_text(out / "odd%2F%2E%2E%2Fna%22me.csv") == "a,b\n\"x,\"\"y\"\"\nz\",1\n,2\n");
  const auto manifest = nlohmann::json::parse(read_text(out / "manifest.json"));
  CHECK(manifest["tenant"]["slug"] == "leaving");
  for (const auto& table : manifest["tables"]) {
    if (table["file"] == "couriers.csv") CHECK(table["rows"] == 440);
  }
  CHECK(nlohmann::json::parse(read_text(out / "configuration.json")) == nlohmann::json{{"currency", "EUR"}});
  const auto sql = read_text(out / "schema.sql");
  CHECK_THAT(sql, Contains("couriers"));
  for (const auto& entry : fs::directory_iterator(out)) CHECK(entry.path().filename().string().find("settings") == std::string::npos);
  CHECK(sql.find("tenantctl_settings (") == std::string::npos);
  CHECK(sql.find("CREATE TABLE tenantctl.") == std::string::npos);

  const auto again = sandbox.run({"export", "leaving", "--to", (folder / "out").string(), "-o", "json"});
  CHECK(again.status == 5);
  CHECK(again.error()["code"] == "foreign_object");
  CHECK(sandbox.run({"export", "nobody", "--to", (folder / "no").string(), "-o", "json"}).status == 4);
  CHECK_FALSE(fs::exists(folder / "no"));
  sandbox.remove("leaving");
}
