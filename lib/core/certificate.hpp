// A tenant's certificate as values: what it is to be got for, where it lies, how far that is, and when another try makes sense.
#pragma once
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/instant.hpp"
#include "core/names.hpp"

namespace tenantctl {

/// Where certbot and nginx have it.
struct CertificatePlace {
  std::string host;              // of nginx, as tenantctl.yaml names it; empty: this machine
  std::filesystem::path home;    // certbot's folder there
  std::filesystem::path folder;  // nginx's there

  bool operator==(const CertificatePlace&) const = default;
};

/// What is to be got.
struct CertificateOrder {
  TenantId tenant;
  TenantSlug slug;
  std::vector<HostName> names;  // at least one; the first is what it is called by
  CertificatePlace place;
  std::string zone;  // the domain by which an authority counts it

  const HostName& name() const { return names.front(); }
};

/// How far that is.
struct Certificate {
  CertificateOrder order;
  Instant requested_at = {};
  std::optional<Instant> issued_at = {};  // of the one that is served; empty: none yet
  std::optional<Instant> not_after = {};
  Instant due_at = {};       // of the next try, or of the renewal
  int tries = 0;             // that failed, since the last that did not
  std::string problem = {};  // what the last of them came to

  bool pending() const { return !issued_at; }
};

/// How one try ended.
struct CertificateEnd {
  std::optional<Instant> not_after = {};  // of the one that was got; empty: none was
  std::string problem = {};               // then
  std::chrono::seconds pause{0};          // and until the next try
};

/// Until the next try after `tries` that failed in a row: authorities bear five failures of a name in an hour.
std::chrono::seconds certificate_pause_after(int tries);

/// When one that is to be got will have been, where `before` others wait for the same budget: `weekly` new ones in any seven days, of
/// which these were got already, oldest first.
Instant expected_at(const std::vector<Instant>& got, int weekly, std::size_t before, Instant now);

}  // namespace tenantctl
