#include "core/frappe_stack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/placeholders.hpp"
#include "core/settings_values.hpp"
#include "core/yaml_map.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_lower = "abcdefghijklmnopqrstuvwxyz0123456789_";
constexpr std::string_view k_account = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
constexpr std::string_view k_zone = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
constexpr std::size_t k_longest_field = 140;  // of Frappe's Data fields
/// What makes a site the one that it is; bench itself writes them.
constexpr std::array<std::string_view, 6> k_benchs_own{"db_name", "db_password", "db_type", "db_user", "db_host", "db_port"};

bool is_word(std::string_view characters, std::string_view text) {
  return !text.empty() && text.front() != '-' && text.size() <= k_longest_field &&
         text.find_first_not_of(characters) == std::string_view::npos;
}

bool is_python_name(std::string_view text) { return is_word(k_lower, text) && !(text.front() >= '0' && text.front() <= '9'); }

bool is_whole_number(std::string_view text) {
  return text == "0" ||
         (!text.empty() && text.size() <= 18 && text.front() != '0' && text.find_first_not_of("0123456789") == std::string_view::npos);
}

void read_apps(YamlMap& map, FrappeStack& stack) {
  for (const auto& app : map.texts("apps")) {
    if (!is_python_name(app)) map.refuse("apps", fmt::format("\"{}\" is no app's name", app), "write apps: [erpnext]");
    else if (app == "frappe") map.refuse("apps", "\"frappe\" is in every site", "remove it from the list");
    else if (std::ranges::find(stack.apps, app) != stack.apps.end()) map.refuse("apps", fmt::format("\"{}\" stands there twice", app));
    else stack.apps.push_back(app);
  }
}

bool fills_in(std::string text) {
  const auto slug = TenantSlug::parse("acme");
  return fill_in(std::move(text), *slug, "yourapp.test").find_first_of("{}") == std::string::npos;
}

void read_site(YamlMap& map, FrappeStack& stack) {
  stack.site = map.text("site", stack.site);
  const auto slug = TenantSlug::parse("acme");
  const auto example = HostName::parse(fill_in(stack.site, *slug, "yourapp.test"));
  if (stack.site.find("{slug}") == std::string::npos) map.refuse("site", "must hold {slug}", R"(write site: "api.{slug}.{domain}")");
  else if (!example) map.refuse("site", example.error().message, R"(write site: "api.{slug}.{domain}")");
}

void read_site_config(YamlMap values, FrappeStack& stack) {
  for (const auto& key : values.keys()) {
    const auto value = values.text(key);
    if (!is_python_name(key)) values.refuse(key, "is no key of a site's configuration", "use a-z, 0-9 and _");
    else if (std::ranges::find(k_benchs_own, key) != k_benchs_own.end()) values.refuse(key, "is bench's own", "remove the key");
    else if (key == "tenantctl")
      values.refuse(key, "holds what tenants are configured with", "remove the key, and run \"tenantctl config set\" for a tenant");
    else if (key.find("password") != std::string::npos || key.find("secret") != std::string::npos)
      values.refuse(key, "would stand in the bench's log", "set it on the host, in sites/common_site_config.json");
    else if (!fills_in(value)) values.refuse(key, "holds a brace that is not {slug} or {domain}");
    else stack.site_config.emplace_back(key, value);
  }
}

bool is_http_address(std::string_view text) {
  constexpr std::string_view k_scheme = "http://";
  if (!text.starts_with(k_scheme)) return false;
  text.remove_prefix(k_scheme.size());
  const auto colon = text.find(':');
  const auto port = colon == std::string_view::npos ? std::string_view("80") : text.substr(colon + 1);
  return is_word(k_account, text.substr(0, colon)) && is_whole_number(port) && port.size() <= 5;
}

FrappeDatabaseAdmin read_database_admin(YamlMap map, const fs::path& folder) {
  FrappeDatabaseAdmin admin;
  admin.user = map.required_text("user");
  if (!admin.user.empty() && !is_word(k_account, admin.user)) map.refuse("user", fmt::format("\"{}\" is no account's name", admin.user));
  map.required_text("password");
  admin.password = read_reference(map, "password", folder);
  admin.host = map.text("host", admin.host);
  if (!is_word(k_account, admin.host)) map.refuse("host", fmt::format("\"{}\" is no host", admin.host));
  admin.port = static_cast<std::uint16_t>(map.integer("port", admin.port, 1, 65535));
  map.done();
  return admin;
}

}  // namespace

FrappeStack read_frappe_stack(YamlMap& map, const fs::path& folder) {
  FrappeStack stack;
  stack.host = map.required_text("host");
  if (auto good = ConfigName::parse(stack.host); !good && !stack.host.empty()) map.refuse("host", good.error().message);
  stack.bench = map.text("bench", stack.bench);
  if (stack.bench.empty() || (stack.bench.front() != '/' && !stack.bench.starts_with("~/")))
    map.refuse("bench", "must begin with \"/\" or \"~/\"", "write bench: ~/frappe-bench");
  stack.program = map.text("bench_program", stack.program);
  if (!is_word(fmt::format("{}/", k_account), stack.program))
    map.refuse("bench_program", fmt::format("\"{}\" is no program's name", stack.program));
  read_apps(map, stack);
  read_site(map, stack);
  read_site_config(map.map("site_config"), stack);
  const bool has_oauth = std::ranges::any_of(
      stack.site_config, [](const auto& entry) { return entry.first == "oauth_provider_url" && !entry.second.empty(); });
  if (forbids_passwords(stack) && !has_oauth)
    map.refuse("site_config", "switches logins by password off and has no oauth_provider_url, so that nobody could log in",
               R"(add oauth_provider_url: "https://auth.{domain}")");
  stack.country = map.text("country");
  if (stack.country.size() > k_longest_field) map.refuse("country", "is too long");
  stack.time_zone = map.text("time_zone");
  if (!stack.time_zone.empty() && !is_word(k_zone, stack.time_zone))
    map.refuse("time_zone", fmt::format("\"{}\" is no time zone", stack.time_zone), "write time_zone: Europe/Berlin");
  stack.source_sql = map.text("source_sql");
  if (!stack.source_sql.empty() && stack.source_sql.front() != '/')
    map.refuse("source_sql", "must begin with \"/\"", "name the dump by its whole path on the host");
  stack.web = map.text("web", stack.web);
  if (!is_http_address(stack.web)) map.refuse("web", fmt::format("\"{}\" is not http://HOST:PORT", stack.web));
  for (const auto& [key, value] : {std::pair<const char*, std::string*>{"front", &stack.front}, {"socketio", &stack.socketio}}) {
    *value = map.text(key);
    if (!value->empty() && !is_http_address(*value)) map.refuse(key, fmt::format("\"{}\" is not http://HOST:PORT", *value));
  }
  if (const auto dir = map.text("sites_dir"); !dir.empty()) stack.sites_dir = (folder / dir).lexically_normal();
  stack.block_login = map.flag("block_login", false);
  stack.database_admin = read_database_admin(map.map("database_admin"), folder);
  return stack;
}

bool forbids_passwords(const FrappeStack& stack) {
  return std::ranges::any_of(stack.site_config, [](const auto& entry) {
    return entry.first == "disable_user_pass_login" && entry.second != "0" && entry.second != "false";
  });
}

std::string fill_in(std::string text, const TenantSlug& slug, std::string_view domain) {
  return fill_placeholders(std::move(text), {{"{slug}", slug.str()}, {"{domain}", domain}});
}

std::string python_value(std::string_view text) {
  if (is_whole_number(text)) return std::string(text);
  if (text == "true") return "True";
  if (text == "false") return "False";
  return python_string(text);
}

std::string python_string(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else out += c;
  }
  return out + "'";
}

}  // namespace tenantctl
