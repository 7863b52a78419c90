// What became of tenants' plans; the plans themselves are in plans.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "core/text_table.hpp"
#include "views/plans.hpp"

namespace tenantctl {
namespace {

/// Leaf by leaf: "limits.companies" and its value.
void flatten(const nlohmann::json& value, const std::string& name, std::map<std::string, std::string>& into) {
  if (!value.is_object()) {
    into[name] = value.is_string() ? value.get<std::string>() : value.dump();
    return;
  }
  for (const auto& [key, part] : value.items()) flatten(part, name.empty() ? key : name + "." + key, into);
}

std::map<std::string, std::string> flat(const Plan& plan) {
  std::map<std::string, std::string> values;
  flatten(plan_document(plan), "", values);
  values.erase("name");
  return values;
}

std::string value_of(const std::map<std::string, std::string>& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? "-" : found->second;
}

std::string names_of(const PlanChangeView& view) {
  return view.from.name == view.to.name ? fmt::format("plan {}", view.to.name.str())
                                        : fmt::format("plan {} -> {}", view.from.name.str(), view.to.name.str());
}

bool is_same(const PlanChangeView& view) { return view.from.name == view.to.name && differences(view.from, view.to).empty(); }

std::string result_of(const PlanChangeView& view, bool only_planned) {
  if (!view.failure.empty()) return "failed";
  if (only_planned && !view.above.empty()) return "would need --force";
  if (only_planned) return is_same(view) ? "as it is" : "would change";
  return view.operation.empty() ? "as it was" : "changed";
}

nlohmann::json document_of(const PlanChangeView& view) {
  return {{"tenant", view.slug},
          {"from", plan_document(view.from)},
          {"to", plan_document(view.to)},
          {"changed", !view.operation.empty()},
          {"operation", view.operation.empty() ? nlohmann::json() : nlohmann::json(view.operation)},
          {"differences", differences(view.from, view.to)},
          {"above_limits", view.above},
          {"failure", view.failure.empty() ? nlohmann::json() : nlohmann::json(view.failure)}};
}

}  // namespace

std::vector<std::string> differences(const Plan& from, const Plan& to) {
  const auto before = flat(from), after = flat(to);
  std::vector<std::string> lines;
  std::map<std::string, std::string> names = before;
  names.insert(after.begin(), after.end());
  for (const auto& entry : names) {
    const auto was = value_of(before, entry.first), is = value_of(after, entry.first);
    if (was != is) lines.push_back(fmt::format("{} {} -> {}", entry.first, was, is));
  }
  return lines;
}

Report plan_change_report(const PlanChangeView& view, bool only_planned) {
  const bool is_nothing = only_planned ? is_same(view) : view.operation.empty();
  Report report{.text = fmt::format("{} has plan {} with these terms already\n", view.slug, view.to.name.str()),
                .document = document_of(view)};
  report.document["dry_run"] = only_planned;
  if (is_nothing) return report;
  report.text = fmt::format("{}: {}{}\n", view.slug, names_of(view), only_planned ? ", nothing is changed yet" : "");
  for (const auto& line : differences(view.from, view.to)) report.text += fmt::format("  {}\n", line);
  for (const auto& line : view.above)
    report.text += fmt::format("above the limit{}: {}\n", only_planned ? ", which needs --force" : "", line);
  return report;
}

Report plan_changes_report(const std::vector<PlanChangeView>& views, bool only_planned) {
  if (views.empty())
    return {.text = "all of them have today's terms\n", .document = {{"changes", nlohmann::json::array()}, {"dry_run", only_planned}}};
  TextTable table({"TENANT", "RESULT", "WHAT"});
  auto documents = nlohmann::json::array();
  for (const auto& view : views) {
    const auto what = view.failure.empty() ? fmt::format("{}", fmt::join(differences(view.from, view.to), ", ")) : view.failure;
    const auto above = only_planned && !view.above.empty() ? fmt::format("uses {}; ", fmt::join(view.above, ", ")) : std::string();
    table.add({view.slug, result_of(view, only_planned), above + what});
    documents.push_back(document_of(view));
  }
  const bool failed = std::ranges::any_of(views, [](const auto& view) { return !view.failure.empty(); });
  return {.text = table.str(), .document = {{"changes", std::move(documents)}, {"dry_run", only_planned}}, .exit_status = failed ? 1 : 0};
}

Report tenant_plan_report(const TenantPlanView& view) {
  auto shown = plan_report(view.terms);
  auto history = nlohmann::json::array();
  for (const auto& [at, terms] : view.history) history.push_back({{"at", to_rfc3339(at)}, {"plan", terms.name.str()}});
  auto text = fmt::format("tenant  {}\n{}", view.slug, shown.text);
  if (!view.is_sold) text += "\nThis plan is sold no more.\n";
  else if (!view.is_as_sold) text += "\nThese are terms of an earlier day: \"tenantctl plans apply\" brings tenants up to today's.\n";
  if (view.history.size() > 1) {
    text += "\n";
    for (const auto& [at, terms] : view.history) text += fmt::format("since {}  {}\n", to_rfc3339(at), terms.name.str());
  }
  return {.text = std::move(text),
          .document = {
              {"tenant", view.slug}, {"plan", plan_document(view.terms)}, {"as_sold", view.is_as_sold}, {"history", std::move(history)}}};
}

}  // namespace tenantctl
