// Reads what bills are made of for many tenants at once.
#pragma once
#include <vector>

#include "adapters/postgres/connection.hpp"
#include "ports/billing_store.hpp"

namespace tenantctl::postgres {

/// Of all that are given, until the month's end, in a few queries. What can't be read of one becomes its history's error.
/// Errors: control_unreachable, sql_failed.
Result<void> read_histories(Connection& connection, Month month, std::vector<Billable>& billables);

/// A plan's terms as a row has them, by the row's own name of it. Errors: internal.
Result<Plan> terms_at(const Rows& rows, int row, int column, const std::string& plan);

}  // namespace tenantctl::postgres
