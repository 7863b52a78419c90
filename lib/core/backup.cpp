#include "core/backup.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "core/hex.hpp"

namespace tenantctl {
namespace {

constexpr int k_format = 1;
constexpr std::array<std::string_view, 5> k_reasons{"asked", "suspend", "cancel", "delete", "move"};

bool all_of(std::string_view text, std::string_view allowed) { return text.find_first_not_of(allowed) == std::string_view::npos; }

Error unreadable(const std::string& why) {
  return make_error(ErrorCode::backup_invalid, fmt::format("the backup's manifest can't be read: {}", why))
      .with_hint("run \"tenantctl backups list\" to find another backup");
}

template <class Name>
Name name_in(const nlohmann::json& object, const char* key) {
  auto name = Name::parse(object.at(key).get<std::string>());
  if (!name) throw std::invalid_argument(name.error().message);
  return std::move(*name);
}

BackupReason reason_in(const nlohmann::json& object) {
  const auto found = std::ranges::find(k_reasons, object.at("reason").get<std::string>());
  if (found == k_reasons.end()) throw std::invalid_argument("its reason is unknown");
  return static_cast<BackupReason>(found - k_reasons.begin());
}

Archive archive_in(const nlohmann::json& object) {
  Archive archive{.server_version = object.at("server_version"),
                  .server_version_number = object.at("server_version_number"),
                  .schema = object.at("schema"),
                  .contents = {.rows = object.at("rows"), .definition = object.at("definition")}};
  for (const auto& owned : object.at("of_login")) archive.of_login.push_back({.type = owned.at("type"), .identity = owned.at("identity")});
  return archive;
}

nlohmann::json archive_document(const Archive& archive) {
  auto of_login = nlohmann::json::array();
  for (const auto& object : archive.of_login) of_login.push_back({{"type", object.type}, {"identity", object.identity}});
  return {{"server_version", archive.server_version},
          {"server_version_number", archive.server_version_number},
          {"schema", archive.schema},
          {"rows", archive.contents.rows},
          {"definition", archive.contents.definition},
          {"of_login", of_login}};
}

/// A file beside the manifest: a name that leads out of the folder is none of ours.
BackupFile file_in(const nlohmann::json& object) {
  BackupFile file{.name = object.at("name"), .bytes = object.at("bytes"), .sha256 = object.at("sha256")};
  if (file.name.empty() || file.name.front() == '.' || file.name.find('/') != std::string::npos)
    throw std::invalid_argument("it names a file elsewhere");
  return file;
}

Backup read_backup(const nlohmann::json& object) {
  Backup backup{.id = name_in<BackupId>(object, "id"),
                .reason = reason_in(object),
                .made_at = instant_from_micros(object.at("made_at_us")),
                .tenant = name_in<TenantId>(object, "tenant"),
                .code = name_in<TenantCode>(object, "code"),
                .slug = name_in<TenantSlug>(object, "slug"),
                .company_name = object.at("company_name"),
                .admin_email = object.at("admin_email"),
                .owner = object.at("owner"),
                .stack = object.at("stack"),
                .kind = object.at("kind"),
                .server = object.at("server"),
                .stack_version = object.at("stack_version"),
                .plan = object.at("plan"),
                .configuration = object.at("configuration"),
                .archive = archive_in(object.at("archive"))};
  for (const auto& file : object.at("files")) backup.files.push_back(file_in(file));
  return backup;
}

}  // namespace

template <>
Result<BackupId> BackupId::parse(std::string_view text) {
  // 20261121T084709Z-1a2b3c4d
  constexpr std::string_view k_digits = "0123456789";
  const bool good = text.size() == 25 && all_of(text.substr(0, 8), k_digits) && text[8] == 'T' && all_of(text.substr(9, 6), k_digits) &&
                    text.substr(15, 2) == "Z-" && all_of(text.substr(17), "0123456789abcdef");
  if (good) return BackupId(std::string(text));
  return fail(make_error(ErrorCode::bad_value, fmt::format("\"{}\" is no backup's id, which has the form 20261121T084709Z-1a2b3c4d", text))
                  .with_hint("run \"tenantctl backups list\""));
}

BackupId backup_id(Instant now, std::span<const std::uint8_t> random) {
  return *BackupId::parse(fmt::format("{:%Y%m%dT%H%M%S}Z-{}", std::chrono::floor<std::chrono::seconds>(now), to_hex(random.first(4))));
}

std::string_view to_string(BackupReason reason) { return k_reasons[static_cast<std::size_t>(reason)]; }

std::vector<std::string> differences(const Contents& wanted, const Contents& found) {
  std::vector<std::string> list;
  for (const auto& [table, rows] : wanted.rows) {
    const auto there = found.rows.find(table);
    if (there == found.rows.end()) list.push_back(fmt::format("table \"{}\" is missing", table));
    else if (there->second != rows) list.push_back(fmt::format("table \"{}\" has {} rows and should have {}", table, there->second, rows));
  }
  for (const auto& [table, rows] : found.rows) {
    if (!wanted.rows.contains(table)) list.push_back(fmt::format("table \"{}\" should not be there", table));
  }
  if (list.empty() && wanted.definition != found.definition)
    list.emplace_back("tables, indexes, views or functions are defined differently");
  return list;
}

std::int64_t Backup::bytes() const {
  return std::accumulate(files.begin(), files.end(), std::int64_t{0},
                         [](std::int64_t sum, const BackupFile& file) { return sum + file.bytes; });
}

std::string word_of_check(std::string_view name) {
  if (!name.starts_with(k_check_prefix)) return {};
  const auto rest = name.substr(k_check_prefix.size());
  return std::string(rest.substr(0, rest.find('_')));
}

nlohmann::json to_json(const Backup& backup) {
  auto files = nlohmann::json::array();
  for (const auto& file : backup.files) files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  return {{"format", k_format},
          {"id", backup.id.str()},
          {"reason", to_string(backup.reason)},
          {"made_at", to_rfc3339(backup.made_at)},
          {"made_at_us", to_micros(backup.made_at)},
          {"tenant", backup.tenant.str()},
          {"code", backup.code.str()},
          {"slug", backup.slug.str()},
          {"company_name", backup.company_name},
          {"admin_email", backup.admin_email},
          {"owner", backup.owner},
          {"stack", backup.stack},
          {"kind", backup.kind},
          {"server", backup.server},
          {"stack_version", backup.stack_version},
          {"plan", backup.plan},
          {"configuration", backup.configuration},
          {"archive", archive_document(backup.archive)},
          {"files", files}};
}

Result<Backup> backup_from(std::string_view manifest) {
  try {
    const auto object = nlohmann::json::parse(manifest);
    if (const int format = object.at("format"); format > k_format) {
      return fail(make_error(ErrorCode::backup_invalid, fmt::format("the backup has format {}, which a newer tenantctl wrote", format))
                      .with_hint("use that tenantctl"));
    }
    return read_backup(object);
  } catch (const nlohmann::json::exception& error) { return fail(unreadable(error.what())); } catch (const std::invalid_argument& error) {
    return fail(unreadable(error.what()));
  }
}

}  // namespace tenantctl
