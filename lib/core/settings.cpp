#include "core/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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
  /// An absolute path; "~/" is the operator's shell's business and is not expanded here.
  fs::path absolute(const std::string& path) const { return path.empty() ? fs::path() : (folder / path).lexically_normal(); }
};

void refuse_unsupported(YamlMap& map, std::string_view key) {
  map.refuse(key, "is not supported by this version of tenantctl", "remove the key");
}

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

struct Address {
  std::string host;
  int port = 0;
};

/// HOST:PORT, or [v6]:PORT, of characters that need no quoting anywhere.
std::optional<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const auto host = text.substr(0, colon);
  const bool v6 = host.front() == '[' && host.back() == ']';
  const std::string_view allowed = v6 ? "0123456789abcdefABCDEF:[]" : "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  if (host.find_first_not_of(allowed) != std::string_view::npos) return std::nullopt;
  int port = 0;
  for (const char c : text.substr(colon + 1)) {
    if (c < '0' || c > '9' || port > 65535) return std::nullopt;
    port = port * 10 + (c - '0');
  }
  if (port < 1 || port > 65535) return std::nullopt;
  return Address{std::string(host), port};
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

/// A configured host's name; empty for this machine, by whatever name.
std::string read_host(YamlMap& map, std::string_view key, const Settings& settings) {
  const auto name = map.text(key);
  if (name.empty() || settings.local_hosts.contains(name)) return {};
  if (!settings.hosts.contains(name)) map.refuse(key, fmt::format("\"{}\" is not among hosts", name));
  return name;
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

/// What the pattern makes of a code, to learn now and not at the first create whether it is a usable name.
std::string example_database(std::string pattern) {
  if (const auto at = pattern.find("{code}"); at != std::string::npos) pattern.replace(at, 6, "a1b2c3d4");
  return pattern + "_owner";
}

void read_ping(YamlMap map, PingSettings& ping) {
  ping.path = map.text("path", ping.path);
  ping.expect = map.text("expect", ping.expect);
  ping.limit = std::chrono::milliseconds(map.integer("limit_ms", ping.limit.count(), 1, 600'000));
  if (!ping.path.starts_with('/') || ping.path.find_first_of(" \"\\") != std::string::npos)
    map.refuse("path", "must begin with \"/\" and hold no spaces or quotes");
  map.done();
}

AfterCreate read_after_create(YamlMap& map, const Settings& settings) {
  AfterCreate after{.argv = map.texts("after_create"), .host = read_host(map, "host", settings), .folder = map.text("after_create_folder")};
  after.limit = std::chrono::milliseconds(map.integer("after_create_limit_ms", after.limit.count(), 1, 86'400'000));
  if (!after.argv.empty() && after.argv.front().empty())
    map.refuse("after_create", "names no program", R"(write after_create: ["./manage.py", "migrate"])");
  if (!after.folder.empty() && !after.folder.starts_with('/'))
    map.refuse("after_create_folder", "must be an absolute path on the stack's host");
  if (after.argv.empty() && !map.has("migrate_command") && (map.has("host") || !after.folder.empty()))
    map.refuse("after_create", "is missing, and host or after_create_folder are for it", "add it, or remove them");
  return after;
}

std::optional<MigrateCommand> read_migrate_command(YamlMap& map, const StackSettings& stack) {
  MigrateCommand command{.run = stack.after_create, .version = map.text("schema_version")};
  command.run.argv = map.texts("migrate_command");
  if (command.run.argv.empty()) {
    if (!command.version.empty()) map.refuse("schema_version", "is for migrate_command, which is missing", "add it, or remove the key");
    return std::nullopt;
  }
  constexpr auto k_of_versions = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";
  if (command.run.argv.front().empty())
    map.refuse("migrate_command", "names no program", R"(write migrate_command: ["./manage.py", "migrate"])");
  if (command.version.empty())
    map.refuse("schema_version", "is required: it says what migrate_command leads to",
               R"(write schema_version: "2026-11-01", and another one with each release)");
  if (command.version.size() > 63 || command.version.find_first_not_of(k_of_versions) != std::string::npos)
    map.refuse("schema_version", "is not 1 to 63 of a-z, A-Z, 0-9, dot, plus, hyphen and underscore");
  if (!stack.migrations.empty()) map.refuse("migrations", "goes not with migrate_command", "remove one of the two");
  if (stack.credentials_dir.empty())
    map.refuse("migrate_command", "reads the password from credentials_dir, which is missing", "add credentials_dir");
  return command;
}

StackKind read_kind(YamlMap& map) {
  constexpr auto k_hint = R"(use "database", "schema" or "frappe")";
  const auto kind = map.text("kind", "database");
  if (kind == "schema") return StackKind::schema;
  if (kind == "frappe") return StackKind::frappe;
  if (kind != "database") map.refuse("kind", fmt::format("\"{}\" is unknown", kind), k_hint);
  return StackKind::database;
}

/// Which database the tenants of a stack share. PostgreSQL's own ones are everybody's.
std::string read_shared_database(YamlMap& map, const StackSettings& stack) {
  if (stack.kind != StackKind::schema) {
    if (map.has("database")) map.refuse("database", "is for kind \"schema\" only", "remove the key, or write kind: schema");
    return {};
  }
  auto database = map.required_text("database");
  if (auto good = DatabaseName::parse(database); !good && !database.empty()) map.refuse("database", good.error().message);
  if (database == "postgres" || database.starts_with("template")) {
    map.refuse("database", fmt::format("\"{}\" is no database for tenants", database),
               fmt::format("write database: {}_shared", stack.name.str()));
  }
  return database;
}

ConfigurationForm read_configuration_form(YamlMap& map, const StackSettings& stack) {
  const auto form = map.text("configuration", "table");
  if (form == "table") return ConfigurationForm::table;
  if (form != "file") map.refuse("configuration", fmt::format("\"{}\" is unknown", form), R"(use "table" or "file")");
  else if (stack.credentials_dir.empty())
    map.refuse("configuration", "in a file goes into credentials_dir, which is missing",
               "add credentials_dir, or write configuration: table");
  return ConfigurationForm::file;
}

/// What a stack of kind "frappe" has instead of a database server.
void read_frappe(YamlMap& map, const Reading& reading, StackSettings& stack) {
  stack.frappe = read_frappe_stack(map, reading.folder);
  stack.servers = {stack.frappe->host};
  stack.ping = {.path = "/api/method/ping", .expect = "pong", .limit = std::chrono::seconds(30)};
  for (const auto* key : {"server", "servers", "place_by", "schema", "seed", "migrations", "migrate_command", "schema_version",
                          "after_create", "configuration"}) {
    if (map.has(key)) map.refuse(key, "is not for kind \"frappe\"", "remove the key");
  }
}

void check_bench_host(YamlMap map, const StackSettings& stack, const Settings& settings) {
  const auto& name = stack.servers.front();
  if (settings.local_hosts.contains(name)) return;
  const auto host = settings.hosts.find(name);
  if (host == settings.hosts.end())
    map.refuse("host", fmt::format("\"{}\" is not among hosts", name),
               fmt::format("add {}: {{ ssh: \"frappe@10.0.0.5\" }} under hosts", name));
  else if (host->second.sudo == Sudo::yes)
    map.refuse("host", fmt::format("\"{}\" has sudo: true, and a bench refuses root", name), "log in as the bench's own user");
  // A tenant's row names its server or host, and doctor looks for the databases of servers.
  if (settings.servers.contains(name))
    map.refuse("host", fmt::format("\"{}\" is a database server too", name), "give one of the two another name");
}

/// `server: NAME`, or `servers: [NAME, …]` and by what one of them is chosen.
void read_placement(YamlMap& map, const Settings& settings, StackSettings& stack) {
  const bool several = map.has("servers");
  if (several && map.has("server")) map.refuse("servers", "is there beside server", "remove one of the two");
  stack.servers = several ? map.texts("servers") : std::vector{map.required_text("server")};
  if (stack.servers.empty()) map.refuse("servers", "names no database server");
  std::set<std::string> seen;
  const auto* key = several ? "servers" : "server";
  for (const auto& name : stack.servers) {
    if (!settings.servers.contains(name)) map.refuse(key, fmt::format("\"{}\" is not among database_servers", name));
    if (!seen.insert(name).second) map.refuse(key, fmt::format("\"{}\" is there twice", name));
  }
  const auto by = map.text("place_by", "tenants");
  if (by == "free_disk") stack.place_by = PlaceBy::free_disk;
  else if (by != "tenants") map.refuse("place_by", fmt::format("\"{}\" is unknown", by), R"(use "tenants" or "free_disk")");
  if (stack.place_by == PlaceBy::tenants) return;
  for (const auto& name : stack.servers) {
    const auto server = settings.servers.find(name);
    if (server != settings.servers.end() && server->second.disk.empty())
      map.refuse("place_by", fmt::format("is free_disk, and server \"{}\" has no disk", name),
                 fmt::format("add disk: /var/lib/postgresql under database_servers.{}", name));
  }
}

PoolSettings read_pool(YamlMap& map, const StackSettings& stack) {
  if (!map.has("pool")) return {};
  if (stack.kind != StackKind::database) {
    map.refuse("pool", "is for kind \"database\" only", "remove the key");
    return {};
  }
  auto pool = map.map("pool");
  PoolSettings settings{.size = static_cast<int>(pool.integer("size", 0, 0, 10'000))};
  settings.low_water = static_cast<int>(pool.integer("low_water", settings.size / 2, 0, 10'000));
  if (settings.low_water >= settings.size && settings.size > 0) pool.refuse("low_water", "must be smaller than size");
  pool.done();
  return settings;
}

StackSettings read_stack(const ConfigName& name, YamlMap map, const Reading& reading, const Settings& settings) {
  StackSettings stack{.name = name, .kind = read_kind(map)};
  if (stack.kind == StackKind::frappe) read_frappe(map, reading, stack);
  else read_placement(map, settings, stack);
  stack.shared_database = read_shared_database(map, stack);
  stack.database_pattern = map.text("name", std::string(name.str()) + "_{code}");
  if (stack.database_pattern.find("{code}") == std::string::npos)
    map.refuse("name", "must hold {code}", fmt::format("write \"{}_{{code}}\"", name.str()));
  else if (auto good = DatabaseName::parse(example_database(stack.database_pattern)); !good) map.refuse("name", good.error().message);
  else if (auto schema = SchemaName::parse(example_database(stack.database_pattern)); !schema && stack.kind == StackKind::schema)
    map.refuse("name", schema.error().message);
  for (const auto& file : map.texts("schema")) stack.schema.push_back(reading.absolute(file));
  for (const auto& file : map.texts("seed")) stack.seed.push_back(reading.absolute(file));
  stack.migrations = reading.absolute(map.text("migrations"));
  stack.upstream = map.required_text("upstream");
  if (!stack.upstream.starts_with("http://") || !parse_address(std::string_view(stack.upstream).substr(7))) {
    map.refuse("upstream", fmt::format("\"{}\" is not http://HOST:PORT", stack.upstream));
  }
  read_ping(map.map("ping"), stack.ping);
  stack.pool = read_pool(map, stack);
  stack.credentials_dir = reading.absolute(map.text("credentials_dir"));
  if (stack.kind != StackKind::frappe) {
    stack.configuration = read_configuration_form(map, stack);
    stack.after_create = read_after_create(map, settings);
    stack.migrate_command = read_migrate_command(map, stack);
  }
  map.done();
  return stack;
}

void read_stacks(YamlMap stacks, const Reading& reading, Settings& settings) {
  for (const auto& text : stacks.keys()) {
    const auto name = ConfigName::parse(text);
    if (!name) {
      stacks.refuse(text, name.error().message);
      continue;
    }
    auto stack = read_stack(*name, stacks.map(text), reading, settings);
    if (stack.frappe) check_bench_host(stacks.map(text), stack, settings);
    settings.stacks.emplace(text, std::move(stack));
  }
}

/// A path on nginx's host. The folder of tenantctl.yaml means nothing on another machine.
fs::path nginx_path(YamlMap& map, std::string_view key, const std::string& path, const NginxSettings& nginx, const Reading& reading) {
  if (!nginx.host.empty() && !path.empty() && !path.starts_with('/'))
    map.refuse(key, fmt::format("must be an absolute path on host \"{}\"", nginx.host));
  return reading.absolute(path);
}

/// Where nginx is asked from here: at its own address, or where it listens on all, at its host's.
std::string probe_of(YamlMap& map, const NginxSettings& nginx, const Settings& settings) {
  auto at = nginx.listen.front();
  const auto host = settings.hosts.find(nginx.host);
  if (host == settings.hosts.end()) {
    if (at.starts_with("0.0.0.0:")) at.replace(0, 7, "127.0.0.1");
    if (at.starts_with("[::]:")) at.replace(0, 4, "[::1]");
    return "http://" + at;
  }
  const auto address = host->second.address.find(':') == std::string::npos ? host->second.address : "[" + host->second.address + "]";
  if (at.starts_with("0.0.0.0:")) at.replace(0, 7, address);
  if (at.starts_with("[::]:")) at.replace(0, 4, address);
  if (at.starts_with("127.") || at.starts_with("[::1]") || at.starts_with("localhost:")) {
    map.refuse("probe", fmt::format("is required: \"{}\" can't be reached from here, being the loopback of host \"{}\"", at, nginx.host),
               R"(write probe: "http://HOST:PORT")");
  }
  return "http://" + at;
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
  if (nginx.probe.empty() && !nginx.listen.empty()) nginx.probe = probe_of(map, nginx, settings);
  nginx.binary = map.text("binary", nginx.binary);
  nginx.prefix = nginx_path(map, "prefix", map.text("prefix"), nginx, reading);
  nginx.conf = nginx_path(map, "conf", map.text("conf"), nginx, reading);
  if (const auto pid_file = nginx_path(map, "pid_file", map.text("pid_file"), nginx, reading); !pid_file.empty()) nginx.pid_file = pid_file;
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

void only_value(YamlMap map, std::string_view value) {
  const auto provider = map.text("provider", std::string(value));
  if (provider != value)
    map.refuse("provider", fmt::format("\"{}\" is not supported by this version of tenantctl", provider), fmt::format("use \"{}\"", value));
  map.done();
}

}  // namespace

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
  read_stacks(map.map("stacks"), reading, settings);
  settings.default_stack = reading.overridden("TENANTCTL_DEFAULT_STACK",
                                              map.text("default_stack", settings.stacks.size() == 1 ? settings.stacks.begin()->first : ""));
  if (!settings.default_stack.empty() && !settings.stacks.contains(settings.default_stack)) {
    map.refuse("default_stack", fmt::format("\"{}\" is not among stacks", settings.default_stack));
  }
  settings.default_plan = reading.overridden("TENANTCTL_DEFAULT_PLAN", map.text("default_plan", settings.default_plan));
  settings.nginx = read_nginx(map.map("nginx"), reading, settings);
  settings.backups = read_backups(map.map("backups"), reading);
  settings.quarantine_days = static_cast<int>(map.integer("quarantine_days", settings.quarantine_days, 0, 36'500));
  only_value(map.map("dns"), "wildcard");
  only_value(map.map("tls"), "none");
  for (const auto key : {"mail", "webhooks"}) {
    if (map.has(key)) refuse_unsupported(map, key);
  }
  settings.plans = reading.absolute(reading.overridden("TENANTCTL_PLANS", map.text("plans")));
  map.done();
  TRY(source.verdict());
  return settings;
}

}  // namespace tenantctl
