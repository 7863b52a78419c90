#include "fakes/fake_database_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <sstream>

namespace tenantctl::test {
namespace {

tl::unexpected<Error> refuse_foreign(const Observed& seen) { return fail(ErrorCode::foreign_object, seen.detail); }

/// It knows only the mistakes that the contract makes: a misspelt statement, and an id that is no number.
std::optional<int> broken_line(const TemplateSource::File& file) {
  std::istringstream lines(file.text);
  std::string line;
  std::string header;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (number == 1) header = line;
    const bool bad_id = number > 1 && header.starts_with("id,") && (line[0] < '0' || line[0] > '9');
    if (line.starts_with("create tabel") || bad_id) return number;
  }
  return std::nullopt;
}

Result<void> check_files(const TemplateSource& source) {
  for (const auto& files : {source.schema, source.seeds}) {
    for (const auto& file : files) {
      if (const auto line = broken_line(file))
        return fail(ErrorCode::sql_failed, fmt::format("file \"{}\" line {}: syntax error", file.name, *line));
    }
  }
  return {};
}

}  // namespace

Observed FakeDatabaseServer::look_at_roles(const TenantDatabase& names) const {
  std::size_t ours = 0;
  for (const auto& name : {names.owner.str(), names.login.str()}) {
    const auto role = roles.find(name);
    if (role == roles.end()) continue;
    if (role->second.tenant != names.tenant.str())
      return {Presence::foreign, fmt::format("role \"{}\" exists and is not this tenant's", name)};
    ++ours;
  }
  return {ours == 0 ? Presence::absent : ours == 1 ? Presence::partial : Presence::complete};
}

Observed FakeDatabaseServer::look_at_database(const TenantDatabase& names) const {
  const auto found = databases.find(names.place());
  if (found == databases.end()) return {Presence::absent};
  const auto& database = found->second;
  const auto owner = roles.find(database.owner);
  const bool ours = database.owner == names.owner.str() && owner != roles.end() && owner->second.tenant == names.tenant.str();
  if (!ours) return {Presence::foreign, fmt::format("database \"{}\" exists but is owned by \"{}\"", names.place(), database.owner)};
  return {database.invalid ? Presence::partial : Presence::complete};
}

Result<FakeDatabaseServer::Database*> FakeDatabaseServer::usable(const TenantDatabase& names) {
  const auto seen = look_at_database(names);
  if (seen.presence == Presence::foreign) return refuse_foreign(seen);
  if (seen.presence == Presence::complete) return &databases[names.place()];
  return fail(ErrorCode::sql_failed, fmt::format("database \"{}\" does not exist", names.place()));
}

Result<ServerUsage> FakeDatabaseServer::usage() { return ServerUsage{.max_connections = 100}; }

Result<ServerInfo> FakeDatabaseServer::server_info() {
  return faults_.around("server.info", []() -> Result<ServerInfo> { return ServerInfo{"15.18", 150018, true, true, true}; });
}

Result<DatabaseName> FakeDatabaseServer::ensure_template(const TemplateSource& source) {
  return faults_.around("server.ensure_template", [&]() -> Result<DatabaseName> {
    TRY(check_files(source));
    TRY_ASSIGN(auto name, template_name(source));
    templates.insert(name.str());
    return name;
  });
}

Result<DatabaseName> FakeDatabaseServer::template_name(const TemplateSource& source) const {
  std::string text;
  for (const auto& files : {source.schema, source.seeds}) {
    for (const auto& file : files) text += file.name + file.text;
  }
  return DatabaseName::parse(fmt::format("tpl_{}_{:x}", source.stack, std::hash<std::string>{}(text)));
}

Result<ServerInventory> FakeDatabaseServer::inventory() {
  return faults_.around("server.inventory", [&]() -> Result<ServerInventory> {
    ServerInventory inventory{.things = {}, .templates = {templates.begin(), templates.end()}, .remarks = {}};
    for (const auto& [name, database] : databases) {
      const auto owner = roles.find(database.owner);
      const auto tenant = TenantId::parse(owner == roles.end() ? "" : owner->second.tenant);
      if (tenant)
        inventory.things.push_back({.kind = name.find('.') == std::string::npos ? ThingKind::database : ThingKind::schema,
                                    .name = name,
                                    .tenant = *tenant,
                                    .owner = database.owner});
    }
    for (const auto& [name, role] : roles) {
      if (const auto tenant = TenantId::parse(role.tenant))
        inventory.things.push_back({.kind = ThingKind::role, .name = name, .tenant = *tenant});
    }
    for (const auto& name : half_templates) inventory.things.push_back({.kind = ThingKind::half_template, .name = name});
    return inventory;
  });
}

Result<void> FakeDatabaseServer::drop_half_template(const DatabaseName& name) {
  return faults_.around("server.drop_half_template", [&]() -> Result<void> {
    half_templates.erase(name.str());
    return {};
  });
}

Result<Observed> FakeDatabaseServer::observe_roles(const TenantDatabase& names) {
  return faults_.around("server.observe_roles", [&]() -> Result<Observed> { return look_at_roles(names); });
}

Result<void> FakeDatabaseServer::create_roles(const TenantDatabase& names, const RoleLimits& limits) {
  return faults_.around("server.create_roles", [&]() -> Result<void> {
    if (const auto seen = look_at_roles(names); seen.presence == Presence::foreign) return refuse_foreign(seen);
    for (const auto& name : {names.owner.str(), names.login.str()}) roles[name].tenant = names.tenant.str();
    roles[names.login.str()].limits = limits;
    return {};
  });
}

Result<RoleLimits> FakeDatabaseServer::limits(const TenantDatabase& names) {
  return faults_.around("server.limits", [&]() -> Result<RoleLimits> {
    const auto seen = look_at_roles(names);
    if (seen.presence == Presence::foreign) return refuse_foreign(seen);
    if (!roles.contains(names.login.str())) return fail(ErrorCode::sql_failed, "there is no such role");
    return roles[names.login.str()].limits;
  });
}

Result<void> FakeDatabaseServer::set_limits(const TenantDatabase& names, const RoleLimits& limits) {
  return faults_.around("server.set_limits", [&]() -> Result<void> {
    const auto seen = look_at_roles(names);
    if (seen.presence == Presence::foreign) return refuse_foreign(seen);
    if (!roles.contains(names.login.str())) return fail(ErrorCode::sql_failed, "there is no such role");
    roles[names.login.str()].limits = limits;
    return {};
  });
}

Result<void> FakeDatabaseServer::drop_roles(const TenantDatabase& names) {
  return faults_.around("server.drop_roles", [&]() -> Result<void> {
    if (const auto seen = look_at_roles(names); seen.presence == Presence::foreign) return refuse_foreign(seen);
    const bool owns = std::ranges::any_of(databases, [&](const auto& entry) { return entry.second.owner == names.owner.str(); });
    if (owns) return fail(ErrorCode::sql_failed, fmt::format("role \"{}\" can't be dropped because it owns a database", names.owner.str()));
    roles.erase(names.owner.str());
    roles.erase(names.login.str());
    return {};
  });
}

Result<Observed> FakeDatabaseServer::observe_database(const TenantDatabase& names) {
  return faults_.around("server.observe_database", [&]() -> Result<Observed> { return look_at_database(names); });
}

Result<DatabaseName> FakeDatabaseServer::create_database(const TenantDatabase& names, const TemplateSource& source) {
  if (names.schema) TRY(check_files(source));
  TRY_ASSIGN(const auto from_template, names.schema ? template_name(source) : ensure_template(source));
  return faults_.around("server.create_database", [&]() -> Result<DatabaseName> {
    const auto seen = look_at_database(names);
    if (seen.presence == Presence::foreign) return refuse_foreign(seen);
    if (seen.presence == Presence::complete) return from_template;
    if (!roles.contains(names.owner.str()))
      return fail(ErrorCode::sql_failed, fmt::format("role \"{}\" does not exist", names.owner.str()));
    if (!names.schema && !templates.contains(from_template.str()))
      return fail(ErrorCode::sql_failed, fmt::format("template \"{}\" does not exist", from_template.str()));
    auto& database = databases[names.place()] = {.owner = names.owner.str(), .invalid = true, .made_from = from_template.str()};
    faults_.pass();
    database.invalid = false;
    return from_template;
  });
}

Result<void> FakeDatabaseServer::drop_database(const TenantDatabase& names) {
  return faults_.around("server.drop_database", [&]() -> Result<void> {
    const auto seen = look_at_database(names);
    if (seen.presence == Presence::foreign) return refuse_foreign(seen);
    if (seen.presence == Presence::absent) return {};
    databases[names.place()].invalid = true;
    faults_.pass();
    databases.erase(names.place());
    return {};
  });
}

Result<Observed> FakeDatabaseServer::observe_access(const TenantDatabase& names) {
  return faults_.around("server.observe_access", [&]() -> Result<Observed> {
    auto seen = look_at_database(names);
    if (seen.presence == Presence::complete && !databases[names.place()].open) seen.presence = Presence::partial;
    return seen;
  });
}

Result<void> FakeDatabaseServer::grant_access(const TenantDatabase& names) {
  return faults_.around("server.grant_access", [&]() -> Result<void> {
    TRY_ASSIGN(auto* database, usable(names));
    database->open = true;
    return {};
  });
}

Result<void> FakeDatabaseServer::write_settings(const TenantDatabase& names, const std::map<std::string, std::string>& settings,
                                                MadeOf made_of) {
  settings_written_for.push_back(made_of);
  return faults_.around("server.write_settings", [&]() -> Result<void> {
    TRY_ASSIGN(auto* database, usable(names));
    for (const auto& [key, value] : settings) database->settings[key] = value;
    return {};
  });
}

Result<void> FakeDatabaseServer::update_settings(const TenantDatabase& names, const SettingsUpdate& update) {
  return faults_.around("server.update_settings", [&]() -> Result<void> {
    TRY_ASSIGN(auto* database, usable(names));
    auto& version = database->settings["configuration_version"];
    if (!version.empty() && std::stoll(version) > update.version) return {};
    version = std::to_string(update.version);
    for (const auto& [key, value] : update.rows) database->settings[key] = value;
    for (const auto& key : update.removed) database->settings.erase(key);
    return {};
  });
}

Result<std::map<std::string, std::string>> FakeDatabaseServer::read_settings(const TenantDatabase& names) {
  return faults_.around("server.read_settings", [&]() -> Result<std::map<std::string, std::string>> {
    TRY_ASSIGN(const auto* database, usable(names));
    return database->settings;
  });
}

Result<void> FakeDatabaseServer::enable_login(const TenantDatabase& names, const Secret& password) {
  return faults_.around("server.enable_login", [&]() -> Result<void> {
    TRY(give_password(names, password));
    roles[names.login.str()].may_log_in = true;
    return {};
  });
}

Result<void> FakeDatabaseServer::set_password(const TenantDatabase& names, const Secret& password) {
  return faults_.around("server.set_password", [&] { return give_password(names, password); });
}

Result<void> FakeDatabaseServer::give_password(const TenantDatabase& names, const Secret& password) {
  const auto seen = look_at_roles(names);
  if (seen.presence == Presence::foreign) return refuse_foreign(seen);
  if (seen.presence != Presence::complete) return fail(ErrorCode::sql_failed, fmt::format("role \"{}\" does not exist", names.login.str()));
  roles[names.login.str()].password = password.reveal();
  return {};
}

Result<Observed> FakeDatabaseServer::observe_login(const TenantDatabase& names) {
  return faults_.around("server.observe_login", [&]() -> Result<Observed> {
    const auto role = roles.find(names.login.str());
    if (role == roles.end()) return Observed{Presence::absent};
    if (role->second.tenant != names.tenant.str())
      return Observed{Presence::foreign, fmt::format("role \"{}\" exists and is not this tenant's", names.login.str())};
    return Observed{role->second.may_log_in ? Presence::complete : Presence::absent};
  });
}

Result<void> FakeDatabaseServer::suspend_login(const TenantDatabase& names) {
  return faults_.around("server.suspend_login",
                        [&] { return roles.contains(names.login.str()) ? let_log_in(names, false) : Result<void>(); });
}

Result<void> FakeDatabaseServer::activate_login(const TenantDatabase& names) {
  return faults_.around("server.activate_login", [&] { return let_log_in(names, true); });
}

Result<void> FakeDatabaseServer::let_log_in(const TenantDatabase& names, bool may) {
  if (const auto seen = look_at_roles(names); seen.presence == Presence::foreign) return refuse_foreign(seen);
  const auto role = roles.find(names.login.str());
  if (role == roles.end()) return fail(ErrorCode::sql_failed, fmt::format("role \"{}\" does not exist", names.login.str()));
  role->second.may_log_in = may;
  return {};
}

Result<void> FakeDatabaseServer::disable_login(const TenantDatabase& names) {
  return faults_.around("server.disable_login", [&]() -> Result<void> {
    if (const auto seen = look_at_roles(names); seen.presence == Presence::foreign) return refuse_foreign(seen);
    if (const auto role = roles.find(names.login.str()); role != roles.end()) role->second.may_log_in = false;
    return {};
  });
}

}  // namespace tenantctl::test
