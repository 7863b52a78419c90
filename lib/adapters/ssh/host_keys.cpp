#include "adapters/ssh/host_keys.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <sstream>

#include "adapters/files/atomic_file.hpp"
#include "adapters/files/folder_lock.hpp"
#include "adapters/files/text_file.hpp"
#include "adapters/process/pipe_signal.hpp"
#include "adapters/ssh/dial.hpp"

namespace tenantctl {
namespace ssh {
namespace {

namespace fs = std::filesystem;

/// Whether a line marks this key as revoked, for whatever host: a key that somebody revoked proves nothing anywhere.
/// Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
bool is_revoked(const std::string& known_hosts, std::string_view key) {
  std::istringstream lines(known_hosts);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string marker, hosts, type, blob;
    if (words >> marker >> hosts >> type >> blob && marker == "@revoked" && blob == key) return true;
  }
  return false;
}

Result<HostKeyStanding> standing_of(ssh_session session, const SshHost& host, std::string_view key) {
  TRY_ASSIGN(const auto known_hosts, read_text_file_if_any(host.known_hosts));
  if (known_hosts && is_revoked(*known_hosts, key)) return HostKeyStanding::revoked;
  switch (ssh_session_is_known_server(session)) {
    case SSH_KNOWN_HOSTS_OK: return HostKeyStanding::known;
    case SSH_KNOWN_HOSTS_CHANGED: return HostKeyStanding::changed;
    case SSH_KNOWN_HOSTS_OTHER: return HostKeyStanding::other_type;
    case SSH_KNOWN_HOSTS_UNKNOWN:
    case SSH_KNOWN_HOSTS_NOT_FOUND: return HostKeyStanding::unknown;
    case SSH_KNOWN_HOSTS_ERROR: break;
  }
  return fail(ErrorCode::io_failed,
              fmt::format("can't look host {} up in \"{}\": {}", label(host), host.known_hosts.native(), last_words(session)));
}

std::string without_newline(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

/// How ssh-keygen(1) finds the host's lines.
std::string known_hosts_name(const SshHost& host) {
  return host.port == 22 ? host.address : fmt::format("[{}]:{}", host.address, host.port);
}

constexpr const char* k_compare = "compare the fingerprint with one that its administrator gave you, then run";

/// How an operator forgets the old key.
std::string ssh_keygen_remove(const SshHost& host) {
  return fmt::format("\"ssh-keygen -f {} -R '{}'\"", host.known_hosts.native(), known_hosts_name(host));
}
std::string ask_and_remove(const SshHost& host) {
  return "ask its administrator, and only if the key was changed on purpose run " + ssh_keygen_remove(host);
}

}  // namespace

Result<HostKey> shown_key(ssh_session session, const SshHost& host) {
  const auto broken = [&] {
    return fail(ErrorCode::internal, fmt::format("libssh can't tell the key of host {}: {}", label(host), last_words(session)));
  };
  ssh_key raw = nullptr;
  if (ssh_get_server_publickey(session, &raw) != SSH_OK) return broken();
  const KeyHandle key(raw);
  unsigned char* hash = nullptr;
  std::size_t size = 0;
  if (ssh_get_publickey_hash(key.get(), SSH_PUBLICKEY_HASH_SHA256, &hash, &size) != 0) return broken();
  const TextHandle fingerprint(ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size));
  ssh_clean_pubkey_hash(&hash);
  char* text = nullptr;
  if (ssh_pki_export_pubkey_base64(key.get(), &text) != SSH_OK) return broken();
  const TextHandle blob(text);
  if (ssh_session_export_known_hosts_entry(session, &text) != SSH_OK) return broken();
  const TextHandle line(text);
  if (!fingerprint) return broken();
  TRY_ASSIGN(const auto standing, standing_of(session, host, blob.get()));
  return HostKey{.type = ssh_key_type_to_char(ssh_key_type(key.get())),
                 .fingerprint = fingerprint.get(),
                 .line = without_newline(line.get()),
                 .standing = standing};
}

Result<void> require_known(const HostKey& key, const SshHost& host) {
  const auto about = fmt::format("{} key {}", key.type, key.fingerprint);
  const auto refuse = [&](ErrorCode code, std::string message, std::string hint) {
    return fail(make_error(code, std::move(message)).with_hint(std::move(hint)));
  };
  const auto file = host.known_hosts.native();
  switch (key.standing) {
    case HostKeyStanding::known: return {};
    case HostKeyStanding::unknown:
      return refuse(ErrorCode::host_key_unknown, fmt::format("host {} is not in \"{}\"; it shows the {}", label(host), file, about),
                    fmt::format("{} \"tenantctl hosts add {}\"", k_compare, host.name));
    case HostKeyStanding::changed:
      return refuse(
          ErrorCode::host_key_changed,
          fmt::format("host {} shows the {}, which is not the one in \"{}\"; somebody may be in between", label(host), about, file),
          ask_and_remove(host));
    case HostKeyStanding::other_type:
      return refuse(ErrorCode::host_key_other_type,
                    fmt::format("host {} shows the {}, and \"{}\" has only keys of other types for it", label(host), about, file),
                    fmt::format("{} {} and \"tenantctl hosts add {}\"", k_compare, ssh_keygen_remove(host), host.name));
    case HostKeyStanding::revoked:
      return refuse(ErrorCode::host_key_revoked,
                    fmt::format("host {} shows the {}, which \"{}\" marks as revoked", label(host), about, file),
                    fmt::format("ask its administrator for a new host key; nobody should log in to {} until then", host.name));
  }
  return fail(ErrorCode::internal, "a host key stands nowhere");
}

namespace {

/// What is known of the host without asking it.
Result<bool> has_entry(const SshHost& host) {
  TRY_ASSIGN(const auto session, make_session(host));
  switch (ssh_session_has_known_hosts_entry(session.get())) {
    case SSH_KNOWN_HOSTS_OK: return true;
    case SSH_KNOWN_HOSTS_UNKNOWN:
    case SSH_KNOWN_HOSTS_NOT_FOUND: return false;
    default: return fail(ErrorCode::io_failed, fmt::format("can't look host {} up in \"{}\"", label(host), host.known_hosts.native()));
  }
}

/// Whether the text has exactly this line.
bool has_line(std::string_view text, std::string_view line) {
  for (auto at = text.find(line); at != std::string_view::npos; at = text.find(line, at + 1)) {
    const auto end = at + line.size();
    if ((at == 0 || text[at - 1] == '\n') && (end == text.size() || text[end] == '\n')) return true;
  }
  return false;
}

Result<void> append_line(const fs::path& file, std::string text, const std::string& line) {
  struct stat info {};
  const mode_t mode = ::stat(file.c_str(), &info) == 0 ? info.st_mode & 0777 : 0600;
  if (!text.empty() && text.back() != '\n') text += '\n';
  return replace_file({.path = file, .text = text + line + '\n', .mode = mode, .owner = FileOwner::of_folder});
}

std::string blob_of(const std::string& line) {
  std::istringstream words(line);
  std::string hosts, type, blob;
  words >> hosts >> type >> blob;
  return blob;
}

}  // namespace
}  // namespace ssh

Result<HostKey> SshHostKeys::fetch(const SshHost& host) {
  const PipeSignalBlocked blocked;
  TRY_ASSIGN(const auto session, ssh::dial(host, ssh::Steady::now() + host.connect_limit));
  auto key = ssh::shown_key(session.get(), host);
  ssh_disconnect(session.get());
  return key;
}

Result<void> SshHostKeys::add(const SshHost& host, const HostKey& key) {
  constexpr std::chrono::seconds k_lock_limit{10};
  std::error_code ignored;
  const auto real = std::filesystem::weakly_canonical(host.known_hosts, ignored);  // where it is a link, the link stays
  const auto file = real.empty() ? host.known_hosts : real;
  TRY(create_folder(file.parent_path(), 0700, FileOwner::of_folder));
  TRY_ASSIGN(const auto lock, FolderLock::take(file.parent_path(), k_lock_limit));
  TRY_ASSIGN(auto known_hosts, read_text_file_if_any(file));
  auto text = std::move(known_hosts).value_or("");
  if (ssh::is_revoked(text, ssh::blob_of(key.line))) {
    auto revoked = key;
    revoked.standing = HostKeyStanding::revoked;
    return ssh::require_known(revoked, host);
  }
  if (ssh::has_line(text, key.line)) return {};
  TRY_ASSIGN(const bool taken, ssh::has_entry(host));
  if (taken) {
    return fail(make_error(ErrorCode::host_key_changed,
                           fmt::format("\"{}\" has another key for host {}; it was not replaced", file.native(), ssh::label(host)))
                    .with_hint(ssh::ask_and_remove(host)));
  }
  return ssh::append_line(file, std::move(text), key.line);
}

}  // namespace tenantctl
