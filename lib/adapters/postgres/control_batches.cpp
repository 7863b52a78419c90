#include "adapters/postgres/control_batches.hpp"

#include <fmt/format.h>

#include <set>

#include "adapters/postgres/control_json.hpp"
#include "adapters/postgres/held_locks.hpp"
#include "adapters/postgres/lock_keys.hpp"
#include "core/events.hpp"
#include "core/sha256.hpp"

namespace tenantctl::postgres {
namespace {

// Rows go in by the thousand: a statement with ten thousand of them would hold them three times over in memory.
constexpr std::size_t k_rows_at_once = 1000;
// A job that could not be brought to an end is tried again after that.
constexpr const char* k_pause = "3 seconds";
// One that found no server to be placed on: others, of stacks that have room, come first.
constexpr const char* k_long_pause = "1 minute";

constexpr const char* k_insert_batch = R"sql(
  insert into batches (id, digest, on_error, actor, host) values ($1, $2, $3, $4, $5) on conflict (id) do nothing)sql";

constexpr const char* k_insert_rows = R"sql(
  insert into jobs (batch, row, request)
  select $1, $2::int + r.ordinality, r.value from jsonb_array_elements($3::jsonb) with ordinality as r)sql";

constexpr const char* k_put_back = R"sql(
  with lifted as (update batches set stopped = false where id = $1)
  update jobs set state = 'waiting', try = try + 1, not_before = null, worker = null, lease_until = null, operation = null,
                  error_code = null, error_message = null, error_hint = null, duration_ms = null, ended_at = null
   where batch = $1 and state = 'failed')sql";

// One that is given back keeps its try, as its idempotency key leads to what it has begun; where that was undone the key is spent.
const std::string k_end = fmt::format(R"sql(
  with given as (
    select e ->> 'batch' as batch, (e ->> 'row')::int as row, (e ->> 'fence')::bigint as fence, e ->> 'state' as state,
           nullif(e ->> 'operation', '')::uuid as operation, e ->> 'key' as key, nullif(e ->> 'code', '') as code, nullif(e ->> 'message', '') as message,
           nullif(e ->> 'hint', '') as hint, (e ->> 'duration_ms')::bigint as duration_ms
      from jsonb_array_elements($2::jsonb) e),
  ended as (
    update jobs j
       set state = g.state,
           try = j.try + case when g.state = 'waiting' and exists (
             select from operations o where o.idempotency_key = g.key and o.state = 'undone') then 1 else 0 end,
           operation = g.operation, error_code = g.code, error_message = g.message, error_hint = g.hint,
           duration_ms = g.duration_ms, worker = null, lease_until = null,
           ended_at = case when g.state = 'waiting' then null else clock_timestamp() end,
           not_before = case when g.state = 'waiting' and g.code is not null then
                             clock_timestamp() + case g.code when 'limit_reached' then interval '{1}' else interval '{0}' end end
      from given g
     where j.batch = g.batch and j.row = g.row and j.fence = g.fence and j.state = 'running' and j.worker = $1
    returning j.batch, j.state)
  update batches b set stopped = true from ended e where b.id = e.batch and e.state = 'failed' and b.on_error = 'stop')sql",
                                      k_pause, k_long_pause);

// Whoever ends rows of a batch waits here for the others that do, so that the last one sees what they ended.
constexpr const char* k_lock_batches =
    "select from batches where id in (select jsonb_array_elements_text($1::jsonb)) order by id for update";

// $1 array of batches, $2 array of who is told. A batch that was begun again, and so ends once more, has other tries.
constexpr const char* k_tell_of_finished = R"sql(
  insert into outbox (event, type, target, data)
  select md5(b.id || ' ' || c.tries)::uuid, 'batch.finished', target,
         jsonb_build_object('batch', jsonb_build_object('id', b.id, 'actor', b.actor, 'host', b.host, 'stopped', b.stopped, 'succeeded', c.succeeded,
                                                        'failed', c.failed, 'not_begun', c.waiting))
    from batches b,
         lateral (select sum(j.try) as tries, count(*) filter (where j.state = 'succeeded') as succeeded,
                         count(*) filter (where j.state = 'failed') as failed, count(*) filter (where j.state = 'waiting') as waiting
                    from jobs j where j.batch = b.id) c,
         jsonb_array_elements_text($2::jsonb) as target
   where b.id in (select jsonb_array_elements_text($1::jsonb))
     and not exists (select from jobs j where j.batch = b.id and j.state in ('waiting', 'running') and (j.state = 'running' or not b.stopped))
  on conflict do nothing)sql";

// What it was given and never heard of, as an answer was lost, is not in its hands: that lease ends here.
constexpr const char* k_renew = R"sql(
  update jobs j set lease_until = clock_timestamp() + case when $3::jsonb @> jsonb_build_array(jsonb_build_array(j.batch, j.row)) then $2::interval else interval '-1 second' end
   where j.worker = $1 and j.state = 'running')sql";

constexpr const char* k_take = R"sql(
  with next as (
    select j.batch, j.row from jobs j join batches b on b.id = j.batch
     where j.state in ('waiting', 'running') and ($2::text is null or j.batch = $2)
       and (j.state = 'waiting' and not b.stopped and (j.not_before is null or j.not_before <= clock_timestamp())
            or j.state = 'running' and (j.lease_until < clock_timestamp() or not exists (
                 select from ()sql" HELD_LOCKS R"sql() held where held.key = j.worker_lock)))
     order by b.created_at, j.batch, j.row limit $3::int for update of j skip locked)
  update jobs j set state = 'running', worker = $1, worker_lock = $5, lease_until = clock_timestamp() + $4::interval, fence = j.fence + 1, not_before = null
    from next where j.batch = next.batch and j.row = next.row
  returning j.batch, j.row, j.request, j.try, j.fence)sql";

#define COUNT_COLUMNS                                                                          \
  "count(*) filter (where j.state = 'waiting'), count(*) filter (where j.state = 'running'), " \
  "count(*) filter (where j.state = 'succeeded'), count(*) filter (where j.state = 'failed'), bool_or(b.stopped)"
#define BATCH_COLUMNS "b.id, b.on_error, b.actor, b.host, b.stopped, (extract(epoch from b.created_at) * 1000000)::bigint"

Error no_such_batch(const BatchId& batch) {
  return make_error(ErrorCode::batch_not_found, fmt::format("there is no batch \"{}\"", batch.str()))
      .with_hint("run \"tenantctl batches list\"");
}

nlohmann::json requests(std::span<const TenantRow> rows) {
  auto list = nlohmann::json::array();
  for (const auto& row : rows) list.push_back(to_json(row));
  return list;
}

std::string places(std::span<const JobPlace> held) {
  auto list = nlohmann::json::array();
  for (const auto& [batch, row] : held) list.push_back({batch, row});
  return to_text(list);
}

nlohmann::json document(const EndedJob& ended) {
  const auto& error = ended.end.error;
  return {{"batch", ended.job.batch.str()},
          {"row", ended.job.row},
          {"fence", ended.job.fence},
          {"key", ended.job.idempotency_key()},
          {"state", to_string(ended.end.state)},
          {"operation", ended.end.operation},
          {"code", error ? info(error->code).name : ""},
          {"message", error ? storable(full_message(*error)) : ""},
          {"hint", error ? storable(error->hint) : ""},
          {"duration_ms", ended.end.duration_ms}};
}

Result<Batch> batch_at(const Rows& rows, int row) {
  TRY_ASSIGN(auto id, BatchId::parse(rows.text(row, 0)));
  TRY_ASSIGN(const auto on_error, parse_on_row_failure(rows.text(row, 1)));
  return Batch{.id = std::move(id),
               .on_error = on_error,
               .actor = rows.text(row, 2),
               .host = rows.text(row, 3),
               .stopped = rows.flag(row, 4),
               .created_at = instant_at(rows, row, 5)};
}

BatchCounts counts_at(const Rows& rows, int row, int column) {
  return {.waiting = rows.integer(row, column),
          .running = rows.integer(row, column + 1),
          .succeeded = rows.integer(row, column + 2),
          .failed = rows.integer(row, column + 3),
          .stopped = rows.flag(row, column + 4)};
}

Result<Job> job_at(const Rows& rows, int row) {
  TRY_ASSIGN(auto batch, BatchId::parse(rows.text(row, 0)));
  TRY_ASSIGN(auto request, tenant_row_from(json_at(rows, row, 2)));
  return Job{.batch = std::move(batch),
             .row = static_cast<int>(rows.integer(row, 1)),
             .request = std::move(request),
             .attempt = static_cast<int>(rows.integer(row, 3)),
             .fence = rows.integer(row, 4)};
}

/// What a person calls the row, where it derives its slug from a user's name too.
std::string name_of(const TenantRow& row) { return row.slug.empty() ? row.username : row.slug; }

Result<JobLine> line_at(const Rows& rows, int row) {
  TRY_ASSIGN(const auto request, tenant_row_from(json_at(rows, row, 1)));
  TRY_ASSIGN(const auto state, parse_job_state(rows.text(row, 2)));
  return JobLine{.row = static_cast<int>(rows.integer(row, 0)),
                 .slug = name_of(request),
                 .state = state,
                 .operation = rows.text(row, 3),
                 .error_code = rows.text(row, 4),
                 .error_message = rows.text(row, 5),
                 .error_hint = rows.text(row, 6),
                 .duration_ms = rows.integer(row, 7),
                 .attempt = static_cast<int>(rows.integer(row, 8))};
}

}  // namespace

Result<bool> ControlBatches::begin(const Batch& batch, std::span<const TenantRow> rows) {
  TRY_ASSIGN(auto* connection, session_.ready());
  const auto digest = sha256_hex(to_text(requests(rows)));
  TRY_ASSIGN(auto transaction, Transaction::begin(*connection));
  TRY_ASSIGN(const auto inserted,
             connection->query(k_insert_batch, {batch.id.str(), digest, std::string(to_string(batch.on_error)), batch.actor, batch.host}));
  const bool is_new = inserted.affected() > 0;
  if (!is_new) {
    TRY_ASSIGN(const auto known, connection->query("select digest from batches where id = $1", {batch.id.str()}));
    if (known.empty() || known.text(0, 0) != digest) {
      return fail(
          make_error(ErrorCode::state_conflict, fmt::format("batch \"{}\" was begun with other rows", batch.id.str()))
              .with_hint(fmt::format("run \"tenantctl bulk-create --batch {}\" to go on with those, or choose another --batch for these",
                                     batch.id.str())));
    }
    TRY(connection->query("update batches set on_error = $2 where id = $1", {batch.id.str(), std::string(to_string(batch.on_error))}));
    TRY(connection->query(k_put_back, {batch.id.str()}));
  }
  for (std::size_t first = 0; is_new && first < rows.size(); first += k_rows_at_once) {
    const auto some = rows.subspan(first, std::min(k_rows_at_once, rows.size() - first));
    TRY(connection->query(k_insert_rows, {batch.id.str(), std::to_string(first), to_text(requests(some))}));
  }
  TRY(transaction.commit());
  return is_new;
}

Result<void> ControlBatches::begin_again(const BatchId& batch) {
  TRY(find(batch));
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY(connection->query(k_put_back, {batch.str()}));
  return {};
}

Result<void> ControlBatches::end_jobs(Connection& connection, const Exchange& exchange) {
  if (exchange.ended.empty()) return {};
  auto list = nlohmann::json::array();
  for (const auto& ended : exchange.ended) list.push_back(document(ended));
  const auto told = session_.subscriptions().targets_of(events::batch_finished);
  if (told.empty()) {
    TRY(connection.query(k_end.c_str(), {exchange.worker, to_text(list)}));
    return {};
  }
  std::set<std::string> batches;
  for (const auto& ended : exchange.ended) batches.insert(ended.job.batch.str());
  const auto touched = to_text(nlohmann::json(batches));
  TRY(connection.query(k_lock_batches, {touched}));
  TRY(connection.query(k_end.c_str(), {exchange.worker, to_text(list)}));
  TRY_ASSIGN(const auto finished, connection.query(k_tell_of_finished, {touched, to_text(nlohmann::json(told))}));
  if (finished.affected() > 0) session_.subscriptions().note_event();
  return {};
}

/// For as long as this session lives: whoever looks for work sees by it that the worker does.
Result<std::int64_t> ControlBatches::show_life(Connection& connection, const std::string& worker) {
  const auto key = lock_key("tenantctl worker " + worker);
  if (session_.held_locks().contains(key)) return key;
  TRY(connection.query("select pg_try_advisory_lock($1::bigint)", {std::to_string(key)}));
  session_.held_locks().insert(key);
  return key;
}

Result<std::vector<Job>> ControlBatches::exchange(const Exchange& exchange) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto life, show_life(*connection, exchange.worker));
  TRY_ASSIGN(auto transaction, Transaction::begin(*connection));
  TRY(end_jobs(*connection, exchange));
  const auto lease = fmt::format("{} seconds", exchange.lease.count());
  if (exchange.renew) TRY(connection->query(k_renew, {exchange.worker, lease, places(exchange.held)}));
  std::vector<Job> jobs;
  if (exchange.wanted > 0) {
    const Parameter batch = exchange.batch ? Parameter(exchange.batch->str()) : std::nullopt;
    TRY_ASSIGN(const auto rows,
               connection->query(k_take, {exchange.worker, batch, std::to_string(exchange.wanted), lease, std::to_string(life)}));
    for (int row = 0; row < rows.count(); ++row) {
      TRY_ASSIGN(auto job, job_at(rows, row));
      jobs.push_back(std::move(job));
    }
  }
  TRY(transaction.commit());
  return jobs;
}

Result<Batch> ControlBatches::find(const BatchId& batch) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select " BATCH_COLUMNS " from batches b where b.id = $1", {batch.str()}));
  if (rows.empty()) return fail(no_such_batch(batch));
  return batch_at(rows, 0);
}

Result<BatchCounts> ControlBatches::counts(const BatchId& batch) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows,
             connection->query("select " COUNT_COLUMNS " from jobs j join batches b on b.id = j.batch where b.id = $1 group by b.id",
                               {batch.str()}));
  if (rows.empty()) return fail(no_such_batch(batch));
  return counts_at(rows, 0, 0);
}

Result<std::vector<JobLine>> ControlBatches::lines(const BatchId& batch) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select row, request, state, operation, error_code, error_message, error_hint, "
                                                "duration_ms, try from jobs where batch = $1 order by row",
                                                {batch.str()}));
  std::vector<JobLine> lines;
  for (int row = 0; row < rows.count(); ++row) {
    TRY_ASSIGN(auto line, line_at(rows, row));
    lines.push_back(std::move(line));
  }
  return lines;
}

Result<std::vector<std::pair<Batch, BatchCounts>>> ControlBatches::list(std::size_t limit) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows,
             connection->query("select " BATCH_COLUMNS ", " COUNT_COLUMNS
                               " from batches b join jobs j on j.batch = b.id group by b.id order by b.created_at desc, b.id limit $1",
                               {std::to_string(limit)}));
  std::vector<std::pair<Batch, BatchCounts>> batches;
  for (int row = 0; row < rows.count(); ++row) {
    TRY_ASSIGN(auto batch, batch_at(rows, row));
    batches.emplace_back(std::move(batch), counts_at(rows, row, 6));
  }
  return batches;
}

}  // namespace tenantctl::postgres
