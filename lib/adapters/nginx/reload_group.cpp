#include "adapters/nginx/reload_group.hpp"

#include <algorithm>

namespace tenantctl {
namespace {

/// Whether the folder is what can't be entered, for anybody.
bool is_of_folder(ErrorCode code) {
  using enum ErrorCode;
  return code == timed_out || code == io_failed || code == permission_denied || code == disk_full;
}

/// Whether it may be about one of the changes, and not about nginx itself: then each is worth a try of its own.
bool is_of_change(ErrorCode code) {
  using enum ErrorCode;
  return code != nginx_unconfirmed && code != nginx_unreachable && code != process_failed && code != timed_out;
}

}  // namespace

Result<void> ReloadGroup::make(const WantedChange& wanted) {
  return rounds_.take_part(
      wanted, [&](const WantedChange& other) { return other.dir == wanted.dir; }, serve);
}

void ReloadGroup::serve(std::span<Member* const> members) {
  const auto entry = enter(members);
  if (!entry) return;
  make_together(*entry, members);
  // Made one by one where they can't be made together: each hears what is wrong with its own.
  for (auto* member : members) {
    if (!member->result) member->result = make_alone(*entry, member->wanted);
  }
}

/// By the first of them whose operation is its own still; the others are asked once the folder is theirs. Nothing where none could.
std::unique_ptr<SiteEntry> ReloadGroup::enter(std::span<Member* const> members) {
  std::unique_ptr<SiteEntry> entry;
  for (auto* member : members) {
    if (entry) {
      if (auto ours = member->wanted.still_ours(); !ours) member->result = std::move(ours);
      continue;
    }
    auto entered = member->wanted.enter();
    if (entered) {
      entry = std::move(*entered);
      continue;
    }
    member->result = fail(entered.error());
    if (!is_of_folder(entered.error().code)) continue;
    for (auto* other : members) {
      if (!other->result) other->result = member->result;
    }
    break;
  }
  return entry;
}

void ReloadGroup::make_together(SiteEntry& entry, std::span<Member* const> members) {
  std::vector<Member*> planned;
  std::vector<FileChange> all;
  for (auto* member : members) {
    if (member->result) continue;
    auto changes = member->wanted.plan();
    if (!changes) {
      member->result = fail(std::move(changes).error());
      continue;
    }
    std::ranges::move(*changes, std::back_inserter(all));
    planned.push_back(member);
  }
  if (planned.empty()) return;
  const auto made = planned.front()->wanted.bring(entry, all);
  if (!made && planned.size() > 1 && is_of_change(made.error().code)) return;
  for (auto* member : planned) member->result = made;
}

Result<void> ReloadGroup::make_alone(SiteEntry& entry, const WantedChange& wanted) {
  TRY_ASSIGN(const auto changes, wanted.plan());
  return wanted.bring(entry, changes);
}

}  // namespace tenantctl
