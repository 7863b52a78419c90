// The sandbox's configuration with something changed, as a file of its own beside it, so that relative paths keep their meaning.
#pragma once
#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "support/live_sandbox.hpp"

namespace tenantctl::test {

/// In the text of `base`, each first text is replaced by its second, where it first stands. Fails the test where it is missing.
inline std::filesystem::path changed_config(const std::string& name, const std::vector<std::pair<std::string, std::string>>& changes,
                                            const std::filesystem::path& base = LiveSandbox::get().config()) {
  auto text = read_text(base);
  for (const auto& [from, to] : changes) {
    const auto at = text.find(from);
    INFO(base.native() << " has no \"" << from << "\"");
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
  }
  const auto file = LiveSandbox::get().dir() / name;
  write_text(file, text);
  return file;
}

/// `keys`, whole lines, for the stack "demo".
inline std::filesystem::path config_with_demo_keys(const std::string& keys,
                                                   const std::filesystem::path& base = LiveSandbox::get().config()) {
  return changed_config("more_keys.yaml", {{"    upstream:", keys + "    upstream:"}}, base);
}

/// The configuration of the sandbox's runs for as long as this lives.
class ConfigInUse {
 public:
  explicit ConfigInUse(const std::filesystem::path& config) { LiveSandbox::get().use(config); }
  ConfigInUse(const ConfigInUse&) = delete;
  ConfigInUse& operator=(const ConfigInUse&) = delete;
  ~ConfigInUse() { LiveSandbox::get().use({}); }
};

inline const std::string k_configuration_in_file = "    configuration: file\n";

/// Keys with which a create passes every step there is: a command for "after_create" that leaves a trace for each time that it
/// ran, and a configuration in a file.
inline const std::string k_tracing_command = k_configuration_in_file +
                                             "    after_create: [\"sh\", \"-c\", \"psql -X -q $DATABASE_URL -c 'create table if not exists "
                                             "traces (t int); insert into traces values (1)'\"]\n";

}  // namespace tenantctl::test
