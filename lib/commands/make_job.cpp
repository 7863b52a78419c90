#include "commands/make_job.hpp"

#include "commands/create.hpp"
#include "commands/finish_operation.hpp"

namespace tenantctl {
namespace {

bool is_undecided(ErrorCode code) {
  const bool misconfigured = info(code).exit_status == info(ErrorCode::config_invalid).exit_status || code == ErrorCode::stack_not_found ||
                             code == ErrorCode::plan_not_found;
  return concerns_one_tenant(code) || code == ErrorCode::limit_reached || is_unreachable(code) || misconfigured ||
         code == ErrorCode::unfinished || code == ErrorCode::outcome_unknown;
}

/// Whoever held the job before had opened the operation and did not end it; `why` is what was met where nobody had.
Result<std::string> go_on(const Job& job, const Error& why, Services& services) {
  TRY_ASSIGN(auto control, services.control());
  TRY_ASSIGN(const auto begun, control.operations.find_by_idempotency_key(job.idempotency_key()));
  if (!begun) return fail(why);
  TRY_ASSIGN(const auto end, finish_operation(*begun, "", control, services));
  if (end.operation.state == OperationState::succeeded) return end.operation.id.str();
  return fail(make_error(ErrorCode::operation_failed,
                         end.operation.error_message.empty() ? "it had been turned back, and is undone" : end.operation.error_message)
                  .with_operation(end.operation.id.str()));
}

Result<std::string> make(const Job& job, Services& services) {
  auto args = create_args(job.request);
  args.idempotency_key = job.idempotency_key();
  args.is_of_batch = true;
  const auto report = make_tenant(args, services);
  if (report) return report->document.value("operation", "");
  if (report.error().code == ErrorCode::unfinished) return go_on(job, report.error(), services);
  return fail(report.error());
}

}  // namespace

CreateArgs create_args(const TenantRow& row) {
  CreateArgs args{.slug = row.slug,
                  .username = row.username,
                  .email = row.email,
                  .company = row.company,
                  .owner = row.owner,
                  .plan = row.plan,
                  .stack = row.stack,
                  .ttl = row.ttl};
  for (const auto& [key, value] : row.set) args.set.push_back(key + "=" + value);
  return args;
}

bool concerns_one_tenant(ErrorCode code) { return code == ErrorCode::locked || code == ErrorCode::fenced; }

JobEnd make_job(const Job& job, Services& services) {
  const auto began = std::chrono::steady_clock::now();
  auto made = make(job, services);
  JobEnd end{.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began).count()};
  if (made) {
    end.operation = std::move(*made);
  } else {
    end.state = is_undecided(made.error().code) ? JobState::waiting : JobState::failed;
    end.operation = made.error().operation;
    end.error = std::move(made).error();
  }
  return end;
}

}  // namespace tenantctl
