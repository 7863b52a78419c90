#include "configuration.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "adapters/files/text_file.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

fs::path home_folder(const char* variable, const char* below_home) {
  if (const auto folder = environment(variable); !folder.empty()) return folder;
  const auto home = environment("HOME");
  return home.empty() ? fs::path() : fs::path(home) / below_home;
}

}  // namespace

fs::path user_home() { return environment("HOME"); }

fs::path default_sandbox_dir() {
  if (environment("XDG_STATE_HOME").empty() && ::geteuid() == 0) return "/var/lib/tenantctl/sandbox";
  const auto state = home_folder("XDG_STATE_HOME", ".local/state");
  return state.empty() ? fs::path() : state / "tenantctl" / "sandbox";
}

Result<fs::path> find_config(const fs::path& option) {
  if (!option.empty()) return fs::absolute(option);
  if (const auto variable = environment("TENANTCTL_CONFIG"); !variable.empty()) return fs::absolute(variable);
  std::vector<fs::path> places{fs::current_path() / "tenantctl.yaml"};
  if (const auto config = home_folder("XDG_CONFIG_HOME", ".config"); !config.empty())
    places.push_back(config / "tenantctl" / "tenantctl.yaml");
  places.emplace_back("/etc/tenantctl/tenantctl.yaml");
  if (const auto sandbox = default_sandbox_dir(); !sandbox.empty()) places.push_back(sandbox / "tenantctl.yaml");
  std::string looked_at;
  for (const auto& place : places) {
    std::error_code ignored;
    if (fs::exists(place, ignored)) return place;
    looked_at += (looked_at.empty() ? "" : ", ") + place.string();
  }
  return fail(make_error(ErrorCode::config_missing, fmt::format("no configuration found; looked at {}", looked_at))
                  .with_hint("run \"tenantctl sandbox up\" to try things, or name a file with --config"));
}

SettingsOverrides overrides_from_environment() {
  SettingsOverrides overrides;
  for (const auto name : override_names()) {
    if (const auto value = environment(std::string(name).c_str()); !value.empty()) overrides.emplace(name, value);
  }
  return overrides;
}

Result<Secret> resolve(const UrlReference& reference) {
  const auto& text = reference.text;
  if (text.starts_with("env:")) {
    auto value = environment(text.substr(4).c_str());
    if (!value.empty()) return Secret(std::move(value));
    return fail(make_error(ErrorCode::secret_unavailable, fmt::format("environment variable \"{}\" is not set", text.substr(4)))
                    .with_hint(fmt::format("export {}=…", text.substr(4))));
  }
  if (text.starts_with("file:")) {
    auto content = read_text_file(text.substr(5));
    if (!content)
      return fail(make_error(ErrorCode::secret_unavailable, content.error().message)
                      .with_hint("create it with mode 0600, holding the value and nothing else"));
    content->erase(content->find_last_not_of(" \t\r\n") + 1);
    return Secret(std::move(*content));
  }
  return Secret(text);
}

}  // namespace tenantctl
