#include "adapters/backups/file_digest.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <cerrno>

#include "adapters/files/atomic_file.hpp"
#include "adapters/files/descriptor.hpp"

namespace tenantctl {
namespace {

std::string hexadecimal(std::span<const unsigned char> bytes) {
  std::string text;
  for (const auto byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace

Result<BackupFile> measure(const std::filesystem::path& file) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd && errno == ENOENT) return fail(ErrorCode::file_not_found, fmt::format("\"{}\" does not exist", file.native()));
  if (!fd) return fail(file_error("read", file, errno));
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  BackupFile measured{.name = file.filename().string()};
  std::vector<unsigned char> buffer(1u << 18);
  while (true) {
    const auto count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(file_error("read", file, errno));
    if (count == 0) break;
    crypto_hash_sha256_update(&state, buffer.data(), static_cast<unsigned long long>(count));
    measured.bytes += count;
  }
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256_final(&state, digest.data());
  measured.sha256 = hexadecimal(digest);
  return measured;
}

Result<void> make_durable(const std::filesystem::path& path) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return fail(file_error("make durable", path, errno));
  return {};
}

}  // namespace tenantctl
