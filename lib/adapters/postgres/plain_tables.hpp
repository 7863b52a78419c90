// Reading what a tenant, or an archive of one, may have prepared for whoever reads it. A SELECT is planned, and the planner runs
// functions that stand in the expressions of a table's indexes, with the reader's rights. COPY of a table is not planned and runs nothing
// but the output functions of its types, which only a superuser can make.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "adapters/postgres/connection.hpp"

namespace tenantctl::postgres {

/// Until the transaction's end. A view may come to stand in a table's place: none is read (by a setting that releases before 15.8
/// lack), nor are rows that a policy's functions would have to judge.
Result<void> read_tables_only(Connection& connection);

struct PlainTable {
  std::string schema;
  std::string name;
};

/// By schema and name: those of one schema, or, where it is empty, of all but the server's own.
Result<std::vector<PlainTable>> plain_tables(Connection& connection, const std::string& schema);

/// Quoted, as statements name it.
std::string qualified(Connection& connection, const PlainTable& table);

/// How many rows a table itself has, without those that inherit from it.
Result<std::int64_t> count_rows(Connection& connection, const PlainTable& table);

/// The rows of a table with two columns of text, neither null.
Result<std::map<std::string, std::string>> read_pairs(Connection& connection, const std::string& table, const std::string& key,
                                                      const std::string& value);

}  // namespace tenantctl::postgres
