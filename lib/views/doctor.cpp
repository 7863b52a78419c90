#include "views/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text_table.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 3> k_results{"ok", "FAILED", "skipped"};

std::string_view name_of(HealthCheck::Result result) { return k_results[static_cast<std::size_t>(result)]; }

/// "half_template" -> "half template"
std::string words_of(ThingKind kind) {
  std::string text(to_string(kind));
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string remedy_text(const Orphan& orphan) {
  switch (remedy_of(orphan)) {
    case Remedy::fix: return "tenantctl doctor --fix";
    case Remedy::fix_unknown: return "tenantctl doctor --fix --include-unknown";
    case Remedy::by_hand: return "";
  }
  return "";
}

std::string whose(const Orphan& orphan) {
  if (!orphan.thing.tenant) return "nobody's";
  if (orphan.slug.empty()) return fmt::format("{} (not in the journal)", orphan.thing.tenant->str());
  return fmt::format("{} ({})", orphan.slug, orphan.thing.tenant->str());
}

nlohmann::json thing_document(const Thing& thing) {
  nlohmann::json document = {{"kind", to_string(thing.kind)}, {"name", thing.name}, {"place", thing.place}, {"tenant", nullptr}};
  if (thing.tenant) document["tenant"] = thing.tenant->str();
  if (!thing.detail.empty()) document["detail"] = thing.detail;
  return document;
}

std::string show_checks(const std::vector<HealthCheck>& checks, nlohmann::json& document) {
  TextTable table({"CHECK", "RESULT", ""});
  auto list = nlohmann::json::array();
  for (const auto& check : checks) {
    table.add({check.name, std::string(name_of(check.result)), check.detail + (check.hint.empty() ? "" : fmt::format("; {}", check.hint))});
    nlohmann::json line = {{"check", check.name},
                           {"ok", check.result == HealthCheck::Result::ok},
                           {"skipped", check.result == HealthCheck::Result::skipped},
                           {"detail", check.detail}};
    if (!check.hint.empty()) line["hint"] = check.hint;
    list.push_back(line);
  }
  document["checks"] = list;
  return table.str();
}

std::string show_orphans(const std::vector<Orphan>& orphans, nlohmann::json& document) {
  TextTable table({"ORPHAN", "NAME", "WHERE", "WHOSE", "REMOVED BY"});
  auto list = nlohmann::json::array();
  for (const auto& orphan : orphans) {
    const auto command = remedy_text(orphan);
    table.add({words_of(orphan.thing.kind), orphan.thing.name, orphan.thing.place, whose(orphan),
               command.empty() ? "hand, see docs/operations.md" : command});
    auto line = thing_document(orphan.thing);
    line["slug"] = orphan.slug.empty() ? nlohmann::json() : nlohmann::json(orphan.slug);
    line["command"] = command.empty() ? nlohmann::json() : nlohmann::json(command);
    list.push_back(line);
  }
  document["orphans"] = list;
  return orphans.empty() ? "" : "\n" + table.str();
}

std::string show_missing(const std::vector<Missing>& missing, nlohmann::json& document) {
  TextTable table({"MISSING", "NAME", "WHERE", "OF TENANT", "SEE"});
  auto list = nlohmann::json::array();
  for (const auto& entry : missing) {
    const auto command = "tenantctl operations show " + entry.operation;
    table.add({words_of(entry.kind), entry.name, entry.place, entry.slug, command});
    list.push_back({{"kind", to_string(entry.kind)},
                    {"name", entry.name},
                    {"place", entry.place},
                    {"tenant", entry.tenant.str()},
                    {"slug", entry.slug},
                    {"operation", entry.operation}});
  }
  document["missing"] = list;
  return missing.empty() ? "" : "\n" + table.str();
}

std::string show_unfinished(const std::vector<UnfinishedLine>& lines, nlohmann::json& document) {
  TextTable table({"UNFINISHED", "OF TENANT", "STATE", "HOLDS", "ENDED BY"});
  auto list = nlohmann::json::array();
  for (const auto& line : lines) {
    const auto& operation = line.unfinished.operation;
    const auto resume = "tenantctl resume " + operation.id.str();
    const auto rollback = "tenantctl rollback " + operation.id.str();
    const auto held = line.unfinished.things.size();
    table.add({fmt::format("{} {}", operation.kind, operation.id.str()), operation.slug,
               line.in_progress ? "in progress" : std::string(to_string(operation.state)),
               fmt::format("{} thing{}", held, held == 1 ? "" : "s"),
               line.in_progress ? "itself" : fmt::format("tenantctl resume, or {}", rollback)});
    auto things = nlohmann::json::array();
    for (const auto& thing : line.unfinished.things) things.push_back(thing_document(thing));
    list.push_back({{"operation", operation.id.str()},
                    {"kind", operation.kind},
                    {"tenant", operation.tenant.str()},
                    {"slug", operation.slug},
                    {"state", to_string(operation.state)},
                    {"in_progress", line.in_progress},
                    {"resume", resume},
                    {"rollback", rollback},
                    {"things", things}});
  }
  document["unfinished"] = list;
  return lines.empty() ? "" : "\n" + table.str();
}

std::string show_removed(const std::vector<Thing>& removed, nlohmann::json& document) {
  std::string text = removed.empty() ? "" : "\n";
  auto list = nlohmann::json::array();
  for (const auto& thing : removed) {
    text += fmt::format("removed {} \"{}\"\n", words_of(thing.kind), thing.name);
    list.push_back(thing_document(thing));
  }
  document["removed"] = list;
  return text;
}

}  // namespace

bool DoctorDetails::well() const {
  return orphans.empty() && missing.empty() &&
         std::ranges::all_of(checks, [](const HealthCheck& check) { return check.result == HealthCheck::Result::ok; }) &&
         std::ranges::all_of(unfinished, &UnfinishedLine::in_progress);
}

Report doctor_report(const DoctorDetails& details) {
  Report report{.text = {}, .document = {{"ok", details.well()}, {"notes", details.notes}}};
  report.text = show_checks(details.checks, report.document);
  report.text += show_removed(details.removed, report.document);
  report.text += show_orphans(details.orphans, report.document);
  report.text += show_missing(details.missing, report.document);
  report.text += show_unfinished(details.unfinished, report.document);
  if (!details.notes.empty()) report.text += "\n";
  for (const auto& note : details.notes) report.text += fmt::format("note: {}\n", note);
  if (details.well()) report.text += "\nall is well\n";
  else report.exit_status = info(ErrorCode::check_failed).exit_status;
  return report;
}

}  // namespace tenantctl
