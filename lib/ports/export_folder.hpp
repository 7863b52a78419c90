// A folder that is made whole, or not at all.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "core/result.hpp"

namespace tenantctl {

/// Destroyed before it is kept, nothing is left of it.
class ExportFolder {
 public:
  virtual ~ExportFolder() = default;
  /// To write into, meanwhile.
  virtual const std::filesystem::path& path() const = 0;
  /// Errors: disk_full, io_failed, permission_denied.
  virtual Result<void> add(const std::string& name, const nlohmann::json& document) = 0;
  /// Gives it its name, which it returns. Errors: foreign_object (it is there meanwhile), io_failed.
  virtual Result<std::filesystem::path> keep() = 0;
};

}  // namespace tenantctl
