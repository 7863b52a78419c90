#include "adapters/backups/file_digest.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <cerrno>

#include "adapters/files/atomic_file.hpp"
#include "adapters/files/descriptor.hpp"
#include "core/hex.hpp"

namespace tenantctl {

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
  measured.sha256 = to_hex(digest);
  return measured;
}

}  // namespace tenantctl
