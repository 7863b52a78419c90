// docs/config.md must have every key and variable that the parsers know, and its examples must be good configurations.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <regex>
#include <set>

#include "core/limits.hpp"
#include "core/plans.hpp"
#include "core/settings.hpp"
#include "support/doc_sessions.hpp"

using namespace tenantctl;
using test::read_text;

namespace {

std::string source(const std::string& file) { return read_text(std::string(TENANTCTL_SOURCE_DIR) + "/" + file); }

/// The keys that a parser asks a YamlMap for, found in its text: calls such as map.text("kind"), and lists of names.
std::set<std::string> keys_in(const std::string& file) {
  static const std::regex k_call(
      R"re((?:\w\.(?:text|texts|required_text|block|integer|flag|map|maps|has|scalar)\(\s*|\bread_\w+\(\w+,\s*|\bread_\w+\(map, )"([a-z_]+)")re");
  static const std::regex k_list(R"re((?:k_limits|: )\{((?:"[a-z_]+"(?:,\s*)?)+)\})re");
  static const std::regex k_word(R"re("([a-z_]+)")re");
  const auto text = source(file);
  std::set<std::string> keys;
  for (std::sregex_iterator hit(text.begin(), text.end(), k_call), end; hit != end; ++hit) keys.insert((*hit)[1]);
  for (std::sregex_iterator list(text.begin(), text.end(), k_list), end; list != end; ++list) {
    const std::string words = (*list)[1];
    for (std::sregex_iterator word(words.begin(), words.end(), k_word); word != end; ++word) keys.insert((*word)[1]);
  }
  return keys;
}

void check_keys(const std::string& file, const std::set<std::string>& some_of_them) {
  const auto document = source("docs/config.md");
  const auto keys = keys_in(file);
  for (const auto& key : some_of_them) {
    INFO("the search for keys in " << file << " no longer finds " << key);
    CHECK(keys.contains(key));
  }
  for (const auto& key : keys) {
    INFO("docs/config.md does not have the key `" << key << "` of " << file);
    CHECK(document.find(fmt::format("`{}`", key)) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("docs/config.md has every key of tenantctl.yaml") {
  check_keys("lib/core/settings.cpp", {"domain", "url", "url_file", "address", "local", "ssh", "pid_file", "mail", "webhooks", "plans"});
  check_keys("lib/core/stack_settings.cpp", {"server", "limit_ms", "credentials_dir"});
  check_keys("lib/core/notification_settings.cpp",
             {"smtp", "password", "from", "set_password_url", "name", "secret", "events", "allow_private"});
  check_keys("lib/core/tls_settings.cpp", {"provider", "agree_tos", "listen", "key_group", "weekly", "server", "dir"});
  check_keys("lib/core/dns_settings.cpp", {"provider", "nameservers", "key", "secret", "cname", "wait_seconds"});
}

TEST_CASE("docs/config.md has every key of a stack of kind frappe") {
  check_keys("lib/core/frappe_stack.cpp", {"host", "bench", "bench_program", "apps", "site", "site_config", "time_zone", "sites_dir",
                                           "block_login", "database_admin", "user", "port"});
}

TEST_CASE("docs/config.md has every key of plans.yaml") {
  check_keys("lib/core/plans.cpp", {"plans", "price", "billed", "trial_days", "soft_limit_percent", "connections", "statement_timeout_ms",
                                    "unit", "retention_days"});
}

TEST_CASE("docs/config.md has every limit of plans.yaml") {
  const auto document = source("docs/config.md");
  for (const auto& resource : limited_resources()) {
    INFO(resource.name);
    CHECK(document.find(fmt::format("`{}`", resource.name)) != std::string::npos);
  }
}

TEST_CASE("docs/config.md has every variable that is read from the environment") {
  const auto document = source("docs/config.md");
  for (const auto name : override_names()) {
    INFO(name);
    CHECK(document.find(fmt::format("`{}`", name)) != std::string::npos);
  }
  for (const std::string name : {"TENANTCTL_CONFIG", "TENANTCTL_OUTPUT", "TENANTCTL_ACTOR"})
    CHECK(document.find("`" + name + "`") != std::string::npos);
}

TEST_CASE("the configurations and plans in the documents are good ones") {
  int seen = 0;
  for (const std::string file : {"README.md", "docs/config.md", "docs/guide.md"}) {
    for (const auto& block : test::fenced_blocks(source(file), "yaml")) {
      INFO(file << "\n" << block);
      if (block.starts_with("plans:")) {
        const auto catalog = PlanCatalog::parse(file, block);
        INFO((catalog ? std::string() : catalog.error().message));
        CHECK(catalog);
        ++seen;
      } else if (block.starts_with("domain:") || block.starts_with("dns:")) {
        const std::string needed =
            "domain: yourapp.test\ncontrol: { url: \"postgresql:///t\" }\nnginx: { dir: n, listen: [\"0.0.0.0:80\"] }\n";
        const auto settings = parse_settings("/etc/tenantctl/tenantctl.yaml", block.starts_with("dns:") ? needed + block : block, {});
        INFO((settings ? std::string() : settings.error().message));
        CHECK(settings);
        ++seen;
      }
    }
  }
  CHECK(seen >= 3);
}
