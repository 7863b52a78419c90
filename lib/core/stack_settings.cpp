#include "core/stack_settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/limits.hpp"
#include "core/settings_values.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

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

WhoamiSettings read_whoami(YamlMap& stack) {
  if (!stack.has("whoami")) return {};
  auto map = stack.map("whoami");
  WhoamiSettings whoami{.path = map.required_text("path"), .expect = map.text("expect", "{code}")};
  if (!whoami.path.starts_with('/') || whoami.path.find_first_of(" \"\\{}") != std::string::npos)
    map.refuse("path", "must begin with \"/\" and hold no spaces, quotes or braces");
  if (whoami.expect.find("{code}") == std::string::npos && whoami.expect.find("{slug}") == std::string::npos)
    map.refuse("expect", "names no tenant", "write what the page says, with {code} or {slug} in it");
  map.done();
  return whoami;
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
void read_frappe(YamlMap& map, const fs::path& folder, StackSettings& stack) {
  stack.frappe = read_frappe_stack(map, folder);
  stack.servers = {stack.frappe->host};
  stack.ping = {.path = "/api/method/ping", .expect = "pong", .limit = std::chrono::seconds(30)};
  for (const auto* key : {"server", "servers", "place_by", "schema", "seed", "migrations", "migrate_command", "schema_version",
                          "after_create", "configuration", "usage"}) {
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
  if (stack.kind == StackKind::schema) {
    map.refuse("pool", "is not for kind \"schema\"", "remove the key");
    return {};
  }
  auto pool = map.map("pool");
  PoolSettings settings{.size = static_cast<int>(pool.integer("size", 0, 0, 10'000))};
  settings.low_water = static_cast<int>(pool.integer("low_water", settings.size / 2, 0, 10'000));
  if (settings.low_water >= settings.size && settings.size > 0) pool.refuse("low_water", "must be smaller than size");
  pool.done();
  return settings;
}

/// What there is an hour after midnight says nothing of the day before: a query of what adds up is asked for a day.
void check_usage_query(YamlMap& map, const Resource& resource, const std::string& sql) {
  const bool adds_up = resource.kind == ResourceKind::month || resource.kind == ResourceKind::day;
  const bool names_day = sql.find("{day}") != std::string::npos;
  if (sql.find_first_not_of(" \t\r\n;") == std::string::npos)
    map.refuse(resource.name, "holds no query", "write SQL that gives one number, such as: select count(*) from companies");
  else if (adds_up && !names_day)
    map.refuse(resource.name, "must hold {day}, the day whose number is wanted",
               "write: select count(*) from sales where at::date = {day}");
  else if (!adds_up && names_day) map.refuse(resource.name, "is how many there are now, and of no {day}");
}

std::map<std::string, std::string> read_usage(YamlMap map) {
  std::map<std::string, std::string> queries;
  std::vector<std::string_view> known;
  for (const auto& resource : limited_resources()) {
    if (resource.kind == ResourceKind::measured) continue;
    known.push_back(resource.name);
    if (!map.has(resource.name)) continue;
    auto sql = map.block(resource.name);
    check_usage_query(map, resource, sql);
    queries.emplace(resource.name, std::move(sql));
  }
  for (const auto& key : map.keys()) {
    if (std::ranges::find(known, key) == known.end())
      map.refuse(key, "is nothing that a query counts", fmt::format("use {}", fmt::join(known, ", ")));
  }
  return queries;
}

StackSettings read_stack(const ConfigName& name, YamlMap map, const fs::path& folder, const Settings& settings) {
  StackSettings stack{.name = name, .kind = read_kind(map)};
  if (stack.kind == StackKind::frappe) read_frappe(map, folder, stack);
  else read_placement(map, settings, stack);
  stack.shared_database = read_shared_database(map, stack);
  stack.database_pattern = map.text("name", std::string(name.str()) + "_{code}");
  if (stack.database_pattern.find("{code}") == std::string::npos)
    map.refuse("name", "must hold {code}", fmt::format("write \"{}_{{code}}\"", name.str()));
  else if (auto good = DatabaseName::parse(example_database(stack.database_pattern)); !good) map.refuse("name", good.error().message);
  else if (auto schema = SchemaName::parse(example_database(stack.database_pattern)); !schema && stack.kind == StackKind::schema)
    map.refuse("name", schema.error().message);
  for (const auto& file : map.texts("schema")) stack.schema.push_back(absolute_path(folder, file));
  for (const auto& file : map.texts("seed")) stack.seed.push_back(absolute_path(folder, file));
  stack.migrations = absolute_path(folder, map.text("migrations"));
  stack.upstream = map.required_text("upstream");
  if (!stack.upstream.starts_with("http://") || !parse_address(std::string_view(stack.upstream).substr(7))) {
    map.refuse("upstream", fmt::format("\"{}\" is not http://HOST:PORT", stack.upstream));
  }
  read_ping(map.map("ping"), stack.ping);
  stack.whoami = read_whoami(map);
  stack.pool = read_pool(map, stack);
  stack.credentials_dir = absolute_path(folder, map.text("credentials_dir"));
  if (stack.kind != StackKind::frappe) {
    stack.configuration = read_configuration_form(map, stack);
    stack.after_create = read_after_create(map, settings);
    stack.migrate_command = read_migrate_command(map, stack);
    stack.usage = read_usage(map.map("usage"));
  }
  map.done();
  return stack;
}

}  // namespace

void read_stacks(YamlMap stacks, const std::filesystem::path& folder, Settings& settings) {
  for (const auto& text : stacks.keys()) {
    const auto name = ConfigName::parse(text);
    if (!name) {
      stacks.refuse(text, name.error().message);
      continue;
    }
    auto stack = read_stack(*name, stacks.map(text), folder, settings);
    if (stack.frappe) check_bench_host(stacks.map(text), stack, settings);
    settings.stacks.emplace(text, std::move(stack));
  }
}

}  // namespace tenantctl
