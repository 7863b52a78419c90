// What trying to cross the borders between tenants has come to. Values only: isolation/ tries, the views tell.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/instant.hpp"
#include "core/names.hpp"

namespace tenantctl {

/// What lies between a tenant and what is not its own, in the order of the matrix.
enum class Border : std::uint8_t { databases, schemas, roles, server, http, keys, files };
inline constexpr std::size_t k_borders = 7;
std::string_view to_string(Border border);
Result<Border> parse_border(std::string_view text);

enum class Severity : std::uint8_t { low, medium, high, critical };
std::string_view to_string(Severity severity);
Result<Severity> parse_severity(std::string_view text);

enum class Verdict : std::uint8_t {
  breach,
  inconclusive,  // it was refused, but it can't be shown that it could have succeeded; or it could not be tried
  accepted,      // by the baseline, with a reason
  visible,       // what this kind of stack can't close
};
std::string_view to_string(Verdict verdict);

/// A statement that closes a hole, and where it is to be run: in that database, or, where it has no name, in the provisioner's own.
struct ClosingStatement {
  std::string sql;
  std::string database = {};
};

/// What is not, or not provably, isolated. What is, is only counted.
struct Finding {
  std::string probe;
  Border border{};
  Severity severity{};
  Verdict verdict = Verdict::breach;
  std::string object;                             // what the tenant got into, or was to be kept from: "globex", "database postgres"
  std::string detail;                             // what happened
  std::string close;                              // what to do, for people
  std::vector<ClosingStatement> statements = {};  // that do it
  std::string reason = {};                        // why it is accepted
};

/// How it went for one tenant.
struct TenantIsolation {
  TenantId id;
  TenantSlug slug;
  std::string server;
  std::map<std::string, std::size_t> tries = {};  // by probe; those of findings too
  std::vector<Finding> findings = {};
  std::chrono::milliseconds took{0};

  std::size_t count(Verdict verdict) const;
  std::size_t all_tries() const;
  /// What was tried of the same tenant at other borders.
  void add(TenantIsolation&& more);
  /// Neither a breach nor anything inconclusive.
  bool isolated() const { return count(Verdict::breach) == 0 && count(Verdict::inconclusive) == 0; }
};

/// What is kept of it.
struct IsolationRecord {
  Instant at{};
  std::int64_t tries = 0;
  int breaches = 0;
  int inconclusive = 0;
  int accepted = 0;
};

/// Whether the servers were found as they were left.
struct Untouched {
  std::string server;
  std::vector<std::string> changes = {};  // "+ role …", "- database …"; empty: none
};

}  // namespace tenantctl
