// Logs in to a tenant's database as the tenant's application does, on one server. It reads who it has become, and nothing else.
#pragma once
#include "core/names.hpp"
#include "core/result.hpp"
#include "core/secret.hpp"

namespace tenantctl {

class LoginProbe {
 public:
  virtual ~LoginProbe() = default;
  /// May be called from several threads at once. Errors: server_unreachable (retryable; also for a refused password, which
  /// libpq doesn't tell apart), host_unreachable, host_key_*, ssh_refused, check_failed (somebody else, or somewhere else).
  virtual Result<void> log_in(const std::string& database, const std::string& login, const Secret& password) = 0;
};

}  // namespace tenantctl
