#include "adapters/ssh/login.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "adapters/ssh/dial.hpp"
#include "adapters/ssh/host_keys.hpp"
#include "adapters/system/errno_text.hpp"

namespace tenantctl::ssh {
namespace {

/// libssh would else have OpenSSL ask on the terminal.
int refuse_passphrase(const char*, char*, std::size_t, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

struct ReadKey {
  KeyHandle key;
  std::string why_not;  // where there is no key
};

ReadKey read_key(const std::filesystem::path& file) {
  if (::access(file.c_str(), R_OK) != 0) return {.key = {}, .why_not = errno_text(errno)};
  bool asked = false;
  ssh_key key = nullptr;
  if (ssh_pki_import_privkey_file(file.c_str(), nullptr, refuse_passphrase, &asked, &key) == SSH_OK)
    return {.key = KeyHandle(key), .why_not = {}};
  return {.key = {}, .why_not = asked ? "it has a passphrase; only the agent can use it" : "it holds no private key"};
}

/// One login: calls libssh until it has an answer.
class Attempts {
 public:
  Attempts(ssh_session session, const SshHost& host, Deadline deadline) : session_(session), host_(host), deadline_(deadline) {}

  /// True where the host let us in.
  Result<bool> with(const std::string& means, const std::function<int()>& call) {
    for (;;) {
      switch (call()) {
        case SSH_AUTH_SUCCESS: return true;
        case SSH_AUTH_AGAIN:
          if (!wait_for_socket(session_, deadline_))
            return fail(broken(fmt::format("the login took longer than {} ms", host_.connect_limit.count())));
          continue;
        case SSH_AUTH_PARTIAL: note(means, "it is not enough; the host wants a second proof"); return false;
        case SSH_AUTH_DENIED: note(means, "the host refused it"); return false;
        default:
          if (!denied_ || ssh_is_connected(session_) != 0) return fail(broken(last_words(session_)));
          note(means, last_words(session_));  // sshd's MaxAuthTries ends the connection
          return fail(refusal());
      }
    }
  }

  void note(const std::string& means, const std::string& why) {
    denied_ = true;
    tried_ += fmt::format("{}{}: {}", tried_.empty() ? "" : "; ", means, why);
  }

  Error refusal() const {
    return make_error(ErrorCode::ssh_refused, fmt::format("host {} did not let \"{}\" in: {}", label(host_), host_.user,
                                                          tried_.empty() ? "there is no key to log in with" : tried_))
        .with_hint(fmt::format("find out why with \"ssh -v -p {} {}@{} true\", and name a key of its authorized_keys as hosts.{}.identity",
                               host_.port, host_.user, host_.address, host_.name));
  }

 private:
  Error broken(const std::string& why) const {
    return make_error(ErrorCode::host_unreachable, fmt::format("can't log in to host {}: {}", label(host_), why))
        .with_hint("run the command again once the host is up")
        .may_retry();
  }

  ssh_session session_;
  const SshHost& host_;
  Deadline deadline_;
  std::string tried_;
  bool denied_ = false;
};

Result<void> log_in(ssh_session session, const SshHost& host, Deadline deadline) {
  Attempts attempts(session, host, deadline);
  for (const auto& file : host.identities) {
    const auto means = fmt::format("key \"{}\"", file.native());
    const auto read = read_key(file);
    if (!read.key) {
      attempts.note(means, read.why_not);
      continue;
    }
    TRY_ASSIGN(const bool in, attempts.with(means, [&] { return ssh_userauth_publickey(session, nullptr, read.key.get()); }));
    if (in) return {};
  }
  if (host.agent == AgentUse::after_identities) {
    TRY_ASSIGN(const bool in, attempts.with("the agent's keys", [&] { return ssh_userauth_agent(session, nullptr); }));
    if (in) return {};
  }
  return fail(attempts.refusal());
}

}  // namespace

Result<SessionHandle> enter(const SshHost& host) {
  const auto deadline = Steady::now() + host.connect_limit;
  TRY_ASSIGN(auto session, dial(host, deadline));
  TRY_ASSIGN(const auto key, shown_key(session.get(), host));
  TRY(require_known(key, host));
  TRY(log_in(session.get(), host, deadline));
  return session;
}

}  // namespace tenantctl::ssh
