#include "core/tenant_states.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;

namespace {

const auto k_slug = *TenantSlug::parse("acme");
constexpr std::array k_statuses{TenantStatus::provisioning, TenantStatus::active,  TenantStatus::suspended,
                                TenantStatus::cancelled,    TenantStatus::deleted, TenantStatus::failed};
constexpr std::array k_verbs{TenantVerb::suspend, TenantVerb::activate, TenantVerb::cancel, TenantVerb::remove};

}  // namespace

TEST_CASE("every verb has an answer in every state, and a refusal says what to do instead") {
  for (const auto status : k_statuses) {
    for (const auto verb : k_verbs) {
      INFO(to_string(verb) << " from " << to_string(status));
      const auto change = transition(verb, status, k_slug);
      if (change) {
        CHECK(change->done == (change->to == status));
        continue;
      }
      CHECK(change.error().code == ErrorCode::state_conflict);
      CHECK_THAT(change.error().hint, Catch::Contains("tenantctl ") && Catch::Contains(" acme"));
      CHECK_THAT(change.error().message, Catch::Contains(std::string(to_string(status))));
    }
  }
}

TEST_CASE("what is suspended can be activated, and what is cancelled can't") {
  CHECK(transition(TenantVerb::activate, TenantStatus::suspended, k_slug)->to == TenantStatus::active);
  CHECK_FALSE(transition(TenantVerb::activate, TenantStatus::cancelled, k_slug).has_value());
  CHECK_FALSE(transition(TenantVerb::suspend, TenantStatus::cancelled, k_slug).has_value());
}

TEST_CASE("a tenant that something is unfinished with changes its state only by that") {
  for (const auto verb : k_verbs) {
    CHECK_FALSE(transition(verb, TenantStatus::provisioning, k_slug).has_value());
    CHECK_FALSE(transition(verb, TenantStatus::failed, k_slug).has_value());
  }
}
