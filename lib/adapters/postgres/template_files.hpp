// Runs a stack's schema and seed files, and says which file and line was at fault. The files are the operator's own: they are
// run as they are, under a role that can do no more than own what they make, unless a file itself resets the role.
#pragma once
#include <string>

#include "adapters/postgres/connection.hpp"
#include "ports/database_server.hpp"

namespace tenantctl::postgres {

class TemplateFiles {
 public:
  /// `preparation` is run before each file, so that no file sees the settings of the one before. `transaction` is the id of the
  /// one that all files are to stay in; empty: each file is a transaction of its own, unless it says otherwise.
  TemplateFiles(Connection& connection, std::string preparation, std::string transaction = {})
      : connection_(connection), preparation_(std::move(preparation)), transaction_(std::move(transaction)) {}

  /// A file of SQL. Errors: sql_failed, naming the file.
  Result<void> run(const TemplateSource::File& file) const;

  /// "NAME.csv" fills the table NAME, or SCHEMA.TABLE, in the columns of its header line; any other file is SQL.
  /// Errors: sql_failed, naming the file.
  Result<void> load(const TemplateSource::File& file) const;

 private:
  Result<void> copy(const TemplateSource::File& file) const;
  Result<void> check_transaction(const TemplateSource::File& file) const;
  Error blame(Error error, const TemplateSource::File& file) const;

  Connection& connection_;
  std::string preparation_;
  std::string transaction_;
};

/// The names in the first line of a CSV text, unquoted. Empty where it has none.
std::vector<std::string> csv_header(std::string_view text);

}  // namespace tenantctl::postgres
