// Reports about batches: how each row ended, and which batches there are.
#pragma once
#include <optional>
#include <utility>
#include <vector>

#include "core/batch.hpp"
#include "views/report.hpp"

namespace tenantctl {

enum class BatchRowsAs { table, csv };

struct BatchDetails {
  Batch batch;
  BatchCounts counts;
  std::vector<JobLine> lines;
  std::optional<Error> stopped_by = {};  // why this command ended before the batch was over
  BatchRowsAs rows_as = BatchRowsAs::table;
};

/// Ends with 0 where every row succeeded, with 10 where the batch can be gone on with, and else with 1. People see the rows that
/// failed, and of a small batch all.
Report batch_report(const BatchDetails& details);

Report batch_list_report(const std::vector<std::pair<Batch, BatchCounts>>& batches);

}  // namespace tenantctl
