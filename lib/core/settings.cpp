#include "core/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/dns_settings.hpp"
#include "core/notification_settings.hpp"
#include "core/settings_values.hpp"
#include "core/stack_settings.hpp"
#include "core/tls_settings.hpp"
#include "core/utf8.hpp"
#include "core/yaml_map.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> k_overrides{"TENANTCTL_CONTROL_URL", "TENANTCTL_DEFAULT_PLAN", "TENANTCTL_DEFAULT_STACK",
                                                      "TENANTCTL_DOMAIN", "TENANTCTL_PLANS"};

/// Everything that reading one file needs to know besides the mapping at hand.
struct Reading {
  fs::path folder;
  fs::path home;
  const SettingsOverrides& overrides;

  std::string overridden(std::string_view variable, const std::string& from_file) const {
    const auto found = overrides.find(std::string(variable));
    return found == overrides.end() ? from_file : found->second;
  }
  fs::path absolute(const std::string& path) const { return absolute_path(folder, path); }
};

bool holds_password(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) {
    const auto authority = url.substr(scheme + 3, url.find_first_of("/?", scheme + 3) - scheme - 3);
    const auto at = authority.rfind('@');
    if (at != std::string_view::npos && authority.substr(0, at).find(':') != std::string_view::npos) return true;
  }
  return url.find("password=") != std::string_view::npos || url.find("password =") != std::string_view::npos;
}

UrlReference read_url(YamlMap& map, std::string_view key, const Reading& reading, std::string_view variable = {}) {
  auto url = map.text(key);
  const auto url_file = map.text("url_file");
  if (!url_file.empty() && url.empty()) url = "file:" + reading.absolute(url_file).string();
  if (!variable.empty()) url = reading.overridden(variable, url);
  if (url.empty()) map.refuse(key, "is required", R"(write url: "postgresql:///tenantctl", or url_file: PATH)");
  // The value itself stays out of the message: it holds the password.
  if (holds_password(url)) map.refuse(key, "holds a password", "move it to a file and write url_file: PATH, or use PGPASSFILE");
  if (url.starts_with("file:")) url = "file:" + reading.absolute(url.substr(5)).string();
  return {url};
}

void read_hosts(YamlMap hosts, const Reading& reading, Settings& settings) {
  for (const auto& name : hosts.keys()) {
    if (auto good = ConfigName::parse(name); !good) hosts.refuse(name, good.error().message);
    auto host = hosts.map(name);
    if (host.has("ssh")) {
      if (host.has("local")) host.refuse("local", "goes not with ssh", "remove one of the two");
      settings.hosts.emplace(name, read_ssh_host(name, host, {.folder = reading.folder, .home = reading.home}));
    } else if (host.flag("local", false)) {
      settings.local_hosts.insert(name);
    } else {
      host.refuse("ssh", "is required", R"(write ssh: "deploy@10.0.0.5:22", or local: true)");
    }
    host.done();
  }
}

void read_servers(YamlMap servers, const Reading& reading, Settings& settings) {
  for (const auto& name : servers.keys()) {
    if (auto good = ConfigName::parse(name); !good) servers.refuse(name, good.error().message);
    auto map = servers.map(name);
    DatabaseServerSettings server;
    server.through = read_host(map, "psql_on", settings);
    server.url = read_url(map, "url", reading);
    if (const auto address = map.text("address"); !address.empty()) {
      const auto parsed = parse_address(address);
      if (!parsed) map.refuse("address", fmt::format("\"{}\" is not HOST:PORT", address));
      else server.address_host = parsed->host, server.address_port = parsed->port;
    }
    server.disk = map.text("disk");
    if (!server.disk.empty() && !server.disk.starts_with('/')) map.refuse("disk", "must be an absolute path on the server's machine");
    server.weight = static_cast<int>(map.integer("weight", 1, 1, 1'000));
    server.max_tenants = static_cast<int>(map.integer("max_tenants", 0, 0, 1'000'000));
    server.draining = map.flag("draining", false);
    map.done();
    settings.servers.emplace(name, std::move(server));
  }
}

/// A path on nginx's host. The folder of tenantctl.yaml means nothing on another machine.
fs::path nginx_path(YamlMap& map, std::string_view key, const std::string& path, const NginxSettings& nginx, const Reading& reading) {
  if (!nginx.host.empty() && !path.empty() && !path.starts_with('/'))
    map.refuse(key, fmt::format("must be an absolute path on host \"{}\"", nginx.host));
  return reading.absolute(path);
}

NginxSettings read_nginx(YamlMap map, const Reading& reading, const Settings& settings) {
  NginxSettings nginx;
  nginx.host = read_host(map, "host", settings);
  const auto mode = map.text("mode", "routes");
  if (mode == "server_block") nginx.mode = NginxMode::server_block;
  else if (mode != "routes") map.refuse("mode", fmt::format("\"{}\" is unknown", mode), R"(use "routes" or "server_block")");
  nginx.dir = nginx_path(map, "dir", map.required_text("dir"), nginx, reading);
  nginx.listen = map.texts("listen");
  if (nginx.listen.empty()) map.refuse("listen", "is required", R"(write listen: ["0.0.0.0:80"])");
  for (const auto& address : nginx.listen) {
    if (!parse_address(address)) map.refuse("listen", fmt::format("\"{}\" is not HOST:PORT", address));
  }
  nginx.probe = map.text("probe");
  if (nginx.probe.empty() && !nginx.listen.empty()) nginx.probe = "http://" + reachable_at(map, nginx.listen.front(), nginx.host, settings);
  nginx.binary = map.text("binary", nginx.binary);
  nginx.prefix = nginx_path(map, "prefix", map.text("prefix"), nginx, reading);
  nginx.conf = nginx_path(map, "conf", map.text("conf"), nginx, reading);
  if (const auto pid_file = nginx_path(map, "pid_file", map.text("pid_file"), nginx, reading); !pid_file.empty()) nginx.pid_file = pid_file;
  nginx.access_log = nginx_path(map, "access_log", map.text("access_log"), nginx, reading);
  map.done();
  return nginx;
}

BackupSettings read_backups(YamlMap map, const Reading& reading) {
  BackupSettings backups{.dir = reading.absolute(map.text("dir"))};
  backups.keep = static_cast<int>(map.integer("keep", 0, 0, 100'000));
  backups.keep_days = static_cast<int>(map.integer("keep_days", 0, 0, 36'500));
  if (map.has("keep_old_days")) backups.keep_old_days = static_cast<int>(map.integer("keep_old_days", 0, 0, 36'500));
  map.done();
  return backups;
}

BillingSettings read_billing(YamlMap map, const Reading& reading) {
  BillingSettings billing{.issuer = map.block("issuer")};
  billing.prefix = map.text("prefix", billing.prefix);
  constexpr std::size_t k_longest_prefix = 20;
  if (billing.prefix.size() > k_longest_prefix || printable(billing.prefix) != billing.prefix ||
      billing.prefix.find_first_of(" ,\"") != std::string::npos)
    map.refuse("prefix", fmt::format("\"{}\" is too long, or no plain word", printable(billing.prefix)), "write prefix: \"INV-\"");
  billing.form = reading.absolute(map.text("form"));
  map.done();
  return billing;
}

TrialCalendar read_trials(YamlMap map) {
  TrialCalendar trials{.zone = map.text("time_zone")};
  // Which names there are the control database knows.
  constexpr std::string_view k_allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
  // PostgreSQL takes any word with a number for a zone of its own, with the sign turned round.
  const bool has_number = trials.zone.find_first_of("0123456789") != std::string::npos && !trials.zone.starts_with("Etc/");
  if (trials.zone.size() > 64 || trials.zone.find_first_not_of(k_allowed) != std::string::npos || has_number)
    map.refuse("time_zone", fmt::format("\"{}\" is no name of a time zone", printable(trials.zone)), "write time_zone: Europe/Berlin");
  map.done();
  return trials;
}

}  // namespace

Subscriptions subscriptions_of(const Settings& settings) {
  std::vector<Subscription> all;
  if (settings.mail) all.push_back({std::string(k_mail_target), settings.mail->events});
  for (const auto& webhook : settings.webhooks) all.push_back({webhook.name, webhook.events});
  return Subscriptions(std::move(all));
}

std::span<const std::string_view> override_names() { return k_overrides; }

Result<Settings> parse_settings(const fs::path& file, std::string_view text, const SettingsOverrides& overrides, const fs::path& home) {
  YamlSource source(file, ErrorCode::config_invalid);
  TRY_ASSIGN(const auto root, source.load(text));
  YamlMap map(source, root, "");
  const Reading reading{.folder = file.parent_path(), .home = home, .overrides = overrides};
  Settings settings{.file = file};

  settings.domain = reading.overridden("TENANTCTL_DOMAIN", map.text("domain"));
  if (auto good = HostName::parse(settings.domain); !good) map.refuse("domain", good.error().message, "write domain: yourapp.test");
  for (const auto& word : map.texts("reserved")) settings.reserved.insert(word);
  auto control = map.map("control");
  settings.control = read_url(control, "url", reading, "TENANTCTL_CONTROL_URL");
  control.done();
  read_hosts(map.map("hosts"), reading, settings);
  read_servers(map.map("database_servers"), reading, settings);
  read_stacks(map.map("stacks"), reading.folder, settings);
  settings.default_stack = reading.overridden("TENANTCTL_DEFAULT_STACK",
                                              map.text("default_stack", settings.stacks.size() == 1 ? settings.stacks.begin()->first : ""));
  if (!settings.default_stack.empty() && !settings.stacks.contains(settings.default_stack)) {
    map.refuse("default_stack", fmt::format("\"{}\" is not among stacks", settings.default_stack));
  }
  settings.default_plan = reading.overridden("TENANTCTL_DEFAULT_PLAN", map.text("default_plan", settings.default_plan));
  settings.nginx = read_nginx(map.map("nginx"), reading, settings);
  settings.backups = read_backups(map.map("backups"), reading);
  settings.billing = read_billing(map.map("billing"), reading);
  settings.trials = read_trials(map.map("trials"));
  settings.quarantine_days = static_cast<int>(map.integer("quarantine_days", settings.quarantine_days, 0, 36'500));
  settings.dns = read_dns(map.map("dns"), reading.folder, settings.domain);
  settings.tls = read_tls(map.map("tls"), reading.folder, settings);
  if (settings.tls) settings.nginx.tls = settings.tls->nginx;
  if (map.has("mail")) settings.mail = read_mail(map.map("mail"), reading.folder);
  settings.webhooks = read_webhooks(map.maps("webhooks"), reading.folder);
  settings.plans = reading.absolute(reading.overridden("TENANTCTL_PLANS", map.text("plans")));
  map.done();
  TRY(source.verdict());
  return settings;
}

}  // namespace tenantctl
