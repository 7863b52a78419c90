#include "adapters/dns/post_group.hpp"

namespace tenantctl::cloudflare {
namespace {

/// Of one change, where the account pays nothing. Source: Cloudflare's limits of batched record changes.
constexpr std::size_t k_most_records = 200;

using Members = std::span<Rounds<WantedPosts, Answer>::Member* const>;

Result<Answer> send(Members members, Api& api) {
  auto posts = nlohmann::json::array();
  for (const auto* member : members) posts.insert(posts.end(), member->wanted.posts.begin(), member->wanted.posts.end());
  const auto still_ours = [members]() -> Result<void> {
    for (const auto* member : members) {
      if (member->wanted.still_ours) TRY(member->wanted.still_ours());
    }
    return {};
  };
  return api.change({.method = "POST",
                     .path = members.front()->wanted.zone + "/dns_records/batch",
                     .body = nlohmann::json{{"posts", posts}}.dump(),
                     .right_before = still_ours});
}

/// Whether nothing of it was done, for a reason that may be one member's alone.
bool may_be_of_one(const Result<Answer>& answer) { return answer ? !answer->done : answer.error().code != ErrorCode::dns_unreachable; }

void serve_together(Members members, Api& api) {
  const auto answer = send(members, api);
  if (members.size() == 1 || !may_be_of_one(answer)) {
    for (auto* member : members) member->result = answer;
    return;
  }
  for (std::size_t i = 0; i < members.size(); ++i) members[i]->result = send(members.subspan(i, 1), api);
}

/// How many of them, from the first on, one change can hold; at least one.
std::size_t fitting(Members members) {
  std::size_t count = 0, records = 0;
  for (const auto* member : members) {
    records += member->wanted.posts.size();
    if (count > 0 && records > k_most_records) break;
    ++count;
  }
  return count;
}

}  // namespace

Result<Answer> PostGroup::add(const WantedPosts& wanted, Api& api) {
  const auto alike = [&](const WantedPosts& other) { return other.zone == wanted.zone; };
  return rounds_.take_part(wanted, alike, [&](Members members) {
    while (!members.empty()) {
      const auto count = fitting(members);
      serve_together(members.first(count), api);
      members = members.subspan(count);
    }
  });
}

}  // namespace tenantctl::cloudflare
