// Builds a stack's template database from its files, under a name that is the files' hash, so that a changed file makes
// another template. A half-built one never carries that name, and nobody can log in to a finished one.
#pragma once
#include <string>
#include <vector>

#include "adapters/postgres/connection.hpp"
#include "ports/database_server.hpp"

namespace tenantctl::postgres {

/// "tctl_tpl_<stack>_<hash>", at most 55 bytes, so that the builder's suffix fits too. Errors: bad_value.
Result<DatabaseName> template_name(const TemplateSource& source);

/// Templates that a builder left half built; none while somebody builds. Errors: sql_failed, server_unreachable.
Result<std::vector<std::string>> half_built_templates(Connection& connection);
/// Absent is success. Errors: foreign_object, locked (somebody builds templates now), sql_failed, server_unreachable.
Result<void> drop_half_built(Connection& connection, const std::string& database);

class TemplateBuilder {
 public:
  /// `url` leads to the same server as `connection`, for a session inside the new database.
  TemplateBuilder(Connection& connection, const Secret& url, const TemplateSource& source)
      : connection_(connection), url_(url), source_(source) {}

  /// Builders on one server, in one maintenance database, wait for each other: up to two minutes.
  /// Errors: foreign_object, timed_out, sql_failed (naming the file, and the line where the server tells it), server_unreachable.
  Result<DatabaseName> ensure();

 private:
  enum class Found { nothing, ours, foreign };
  Result<Found> find(const std::string& database);
  Result<DatabaseName> ensure_locked(const DatabaseName& name);
  Result<void> prepare_owner();
  Result<void> build(const std::string& unfinished);
  Result<void> fill(const std::string& unfinished);
  Result<void> migrate(Connection& inside);
  Result<void> publish(const std::string& unfinished, const std::string& name);

  Connection& connection_;
  const Secret& url_;
  const TemplateSource& source_;
};

}  // namespace tenantctl::postgres
