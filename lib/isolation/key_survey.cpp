#include "isolation/key_survey.hpp"

#include <fmt/format.h>

namespace tenantctl {
namespace {

class KeySurvey {
 public:
  KeySurvey(const KeyHolder& holder, std::span<const ProbeCard> cards, ApiKeyStore& keys, Entropy& entropy, Tries& tries)
      : holder_(holder), cards_(cards), keys_(keys), entropy_(entropy), tries_(tries) {}

  void run() {
    const auto done = keys_.rehearse([this] { return rehearsal(); });
    if (done) return;
    for (const auto* name : {"key-of-another", "revoked-key", "expired-key", "shortened-key"})
      tries_.unclear(card(name), "", "it could not be tried: " + full_message(done.error()));
  }

 private:
  const ProbeCard& card(std::string_view name) const { return card_named(cards_, name); }

  ApiToken new_token() { return token_from_random(random_bytes<8>(entropy_), random_bytes<32>(entropy_)); }

  Result<void> add(const ApiToken& token, std::optional<Instant> expires) {
    const ApiKey key{.id = token.id,
                     .tenant = holder_.tenant.id,
                     .secret = SecretHash::of(token.secret),
                     .created_by = holder_.actor.name,
                     .created_at = holder_.now,
                     .expires_at = expires};
    return keys_.add(key, audit_entry(holder_.actor, "key_create.rehearsed", holder_.tenant, {}));
  }

  /// As `key check` finds it, for whoever comes with the token to that tenant.
  Result<KeyVerdict> shown(const ApiToken& token, const Tenant& to) {
    TRY_ASSIGN(const auto key, keys_.find(token.id));
    return judge(token, key, to, {}, holder_.now);
  }

  void expect_refusal(std::string_view name, const std::string& object, KeyVerdict verdict) {
    tries_.count(card(name));
    if (verdict == KeyVerdict::good) tries_.found(card(name), object, "the key was taken for good", {});
  }

  Result<void> rehearsal() {
    const auto token = new_token();
    TRY(add(token, std::nullopt));
    TRY_ASSIGN(const auto at_home, shown(token, holder_.tenant));
    if (at_home != KeyVerdict::good && at_home != KeyVerdict::tenant_suspended && at_home != KeyVerdict::tenant_not_active)
      return fail(ErrorCode::check_failed, fmt::format("its own key is not taken by the tenant itself either: {}", to_string(at_home)));
    for (const auto* other : holder_.others) {
      TRY_ASSIGN(const auto verdict, shown(token, *other));
      expect_refusal("key-of-another", other->slug.str(), verdict);
    }
    TRY(show_misspelt(token));
    TRY(keys_.revoke(token.id, audit_entry(holder_.actor, "key_revoke.rehearsed", holder_.tenant, {})));
    TRY_ASSIGN(const auto revoked, shown(token, holder_.tenant));
    expect_refusal("revoked-key", "", revoked);
    const auto old = new_token();
    TRY(add(old, holder_.now - std::chrono::seconds(1)));
    TRY_ASSIGN(const auto expired, shown(old, holder_.tenant));
    expect_refusal("expired-key", "", expired);
    return {};
  }

  Result<void> show_misspelt(const ApiToken& token) {
    const auto text = token.text();
    const auto shortened = parse_token(Secret(text.reveal().substr(0, text.reveal().size() - 1)));
    auto verdict = KeyVerdict::unknown;
    if (shortened) { TRY_ASSIGN(verdict, shown(*shortened, holder_.tenant)); }
    expect_refusal("shortened-key", "", verdict);
    TRY_ASSIGN(verdict, shown({.id = token.id, .secret = new_token().secret}, holder_.tenant));
    expect_refusal("shortened-key", "", verdict);
    return {};
  }

  const KeyHolder& holder_;
  std::span<const ProbeCard> cards_;
  ApiKeyStore& keys_;
  Entropy& entropy_;
  Tries& tries_;
};

}  // namespace

void survey_keys(const KeyHolder& holder, std::span<const ProbeCard> cards, ApiKeyStore& keys, Entropy& entropy, Tries& tries) {
  KeySurvey(holder, cards, keys, entropy, tries).run();
}

}  // namespace tenantctl
