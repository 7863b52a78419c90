// Changes that several threads of this process want at the same time, made as one: nginx tests and reloads as often for many
// tenants as for one.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "adapters/nginx/site_host.hpp"
#include "core/rounds.hpp"

namespace tenantctl {

struct FileChange {
  using Text = std::optional<std::string>;  // nothing: the file is absent, or is to be
  std::filesystem::path file;
  Text before = {};
  Text after = {};
  bool stands_alone = false;  // nginx can be shown it by itself before it is installed
};

/// What one operation wants of one folder. All of it may be called by another thread, while the one that wants it waits.
struct WantedChange {
  std::filesystem::path dir;
  std::function<Result<std::unique_ptr<SiteEntry>>()> enter;                      // asks its own claim too
  std::function<Result<void>()> still_ours;                                       // asked where somebody else's `enter` was called
  std::function<Result<std::vector<FileChange>>()> plan;                          // as the files are once the folder was entered
  std::function<Result<void>(SiteEntry&, const std::vector<FileChange>&)> bring;  // all or none of the changes, whoever's they are
};

class ReloadGroup {
 public:
  /// Returns when the change was made, or why it was not. A change that is refused, is fenced or can't be planned fails alone: the
  /// others are made without it. Where the folder can't be entered, or nginx does not take anything up, all that wait hear of it.
  /// Errors: as those of `wanted`.
  Result<void> make(const WantedChange& wanted);
  /// How many will be in the next round, so far.
  std::size_t waiting() const { return rounds_.waiting(); }

 private:
  using Member = Rounds<WantedChange, void>::Member;

  static void serve(std::span<Member* const> members);
  static std::unique_ptr<SiteEntry> enter(std::span<Member* const> members);
  static void make_together(SiteEntry& entry, std::span<Member* const> members);
  static Result<void> make_alone(SiteEntry& entry, const WantedChange& wanted);

  Rounds<WantedChange, void> rounds_;
};

}  // namespace tenantctl
