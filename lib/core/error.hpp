// Errors as data: what failed, why, what to type next, and the exit status that scripts see.
// One table maps every code to its name and status; it refuses to hold a code twice and holds no secrets.
#pragma once
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenantctl {

enum class ErrorCode : std::uint8_t {
  operation_failed,
  sql_failed,
  disk_full,
  io_failed,
  permission_denied,
  nginx_rejected,
  nginx_unconfirmed,
  http_check_failed,
  dns_timeout,
  process_failed,
  timed_out,
  certificate_refused,
  mail_bounced,
  mail_refused,
  webhook_failed,
  sandbox_failed,
  usage,
  bad_slug,
  bad_value,
  confirmation_required,
  config_missing,
  config_invalid,
  secret_unavailable,
  plans_invalid,
  template_invalid,
  control_not_initialised,
  control_newer,
  host_key_unknown,
  host_key_changed,
  host_key_revoked,
  host_key_other_type,
  ssh_refused,
  dns_refused,
  webhook_refused,
  mail_login_refused,
  tenant_not_found,
  operation_not_found,
  plan_not_found,
  stack_not_found,
  host_not_found,
  file_not_found,
  key_not_found,
  backup_not_found,
  domain_not_found,
  batch_not_found,
  invoice_not_found,
  webhook_not_found,
  certificate_not_found,
  tenant_exists,
  domain_taken,
  foreign_object,
  state_conflict,
  idempotency_mismatch,
  locked,
  check_failed,
  backup_invalid,
  limit_reached,
  control_unreachable,
  server_unreachable,
  nginx_unreachable,
  dns_unreachable,
  host_unreachable,
  authority_unreachable,
  mail_unreachable,
  webhook_unreachable,
  unfinished,
  fenced,
  outcome_unknown,
  rollback_incomplete,
  interrupted_hangup,
  interrupted,
  terminated,
  internal,
};

struct ErrorCodeInfo {
  ErrorCode code;
  std::string_view name;     // stable; what `-o json` prints
  int exit_status;           // docs: cli.md, "Exit status"
  std::string_view meaning;  // one line for docs/errors.md
};

/// Every code once, in the order of the enum. docs/errors.md is pinned to this table by a test.
std::span<const ErrorCodeInfo> error_codes();
const ErrorCodeInfo& info(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;                    // lowercase, no full stop, values quoted
  std::string hint = {};                  // one imperative sentence with a command that can be pasted; may be empty
  std::vector<std::string> context = {};  // outer circumstances, added where they are known
  bool retryable = false;
  std::string operation = {};  // the operation's id, where one had begun

  Error&& with_hint(std::string text) &&;
  Error&& with_context(std::string text) &&;
  Error&& with_operation(std::string id) &&;
  Error&& may_retry() &&;
};

/// The control database, a server, nginx or a host can't be reached; a retry is safe.
bool is_unreachable(ErrorCode code);

Error make_error(ErrorCode code, std::string message);

/// What an exception is here: a bug of tenantctl's.
Error bug(const std::exception& exception);

/// The message with its contexts in front, outermost first: "create acme: step route: no space left on device".
std::string full_message(const Error& error);

}  // namespace tenantctl
