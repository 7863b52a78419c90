// A tenant whose database server is reached over SSH alone, and the hosts' keys, by the real binary and a real sshd.
#include <catch2/catch.hpp>

#include "support/nginx_behind_ssh.hpp"

using namespace tenantctl::test;
using Catch::Contains;

namespace {

const std::vector<std::string> k_create_ssh{"create", "distant", "--email", "a@distant.test", "-o", "json"};

}  // namespace

TEST_CASE("a tenant is created, shown as live and taken away through SSH", "[ssh]") {
  const auto& sandbox = LiveSandbox::get();
  const SandboxBehindSsh behind;

  const auto created = behind.run(k_create_ssh);

  INFO(created.err);
  REQUIRE(created.status == 0);
  CHECK(sandbox.is_live("distant"));
  CHECK_THAT(sandbox.get("distant.yourapp.test"), Contains("couriers"));
  CHECK(behind.run({"rollback", "distant", "--yes"}).status == 0);
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("a tenant behind SSH is backed up, proved, restored, exported and deleted through the tunnel", "[ssh]") {
  const auto& sandbox = LiveSandbox::get();
  const SandboxBehindSsh behind;
  REQUIRE(behind.run(k_create_ssh).status == 0);
  TempFolder folder;

  const auto backed_up = behind.run({"backup", "distant"});
  const auto verified = behind.run({"backups", "verify", "distant", "-o", "json"});
  const auto restored = behind.run({"restore", "distant", "--from", "newest", "--drop-old", "--yes"});
  const auto exported = behind.run({"export", "distant", "--to", (folder / "out").string()});

  INFO(backed_up.err << verified.out << verified.err << restored.err << exported.err);
  CHECK(backed_up.status == 0);
  CHECK(verified.status == 0);
  CHECK(restored.status == 0);
  CHECK(sandbox.is_live("distant"));
  CHECK(exported.status == 0);
  const auto deleted = behind.run({"delete", "distant", "--yes"});
  INFO(deleted.err);
  CHECK(deleted.status == 0);
  CHECK(sandbox.inventory().empty());
  sandbox.free_names();
}

TEST_CASE("the tenants' sessions really come from the host", "[ssh]") {
  const auto& sandbox = LiveSandbox::get();
  SandboxBehindSsh behind;
  behind.ssh().stop();

  const auto result = behind.run(k_create_ssh);

  CHECK(result.status == 9);
  CHECK(result.error()["code"] == "host_unreachable");
  CHECK(result.error()["retryable"] == true);
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("a host whose key changed is not logged in to: create ends with 3, and nothing is left", "[ssh]") {
  const auto& sandbox = LiveSandbox::get();
  SandboxBehindSsh behind;
  behind.ssh().know(behind.ssh().known_as() + " " + behind.ssh().make_key("ed25519", "other") + "\n");

  const auto result = behind.run(k_create_ssh);

  CHECK(result.status == 3);
  CHECK(result.error()["code"] == "host_key_changed");
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("hosts add asks a person, is not satisfied with --yes, and takes the fingerprint that it was given", "[ssh]") {
  SandboxBehindSsh behind;
  behind.ssh().know("");

  const auto unattended = behind.run({"hosts", "add", "db1", "--yes", "-o", "json"});
  CHECK(unattended.status == 2);
  CHECK(unattended.error()["code"] == "confirmation_required");
  const auto message = unattended.error()["message"].get<std::string>();
  const auto at = message.find("SHA256:");
  REQUIRE(at != std::string::npos);
  const auto fingerprint = message.substr(at, message.find(';', at) - at);
  CHECK_THAT(unattended.error()["hint"].get<std::string>(), Contains("--fingerprint " + fingerprint));

  const auto wrong =
      behind.run({"hosts", "add", "db1", "--fingerprint", "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", "-o", "json"});
  CHECK(wrong.status == 3);
  CHECK(read_text(behind.ssh().host().known_hosts).empty());

  const auto added = behind.run({"hosts", "add", "db1", "--fingerprint", fingerprint, "-o", "json"});
  INFO(added.err);
  REQUIRE(added.status == 0);
  CHECK(added.json()["added"] == true);
  CHECK_THAT(read_text(behind.ssh().host().known_hosts), Contains(behind.ssh().public_key()));
  CHECK(behind.run({"hosts", "add", "db1", "-o", "json"}).json()["added"] == false);
  const auto logged = behind.run({"audit", "--since", "5m", "--limit", "1", "-o", "json"}).json()["entries"][0];
  CHECK(logged["action"] == "hosts_add.succeeded");
  CHECK(logged["details"]["fingerprint"] == fingerprint);
}

TEST_CASE("a host that is not configured is refused with 4 and the nearest name", "[ssh]") {
  const SandboxBehindSsh behind;

  const auto typo = behind.run({"hosts", "add", "bd1", "-o", "json"});
  const auto here = behind.run({"hosts", "add", "web", "-o", "json"});

  CHECK(typo.status == 4);
  CHECK(typo.error()["hint"] == "use \"db1\"");
  CHECK(here.status == 4);
  CHECK_THAT(here.error()["message"].get<std::string>(), Contains("this machine"));
}

TEST_CASE("doctor logs in to every host, and tells one that does not let us in", "[ssh]") {
  SandboxBehindSsh behind;
  const auto check_of = [](const CliResult& result) {
    const auto document = result.json();
    for (const auto& check : document["checks"]) {
      if (check["check"] == "host db1") return check["ok"].dump();
    }
    return std::string("no such check");
  };

  const auto well = behind.run({"doctor", "-o", "json"});
  CHECK(well.status == 0);
  CHECK(check_of(well) == "true");

  write_text(behind.ssh().folder() / "authorized_keys", "");
  const auto ill = behind.run({"doctor", "-o", "json"});
  CHECK(ill.status == 7);
  CHECK(check_of(ill) == "false");
}

TEST_CASE("with nginx on the host too a tenant is created, verified and taken away through SSH, and doctor sees its routes", "[ssh]") {
  const auto& sandbox = LiveSandbox::get();
  const NginxBehindSsh behind;

  REQUIRE(behind.run({"init"}).status == 0);
  const auto created = behind.run(k_create_ssh);

  INFO(created.err);
  REQUIRE(created.status == 0);
  CHECK(sandbox.is_live("distant"));
  CHECK(behind.run({"verify", "distant"}).status == 0);
  const auto well = behind.run({"doctor", "-o", "json"});
  INFO(well.out);
  CHECK(well.status == 0);
  CHECK_THAT(well.out, Contains("folder db1:" + (sandbox.dir() / "nginx/tenantctl").string()));

  std::filesystem::remove(sandbox.dir() / "nginx/tenantctl/routes/demo/distant.yourapp.test");
  const auto ill = behind.run({"doctor", "-o", "json"});
  CHECK(ill.status == 7);
  CHECK(ill.json()["missing"][0]["kind"] == "route_file");
  CHECK(ill.json()["missing"][0]["place"] == "db1:" + (sandbox.dir() / "nginx/tenantctl").string());

  CHECK(behind.run({"rollback", "distant", "--yes"}).status == 0);
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("a route on the host that is nobody's is found by doctor, and removed there", "[ssh]") {
  const auto& sandbox = LiveSandbox::get();
  const NginxBehindSsh behind;
  const auto file = sandbox.dir() / "nginx/tenantctl/routes/demo/lost.yourapp.test";
  write_text(file, "# tenantctl tenant=11111111-1111-4111-8111-111111111111 slug=lost\n");

  const auto found = behind.run({"doctor", "-o", "json"});
  CHECK(found.status == 7);
  CHECK(found.json()["orphans"][0]["name"] == file.string());

  const auto fixed = behind.run({"doctor", "--fix", "--include-unknown", "--yes"});
  INFO(fixed.out << fixed.err);
  CHECK(fixed.status == 0);
  CHECK(sandbox.inventory().empty());
}

TEST_CASE("an undo looks for the route on the host where it was made, whatever the configuration says by then", "[ssh]") {
  const auto& sandbox = LiveSandbox::get();
  const NginxBehindSsh behind;
  REQUIRE(behind.run(k_create_ssh).status == 0);

  const auto elsewhere = sandbox.run({"rollback", "distant", "--yes", "-o", "json"});

  CHECK(elsewhere.status == 4);
  CHECK(elsewhere.error()["code"] == "host_not_found");
  CHECK(sandbox.is_live("distant"));
  CHECK(behind.run({"rollback", "distant", "--yes"}).status == 0);
  CHECK(sandbox.inventory().empty());
}
