// Whom the sandbox's servers run as: us, or, because PostgreSQL refuses root, an ordinary user that root drops to.
// It creates no user.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace tenantctl {

class ServerUser {
 public:
  /// For root: the owner of `data` (a database of an earlier run), else the first of tenantctl, postgres and nobody.
  /// Errors: sandbox_failed (no such user).
  static Result<ServerUser> choose(const std::filesystem::path& data);

  const std::string& name() const { return name_; }
  uid_t uid() const { return uid_; }
  gid_t gid() const { return gid_; }
  bool dropped() const { return dropped_; }

  /// `argv` run as this user: behind setpriv, which execs, so that the pid stays the server's.
  std::vector<std::string> as_user(std::vector<std::string> argv) const;

  /// The whole environment for a server: nothing of ours, which may hold secrets, is passed on.
  std::vector<std::string> environment() const;

 private:
  ServerUser() = default;
  std::string name_;
  std::string home_;
  uid_t uid_ = 0;
  gid_t gid_ = 0;
  bool dropped_ = false;
};

}  // namespace tenantctl
