#include "adapters/dns/cloudflare_zone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>

#include "adapters/dns/nameservers.hpp"
#include "adapters/dns/propagation.hpp"
#include "core/sha256.hpp"
#include "core/utf8.hpp"

namespace tenantctl {

using cloudflare::Answer;
using cloudflare::Patience;

namespace {

constexpr std::string_view k_mark = "tenantctl";
constexpr const char* k_nobodys_record = "00000000000000000000000000000000";
constexpr int k_no_such_record = 81044;
constexpr std::array k_exists_already{81053, 81054, 81057, 81058};
constexpr int k_per_page = 100;
constexpr int k_most_pages = 20;
constexpr int k_times_to_remove = 3;
constexpr int k_times_to_look_again = 3;

/// As the API has it: a TXT's text may stand in quotes.
struct ListedRecord {
  std::string id;
  std::string name;
  std::string type;
  std::string content;
  std::string comment;
};

std::string text_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

ListedRecord listed(const nlohmann::json& object) {
  auto content = text_at(object, "content");
  if (content.size() >= 2 && content.front() == '"' && content.back() == '"') content = content.substr(1, content.size() - 2);
  return {text_at(object, "id"), text_at(object, "name"), text_at(object, "type"), std::move(content), text_at(object, "comment")};
}

bool is_same(const ListedRecord& there, const DnsRecord& wanted) {
  return there.name == wanted.name.str() && there.type == wanted.type && there.content == wanted.value;
}

Error not_free(const TenantRecords& records, const std::string& name) {
  return make_error(ErrorCode::foreign_object,
                    fmt::format("\"{}\" is in use in zone \"{}\", and not marked as this tenant's", name, records.zone))
      .with_hint("look what it is at Cloudflare, and remove it or choose another name");
}

Error said_no(const Answer& answer) {
  return make_error(ErrorCode::dns_refused, fmt::format("Cloudflare refuses: {} ({})", printable(answer.message), answer.code))
      .with_hint("compare dns with what the zone allows");
}

RequestRate rate_of(int requests) {
  // A quarter at once and the rest over the five minutes: no window of five minutes has more than all of them.
  return {.burst = std::max(1, requests / 4), .every = std::chrono::milliseconds(300'000 / std::max(1, requests * 3 / 4) + 1)};
}

}  // namespace

/// What is at the tenant's names.
struct CloudflareZone::Found {
  bool is_marked = false;               // as this tenant's
  std::vector<DnsRecord> missing = {};  // of its records
  std::vector<std::string> ours = {};   // ids of what carries its comment and a recorded value, the mark included
  std::string foreign = {};             // a name where something else is; empty: none
};

CloudflareZone::CloudflareZone(DnsSettings settings, const Secret& token, RequestBudget& budget, curl::Interrupted interrupted,
                               std::shared_ptr<cloudflare::PostGroup> posts)
    : settings_(std::move(settings)),
      interrupted_(std::move(interrupted)),
      // The limit is the token's, whatever zones it is used for.
      api_(settings_.api, token, budget, "cloudflare " + sha256_hex(token.reveal()).substr(0, 12), rate_of(settings_.requests),
           interrupted_),
      posts_(std::move(posts)) {}

Result<std::string> CloudflareZone::path_of_zone(const std::string& zone, Patience patience) {
  const std::lock_guard lock(mutex_);
  if (const auto known = paths_.find(zone); known != paths_.end()) return known->second;
  TRY_ASSIGN(const auto answer, api_.ask("/zones?name=" + zone, patience));
  if (!answer.done || !answer.result.is_array()) return fail(said_no(answer));
  for (const auto& one : answer.result) {
    if (text_at(one, "name") == zone && text_at(one, "status") == "active")
      return paths_.emplace(zone, "/zones/" + text_at(one, "id")).first->second;
  }
  return fail(make_error(ErrorCode::dns_refused, fmt::format("Cloudflare shows the token no active zone \"{}\"", zone))
                  .with_hint("see dns.zone, and for which zones the token is"));
}

/// The removal of what is not there: allowed or not, it changes nothing.
Result<void> CloudflareZone::check() {
  TRY_ASSIGN(const auto zone, path_of_zone(settings_.zone, Patience::may_end));
  TRY_ASSIGN(const auto answer, api_.change({.method = "DELETE", .path = fmt::format("{}/dns_records/{}", zone, k_nobodys_record)}));
  if (answer.done || answer.code == k_no_such_record) return {};
  return fail(said_no(answer));
}

Result<CloudflareZone::Found> CloudflareZone::look(const TenantRecords& records, Patience patience) {
  TRY_ASSIGN(const auto zone, path_of_zone(records.zone, patience));
  const auto names = records.names();
  Found found{.missing = records.records};
  for (int page = 1; page <= k_most_pages; ++page) {
    TRY_ASSIGN(const auto answer, api_.ask(fmt::format("{}/dns_records?name.contains={}&per_page={}&page={}", zone,
                                                       records.records.front().name.str(), k_per_page, page),
                                           patience));
    if (!answer.done || !answer.result.is_array()) return fail(said_no(answer));
    for (const auto& object : answer.result) {
      const auto record = listed(object);
      if (!names.contains(record.name)) continue;
      const bool is_mark = record.name == records.marker_name() && record.type == "TXT" && record.content == k_mark;
      const auto wanted = std::ranges::find_if(records.records, [&](const auto& one) { return is_same(record, one); });
      const bool is_ours = record.comment == records.marker() && (is_mark || wanted != records.records.end());
      if (is_ours) found.ours.push_back(record.id);
      else found.foreign = record.name;
      if (is_mark && is_ours) found.is_marked = true;
      std::erase_if(found.missing, [&](const auto& one) { return is_same(record, one); });
    }
    if (static_cast<int>(answer.result.size()) < k_per_page) return found;
  }
  // What was not seen must not count as not there.
  return fail(ErrorCode::dns_refused, fmt::format("zone \"{}\" has more than {} records with \"{}\" in their names", records.zone,
                                                  k_per_page * k_most_pages, records.records.front().name.str()));
}

Result<Observed> CloudflareZone::observe(const TenantRecords& records) {
  TRY_ASSIGN(const auto found, look(records, Patience::to_the_end));
  if (!found.is_marked) return Observed{Presence::absent};
  return Observed{found.missing.empty() ? Presence::complete : Presence::partial};
}

Result<void> CloudflareZone::check_free(const TenantRecords& records) {
  TRY_ASSIGN(const auto found, look(records, Patience::may_end));
  if (found.is_marked || found.foreign.empty()) return {};
  return fail(not_free(records, found.foreign));
}

/// False where one of them is there already. Errors: dns_unreachable (it may have been done), dns_refused, fenced, control_unreachable.
Result<bool> CloudflareZone::add(const TenantRecords& records, const Found& found) {
  auto posts = nlohmann::json::array();
  const auto post = [&](const std::string& name, const std::string& type, const std::string& content, bool proxied) {
    posts.push_back({{"name", name},
                     {"type", type},
                     {"content", content},
                     {"ttl", settings_.ttl.count()},
                     {"proxied", proxied},
                     {"comment", records.marker()}});
  };
  if (!found.is_marked) post(records.marker_name(), "TXT", fmt::format("\"{}\"", k_mark), false);
  for (const auto& record : found.missing) post(record.name.str(), record.type, record.value, settings_.proxied);
  TRY_ASSIGN(auto zone, path_of_zone(records.zone, Patience::may_end));
  cloudflare::WantedPosts wanted{.zone = std::move(zone), .posts = std::move(posts)};
  if (claim_) wanted.still_ours = claim_->still_ours;
  TRY_ASSIGN(const auto answer, posts_->add(wanted, api_));
  if (answer.done) return true;
  if (std::ranges::find(k_exists_already, answer.code) != k_exists_already.end()) return false;
  return fail(said_no(answer));
}

Result<void> CloudflareZone::publish(const TenantRecords& records) {
  TRY_ASSIGN(const auto found, look(records, Patience::may_end));
  if (found.is_marked && found.missing.empty()) return settle(records);
  if (!found.is_marked && !found.foreign.empty()) return fail(not_free(records, found.foreign));
  const auto added = add(records, found);
  if (added && *added) return settle(records);
  if (!added && added.error().code != ErrorCode::dns_unreachable) return fail(added.error());
  // The answer may have been lost, or come too late, or somebody was faster.
  for (int times = 1;; ++times) {
    TRY_ASSIGN(const auto now, look(records, Patience::to_the_end));
    if (now.is_marked && now.missing.empty()) return settle(records);
    if (added) return fail(not_free(records, now.foreign.empty() ? records.records.front().name.str() : now.foreign));
    if (times == k_times_to_look_again) return fail(added.error());
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

/// Behind Cloudflare's own proxy, nameservers tell its addresses and not the recorded ones.
Result<void> CloudflareZone::settle(const TenantRecords& records) {
  if (settings_.proxied) return {};
  const auto knows = [&](const std::string& address) -> Result<bool> {
    TRY_ASSIGN(const auto missing, Nameservers({address}).missing(records.records));
    return missing.empty();
  };
  return dns::await_nameservers(settings_, records.records.front().name.str(), knows, interrupted_);
}

Result<Answer> CloudflareZone::remove(const TenantRecords& records, const Found& found) {
  auto deletes = nlohmann::json::array();
  for (const auto& id : found.ours) deletes.push_back({{"id", id}});
  TRY_ASSIGN(const auto zone, path_of_zone(records.zone, Patience::to_the_end));
  cloudflare::Request request{.method = "POST",
                              .path = zone + "/dns_records/batch",
                              .body = nlohmann::json{{"deletes", deletes}}.dump(),
                              .patience = Patience::to_the_end};
  if (claim_) request.right_before = claim_->still_ours;
  return api_.change(request);
}

Result<void> CloudflareZone::withdraw(const TenantRecords& records) {
  for (int times = 1;; ++times) {
    TRY_ASSIGN(const auto found, look(records, Patience::to_the_end));
    if (!found.is_marked) return {};
    const auto answer = remove(records, found);
    if (answer && answer->done) return {};
    if (!answer && answer.error().code != ErrorCode::dns_unreachable) return fail(answer.error());
    // The answer was lost, or somebody took one of them away meanwhile: what is left is looked at again.
    if (times < k_times_to_remove) continue;
    TRY_ASSIGN(const auto now, look(records, Patience::to_the_end));
    if (!now.is_marked) return {};
    return fail(answer ? said_no(*answer) : answer.error());
  }
}

namespace {

constexpr int k_shortest_ttl = 60;
// Its own servers have a change within seconds, and there is nobody to ask whether they do.
constexpr std::chrono::seconds k_pause_for_its_servers{10};

}  // namespace

Result<void> CloudflareZone::put_proof(const DnsProof& proof) {
  TRY_ASSIGN(const auto zone, path_of_zone(settings_.zone, Patience::may_end));
  const nlohmann::json record{{"name", proof.name},
                              {"type", "TXT"},
                              {"content", fmt::format("\"{}\"", proof.value)},
                              {"ttl", k_shortest_ttl},
                              {"comment", "tenantctl proof"}};
  TRY_ASSIGN(const auto answer, api_.change({.method = "POST", .path = zone + "/dns_records", .body = record.dump()}));
  if (!answer.done && std::ranges::find(k_exists_already, answer.code) == k_exists_already.end()) return fail(said_no(answer));
  if (settings_.nameservers.empty()) {
    std::this_thread::sleep_for(std::min(settings_.patience, k_pause_for_its_servers));
    return {};
  }
  return dns::await_proof(settings_, proof, interrupted_);
}

Result<void> CloudflareZone::take_proof(const DnsProof& proof) {
  TRY_ASSIGN(const auto zone, path_of_zone(settings_.zone, Patience::to_the_end));
  TRY_ASSIGN(const auto answer,
             api_.ask(fmt::format("{}/dns_records?type=TXT&name={}&per_page={}", zone, proof.name, k_per_page), Patience::to_the_end));
  if (!answer.done || !answer.result.is_array()) return fail(said_no(answer));
  for (const auto& object : answer.result) {
    const auto record = listed(object);
    if (record.name != proof.name || record.content != proof.value) continue;
    TRY_ASSIGN(
        const auto gone,
        api_.change({.method = "DELETE", .path = fmt::format("{}/dns_records/{}", zone, record.id), .patience = Patience::to_the_end}));
    if (!gone.done && gone.code != k_no_such_record) return fail(said_no(gone));
  }
  return {};
}

}  // namespace tenantctl
