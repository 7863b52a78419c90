#include "adapters/postgres/control_outbox.hpp"

#include <fmt/format.h>

#include "adapters/postgres/control_json.hpp"

namespace tenantctl::postgres {
namespace {

#define DELIVERY_COLUMNS                                                                                              \
  "o.id, o.event, o.type, o.target, o.slug, o.data, (extract(epoch from o.happened_at) * 1000000)::bigint, o.state, " \
  "o.tries, (extract(epoch from o.due_at) * 1000000)::bigint, (extract(epoch from o.ended_at) * 1000000)::bigint, o.answer"

// $1 array of targets, $2 whether those are left alone that were down at their last try.
constexpr const char* k_take_delivery = "select " DELIVERY_COLUMNS R"sql(
    from outbox o
   where o.state = 'waiting' and o.due_at <= clock_timestamp() and o.target in (select jsonb_array_elements_text($1::jsonb))
     and not ($2::boolean and coalesce((select s.was_down from outbox s where s.target = o.target and s.tried_at is not null
                                         order by s.tried_at desc limit 1), false))
   order by o.due_at, o.id limit 1 for update of o skip locked)sql";

// $1 id, $2 state, $3 answer, $4 seconds until the next try.
constexpr const char* k_conclude_delivery = R"sql(
  update outbox set state = $2, answer = $3, tries = tries + 1, tried_at = clock_timestamp(), was_down = $5::boolean, due_at = clock_timestamp() + make_interval(secs => $4::integer),
                    ended_at = case when $2 <> 'waiting' then clock_timestamp() end
   where id = $1)sql";

// $1 target, $2 event, $3 slug, $4 state, each empty for any.
#define DELIVERY_FILTER \
  " where ($1 = '' or o.target = $1) and ($2 = '' or o.event::text = $2) and ($3 = '' or o.slug = $3) and ($4 = '' or o.state = $4)"

constexpr const char* k_count_deliveries = R"sql(
  select target, count(*) filter (where state = 'waiting'), count(*) filter (where state = 'waiting' and tries > 0),
         count(*) filter (where state = 'waiting' and due_at < clock_timestamp() - interval '10 minutes'),
         count(*) filter (where state = 'sent'), count(*) filter (where state = 'dead'),
         (extract(epoch from max(ended_at) filter (where state = 'sent')) * 1000000)::bigint,
         (array_agg(answer order by tried_at desc) filter (where state = 'dead' or state = 'waiting' and tries > 0))[1]
    from outbox group by target order by target)sql";

constexpr const char* k_prune_outbox = R"sql(
  with old_bounces as (delete from bounced_addresses where bounced_at < clock_timestamp() - interval '90 days')
  delete from outbox where id in (
    select id from outbox
     where state = 'sent' and ended_at < clock_timestamp() - interval '30 days' or happened_at < clock_timestamp() - interval '90 days'
     limit 5000))sql";

Result<Delivery> delivery_at(const Rows& rows, int row) {
  TRY_ASSIGN(const auto state, parse_delivery_state(rows.text(row, 7)));
  return Delivery{.id = rows.integer(row, 0),
                  .event = rows.text(row, 1),
                  .type = rows.text(row, 2),
                  .target = rows.text(row, 3),
                  .slug = rows.text(row, 4),
                  .data = json_at(rows, row, 5),
                  .happened_at = instant_at(rows, row, 6),
                  .state = state,
                  .tries = static_cast<int>(rows.integer(row, 8)),
                  .due_at = instant_at(rows, row, 9),
                  .ended_at = optional_instant_at(rows, row, 10),
                  .answer = rows.text(row, 11)};
}

std::vector<Parameter> filter_parameters(const DeliveryFilter& filter) {
  return {filter.target, filter.event, filter.slug, std::string(filter.state ? to_string(*filter.state) : "")};
}

Result<void> keep_bounce(Connection& connection, const DeliveryEnd& end) {
  if (!end.reached.empty()) TRY(connection.query("delete from bounced_addresses where address = $1", {end.reached}));
  if (end.bounced.empty()) return {};
  TRY(
      connection.query("insert into bounced_addresses (address, answer) values ($1, $2) on conflict (address) do update set answer = "
                       "excluded.answer, bounced_at = clock_timestamp()",
                       {end.bounced, storable(end.answer)}));
  return {};
}

}  // namespace

Result<bool> ControlOutbox::deliver_next(const std::vector<std::string>& targets, Receivers which,
                                         const std::function<std::optional<DeliveryEnd>(const Delivery&)>& deliver) {
  if (targets.empty()) return false;
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(auto transaction, Transaction::begin(*connection));
  // A receiver may take longer than a session is to be idle here: its answer would be lost, and it told again and again.
  TRY(connection->query("set local idle_in_transaction_session_timeout = 0"));
  const std::string only_sound = which == Receivers::sound ? "true" : "false";
  TRY_ASSIGN(const auto rows, connection->query(k_take_delivery, {to_text(nlohmann::json(targets)), only_sound}));
  if (rows.empty()) return false;
  TRY_ASSIGN(const auto delivery, delivery_at(rows, 0));
  const auto end = deliver(delivery);
  if (!end) return false;
  TRY(connection->query(k_conclude_delivery, {std::to_string(delivery.id), std::string(to_string(end->state)), storable(end->answer),
                                              std::to_string(end->pause.count()), std::string(end->is_down ? "true" : "false")}));
  TRY(keep_bounce(*connection, *end));
  TRY(transaction.commit());
  return true;
}

Result<std::vector<Delivery>> ControlOutbox::list(const DeliveryFilter& filter) {
  TRY_ASSIGN(auto* connection, session_.ready());
  auto parameters = filter_parameters(filter);
  parameters.emplace_back(std::to_string(filter.limit));
  TRY_ASSIGN(
      const auto rows,
      connection->query("select " DELIVERY_COLUMNS " from outbox o" DELIVERY_FILTER " order by o.id desc limit $5::bigint", parameters));
  std::vector<Delivery> deliveries;
  for (int row = 0; row < rows.count(); ++row) {
    TRY_ASSIGN(auto delivery, delivery_at(rows, row));
    deliveries.push_back(std::move(delivery));
  }
  return deliveries;
}

Result<std::vector<DeliveryCounts>> ControlOutbox::counts() {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query(k_count_deliveries));
  std::vector<DeliveryCounts> counts;
  for (int row = 0; row < rows.count(); ++row) {
    counts.push_back({.target = rows.text(row, 0),
                      .waiting = rows.integer(row, 1),
                      .struggling = rows.integer(row, 2),
                      .overdue = rows.integer(row, 3),
                      .sent = rows.integer(row, 4),
                      .dead = rows.integer(row, 5),
                      .last_sent = optional_instant_at(rows, row, 6),
                      .last_failure = rows.text(row, 7)});
  }
  return counts;
}

Result<std::int64_t> ControlOutbox::put_back(const DeliveryFilter& filter) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(
      const auto rows,
      connection->query("update outbox o set state = 'waiting', tries = 0, tried_at = null, was_down = false, ended_at = null, due_at = "
                        "clock_timestamp()" DELIVERY_FILTER " and o.state <> 'waiting'",
                        filter_parameters(filter)));
  return rows.affected();
}

Result<void> ControlOutbox::make_due(const std::string& target) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY(
      connection->query("update outbox set due_at = clock_timestamp() where state = 'waiting' and ($1 = '' or target = $1) and due_at > "
                        "clock_timestamp()",
                        {target}));
  return {};
}

Result<std::int64_t> ControlOutbox::drop(const DeliveryFilter& filter) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows,
             connection->query("delete from outbox o" DELIVERY_FILTER " and o.state <> 'sent'", filter_parameters(filter)));
  return rows.affected();
}

Result<void> ControlOutbox::prune() {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY(connection->query(k_prune_outbox));
  return {};
}

Result<std::string> ControlOutbox::bounce_of(const std::string& address) {
  TRY_ASSIGN(auto* connection, session_.ready());
  TRY_ASSIGN(const auto rows, connection->query("select answer from bounced_addresses where address = $1", {address}));
  return rows.empty() ? std::string() : rows.text(0, 0);
}

}  // namespace tenantctl::postgres
