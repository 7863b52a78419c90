// A folder of its own for each test, removed with all that is in it. Its path is short, because unix sockets lie in it.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace tenantctl::test {

/// A new folder below $TENANTCTL_TEST_DIR, or /tmp, for whoever asks to remove.
inline std::filesystem::path make_temp_folder() {
  const char* base = std::getenv("TENANTCTL_TEST_DIR");
  auto name = std::string(base == nullptr ? "/tmp" : base) + "/tctl-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("can't make a temporary folder " + name);
  return name;
}

class TempFolder {
 public:
  TempFolder() = default;
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  std::filesystem::path path_ = make_temp_folder();
};

inline void write_text(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

inline std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace tenantctl::test
