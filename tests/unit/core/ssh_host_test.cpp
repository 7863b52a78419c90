#include "core/ssh_host.hpp"

#include <catch2/catch.hpp>

#include "core/yaml_map.hpp"

using namespace tenantctl;

namespace {

Result<SshHost> read(std::string_view text, const std::filesystem::path& home = "/home/op") {
  YamlSource source("/etc/t.yaml", ErrorCode::config_invalid);
  TRY_ASSIGN(const auto node, source.load(text));
  YamlMap map(source, node, "hosts.frappe1");
  auto host = read_ssh_host("frappe1", map, {.folder = "/etc", .home = home});
  map.done();
  TRY(source.verdict());
  return host;
}

void check_host_refused(std::string_view text, const std::string& why, const std::filesystem::path& home = "/home/op") {
  INFO(text);
  const auto host = read(text, home);
  REQUIRE_FALSE(host);
  CHECK(host.error().code == ErrorCode::config_invalid);
  CHECK_THAT(host.error().message, Catch::Contains(why));
}

}  // namespace

TEST_CASE("an address that is not USER@HOST or USER@HOST:PORT is refused") {
  const auto text = GENERATE(as<std::string>(), "", "@", "host", "host:22", "@host", "user@", "user@:22", "u@h:", "u@h:0", "u@h:65536",
                             "u@h:x", "u@h:22x", "u@h:22:22", "-o@h", "u@-oProxyCommand=x", "u@h h", "u@h;id", "u@$(id)", "u@::1", "u@[::1",
                             "u@[::1]22", "u@[]:22", "u@[h]:22", "ssh://u@h", "u'@h", "u@h\n");

  const auto host = parse_ssh_address("frappe1", text);

  INFO(text);
  REQUIRE_FALSE(host);
  CHECK(host.error().code == ErrorCode::bad_value);
  CHECK(host.error().hint == R"(write ssh: "frappe@10.0.0.5:22")");
}

TEST_CASE("an address gives user, host and port") {
  const auto full = parse_ssh_address("frappe1", "frappe@10.0.0.5:2222");
  const auto short_form = parse_ssh_address("b", "a.b_c-d@bench.example");
  const auto ipv6 = parse_ssh_address("c", "root@[fe80::1]:22");

  REQUIRE(full);
  CHECK(full->name == "frappe1");
  CHECK(full->user == "frappe");
  CHECK(full->address == "10.0.0.5");
  CHECK(full->port == 2222);
  REQUIRE(short_form);
  CHECK(short_form->address == "bench.example");
  CHECK(short_form->port == 22);
  REQUIRE(ipv6);
  CHECK(ipv6->address == "fe80::1");
}

TEST_CASE("a host's entry with a bad value is refused with its key") {
  check_host_refused("{ identity: a }", "hosts.frappe1.ssh: is required");
  check_host_refused("{ ssh: nobody }", "hosts.frappe1.ssh: \"nobody\" is not USER@HOST");
  check_host_refused("{ ssh: u@h, agent: maybe }", "hosts.frappe1.agent");
  check_host_refused("{ ssh: u@h, agent: false }", "no identity");
  check_host_refused("{ ssh: u@h, sudo: root }", "hosts.frappe1.sudo");
  check_host_refused("{ ssh: u@h, identity: [] , agent: false }", "no identity");
  check_host_refused("{ ssh: u@h, identity: \"\" }", "hosts.frappe1.identity: is empty");
  check_host_refused("{ ssh: u@h, password: x }", "unknown key");
  check_host_refused("{ ssh: u@h, known_hosts: k, identity: ~/k }", "$HOME is not set", "");
}

TEST_CASE("a host's entry without more than an address takes the usual places") {
  const auto host = read("{ ssh: u@h }");

  REQUIRE(host);
  CHECK(host->identities.empty());
  CHECK(host->known_hosts == "/home/op/.ssh/known_hosts");
  CHECK(host->agent == AgentUse::after_identities);
  CHECK(host->sudo == Sudo::no);
}

TEST_CASE("a host's paths are taken from the file's folder, or from home where they begin with ~/") {
  const auto one = read("{ ssh: u@h, identity: keys/a, known_hosts: /k, agent: false, sudo: true }");
  const auto two = read("{ ssh: u@h, identity: [~/.ssh/a, b] }");

  REQUIRE(one);
  CHECK(one->identities == std::vector<std::filesystem::path>{"/etc/keys/a"});
  CHECK(one->known_hosts == "/k");
  CHECK(one->agent == AgentUse::never);
  CHECK(one->sudo == Sudo::yes);
  REQUIRE(two);
  CHECK(two->identities == std::vector<std::filesystem::path>{"/home/op/.ssh/a", "/etc/b"});
}
