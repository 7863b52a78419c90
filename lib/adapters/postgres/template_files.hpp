// Runs a stack's schema and seed files in a template database, and says which file and line was at fault. The files are
// the operator's own: they are run as they are, under a role that can do no more than own what they make.
#pragma once
#include <string>

#include "adapters/postgres/connection.hpp"
#include "ports/database_server.hpp"

namespace tenantctl::postgres {

class TemplateFiles {
 public:
  /// `preparation` is run before each file, so that no file sees the settings of the one before.
  TemplateFiles(Connection& connection, std::string preparation) : connection_(connection), preparation_(std::move(preparation)) {}

  /// A file of SQL. Errors: sql_failed, naming the file.
  Result<void> run(const TemplateSource::File& file) const;

  /// "NAME.csv" fills the table NAME, or SCHEMA.TABLE, in the columns of its header line; any other file is SQL.
  /// Errors: sql_failed, naming the file.
  Result<void> load(const TemplateSource::File& file) const;

 private:
  Result<void> copy(const TemplateSource::File& file) const;
  Error blame(Error error, const TemplateSource::File& file) const;

  Connection& connection_;
  std::string preparation_;
};

/// The names in the first line of a CSV text, unquoted. Empty where it has none.
std::vector<std::string> csv_header(std::string_view text);

}  // namespace tenantctl::postgres
