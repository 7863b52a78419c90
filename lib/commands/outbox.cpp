// `outbox list|flush|drop`: who is still to be told of what.
#include <fmt/format.h>

#include "commands/deliveries.hpp"
#include "commands/registry.hpp"
#include "views/outbox.hpp"

namespace tenantctl {
namespace {

struct OutboxArgs {
  std::string state;
  DeliveryFilter filter;
};

Result<Report> list_outbox(const OutboxArgs& args, Services& services) {
  TRY_ASSIGN(auto filter, checked_filter(args.filter));
  if (!args.state.empty()) { TRY_ASSIGN(filter.state, parse_delivery_state(args.state)); }
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto deliveries, control.outbox.list(filter));
  return deliveries_report(deliveries);
}

struct FlushArgs {
  std::string target;
  bool now = false;
};

Result<Report> flush_outbox(const FlushArgs& args, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  if (args.now) TRY(control.outbox.make_due(args.target));
  TRY_ASSIGN(const auto done, deliver({.target = args.target}, services));
  if (auto stopped = services.interrupted()) return fail(std::move(*stopped));
  TRY(control.outbox.prune());
  return deliveries_done_report(done, nlohmann::json::object());
}

Result<Report> drop_from_outbox(const OutboxArgs& args, Services& services) {
  TRY_ASSIGN(auto filter, checked_filter(args.filter));
  TRY_ASSIGN(filter.state, parse_delivery_state(args.state));
  if (filter.state == DeliveryState::sent)
    return fail(make_error(ErrorCode::bad_value, "what is sent can't be dropped").with_hint("it is taken away by itself after 30 days"));
  TRY_ASSIGN(auto control, services.control());
  TRY(services.confirm(fmt::format("Drop what is {} in the outbox{}? Nobody will be told of it.", args.state,
                                   filter.target.empty() ? "" : fmt::format(" for \"{}\"", filter.target))));
  TRY_ASSIGN(const auto dropped, control.outbox.drop(filter));
  return Report{.text = fmt::format("{} dropped\n", dropped), .document = {{"dropped", dropped}}};
}

void add_filter(CLI::App& sub, OutboxArgs& args) {
  sub.add_option("--target", args.filter.target, "only for this one: \"mail\", or a webhook's name")->type_name("NAME");
  sub.add_option("--event", args.filter.event, "only this event")->type_name("ID");
  sub.add_option("--tenant", args.filter.slug, "only of this tenant; it need not exist any more")->type_name("SLUG");
}

}  // namespace

void add_outbox(CLI::App& app, Command& chosen) {
  auto* family = app.add_subcommand("outbox", "who is still to be told of what, by mail and by webhooks");
  family->require_subcommand(1);
  family->fallthrough();
  {
    auto [sub, args] = add_command<OutboxArgs>(*family, "list", "shows what was told or is to be told to whom, newest first",
                                               "tenantctl outbox list --state waiting", chosen, list_outbox);
    sub->add_option("--state", args->state, "waiting, sent or dead");
    add_filter(*sub, *args);
    sub->add_option("--limit", args->filter.limit, "how many at the most")->check(CLI::Range(1, 10000))->capture_default_str();
  }
  {
    auto [sub, args] = add_command<FlushArgs>(*family, "flush", "tells whoever is to be told by now; for cron", "tenantctl outbox flush",
                                              chosen, flush_outbox);
    sub->add_option("--target", args->target, "only this one: \"mail\", or a webhook's name")->type_name("NAME");
    sub->add_flag("--now", args->now, "also what is to be tried again later: what kept it from being told is mended");
  }
  {
    auto [sub, args] = add_command<OutboxArgs>(*family, "drop", "gives up what is dead or waits, asking first",
                                               "tenantctl outbox drop --target crm", chosen, drop_from_outbox);
    args->state = "dead";
    sub->add_option("--state", args->state, "dead or waiting")->capture_default_str();
    add_filter(*sub, *args);
  }
}

}  // namespace tenantctl
