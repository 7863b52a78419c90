// `move`: a tenant's data to another database server, without losing anything that was written, and what it left behind.
#include <fmt/format.h>

#include "commands/backup_header.hpp"
#include "commands/drop_old.hpp"
#include "commands/duration_options.hpp"
#include "commands/held_tenant.hpp"
#include "commands/operation_run.hpp"
#include "commands/placement.hpp"
#include "commands/registry.hpp"
#include "commands/stacks.hpp"
#include "pipeline/move_pipeline.hpp"
#include "pipeline/restore_leftovers.hpp"
#include "pipeline/restore_plan.hpp"
#include "pipeline/steps/verify_step.hpp"
#include "views/moves.hpp"

namespace tenantctl {
namespace {

struct MoveArgs {
  std::string tenant;
  std::string to;
  DropOldArgs old = {.by = KeptBy::move};
  bool drop_old = false;
  bool all = false;  // with drop_old alone
};

Result<void> check_movable(const Tenant& tenant, const CreatePlan& plan) {
  TRY(check_has_data(tenant, "move"));
  TRY(check_no_site(plan, "move"));
  if (!plan.database.schema) return {};
  return fail(
      make_error(ErrorCode::state_conflict, fmt::format("tenant \"{}\" shares database \"{}\" with others: this version can't move it",
                                                        tenant.slug.str(), plan.database.database.str()))
          .with_hint(fmt::format("run \"tenantctl backup {}\" to take its data along", tenant.slug.str())));
}

Error in_the_way(const Tenant& tenant, const std::string& to, const std::vector<OldCopy>& copies) {
  for (const auto& copy : copies) {
    if (copy.server != to) continue;
    return make_error(ErrorCode::state_conflict, fmt::format("server \"{}\" still has what an earlier move of \"{}\" left there: {}", to,
                                                             tenant.slug.str(), copy.database))
        .with_hint(fmt::format("run \"tenantctl move {} --drop-old\" first", tenant.slug.str()));
  }
  return make_error(ErrorCode::foreign_object,
                    fmt::format("server \"{}\" has roles or a database of \"{}\" already: it may be server \"{}\" by another name", to,
                                tenant.slug.str(), tenant.server))
      .with_hint(fmt::format("compare the two under database_servers, and run \"tenantctl doctor\" to see what \"{}\" has", to));
}

/// Whatever would make the move fail once the tenant is closed, as far as that can be told before.
Result<void> check_target(const MovePlan& plan, const Tenant& tenant, ControlPlane& control, Services& services) {
  TRY_ASSIGN(auto* source, services.server(tenant.server));
  TRY_ASSIGN(auto* target, services.server(plan.to.str()));
  TRY_ASSIGN(const auto here, source->server_info());
  TRY_ASSIGN(const auto there, target->server_info());
  if (there.version_number / 10000 < here.version_number / 10000) {
    return fail(make_error(ErrorCode::state_conflict, fmt::format("server \"{}\" is PostgreSQL {}, and \"{}\" comes from {}", plan.to.str(),
                                                                  there.version, tenant.slug.str(), here.version))
                    .with_hint("choose a server that is not older"));
  }
  if (there.locale != here.locale) {
    return fail(make_error(ErrorCode::state_conflict,
                           fmt::format("server \"{}\" sorts text by {}, and \"{}\" is sorted by {}: its indexes would not be the same",
                                       plan.to.str(), there.locale, tenant.slug.str(), here.locale))
                    .with_hint("choose a server that was made with the same locale"));
  }
  auto aside = plan.tenant.database;
  aside.database = plan.aside;
  TRY(check_is_free(aside, *source));
  TRY_ASSIGN(const auto roles, target->observe_roles(plan.tenant.database));
  TRY_ASSIGN(const auto database, target->observe_database(plan.tenant.database));
  if (roles.presence != Presence::absent || database.presence != Presence::absent) {
    TRY_ASSIGN(const auto copies, control.old_copies.list(tenant.id));
    return fail(in_the_way(tenant, plan.to.str(), copies));
  }
  const auto& file = plan.tenant.credentials_file;
  if (file.empty()) return {};
  TRY_ASSIGN(const auto login, services.credentials().read(file, tenant.id));
  if (login) return {};
  return fail(make_error(ErrorCode::file_not_found, fmt::format("credentials file \"{}\" is not there", file.string()))
                  .with_hint("put it back: the password in it stays the tenant's"));
}

Result<MovePlan> plan_move(const MoveArgs& args, const Tenant& tenant, CreatePlan made, const OperationId& operation, Services& services) {
  TRY_ASSIGN(const auto* settings, services.settings());
  if (settings->backups.dir.empty()) {
    return fail(make_error(ErrorCode::config_invalid,
                           fmt::format("{} says nowhere where backups go, and a move begins with one", settings->file.string()))
                    .with_hint("add backups: { dir: /var/lib/tenantctl/backups }"));
  }
  TRY_ASSIGN(auto to, ConfigName::parse(args.to));
  TRY_ASSIGN(auto aside, aside_name(made.database.database, operation.str()));
  return MovePlan{.tenant = std::move(made),
                  .from = tenant.status,
                  .to = std::move(to),
                  .backup = new_backup_id(services),
                  .backups_folder = settings->backups.dir,
                  .aside = std::move(aside)};
}

/// From the mark that it begins to close until the mark that it is open. What the journal can't tell any more is not known.
std::optional<std::chrono::milliseconds> down_time(const OperationTicket& ticket, ControlPlane& control) {
  const auto events = control.journal.events(ticket.id);
  std::optional<Instant> closes;
  for (const auto& event : events ? *events : std::vector<StepEvent>()) {
    if (event.step == k_move_closes && event.mark == Mark::applying && !closes) closes = event.at;
    if (event.step == k_move_opens && event.mark == Mark::applied && closes)
      return std::chrono::duration_cast<std::chrono::milliseconds>(event.at - *closes);
  }
  return std::nullopt;
}

/// It is moved whatever comes of this: an application that doesn't find the new server is no reason to lose what others wrote. Whose
/// password was printed just now can't answer yet, and who sent a signal does not want to wait.
Result<void> see_it_answer(const MovePlan& plan, Services& services) {
  if (!plan.is_open() || plan.tenant.credentials_file.empty()) return {};
  const auto moved = plan.moved();
  VerifyStep verify(moved, moved.front, services.http(), [&services] { return services.interrupted(); });
  const auto answered = verify.apply();
  if (answered || services.interrupted()) return {};
  auto error = answered.error();
  const auto& slug = moved.slug.str();
  error.message =
      fmt::format("tenant \"{}\" is on server \"{}\" now, but it does not answer there: {}", slug, plan.to.str(), error.message);
  return fail(std::move(error).with_hint(
      fmt::format("see that its application reads \"{}\" again and reaches the server, then run \"tenantctl verify {}\"",
                  moved.credentials_file.string(), slug)));
}

/// Where the other server can't take the archive, no other backup would do.
Error explained(Error error, const MovePlan& plan) {
  if (error.code == ErrorCode::backup_invalid)
    error.hint = fmt::format("see what server \"{}\" lacks, such as an extension, and try again", plan.to.str());
  return error;
}

Result<void> check_place(const StackSettings& stack, const std::string& to, Services& services) {
  auto order = servers_for(stack, to, services);
  if (order) return {};
  auto error = std::move(order).error();
  if (error.code == ErrorCode::limit_reached) error.hint = "choose another server, or raise its max_tenants";
  return fail(std::move(error));
}

Result<Report> already_there(Tenant tenant) {
  const auto on = tenant.server;
  return moved_report({.tenant = std::move(tenant), .from = on});
}

Result<Report> move_tenant(const MoveArgs& args, Tenant tenant, ControlPlane& control, Services& services) {
  TRY_ASSIGN(auto held, hold_tenant(tenant, args.old.lock_wait, control, services));
  tenant = std::move(held.tenant);
  TRY_ASSIGN(auto made, plan_of_tenant(tenant, control));
  TRY(check_movable(tenant, made));
  if (tenant.server == args.to) return already_there(std::move(tenant));
  TRY_ASSIGN(const auto* settings, services.settings());
  TRY_ASSIGN(const auto* stack, find_stack(*settings, tenant.stack));
  TRY(check_place(*stack, args.to, services));
  if (args.drop_old)
    TRY(services.confirm(fmt::format("move \"{}\" to \"{}\", and drop what it has on \"{}\"?", tenant.slug.str(), args.to, tenant.server)));
  TRY_ASSIGN(auto operation, new_operation(made, services));
  TRY_ASSIGN(const auto plan, plan_move(args, tenant, std::move(made), operation.id, services));
  TRY(check_target(plan, tenant, control, services));
  TRY_ASSIGN(const auto run, prepare_move(plan, services));
  operation.kind = k_move_kind;
  operation.pipeline_version = k_move_pipeline_version;
  operation.parameters = to_parameters(plan);
  TRY_ASSIGN(auto ticket, control.operations.open_move(operation, tenant.status, plan.to.str(), most_on_server(plan.to.str(), *settings)));
  const auto done = carry_on(*run, std::move(ticket), control, services);
  if (!done) return fail(explained(done.error(), plan));
  Moved report{.tenant = tenant,
               .from = tenant.server,
               .operation = done->ticket.id.str(),
               .backup = plan.backup.str(),
               .kept = plan.aside.str(),
               .down = down_time(done->ticket, control),
               .login = plan.tenant.database.login.str()};
  report.tenant.server = plan.to.str();
  if (const auto& issued = run->issued.password) report.password = issued->reveal();
  for (const auto& step : done->steps) report.steps.push_back({step.step, step.duration_ms});
  TRY(see_it_answer(plan, services));
  if (!args.drop_old) return moved_report(report);
  // A signal may have come before the application had answered: then the old data stays.
  const auto stop = services.interrupted();
  const auto dropped = stop ? Result<void>(fail(*stop)) : drop_moved(report.tenant, report.from, control, services);
  if (dropped) report.kept.clear();
  auto said = moved_report(report);
  if (dropped) return said;
  // No error: that would take a printed password with it.
  services.progress().note(fmt::format("what it had on \"{}\" stays: {}", tenant.server, full_message(dropped.error())));
  said.exit_status = info(dropped.error().code).exit_status;
  return said;
}

Result<Report> move(const MoveArgs& args, Services& services) {
  if (args.all && (!args.tenant.empty() || !args.to.empty() || !args.drop_old))
    return fail(
        make_error(ErrorCode::usage, "--all is for --drop-old alone").with_hint("run \"tenantctl move --drop-old --all --keep-days 7\""));
  if (args.all) return drop_old_of_all(args.old, services);
  if (args.tenant.empty()) return fail(make_error(ErrorCode::usage, "no tenant was named").with_hint("run \"tenantctl move --help\""));
  if (args.to.empty() && !args.drop_old)
    return fail(
        make_error(ErrorCode::usage, "it is not said where to").with_hint("pass --to SERVER; \"tenantctl servers list\" shows them"));
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(auto tenant, control.tenants.find(args.tenant));
  const bool to_drop = args.to.empty() || (args.drop_old && tenant.server == args.to);
  return to_drop ? drop_old(tenant, args.old, control, services) : move_tenant(args, std::move(tenant), control, services);
}

}  // namespace

void add_move(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<MoveArgs>(
      app, "move", "moves a tenant to another database server",
      "tenantctl move acme --to pg2\n  tenantctl move acme --drop-old\n  tenantctl move --drop-old --all --keep-days 7", chosen, move);
  sub->add_option("tenant", args->tenant, "its slug, code or id")->type_name("TENANT");
  sub->add_option("--to", args->to, "the server that it is to be on")->type_name("SERVER");
  sub->add_flag("--drop-old", args->drop_old, "what it has on the old server goes too; alone: what earlier moves have left");
  auto* all = sub->add_flag("--all", args->all, "with --drop-old: what moves of all tenants have left, once it is old enough");
  add_keep_days(*sub, args->old, all);
  add_lock_wait(*sub, args->old.lock_wait);
}

}  // namespace tenantctl
