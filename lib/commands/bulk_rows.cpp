#include "commands/bulk_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "commands/make_job.hpp"
#include "core/placeholders.hpp"

namespace tenantctl {
namespace {

constexpr std::size_t k_most_errors = 50;
constexpr std::size_t k_most_rows = 100'000;

/// All that is wrong, a line each.
Error errors_of(ErrorCode code, const BulkRowsArgs& args, const std::vector<RowError>& errors) {
  const auto place = args.file.empty() ? std::string("the rows") : fmt::format("\"{}\"", args.file.string());
  auto message = fmt::format("{} {} not good, and nothing was begun:", place, args.file.empty() ? "are" : "is");
  for (std::size_t i = 0; i < std::min(errors.size(), k_most_errors); ++i)
    message += fmt::format("\n{} {}: {}", args.file.empty() ? "row" : "line", errors[i].line, errors[i].message);
  if (errors.size() > k_most_errors) message += fmt::format("\nand {} more", errors.size() - k_most_errors);
  return make_error(code, std::move(message));
}

std::string said(const Error& error) {
  return error.hint.empty() ? full_message(error) : fmt::format("{} ({})", full_message(error), error.hint);
}

std::vector<TenantRow> counted(const BulkRowsArgs& args) {
  std::vector<TenantRow> rows;
  const auto* joint = args.prefix.ends_with('-') ? "" : "-";
  for (std::size_t i = 1; i <= args.count; ++i)
    rows.push_back({.line = static_cast<int>(i), .slug = fmt::format("{}{}{}", args.prefix, joint, i)});
  return rows;
}

Result<std::vector<TenantRow>> rows_of(const BulkRowsArgs& args, Services& services) {
  if (!args.file.empty() && args.count > 0)
    return fail(make_error(ErrorCode::usage, "--file and --count were given together").with_hint("pass one of the two"));
  if (args.file.empty()) {
    if (args.prefix.empty() || args.email.empty())
      return fail(
          make_error(ErrorCode::usage, "--count needs --prefix and --email").with_hint("pass --prefix demo --email \"admin@{slug}.test\""));
    return counted(args);
  }
  TRY_ASSIGN(const auto format, row_format_of(args.file.filename().string()));
  TRY_ASSIGN(const auto text, services.read_file(args.file));
  auto read = read_tenant_rows(format, text);
  if (!read.errors.empty()) return fail(errors_of(ErrorCode::bad_value, args, read.errors));
  return std::move(read.rows);
}

Result<TenantSlug> slug_of(const TenantRow& row) {
  return row.slug.empty() ? slug_from_username(row.username) : TenantSlug::parse(row.slug);
}

void complete(TenantRow& row, const BulkRowsArgs& args) {
  if (row.plan.empty()) row.plan = args.plan;
  if (row.stack.empty()) row.stack = args.stack;
  if (row.email.empty()) row.email = args.email;
  const auto slug = slug_of(row);
  if (slug) row.email = fill_placeholders(row.email, {{"{slug}", slug->str()}});  // else the row is refused anyway
}

}  // namespace

void add_bulk_rows(CLI::App& sub, BulkRowsArgs& args) {
  auto* file = sub.add_option("--file", args.file,
                              "CSV, JSON or YAML, with the fields slug or username, email, company, owner, plan, stack, ttl and set.KEY")
                   ->type_name("FILE");
  auto* count = sub.add_option("--count", args.count, "instead of a file: so many, called PREFIX-1, PREFIX-2 …")
                    ->check(CLI::Range(std::size_t{1}, k_most_rows))
                    ->excludes(file);
  sub.add_option("--prefix", args.prefix, "what the counted ones' names begin with")->needs(count);
  sub.add_option("--email", args.email, "the administrator of rows that name none; {slug} in it is filled in")->type_name("ADDRESS");
  sub.add_option("--plan", args.plan, "the plan of rows that name none (else the configuration's default_plan)");
  sub.add_option("--stack", args.stack, "the stack of rows that name none (else the configuration's default_stack)");
}

bool has_rows(const BulkRowsArgs& args) { return !args.file.empty() || args.count > 0; }

Result<std::vector<TenantRow>> read_bulk_rows(const BulkRowsArgs& args, Services& services) {
  TRY_ASSIGN(auto rows, rows_of(args, services));
  if (rows.size() > k_most_rows)
    return fail(make_error(ErrorCode::bad_value, fmt::format("{} rows are too many for one batch", rows.size()))
                    .with_hint(fmt::format("split the file: a batch has at most {}", k_most_rows)));
  std::vector<RowError> errors;
  std::map<std::string, int> seen;
  for (auto& row : rows) {
    complete(row, args);
    const auto request = read_create(create_args(row), services);
    if (!request) {
      // What is wrong with the configuration is wrong with every row.
      if (info(request.error().code).exit_status == info(ErrorCode::config_invalid).exit_status) return fail(request.error());
      errors.push_back({row.line, said(request.error())});
      continue;
    }
    const auto [first, is_new] = seen.emplace(request->plan.slug.str(), row.line);
    if (!is_new) errors.push_back({row.line, fmt::format("\"{}\" is the name of line {} too", first->first, first->second)});
  }
  if (!errors.empty()) return fail(errors_of(ErrorCode::bad_value, args, errors));
  return rows;
}

Result<void> check_names_free(const std::vector<TenantRow>& rows, const BulkRowsArgs& args, ControlPlane& control) {
  std::map<std::string, int> lines;
  for (const auto& row : rows) {
    TRY_ASSIGN(const auto slug, slug_of(row));
    lines.emplace(slug.str(), row.line);
  }
  std::vector<std::string> names;
  for (const auto& [slug, line] : lines) names.push_back(slug);
  TRY_ASSIGN(const auto taken, control.tenants.taken(names));
  std::vector<RowError> errors;
  for (const auto& name : taken)
    errors.push_back(
        {lines.at(name), fmt::format("tenant \"{}\" exists already, or its name is kept from use since it was deleted", name)});
  std::ranges::sort(errors, {}, &RowError::line);
  if (errors.empty()) return {};
  return fail(errors_of(ErrorCode::tenant_exists, args, errors)
                  .with_hint("take those rows out, or run \"tenantctl list\" to see whose names they are"));
}

}  // namespace tenantctl
