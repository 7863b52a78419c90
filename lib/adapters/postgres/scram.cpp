// By OpenSSL's PBKDF2: libpq's own takes several times as long, which was a tenth of a create from the pool.
#include "adapters/postgres/scram.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/sha256.hpp"

namespace tenantctl::postgres {
namespace {

using Digest = std::array<std::uint8_t, 32>;

std::string base64(std::span<const std::uint8_t> bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

bool hmac(const Digest& key, std::string_view text, Digest& out) {
  return HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
              out.data(), nullptr) != nullptr;
}

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::optional<std::string> scram_sha_256(const Secret& password, std::span<const std::uint8_t> salt, int iterations) {
  const auto& text = password.reveal();
  if (!is_plain(text)) return std::nullopt;
  Digest salted{}, client{}, server{};
  const bool made = PKCS5_PBKDF2_HMAC(text.data(), static_cast<int>(text.size()), salt.data(), static_cast<int>(salt.size()), iterations,
                                      EVP_sha256(), static_cast<int>(salted.size()), salted.data()) == 1 &&
                    hmac(salted, "Client Key", client) && hmac(salted, "Server Key", server);
  const auto stored = sha256({reinterpret_cast<const char*>(client.data()), client.size()});
  OPENSSL_cleanse(salted.data(), salted.size());
  OPENSSL_cleanse(client.data(), client.size());
  if (!made) return std::nullopt;
  return fmt::format("SCRAM-SHA-256${}:{}${}:{}", iterations, base64(salt), base64(stored), base64(server));
}

}  // namespace tenantctl::postgres
