#include "tenant_credentials.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace demo_app {
namespace {

std::filesystem::path file_of(const std::filesystem::path& folder, std::string_view slug) { return folder / (std::string(slug) + ".json"); }

}  // namespace

bool is_slug(std::string_view text) {
  if (text.size() < 3 || text.size() > 63 || text.front() == '-' || text.back() == '-') return false;
  return std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::optional<FileIdentity> credentials_identity(const std::filesystem::path& folder, std::string_view slug) {
  struct stat status {};
  if (::lstat(file_of(folder, slug).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return FileIdentity{
      .device = status.st_dev, .inode = status.st_ino, .changed_ns = status.st_ctim.tv_sec * 1'000'000'000 + status.st_ctim.tv_nsec};
}

std::optional<TenantCredentials> read_credentials(const std::filesystem::path& folder, std::string_view slug) {
  std::ifstream file(file_of(folder, slug));
  const auto json = nlohmann::json::parse(file, nullptr, false);
  try {
    if (json.at("slug").get<std::string>() != slug) return std::nullopt;
    const auto& port = json.at("port");
    return TenantCredentials{.host = json.at("host").get<std::string>(),
                             .port = port.is_string() ? port.get<std::string>() : std::to_string(port.get<int>()),
                             .database = json.at("database").get<std::string>(),
                             .user = json.at("user").get<std::string>(),
                             .password = json.at("password").get<std::string>()};
  } catch (const nlohmann::json::exception&) { return std::nullopt; }
}

}  // namespace demo_app
