// Writes down what was removed, and where the last backup is: in a file beside the backup, and, as its evidence, in the journal.
#pragma once
#include "pipeline/life_plan.hpp"
#include "pipeline/step.hpp"
#include "ports/backup_store.hpp"
#include "ports/clock.hpp"

namespace tenantctl {

class ReceiptStep : public Step {
 public:
  static constexpr std::string_view k_id = "receipt";

  /// `store`: empty where there are no backups; then the journal alone has the receipt.
  ReceiptStep(const LifePlan& plan, BackupStore* store, Clock& clock, Actor actor);

  std::string_view id() const override { return k_id; }
  std::string_view describe() const override { return "write the receipt"; }
  Result<Observation> probe() override { return Observation{}; }
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence&) override { return {}; }

 private:
  Result<nlohmann::json> backup_document() const;

  LifePlan plan_;
  BackupStore* store_;
  Clock& clock_;
  Actor actor_;
};

}  // namespace tenantctl
