// The host that nginx runs on, as far as routes need it: the folder that nginx and tenantctl share, the running nginx, and
// programs. The routers decide what is written and whose it is; an implementation only knows how, here or over SSH.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "adapters/files/atomic_file.hpp"
#include "adapters/files/folder_lock.hpp"
#include "adapters/files/remote_files.hpp"
#include "ports/claim.hpp"
#include "ports/shell.hpp"

namespace tenantctl {

/// Changes of files in the folder, possible while this lives. The functions keep the promises that atomic_file.hpp and
/// leftover_files.hpp make for those of the same names. Errors besides theirs: fenced, and what a host's shell says.
class SiteEntry {
 public:
  virtual ~SiteEntry() = default;
  virtual Result<void> create_files(std::span<const FileContent> files) = 0;
  virtual Result<void> replace_file(const FileContent& file) = 0;
  virtual Result<void> remove_files(std::span<const std::filesystem::path> files) = 0;
  virtual Result<void> remove_temporary(const std::filesystem::path& draft) = 0;
  virtual Result<void> remove_folder(const std::filesystem::path& folder) = 0;
};

/// A running nginx, as it was found.
class NginxProcess {
 public:
  virtual ~NginxProcess() = default;
  /// Errors: nginx_unreachable (it ended), permission_denied.
  virtual Result<void> hang_up() = 0;

  struct Look {
    std::string generation;        // that it answers with; empty where it can't be asked
    std::set<pid_t> serving = {};  // workers that take connections
    std::string said = {};         // by its error log since the last hang_up(); empty where it has none
  };
  virtual Result<Look> look(const std::filesystem::path& status_socket) = 0;
};

class SiteHost {
 public:
  virtual ~SiteHost() = default;

  /// See SiteRouter::begin.
  virtual void begin(const Claim& claim) = 0;
  /// Whether the operation is still ours, by the control database. Errors: fenced, control_unreachable.
  virtual Result<void> confirm() = 0;
  /// See RemoteFiles::settle; whoever looks first and acts on it calls this before.
  virtual Result<void> settle(const std::filesystem::path& dir) = 0;
  /// `at_most`: exclusive where changes of different tenants exclude each other too. `dir` exists.
  virtual Result<std::unique_ptr<SiteEntry>> enter(const std::filesystem::path& dir, Sharing at_most) = 0;

  virtual Result<void> create_folder(const std::filesystem::path& folder, mode_t mode, FileOwner owner) = 0;
  virtual Result<void> check_writable(const std::filesystem::path& folder) = 0;
  virtual Result<bool> has_folder(const std::filesystem::path& folder) = 0;
  virtual Result<std::vector<std::optional<std::string>>> read_files(std::span<const std::filesystem::path> files) = 0;
  virtual Result<std::vector<std::string>> folders_in(const std::filesystem::path& folder) = 0;
  virtual Result<std::vector<MarkedFile>> marked_files(std::span<const std::filesystem::path> folders) = 0;

  /// Errors: nginx_unreachable (no such process, or another program has that pid).
  virtual Result<std::unique_ptr<NginxProcess>> find_nginx(const std::filesystem::path& pid_file) = 0;
  /// Empty where nginx can't be asked.
  virtual Result<std::string> served_generation(const std::filesystem::path& status_socket) = 0;
  virtual Shell& shell() = 0;
};

inline Result<std::optional<std::string>> read_small_file(SiteHost& host, const std::filesystem::path& file) {
  TRY_ASSIGN(auto texts, host.read_files({&file, 1}));
  return std::move(texts.front());
}

}  // namespace tenantctl
