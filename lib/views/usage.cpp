#include "views/usage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "core/plans.hpp"
#include "core/text_table.hpp"
#include "views/csv.hpp"
#include "views/limits.hpp"

namespace tenantctl {
namespace {

std::string result_of_collecting(const CollectedLine& line) {
  if (line.failure) return "failed: " + full_message(*line.failure);
  return "its queries are left out: another operation holds it";
}

std::string collected_text(const CollectedView& view, std::size_t failed) {
  std::string text;
  for (const auto& [what, error] : view.failures) text += fmt::format("{}: failed: {}\n", what, full_message(error));
  for (const auto& line : view.lines) {
    if (line.failure || line.is_held) text += fmt::format("{}: {}\n", line.slug, result_of_collecting(line));
  }
  text += fmt::format("{} tenant{} measured, {} failed; {} requests counted\n", view.lines.size() - failed,
                      view.lines.size() - failed == 1 ? "" : "s", failed, view.requests);
  if (view.unreadable_lines > 0) text += fmt::format("{} lines of nginx's log are none of its format\n", view.unreadable_lines);
  return text;
}

nlohmann::json collected_document(const CollectedLine& line) {
  return {{"tenant", line.slug}, {"usage", line.used}, {"held", line.is_held}, {"error", error_document(line.failure)}};
}

const MonthUse* use_of(const MonthLine& line, const Resource& resource) {
  const auto found = std::ranges::find(line.uses, &resource, &MonthUse::resource);
  return found == line.uses.end() ? nullptr : &*found;
}

/// "42 of 1000", and above the limit "1042 of 1000 (over)".
std::string use_text(const MonthUse* use) {
  if (use == nullptr) return "-";
  const std::string name(use->resource->name);
  const bool is_daily = use->resource->kind == ResourceKind::day && use->limit;
  auto text = amount_text(name, use->used);
  if (is_daily) text += fmt::format(", {} on a day", amount_text(name, use->peak));
  if (use->limit) text += fmt::format(" of {}", amount_text(name, *use->limit));
  return text + (use->is_over() ? " (over)" : "");
}

/// Those that anybody used, in their order.
std::vector<const Resource*> resources_of(const std::vector<MonthLine>& lines) {
  std::vector<const Resource*> resources;
  for (const auto& resource : used_resources()) {
    if (std::ranges::any_of(lines, [&](const MonthLine& line) { return use_of(line, resource) != nullptr; }))
      resources.push_back(&resource);
  }
  return resources;
}

std::string heading_of(const Resource& resource) {
  std::string text(resource.name);
  for (char& c : text) c = c == '_' ? ' ' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return text;
}

std::string month_table(Month month, const std::vector<MonthLine>& lines) {
  if (lines.empty()) return fmt::format("nobody used anything in {}\n", month_text(month));
  const auto resources = resources_of(lines);
  std::vector<std::string> header{"TENANT", "PLAN"};
  for (const auto* resource : resources) header.push_back(heading_of(*resource));
  TextTable table(std::move(header));
  for (const auto& line : lines) {
    std::vector<std::string> cells{line.slug, line.plan};
    for (const auto* resource : resources) cells.push_back(use_text(use_of(line, *resource)));
    table.add(std::move(cells));
  }
  return table.str();
}

/// All resources, whoever used them, so that every month has the same columns. An empty cell of a limit: there is none.
std::string month_csv(const std::vector<MonthLine>& lines) {
  std::string text = "tenant,plan";
  for (const auto& resource : used_resources()) text += fmt::format(",{0},{0}_peak,{0}_limit", resource.name);
  text += ",over\n";
  for (const auto& line : lines) {
    text += fmt::format("{},{}", csv_cell(line.slug), csv_cell(line.plan));
    std::string over;
    for (const auto& resource : used_resources()) {
      const auto* use = use_of(line, resource);
      text += use == nullptr ? ",0,0," : fmt::format(",{},{},", use->used, use->peak);
      if (use != nullptr && use->limit) text += std::to_string(*use->limit);
      if (use != nullptr && use->is_over()) over += (over.empty() ? "" : " ") + std::string(resource.name);
    }
    text += fmt::format(",{}\n", over);
  }
  return text;
}

nlohmann::json month_document(const MonthLine& line) {
  auto uses = nlohmann::json::array();
  for (const auto& use : line.uses) {
    uses.push_back({{"resource", use.resource->name},
                    {"used", use.used},
                    {"peak", use.peak},
                    {"limit", use.resource->is_limited ? limit_document(use.limit) : nlohmann::json()},
                    {"over", use.is_over()}});
  }
  return {{"tenant", line.slug}, {"plan", line.plan}, {"usage", std::move(uses)}};
}

}  // namespace

Report usage_collected_report(CollectedView view) {
  const auto failed =
      static_cast<std::size_t>(std::ranges::count_if(view.lines, [](const auto& line) { return line.failure.has_value(); }));
  auto failures = nlohmann::json::array();
  for (const auto& [what, error] : view.failures) failures.push_back({{"what", what}, {"error", error_document(error)}});
  Report report{.document = {{"measured", view.lines.size() - failed},
                             {"failed", failed},
                             {"requests", view.requests},
                             {"unreadable_lines", view.unreadable_lines},
                             {"pruned_reports", view.pruned},
                             {"failures", std::move(failures)},
                             {"tenants", nlohmann::json::array()}},
                .exit_status = failed > 0 || !view.failures.empty() ? 1 : 0};
  const auto shared = std::make_shared<const CollectedView>(std::move(view));
  report.list = LongList{.key = "tenants",
                         .size = shared->lines.size(),
                         .at = [shared](std::size_t i) { return collected_document(shared->lines[i]); },
                         .text = [shared, failed] { return collected_text(*shared, failed); }};
  return report;
}

Report usage_month_report(Month month, std::vector<MonthLine> lines, MonthAs as) {
  for (auto& line : lines) std::ranges::sort(line.uses, {}, &MonthUse::resource);  // in the table's order
  const auto shared = std::make_shared<const std::vector<MonthLine>>(std::move(lines));
  const auto text = [shared, month, as] { return as == MonthAs::csv ? month_csv(*shared) : month_table(month, *shared); };
  return {
      .document = {{"month", month_text(month)}, {"tenants", nlohmann::json::array()}},
      .list = LongList{
          .key = "tenants", .size = shared->size(), .at = [shared](std::size_t i) { return month_document((*shared)[i]); }, .text = text}};
}

}  // namespace tenantctl
