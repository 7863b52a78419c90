// `bulk-create`: many tenants as one batch, made by several threads here and by whichever workers take part.
#include <fmt/format.h>

#include "commands/bulk_rows.hpp"
#include "commands/crew.hpp"
#include "commands/registry.hpp"
#include "core/hex.hpp"
#include "views/batches.hpp"

namespace tenantctl {
namespace {

struct BulkArgs {
  BulkRowsArgs rows;
  std::string batch;
  std::string on_error;  // empty: as it was begun, else continue
  std::size_t jobs = 8;
  bool no_wait = false;
  bool csv = false;
};

Result<BatchId> batch_id(const BulkArgs& args, Services& services) {
  return BatchId::parse(args.batch.empty() ? to_hex(random_bytes<4>(services.entropy())) : args.batch);
}

/// Its rows are in the control database when it returns.
Result<BatchId> begin(const BulkArgs& args, BatchId id, ControlPlane& control, Services& services) {
  if (!has_rows(args.rows)) {
    if (args.batch.empty())
      return fail(make_error(ErrorCode::usage, "it is not said which tenants")
                      .with_hint("pass --file FILE, or --count N --prefix P --email E, or --batch ID to go on with one"));
    if (!args.on_error.empty() || !args.rows.email.empty() || !args.rows.plan.empty() || !args.rows.stack.empty()) {
      return fail(make_error(ErrorCode::usage, "a batch that is gone on with keeps what it was begun with")
                      .with_hint("pass --batch alone, or name its file again"));
    }
    TRY(control.batches.begin_again(id));
    return id;
  }
  TRY_ASSIGN(const auto rows, read_bulk_rows(args.rows, services));
  const auto known = control.batches.find(id);
  if (!known && known.error().code != ErrorCode::batch_not_found) return fail(known.error());
  if (!known) TRY(check_names_free(rows, args.rows, control));
  auto on_error = known ? known->on_error : OnRowFailure::go_on;
  if (!args.on_error.empty()) { TRY_ASSIGN(on_error, parse_on_row_failure(args.on_error)); }
  const auto actor = services.actor();
  TRY(control.batches.begin({.id = id, .on_error = on_error, .actor = actor.name, .host = actor.host}, rows));
  return id;
}

Result<Report> report_on(const BatchId& id, std::optional<Error> stopped_by, const BulkArgs& args, ControlPlane& control) {
  TRY_ASSIGN(auto batch, control.batches.find(id));
  TRY_ASSIGN(const auto counts, control.batches.counts(id));
  TRY_ASSIGN(auto lines, control.batches.lines(id));
  return batch_report({.batch = std::move(batch),
                       .counts = counts,
                       .lines = std::move(lines),
                       .stopped_by = std::move(stopped_by),
                       .rows_as = args.csv ? BatchRowsAs::csv : BatchRowsAs::table});
}

/// Whatever it was, the rows that are not made can be gone on with.
Error unfinished_batch(const BatchId& id, const Error& why) {
  return make_error(ErrorCode::unfinished, fmt::format("batch \"{}\" is unfinished: {}", id.str(), full_message(why)))
      .with_hint(fmt::format("run \"tenantctl bulk-create --batch {}\" to go on", id.str()));
}

Result<Report> bulk_create(const BulkArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(auto made_up, batch_id(args, services));
  // Before it is begun: where the answer to that is lost, the operator can ask again under this name.
  services.progress().note(fmt::format("batch {}", made_up.str()));
  TRY_ASSIGN(const auto id, begin(args, std::move(made_up), control, services));
  if (args.no_wait) {
    auto report = report_on(id, {}, args, control);
    if (report) report->exit_status = 0;  // all that was asked for is done
    return report;
  }
  auto end = work({.batch = id, .threads = args.jobs}, services);
  auto report = report_on(id, end.stopped_by, args, control);
  if (!report) return fail(unfinished_batch(id, end.stopped_by.value_or(report.error())));
  return report;
}

struct ListBatchesArgs {
  std::size_t limit = 50;
};

Result<Report> list_batches(const ListBatchesArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto batches, control.batches.list(args.limit));
  return batch_list_report(batches);
}

struct ShowBatchArgs {
  std::string batch;
  bool csv = false;
};

Result<Report> show_batch(const ShowBatchArgs& args, Services& services) {
  TRY_ASSIGN(const auto id, BatchId::parse(args.batch));
  TRY_ASSIGN(auto control, services.control());
  auto shown = report_on(id, {}, {.rows = {}, .csv = args.csv}, control);
  if (shown) shown->exit_status = 0;  // it was only looked at
  return shown;
}

}  // namespace

void add_bulk_create(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<BulkArgs>(app, "bulk-create", "makes many tenants; a repeat goes on where it stopped",
                                           "tenantctl bulk-create --file customers.csv --batch spring-2026 --jobs 8\n  tenantctl "
                                           "bulk-create --count 20 --prefix demo --email \"admin@{slug}.test\"",
                                           chosen, bulk_create);
  add_bulk_rows(*sub, args->rows);
  sub->add_option("--batch", args->batch,
                  "what it is called (else a word is made up); with nothing else, go on with it and try again what failed")
      ->type_name("ID");
  sub->add_option("--jobs", args->jobs, "how many at once")->check(CLI::Range(1, 32))->capture_default_str();
  sub->add_option("--on-error", args->on_error,
                  "continue or stop: what becomes of the rows behind one that failed (else as the batch was begun, else continue)")
      ->type_name("CHOICE");
  sub->add_flag("--no-wait", args->no_wait, "only write the rows down, for \"tenantctl worker\" to make");
  sub->add_flag("--csv", args->csv, "print how each row ended as CSV");
}

void add_batches(CLI::App& app, Command& chosen) {
  auto* group = app.add_subcommand("batches", "shows what bulk-create has begun");
  group->fallthrough()->require_subcommand(1);
  group->footer("Example:\n  tenantctl batches list");
  auto [list_sub, list_args] =
      add_command<ListBatchesArgs>(*group, "list", "lists batches, newest first", "tenantctl batches list", chosen, list_batches);
  list_sub->add_option("--limit", list_args->limit, "how many at most")->check(CLI::Range(1, 10000))->capture_default_str();
  auto [show_sub, show_args] = add_command<ShowBatchArgs>(*group, "show", "shows how each row of a batch ended",
                                                          "tenantctl batches show spring-2026 --csv", chosen, show_batch);
  show_sub->add_option("batch", show_args->batch, "what it is called")->required()->type_name("BATCH");
  show_sub->add_flag("--csv", show_args->csv, "print the rows as CSV");
}

}  // namespace tenantctl
