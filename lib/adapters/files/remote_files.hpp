// Files on a host that only runs programs for us, as atomic_file.hpp has them here: whole or not at all, durable, and fenced.
// Each change is one program under the folder's lock on that host; one whose answer was lost, and which may still be on its
// way, is refused there once the host has heard of a later one.
#pragma once
#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/files/atomic_file.hpp"
#include "ports/claim.hpp"
#include "ports/shell.hpp"

namespace tenantctl {

/// A file that carries our mark: either a draft that was left behind, or one whose first line begins with "# tenantctl ".
struct MarkedFile {
  std::filesystem::path path;
  std::string first_line = {};  // empty: a draft
};

/// May be used from several threads at once. Besides what each function names, every one may fail with what the shell says
/// (host_unreachable, outcome_unknown, timed_out …), permission_denied and io_failed.
class RemoteFiles {
 public:
  /// `host` is how messages call it. `shell` must outlive this.
  RemoteFiles(std::string host, Shell& shell, std::chrono::milliseconds patience)
      : host_(std::move(host)), shell_(shell), patience_(patience) {}

  void begin(const Claim& claim);

  /// Once this returns, nothing that an earlier holder of the operation asked for can still come true in the folder; nor what
  /// this one asked for and had no answer to. Asks the host nothing where neither can be. Errors: fenced.
  Result<void> settle(const std::filesystem::path& dir);

  /// Takes the folder for several changes in a row, for 90 seconds from each; who took the same operation over gets it at
  /// once. Errors: fenced, control_unreachable, timed_out.
  Result<void> hold(const std::filesystem::path& dir, const std::string& lease);
  void release(const std::filesystem::path& dir, const std::string& lease);

  /// The folder that a change happens in, and the lease that it is held by; empty: by none.
  struct Place {
    std::filesystem::path dir;
    std::string lease = {};
  };
  /// As the functions of the same names in atomic_file.hpp, all files in one folder at or below place.dir. Further errors:
  /// fenced; timed_out where the lock or the lease is another's.
  Result<void> create_files(const Place& place, std::span<const FileContent> files);
  Result<void> replace_file(const Place& place, const FileContent& file);
  Result<void> remove_files(const Place& place, std::span<const std::filesystem::path> files);
  Result<void> remove_folder(const Place& place, const std::filesystem::path& folder);
  Result<void> remove_draft(const Place& place, const std::filesystem::path& draft);
  Result<void> create_folder(const std::filesystem::path& folder, mode_t mode, FileOwner owner);

  /// Whether the operation is still ours, by the control database. Errors: fenced, control_unreachable.
  Result<void> confirm() const;

  /// As read_small_file, in the same order.
  Result<std::vector<std::optional<std::string>>> read_files(std::span<const std::filesystem::path> files);
  /// The names of the folders in it; none where it is missing.
  Result<std::vector<std::string>> folders_in(const std::filesystem::path& folder);
  /// In these folders themselves, those that are missing passed over.
  Result<std::vector<MarkedFile>> marked_files(std::span<const std::filesystem::path> folders);
  Result<void> check_writable(const std::filesystem::path& folder);

 private:
  struct Request;
  Result<std::string> ask(Request request);
  Result<std::string> change(Request request);
  Result<void> put(std::string_view verb, const Place& place, std::span<const FileContent> files);

  const std::string host_;
  Shell& shell_;
  const std::chrono::milliseconds patience_;
  std::optional<Claim> claim_;
  std::atomic<std::int64_t> lost_answers_ = 0;
};

}  // namespace tenantctl
