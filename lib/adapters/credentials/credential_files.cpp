#include "adapters/credentials/credential_files.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "adapters/files/atomic_file.hpp"
#include "adapters/files/leftover_files.hpp"
#include "core/configuration_keys.hpp"
#include "core/encodings.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

std::string to_json(const Credentials& credentials) {
  nlohmann::ordered_json document{{"format", 1},
                                  {"tenant_id", credentials.tenant.str()},
                                  {"code", credentials.code.str()},
                                  {"slug", credentials.slug.str()},
                                  {"host", credentials.address.host},
                                  {"port", credentials.address.port},
                                  {"database", credentials.database.str()},
                                  {"user", credentials.login.str()},
                                  {"password", credentials.password.reveal()},
                                  {"url", connection_url(credentials).reveal()}};
  // No part of the URL: the server itself makes it the login's search_path.
  if (credentials.schema) document["schema"] = credentials.schema->str();
  // Bytes that are no UTF-8 would make dump throw.
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string to_json(const SiteLogin& login) {
  const nlohmann::ordered_json document{{"format", 1},
                                        {"tenant_id", login.tenant.str()},
                                        {"code", login.code.str()},
                                        {"slug", login.slug.str()},
                                        {"host", login.host.str()},
                                        {"site", login.site.str()},
                                        {"user", login.user.str()},
                                        {"password", login.password.reveal()}};
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string to_json(const ConfigurationCopy& configuration) {
  auto values = nlohmann::ordered_json::object();
  for (const auto& [key, value] : configuration.values) values[key] = typed_value(key, value);
  const nlohmann::ordered_json document{{"format", 1},
                                        {"tenant_id", configuration.tenant.str()},
                                        {"code", configuration.code.str()},
                                        {"slug", configuration.slug.str()},
                                        {"version", configuration.version},
                                        {"configuration", std::move(values)}};
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

bool is_configuration(const std::filesystem::path& file) { return file.stem().extension() == ".config"; }

/// 0 where it can't be told: any other is newer than that.
std::int64_t version_in(const std::string& file) {
  const auto document = nlohmann::json::parse(file, nullptr, false);
  const auto found = document.is_object() ? document.find("version") : document.end();
  return document.is_object() && found != document.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

/// One of a credentials file's texts; empty where it has none of that name.
std::string text_at(const std::string& file, const char* key) {
  const auto document = nlohmann::json::parse(file, nullptr, false);
  if (!document.is_object()) return {};
  const auto found = document.find(key);
  return found != document.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string tenant_in(const std::string& file) { return text_at(file, "tenant_id"); }

}  // namespace

Secret connection_url(const Credentials& credentials) {
  const auto login =
      fmt::format("postgresql://{}:{}@", percent_encoded(credentials.login.str()), percent_encoded(credentials.password.reveal()));
  const auto& host = credentials.address.host;
  const auto database = percent_encoded(credentials.database.str());
  if (host.starts_with('/'))
    return Secret(fmt::format("{}/{}?host={}&port={}", login, database, percent_encoded(host), credentials.address.port));
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return Secret(fmt::format("{}{}:{}/{}", login, is_ipv6 ? "[" + host + "]" : percent_encoded(host), credentials.address.port, database));
}

Result<Observed> CredentialFiles::observe(const std::filesystem::path& file, const TenantId& tenant) {
  TRY_ASSIGN(const auto text, read_small_file(file));
  if (!text) return Observed{Presence::absent};
  const auto owner = tenant_in(*text);
  if (owner == tenant.str()) return Observed{Presence::complete};
  if (owner.empty()) return Observed{Presence::foreign, fmt::format("\"{}\" exists and does not name a tenant of ours", file.native())};
  return Observed{Presence::foreign, fmt::format("\"{}\" exists and belongs to tenant {}", file.native(), printable(owner.substr(0, 36)))};
}

Result<void> CredentialFiles::write(const std::filesystem::path& file, const Credentials& credentials) {
  return write_text(file, credentials.tenant, to_json(credentials));
}

Result<void> CredentialFiles::write(const std::filesystem::path& file, const SiteLogin& login) {
  return write_text(file, login.tenant, to_json(login));
}

Result<void> CredentialFiles::write_text(const std::filesystem::path& file, const TenantId& tenant, std::string text) {
  TRY(create_folder(file.parent_path(), 0700, FileOwner::of_folder));
  TRY_ASSIGN(const auto lock, gate_.enter(file.parent_path()));
  return put(file, tenant, std::move(text));
}

/// Alone in the folder, so that between the look at the version and the write nobody comes with another one.
Result<void> CredentialFiles::write(const std::filesystem::path& file, const ConfigurationCopy& configuration) {
  TRY(create_folder(file.parent_path(), 0700, FileOwner::of_folder));
  TRY_ASSIGN(const auto lock, gate_.enter(file.parent_path(), Sharing::exclusive));
  TRY_ASSIGN(const auto there, read_small_file(file));
  if (there && tenant_in(*there) == configuration.tenant.str() && version_in(*there) > configuration.version) return {};
  return put(file, configuration.tenant, to_json(configuration));
}

Result<void> CredentialFiles::put(const std::filesystem::path& file, const TenantId& tenant, std::string text) {
  TRY_ASSIGN(const auto observed, observe(file, tenant));
  if (observed.presence == Presence::foreign) return fail(ErrorCode::foreign_object, observed.detail);
  const FileContent content{.path = file, .text = std::move(text), .mode = 0600, .owner = FileOwner::of_folder};
  return observed.presence == Presence::absent ? create_file(content) : replace_file(content);
}

Result<std::optional<LoginDetails>> CredentialFiles::read(const std::filesystem::path& file, const TenantId& tenant) {
  TRY(gate_.confirm());
  TRY_ASSIGN(const auto text, read_small_file(file));
  if (!text) return std::nullopt;
  LoginDetails details{.database = text_at(*text, "database"),
                       .login = text_at(*text, "user"),
                       .password = Secret(text_at(*text, "password")),
                       .url = Secret(text_at(*text, "url"))};
  const bool whole =
      tenant_in(*text) == tenant.str() && !details.database.empty() && !details.login.empty() && !details.url.reveal().empty();
  if (!whole)
    return fail(ErrorCode::foreign_object, fmt::format("\"{}\" is not this tenant's credentials file, or was changed", file.native()));
  return details;
}

Result<std::optional<TenantConfiguration>> CredentialFiles::read_configuration(const std::filesystem::path& file, const TenantId& tenant) {
  TRY_ASSIGN(const auto text, read_small_file(file));
  if (!text) return std::optional<TenantConfiguration>();
  const auto document = nlohmann::json::parse(*text, nullptr, false);
  if (tenant_in(*text) != tenant.str() || !document.contains("configuration") || !document["configuration"].is_object()) {
    return fail(ErrorCode::foreign_object, fmt::format("\"{}\" is not this tenant's configuration, or was changed", file.native()));
  }
  TenantConfiguration values;
  for (const auto& [key, value] : document["configuration"].items())
    values.emplace(key, value.is_string() ? value.get<std::string>() : value.dump());
  return values;
}

Result<void> CredentialFiles::remove(const std::filesystem::path& file, const TenantId& tenant) {
  std::error_code ignored;
  if (!std::filesystem::exists(file.parent_path(), ignored)) return {};
  TRY_ASSIGN(const auto lock, gate_.enter(file.parent_path()));
  TRY_ASSIGN(const auto observed, observe(file, tenant));
  if (observed.presence == Presence::foreign) return fail(ErrorCode::foreign_object, observed.detail);
  if (observed.presence == Presence::absent) return {};
  return remove_file(file);
}

Result<std::vector<Thing>> CredentialFiles::inventory(const std::filesystem::path& folder) {
  TRY_ASSIGN(const auto files, files_in(folder));
  std::vector<Thing> things;
  for (const auto& file : files) {
    if (is_abandoned_temporary(file)) things.push_back({.kind = ThingKind::temporary_file, .name = file.string()});
    if (file.extension() != ".json") continue;
    TRY_ASSIGN(const auto text, read_small_file(file));
    if (const auto tenant = TenantId::parse(text ? tenant_in(*text) : ""))
      things.push_back({.kind = is_configuration(file) ? ThingKind::configuration_file : ThingKind::credentials_file,
                        .name = file.string(),
                        .tenant = *tenant});
  }
  return things;
}

Result<void> CredentialFiles::remove_temporary(const std::filesystem::path& file) { return tenantctl::remove_temporary(file); }

}  // namespace tenantctl
