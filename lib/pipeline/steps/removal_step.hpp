// Destroys one of the things that a tenant consists of. It is final: from its first moment on, the operation can only go on.
#pragma once
#include <functional>
#include <string>

#include "pipeline/step.hpp"

namespace tenantctl {

struct Removal {
  std::string what;                        // "database \"shop_a1b2c3d4\"", for people
  Evidence evidence;                       // the names that the functions work on
  std::function<Result<Observed>()> look;  // of the thing itself: absent once it is removed
  std::function<Result<void>()> remove;    // absent is success
};

class RemovalStep : public Step {
 public:
  RemovalStep(std::string id, Removal removal);

  std::string_view id() const override { return id_; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;
  bool is_final() const override { return true; }

 private:
  std::string id_;
  Removal removal_;
  std::string description_;
};

}  // namespace tenantctl
