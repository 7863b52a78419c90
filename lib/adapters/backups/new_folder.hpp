// A folder made beside its final place, and renamed once it is whole. A killed process leaves ".NAME.draft" behind.
#pragma once
#include <memory>

#include "ports/export_folder.hpp"

namespace tenantctl {

class NewFolder final : public ExportFolder {
 public:
  /// `wanted` must not be there. Errors: bad_value, foreign_object, disk_full, permission_denied, io_failed.
  static Result<std::unique_ptr<ExportFolder>> begin(const std::filesystem::path& wanted);
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;
  ~NewFolder() override;

  const std::filesystem::path& path() const override { return draft_; }
  Result<void> add(const std::string& name, const nlohmann::json& document) override;
  Result<std::filesystem::path> keep() override;

 private:
  NewFolder(std::filesystem::path wanted, std::filesystem::path draft) : wanted_(std::move(wanted)), draft_(std::move(draft)) {}

  std::filesystem::path wanted_;
  std::filesystem::path draft_;
  bool kept_ = false;
};

}  // namespace tenantctl
