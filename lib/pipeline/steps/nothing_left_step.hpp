// Looks through everything that a tenant may have left something in, and fails where there is any. It trusts no step before it.
#pragma once
#include <functional>

#include "core/inventory.hpp"
#include "pipeline/step.hpp"

namespace tenantctl {

/// All things of the place, whoever's they are.
struct PlaceToLook {
  std::string name;  // "database server \"pg1\"", for people
  std::function<Result<std::vector<Thing>>()> things;
};

class NothingLeftStep : public Step {
 public:
  static constexpr std::string_view k_id = "nothing_left";

  NothingLeftStep(TenantId tenant, std::vector<PlaceToLook> places);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return "look through everything for what is left of it"; }
  Result<Observation> probe() override { return Observation{}; }
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence&) override { return {}; }

 private:
  TenantId tenant_;
  std::vector<PlaceToLook> places_;
};

}  // namespace tenantctl
