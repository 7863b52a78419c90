#include "views/keys.hpp"

#include <fmt/format.h>

#include "core/text_table.hpp"
#include "views/instants.hpp"

namespace tenantctl {
namespace {

std::vector<std::string> texts(const std::vector<KeyScope>& scopes) {
  std::vector<std::string> words;
  for (const auto& scope : scopes) words.push_back(scope.str());
  return words;
}

nlohmann::json key_document(const ApiKey& key) {
  return {{"id", key.id.str()},
          {"scopes", texts(key.scopes)},
          {"created_by", key.created_by},
          {"created_at", to_rfc3339(key.created_at)},
          {"expires_at", instant_or_null(key.expires_at)},
          {"rotated_at", instant_or_null(key.rotated_at)},
          {"old_lives_until", instant_or_null(key.old_lives_until)},
          {"revoked_at", instant_or_null(key.revoked_at)},
          {"last_used_at", instant_or_null(key.last_used_at)}};
}

std::string standing(const ApiKey& key, Instant now) {
  if (key.revoked_at) return "revoked";
  if (key.expires_at && now >= *key.expires_at) return "expired";
  return "good";
}

std::string words_of(KeyVerdict verdict) {
  switch (verdict) {
    case KeyVerdict::good: return "the key is good";
    case KeyVerdict::unknown: return "the key is refused: nobody has it";
    case KeyVerdict::other_tenant: return "the key is refused: it is another tenant's";
    case KeyVerdict::revoked: return "the key is refused: it was revoked";
    case KeyVerdict::expired: return "the key is refused: it has expired";
    case KeyVerdict::tenant_suspended: return "the key is refused: the tenant is suspended";
    case KeyVerdict::tenant_not_active: return "the key is refused: the tenant is not active";
    case KeyVerdict::scope_missing: return "the key is refused: it lacks a scope";
  }
  return "";
}

}  // namespace

Report key_issued_report(const IssuedKey& issued) {
  const auto& key = issued.key;
  std::vector<std::pair<std::string, std::string>> fields{{"tenant", issued.slug},
                                                          {"id", key.id.str()},
                                                          {"scopes", fmt::format("{}", fmt::join(texts(key.scopes), " "))},
                                                          {"expires", instant_or_empty(key.expires_at)}};
  if (key.old_lives_until) fields.emplace_back("old key until", to_rfc3339(*key.old_lives_until));
  fields.emplace_back("key", issued.token.reveal() + "   (shown this once)");
  auto document = key_document(key);
  document["slug"] = issued.slug;
  document["key"] = issued.token.reveal();
  return {.text = text_fields(fields), .document = {{"key", document}}};
}

Report key_list_report(const std::string& slug, const std::vector<ApiKey>& keys, Instant now) {
  TextTable table({"ID", "STATE", "SCOPES", "CREATED", "BY", "EXPIRES", "LAST USED"});
  auto list = nlohmann::json::array();
  for (const auto& key : keys) {
    table.add({key.id.str(), standing(key, now), fmt::format("{}", fmt::join(texts(key.scopes), " ")), to_rfc3339(key.created_at),
               key.created_by, instant_or_empty(key.expires_at), instant_or_empty(key.last_used_at)});
    auto document = key_document(key);
    document["state"] = standing(key, now);
    list.push_back(std::move(document));
  }
  return {.text = keys.empty() ? "no keys\n" : table.str(), .document = {{"slug", slug}, {"keys", list}}};
}

Report key_revoked_report(const std::string& slug, const ApiKey& key) {
  return {.text = fmt::format("key \"{}\" of \"{}\" is revoked\n", key.id.str(), slug),
          .document = {{"slug", slug}, {"id", key.id.str()}, {"revoked", true}}};
}

Report key_check_report(const std::string& slug, KeyVerdict verdict, const std::optional<ApiKey>& key) {
  const bool good = verdict == KeyVerdict::good;
  nlohmann::json document = {{"slug", slug}, {"good", good}, {"reason", good ? nlohmann::json() : nlohmann::json(to_string(verdict))}};
  if (good && key) {
    document["id"] = key->id.str();
    document["scopes"] = texts(key->scopes);
    document["expires_at"] = instant_or_null(key->expires_at);
  }
  return {.text = words_of(verdict) + "\n",
          .document = std::move(document),
          .exit_status = good ? 0 : info(ErrorCode::check_failed).exit_status};
}

}  // namespace tenantctl
