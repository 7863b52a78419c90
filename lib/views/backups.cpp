#include "views/backups.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text_table.hpp"
#include "views/sizes.hpp"

namespace tenantctl {
namespace {

/// What could not be looked at, because a server or disk was in the way, is not known to be bad.
bool is_bad(const BackupVerdict& verdict) { return verdict.error && verdict.error->code == ErrorCode::backup_invalid; }

std::string word_of(const BackupVerdict& verdict) {
  if (is_bad(verdict)) return "BAD";
  return verdict.error ? "unproved" : "good";
}

std::string unreadable_lines(const std::vector<std::string>& unreadable) {
  std::string text;
  for (const auto& line : unreadable) text += fmt::format("unreadable: {}\n", line);
  return text;
}

}  // namespace

nlohmann::json backup_document(const BackupLine& line) {
  const auto& backup = line.backup;
  return {{"id", backup.id.str()},
          {"slug", backup.slug.str()},
          {"code", backup.code.str()},
          {"tenant", backup.tenant.str()},
          {"made_at", to_rfc3339(backup.made_at)},
          {"reason", to_string(backup.reason)},
          {"stack", backup.stack},
          {"plan", backup.plan},
          {"server_version", backup.archive.server_version},
          {"size_bytes", backup.bytes()},
          {"folder", line.folder}};
}

Report backups_made_report(const std::vector<BackupMade>& made) {
  TextTable table({"TENANT", "BACKUP", "SIZE", "MS", "FOLDER"});
  auto list = nlohmann::json::array();
  int exit_status = 0;
  for (const auto& one : made) {
    nlohmann::json document{{"slug", one.slug},
                            {"backup", nullptr},
                            {"error", error_document(one.error)},
                            {"removed", one.removed},
                            {"duration_ms", one.duration_ms}};
    if (one.made) document["backup"] = backup_document(*one.made);
    list.push_back(std::move(document));
    if (one.made)
      table.add(
          {one.slug, one.made->backup.id.str(), size_text(one.made->backup.bytes()), std::to_string(one.duration_ms), one.made->folder});
    else table.add({one.slug, "failed", "", std::to_string(one.duration_ms), one.error ? full_message(*one.error) : ""});
    if (one.error) exit_status = 1;
  }
  return {.text = made.empty() ? "no tenants\n" : table.str(), .document = {{"backups", list}}, .exit_status = exit_status};
}

Report backup_list_report(const std::vector<BackupLine>& lines, const std::vector<std::string>& unreadable) {
  TextTable table({"BACKUP", "TENANT", "CODE", "MADE", "WHY", "SIZE", "FOLDER"});
  auto list = nlohmann::json::array();
  for (const auto& line : lines) {
    const auto& backup = line.backup;
    table.add({backup.id.str(), backup.slug.str(), backup.code.str(), to_rfc3339(backup.made_at), std::string(to_string(backup.reason)),
               size_text(backup.bytes()), line.folder});
    list.push_back(backup_document(line));
  }
  return {.text = (lines.empty() ? "no backups\n" : table.str()) + unreadable_lines(unreadable),
          .document = {{"backups", list}, {"unreadable", unreadable}}};
}

Report export_report(const std::string& slug, const std::string& folder, const std::vector<ExportLine>& lines) {
  TextTable table({"FILE", "TABLE", "ROWS"});
  auto list = nlohmann::json::array();
  for (const auto& line : lines) {
    table.add({line.file, line.table, std::to_string(line.rows)});
    list.push_back({{"file", line.file}, {"table", line.table}, {"rows", line.rows}});
  }
  return {.text = table.str() + fmt::format("with schema.sql, configuration.json and manifest.json in {}\n", folder),
          .document = {{"slug", slug}, {"folder", folder}, {"tables", list}}};
}

Report backup_verdicts_report(const std::vector<BackupVerdict>& verdicts, const std::vector<std::string>& unreadable) {
  TextTable table({"BACKUP", "TENANT", "IS", ""});
  auto list = nlohmann::json::array();
  for (const auto& verdict : verdicts) {
    auto document = backup_document(verdict.line);
    document["good"] = !verdict.error;
    document["restored"] = verdict.restored;
    document["error"] = error_document(verdict.error);
    list.push_back(std::move(document));
    const auto* how = verdict.restored ? "restored and compared" : "checksums only";
    table.add({verdict.line.backup.id.str(), verdict.line.backup.slug.str(), word_of(verdict),
               verdict.error ? full_message(*verdict.error) : how});
  }
  const auto unproved = std::ranges::find_if(verdicts, [](const BackupVerdict& verdict) { return verdict.error.has_value(); });
  int exit_status = unproved == verdicts.end() ? 0 : info(unproved->error->code).exit_status;
  if (!unreadable.empty() || std::ranges::any_of(verdicts, is_bad)) exit_status = info(ErrorCode::backup_invalid).exit_status;
  return {.text = (verdicts.empty() ? "no backups\n" : table.str()) + unreadable_lines(unreadable),
          .document = {{"backups", list}, {"unreadable", unreadable}},
          .exit_status = exit_status};
}

}  // namespace tenantctl
