#include "views/batches.hpp"

#include <fmt/format.h>

#include "core/text_table.hpp"
#include "views/csv.hpp"

namespace tenantctl {
namespace {

constexpr std::size_t k_small = 50;

std::string_view state_of(const BatchCounts& counts) {
  if (counts.waiting + counts.running == 0) return "finished";
  return counts.stopped && counts.running == 0 ? "stopped" : "unfinished";
}

nlohmann::json counts_document(const Batch& batch, const BatchCounts& counts) {
  return {{"batch", batch.id.str()},
          {"state", state_of(counts)},
          {"on_error", to_string(batch.on_error)},
          {"actor", batch.actor},
          {"host", batch.host},
          {"created_at", to_rfc3339(batch.created_at)},
          {"rows_total", counts.total()},
          {"succeeded", counts.succeeded},
          {"failed", counts.failed},
          {"waiting", counts.waiting},
          {"running", counts.running}};
}

nlohmann::json line_document(const JobLine& line) {
  nlohmann::json error = nullptr;
  if (!line.error_code.empty()) error = {{"code", line.error_code}, {"message", line.error_message}, {"hint", line.error_hint}};
  return {{"row", line.row},
          {"slug", line.slug},
          {"state", to_string(line.state)},
          {"operation", line.operation.empty() ? nlohmann::json(nullptr) : nlohmann::json(line.operation)},
          {"error", std::move(error)},
          {"try", line.attempt},
          {"duration_ms", line.duration_ms}};
}

std::string rows_table(const std::vector<JobLine>& lines) {
  TextTable table({"ROW", "TENANT", "STATE", "MS", "ERROR"});
  bool any = false;
  for (const auto& line : lines) {
    if (lines.size() > k_small && line.state != JobState::failed) continue;
    any = true;
    table.add(
        {std::to_string(line.row), line.slug, std::string(to_string(line.state)), std::to_string(line.duration_ms), line.error_message});
  }
  return any ? table.str() : std::string();
}

std::string rows_csv(const std::vector<JobLine>& lines) {
  std::string text = "row,slug,state,operation,error_code,error_message,duration_ms\n";
  for (const auto& line : lines) {
    text += fmt::format("{},{},{},{},{},{},{}\n", line.row, csv_cell(line.slug), to_string(line.state), line.operation, line.error_code,
                        csv_cell(line.error_message), line.duration_ms);
  }
  return text;
}

std::string summary(const BatchDetails& details) {
  const auto& counts = details.counts;
  auto text = fmt::format("batch {}: {} of {} succeeded", details.batch.id.str(), counts.succeeded, counts.total());
  if (counts.failed > 0) text += fmt::format(", {} failed", counts.failed);
  if (counts.running > 0) text += fmt::format(", {} being made", counts.running);
  if (counts.waiting > 0) text += fmt::format(", {} not begun", counts.waiting);
  text += '\n';
  if (details.stopped_by) text += fmt::format("stopped: {}\n", full_message(*details.stopped_by));
  if (counts.failed + counts.waiting + counts.running > 0)
    text += fmt::format("run \"tenantctl bulk-create --batch {}\" to go on, and to try again what failed\n", details.batch.id.str());
  return text;
}

int status_of(const BatchDetails& details) {
  const auto& counts = details.counts;
  if (counts.waiting + counts.running > 0 && !counts.is_over()) return info(ErrorCode::unfinished).exit_status;
  return counts.succeeded == counts.total() ? 0 : info(ErrorCode::operation_failed).exit_status;
}

}  // namespace

Report batch_report(const BatchDetails& details) {
  auto document = counts_document(details.batch, details.counts);
  document["stopped_by"] = error_document(details.stopped_by);
  auto& rows = document["rows"] = nlohmann::json::array();
  for (const auto& line : details.lines) rows.push_back(line_document(line));
  auto text = details.rows_as == BatchRowsAs::csv ? rows_csv(details.lines) : rows_table(details.lines) + summary(details);
  return {.text = std::move(text), .document = std::move(document), .exit_status = status_of(details)};
}

Report batch_list_report(const std::vector<std::pair<Batch, BatchCounts>>& batches) {
  TextTable table({"BATCH", "BEGUN", "BY", "STATE", "ROWS", "SUCCEEDED", "FAILED", "WAITING"});
  auto list = nlohmann::json::array();
  for (const auto& [batch, counts] : batches) {
    table.add({batch.id.str(), to_rfc3339(batch.created_at), batch.actor, std::string(state_of(counts)), std::to_string(counts.total()),
               std::to_string(counts.succeeded), std::to_string(counts.failed), std::to_string(counts.waiting + counts.running)});
    list.push_back(counts_document(batch, counts));
  }
  return {.text = batches.empty() ? "no batches\n" : table.str(), .document = {{"batches", list}}};
}

}  // namespace tenantctl
