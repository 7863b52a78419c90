// Reports about backups: those that were made, those that lie there, and whether they are good.
#pragma once
#include <string>
#include <vector>

#include "core/backup.hpp"
#include "views/report.hpp"

namespace tenantctl {

struct BackupLine {
  Backup backup;
  std::string folder;
};

nlohmann::json backup_document(const BackupLine& line);

/// What `backup` did for one tenant.
struct BackupMade {
  std::string slug;
  std::optional<BackupLine> made = {};  // empty: it failed
  std::optional<Error> error = {};
  std::vector<std::string> removed = {};  // ids of older ones that were not to be kept
  std::int64_t duration_ms = 0;
};
/// Exit status 1 where any failed.
Report backups_made_report(const std::vector<BackupMade>& made);

Report backup_list_report(const std::vector<BackupLine>& lines, const std::vector<std::string>& unreadable);

struct ExportLine {
  std::string file;
  std::string table;
  std::int64_t rows = 0;
};
Report export_report(const std::string& slug, const std::string& folder, const std::vector<ExportLine>& lines);

struct BackupVerdict {
  BackupLine line;
  bool restored = false;            // into a database of its own, and compared
  std::optional<Error> error = {};  // empty: it is good
};
/// Exit status 7 where any is not good.
Report backup_verdicts_report(const std::vector<BackupVerdict>& verdicts, const std::vector<std::string>& unreadable);

}  // namespace tenantctl
