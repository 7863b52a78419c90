#include "views/migrations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text_table.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 7> k_migration_outcomes{"migrated", "up to date", "behind", "locked", "failed", "gone", "closed"};
constexpr std::array<std::string_view, 4> k_spread_places{"current", "behind", "unknown", "other files"};
constexpr std::size_t k_few_tenants = 50;  // tenants; of more, only what needs a person is listed

std::string json_word(std::string_view text) {
  std::string word(text);
  std::ranges::replace(word, ' ', '_');
  return word;
}

std::string version_or_unknown(const std::string& version) { return version.empty() ? "?" : version; }

nlohmann::json version_document(const std::string& version) { return version.empty() ? nlohmann::json(nullptr) : nlohmann::json(version); }

std::size_t count(const StackLines& stack, MigrationOutcome outcome) {
  return static_cast<std::size_t>(std::ranges::count(stack.lines, outcome, &MigrationLine::outcome));
}

std::size_t count(const MigrationRun& run, MigrationOutcome outcome) {
  std::size_t sum = 0;
  for (const auto& stack : run.stacks) sum += count(stack, outcome);
  return sum;
}

std::string table_of(const StackLines& stack) {
  TextTable table({"TENANT", "FROM", "TO", "RESULT", "MS", "ERROR"});
  bool any = false;
  for (const auto& line : stack.lines) {
    if (stack.lines.size() > k_few_tenants && line.outcome != MigrationOutcome::failed && line.outcome != MigrationOutcome::locked)
      continue;
    any = true;
    const auto result = std::string(to_string(line.outcome)) + (line.canary ? " (canary)" : "");
    table.add({line.slug, version_or_unknown(line.from), version_or_unknown(line.to), result, std::to_string(line.duration_ms),
               line.error ? full_message(*line.error) : ""});
  }
  return any ? table.str() : std::string();
}

std::string summary(const StackLines& stack, bool dry) {
  auto text = fmt::format("stack {}, version {}: ", stack.stack, stack.version);
  if (dry) return text + fmt::format("{} would be migrated, {} up to date\n", stack.lines.size(), stack.up_to_date);
  text += fmt::format("{} migrated, {} up to date", count(stack, MigrationOutcome::migrated),
                      stack.up_to_date + count(stack, MigrationOutcome::up_to_date));
  if (const auto failed = count(stack, MigrationOutcome::failed)) text += fmt::format(", {} failed", failed);
  if (const auto locked = count(stack, MigrationOutcome::locked)) text += fmt::format(", {} locked", locked);
  if (const auto closed = count(stack, MigrationOutcome::closed)) text += fmt::format(", {} closed", closed);
  if (const auto left = count(stack, MigrationOutcome::behind)) text += fmt::format(", {} not begun", left);
  if (stack.pool_filled + stack.pool_dropped > 0) text += fmt::format("; pool: {} made, {} dropped", stack.pool_filled, stack.pool_dropped);
  text += '\n';
  if (stack.error) text += fmt::format("failed: {}\n", full_message(*stack.error));
  return text;
}

/// The first hint of those that failed, which is mostly everybody's.
std::string hint_of(const MigrationRun& run) {
  for (const auto& stack : run.stacks) {
    if (stack.error && !stack.error->hint.empty()) return stack.error->hint;
    for (const auto& line : stack.lines) {
      if (line.error && !line.error->hint.empty()) return line.error->hint;
    }
  }
  return {};
}

bool only_unreachable(const MigrationRun& run) {
  bool any = false;
  for (const auto& stack : run.stacks) {
    if (stack.error && !is_unreachable(stack.error->code)) return false;
    any = any || stack.error;
    for (const auto& line : stack.lines) {
      if (line.outcome == MigrationOutcome::migrated ||
          (line.error && !is_unreachable(line.error->code) && line.error->code != ErrorCode::locked))
        return false;
      any = any || (line.error && is_unreachable(line.error->code));
    }
  }
  return any;
}

int status_of(const MigrationRun& run) {
  if (run.dry) return 0;
  if (run.stopped_by) return info(run.stopped_by->code).exit_status;
  if (only_unreachable(run)) return info(ErrorCode::server_unreachable).exit_status;
  const bool stack_failed = std::ranges::any_of(run.stacks, [](const StackLines& stack) { return stack.error.has_value(); });
  if (stack_failed || count(run, MigrationOutcome::failed) > 0) return info(ErrorCode::operation_failed).exit_status;
  return count(run, MigrationOutcome::locked) > 0 ? info(ErrorCode::locked).exit_status : 0;
}

nlohmann::json stack_document(const StackLines& stack) {
  auto tenants = nlohmann::json::array();
  for (const auto& line : stack.lines) {
    tenants.push_back({{"slug", line.slug},
                       {"from", version_document(line.from)},
                       {"to", version_document(line.to)},
                       {"result", json_word(to_string(line.outcome))},
                       {"canary", line.canary},
                       {"error", error_document(line.error)},
                       {"duration_ms", line.duration_ms}});
  }
  return {{"stack", stack.stack},
          {"version", stack.version},
          {"migrated", count(stack, MigrationOutcome::migrated)},
          {"up_to_date", stack.up_to_date + count(stack, MigrationOutcome::up_to_date)},
          {"failed", count(stack, MigrationOutcome::failed)},
          {"locked", count(stack, MigrationOutcome::locked)},
          {"behind", count(stack, MigrationOutcome::behind)},
          {"closed", count(stack, MigrationOutcome::closed)},
          {"pool", {{"filled", stack.pool_filled}, {"dropped", stack.pool_dropped}}},
          {"error", error_document(stack.error)},
          {"tenants", std::move(tenants)}};
}

}  // namespace

std::string_view to_string(MigrationOutcome outcome) { return k_migration_outcomes[static_cast<std::size_t>(outcome)]; }

Report migration_report(const MigrationRun& run) {
  std::string text;
  auto stacks = nlohmann::json::array();
  for (const auto& stack : run.stacks) {
    text += table_of(stack) + summary(stack, run.dry);
    stacks.push_back(stack_document(stack));
  }
  const int status = status_of(run);
  if (run.stacks.empty()) text = "no stack has migrations\n";
  if (run.stopped_by) text += fmt::format("stopped: {}\n", full_message(*run.stopped_by));
  if (const auto hint = hint_of(run); !hint.empty()) text += fmt::format("hint: {}\n", hint);
  if (status != 0) text += "run \"tenantctl migrate\" again to go on, once that is mended\n";
  return {.text = std::move(text),
          .document = {{"dry_run", run.dry}, {"stopped_by", error_document(run.stopped_by)}, {"stacks", std::move(stacks)}},
          .exit_status = status};
}

Report migration_status_report(const std::vector<StackSpread>& stacks, const std::vector<SpreadLine>& lines) {
  TextTable table({"STACK", "VERSION", "TENANTS", "FAILED", "STATE"});
  auto list = nlohmann::json::array();
  for (const auto& stack : stacks) {
    auto versions = nlohmann::json::array();
    for (const auto& line : lines) {
      if (line.stack != stack.stack) continue;
      const auto place = k_spread_places[static_cast<std::size_t>(line.place)];
      table.add(
          {line.stack, version_or_unknown(line.version), std::to_string(line.tenants), std::to_string(line.failed), std::string(place)});
      versions.push_back(
          {{"version", version_document(line.version)}, {"tenants", line.tenants}, {"failed", line.failed}, {"state", json_word(place)}});
    }
    if (versions.empty()) table.add({stack.stack, stack.version, "0", "0", "current"});
    list.push_back({{"stack", stack.stack},
                    {"version", stack.version},
                    {"versions", std::move(versions)},
                    {"pool", {{"ready", stack.pool_ready}, {"stale", stack.pool_stale}}}});
  }
  return {.text = stacks.empty() ? "no stack has migrations\n" : table.str(), .document = {{"stacks", std::move(list)}}};
}

}  // namespace tenantctl
