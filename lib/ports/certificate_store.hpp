// Which certificates tenants are to have, and how far that is. One is held by its row's lock while it is got or given up: of several
// that work through them one gets at a time, one that dies lets go at once, and one that sleeps keeps what it has.
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "core/certificate.hpp"
#include "core/result.hpp"

namespace tenantctl {

/// What is to be got.
struct IssueOrders {
  int weekly = 50;                      // new ones in seven days, by zone
  int renew_days = 30;                  // before the end
  bool only_new = false;                // those alone that were never tried
  std::optional<TenantId> tenant = {};  // empty: of any
};

enum class IssueRound : std::uint8_t {
  one,   // was tried
  none,  // is due that the budget allows
  busy,  // another process is getting one
};

class CertificateStore {
 public:
  virtual ~CertificateStore() = default;
  // Errors of all: control_unreachable, sql_failed.

  /// Its tenant is to have it. Requested already: success. Errors: foreign_object, where another tenant has one of that name;
  /// state_conflict, where its tenant is gone, or about to go.
  virtual Result<void> request(const CertificateOrder& order) = 0;
  /// Of that name; nothing where nobody is to have it.
  virtual Result<std::optional<Certificate>> find(const HostName& name) = 0;
  /// By name; of a tenant, or of all.
  virtual Result<std::vector<Certificate>> list(const std::optional<TenantId>& tenant) = 0;
  /// Has the next that is due got, and writes down how that went: of tenants that are active or suspended, and are not just being made or
  /// deleted. `issue` must not use the control database; where it gives nothing, it is as if nothing had been tried.
  virtual Result<IssueRound> issue_next(const IssueOrders& orders,
                                        const std::function<std::optional<CertificateEnd>(const Certificate&)>& issue) = 0;
  /// The next try is now: of what has none or failed at its last try, or, with `renewals`, of all.
  virtual Result<void> make_due(const std::optional<TenantId>& tenant, bool renewals) = 0;
  /// Has it given up on its host, and forgets it; whoever is getting it is waited for. False where it is not known: then `give_up`, which
  /// must not use the control database, is not asked. Errors: those of `give_up`; locked, where whoever gets it takes minutes.
  virtual Result<bool> remove(const CertificateOrder& order, const std::function<Result<void>(const Certificate&)>& give_up) = 0;
  /// When the new ones of the last seven days were got, oldest first.
  virtual Result<std::vector<Instant>> got_lately(const std::string& zone) = 0;
};

}  // namespace tenantctl
