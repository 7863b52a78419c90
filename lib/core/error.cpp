#include "core/error.hpp"

#include <array>

namespace tenantctl {
namespace {

using enum ErrorCode;

constexpr std::array k_codes{
    ErrorCodeInfo{operation_failed, "operation_failed", 1, "the operation failed and everything it did was undone"},
    ErrorCodeInfo{sql_failed, "sql_failed", 1, "PostgreSQL refused a statement; the SQLSTATE is in the message"},
    ErrorCodeInfo{disk_full, "disk_full", 1, "no space was left for a file or a database"},
    ErrorCodeInfo{io_failed, "io_failed", 1, "a file could not be read, written or made durable"},
    ErrorCodeInfo{permission_denied, "permission_denied", 1, "the file system or PostgreSQL denied a right that is needed"},
    ErrorCodeInfo{nginx_rejected, "nginx_rejected", 1, "nginx -t refused the configuration; the old one is in place"},
    ErrorCodeInfo{nginx_unconfirmed, "nginx_unconfirmed", 1, "nginx did not take up a new configuration in time; the old one is in place"},
    ErrorCodeInfo{http_check_failed, "http_check_failed", 1, "the tenant did not answer through nginx as its stack says it must"},
    ErrorCodeInfo{dns_timeout, "dns_timeout", 1, "a nameserver did not get to know the new records in time"},
    ErrorCodeInfo{process_failed, "process_failed", 1, "a program that was run could not be started or ended with an error"},
    ErrorCodeInfo{timed_out, "timed_out", 1, "something did not happen before its deadline"},
    ErrorCodeInfo{certificate_refused, "certificate_refused", 1, "an authority gives no certificate; the tenant is served by http"},
    ErrorCodeInfo{mail_bounced, "mail_bounced", 1, "the mail server says that there is no such recipient"},
    ErrorCodeInfo{mail_refused, "mail_refused", 1, "the mail server does not take a mail"},
    ErrorCodeInfo{webhook_failed, "webhook_failed", 1, "a webhook did not take what it was sent"},
    ErrorCodeInfo{sandbox_failed, "sandbox_failed", 1, "a server of the sandbox could not be started or stopped"},
    ErrorCodeInfo{usage, "usage", 2, "the command line is wrong; nothing was touched"},
    ErrorCodeInfo{bad_slug, "bad_slug", 2, "the tenant's name breaks a rule of DNS labels or is reserved"},
    ErrorCodeInfo{bad_value, "bad_value", 2, "a value has characters or a form that its field does not allow"},
    ErrorCodeInfo{confirmation_required, "confirmation_required", 2, "a destructive command was neither confirmed nor given --yes"},
    ErrorCodeInfo{config_missing, "config_missing", 3, "no configuration file was found"},
    ErrorCodeInfo{config_invalid, "config_invalid", 3, "tenantctl.yaml is wrong; file, line and key are named"},
    ErrorCodeInfo{secret_unavailable, "secret_unavailable", 3, "a secret's reference (env:NAME, file:PATH) leads nowhere"},
    ErrorCodeInfo{plans_invalid, "plans_invalid", 3, "plans.yaml is wrong; file, line and key are named"},
    ErrorCodeInfo{template_invalid, "template_invalid", 3, "a template is wrong, or has an undefined or unused variable"},
    ErrorCodeInfo{control_not_initialised, "control_not_initialised", 3, "the control database has no schema yet, or an older one"},
    ErrorCodeInfo{control_newer, "control_newer", 3,
                  "the control database was migrated by a newer tenantctl, or its migrations were altered"},
    ErrorCodeInfo{host_key_unknown, "host_key_unknown", 3, "known_hosts has no key for the host; no login was tried"},
    ErrorCodeInfo{host_key_changed, "host_key_changed", 3, "the host showed another key than the one in known_hosts; no login was tried"},
    ErrorCodeInfo{host_key_revoked, "host_key_revoked", 3, "the host showed a key that known_hosts marks as revoked; no login was tried"},
    ErrorCodeInfo{host_key_other_type, "host_key_other_type", 3,
                  "known_hosts has a key for the host, but of another type than it showed; no login was tried"},
    ErrorCodeInfo{ssh_refused, "ssh_refused", 3, "the host let us in with none of the keys; nothing was changed"},
    ErrorCodeInfo{dns_refused, "dns_refused", 3, "a nameserver refused a question or a signed update; nothing was changed by it"},
    ErrorCodeInfo{webhook_refused, "webhook_refused", 3, "a webhook leads to an address that is not public; it was not asked"},
    ErrorCodeInfo{mail_login_refused, "mail_login_refused", 3, "the mail server does not let us in, or can't be trusted; nothing was sent"},
    ErrorCodeInfo{tenant_not_found, "tenant_not_found", 4, "no tenant has that slug, code or id"},
    ErrorCodeInfo{operation_not_found, "operation_not_found", 4, "no operation has that id, or the tenant has none to act on"},
    ErrorCodeInfo{plan_not_found, "plan_not_found", 4, "plans.yaml has no plan of that name"},
    ErrorCodeInfo{stack_not_found, "stack_not_found", 4, "tenantctl.yaml has no stack of that name"},
    ErrorCodeInfo{host_not_found, "host_not_found", 4, "tenantctl.yaml has no host of that name that is reached by SSH"},
    ErrorCodeInfo{file_not_found, "file_not_found", 4, "a file or folder that is needed is not there"},
    ErrorCodeInfo{key_not_found, "key_not_found", 4, "the tenant has no API key of that id, or no value for that key of its configuration"},
    ErrorCodeInfo{backup_not_found, "backup_not_found", 4, "there is no such backup"},
    ErrorCodeInfo{domain_not_found, "domain_not_found", 4, "the tenant has no custom domain of that name"},
    ErrorCodeInfo{batch_not_found, "batch_not_found", 4, "there is no batch of that name"},
    ErrorCodeInfo{invoice_not_found, "invoice_not_found", 4, "there is no invoice of that number"},
    ErrorCodeInfo{webhook_not_found, "webhook_not_found", 4, "tenantctl.yaml has no webhook of that name"},
    ErrorCodeInfo{certificate_not_found, "certificate_not_found", 4, "no certificate was asked for that tenant"},
    ErrorCodeInfo{tenant_exists, "tenant_exists", 5, "a tenant of that name exists already"},
    ErrorCodeInfo{domain_taken, "domain_taken", 5, "the custom domain is another tenant's, or kept for one"},
    ErrorCodeInfo{foreign_object, "foreign_object", 5,
                  "something of the wanted name exists and is not provably this tenant's; it was left alone"},
    ErrorCodeInfo{state_conflict, "state_conflict", 5, "the tenant's or operation's state does not allow the command"},
    ErrorCodeInfo{idempotency_mismatch, "idempotency_mismatch", 5, "the idempotency key was used before with other parameters"},
    ErrorCodeInfo{locked, "locked", 6, "another operation holds this tenant"},
    ErrorCodeInfo{check_failed, "check_failed", 7, "a check failed: unhealthy, isolation breach, drift, orphans"},
    ErrorCodeInfo{backup_invalid, "backup_invalid", 7, "a backup is damaged, or of a form or a server release that can't be restored here"},
    ErrorCodeInfo{limit_reached, "limit_reached", 8, "a limit is reached: a plan's, or what the servers are configured to take"},
    ErrorCodeInfo{control_unreachable, "control_unreachable", 9, "the control database can't be reached; nothing was changed"},
    ErrorCodeInfo{server_unreachable, "server_unreachable", 9, "a database server can't be reached; nothing was changed"},
    ErrorCodeInfo{nginx_unreachable, "nginx_unreachable", 9, "nginx can't be reached; nothing was changed"},
    ErrorCodeInfo{dns_unreachable, "dns_unreachable", 9, "a nameserver can't be reached; nothing was changed"},
    ErrorCodeInfo{host_unreachable, "host_unreachable", 9, "a host can't be reached by SSH; nothing was changed"},
    ErrorCodeInfo{authority_unreachable, "authority_unreachable", 9, "the authority that gives certificates can't be reached"},
    ErrorCodeInfo{mail_unreachable, "mail_unreachable", 9, "the mail server can't be reached, or asks to be tried again later"},
    ErrorCodeInfo{webhook_unreachable, "webhook_unreachable", 9, "a webhook can't be reached, or not in a way that can be trusted"},
    ErrorCodeInfo{unfinished, "unfinished", 10, "the operation stopped half way and can be resumed or rolled back"},
    ErrorCodeInfo{fenced, "fenced", 10, "another process took this operation over; this one may change nothing more"},
    ErrorCodeInfo{outcome_unknown, "outcome_unknown", 10,
                  "the link to a host broke while a command ran there; whether it was done has to be looked at"},
    ErrorCodeInfo{rollback_incomplete, "rollback_incomplete", 11, "something could not be undone; what is left is listed"},
    ErrorCodeInfo{interrupted_hangup, "interrupted_hangup", 129, "stopped by SIGHUP; what was begun was undone"},
    ErrorCodeInfo{interrupted, "interrupted", 130, "stopped by SIGINT; what was begun was undone"},
    ErrorCodeInfo{terminated, "terminated", 143, "stopped by SIGTERM; what was begun was undone"},
    ErrorCodeInfo{internal, "internal", 70, "a bug of tenantctl"},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < k_codes.size(); ++i) {
    if (k_codes[i].code != static_cast<ErrorCode>(i)) return false;
  }
  return k_codes.size() == static_cast<std::size_t>(internal) + 1;
}
static_assert(in_order(), "the table of error codes must follow the enum");

}  // namespace

std::span<const ErrorCodeInfo> error_codes() { return k_codes; }

const ErrorCodeInfo& info(ErrorCode code) { return k_codes[static_cast<std::size_t>(code)]; }

bool is_unreachable(ErrorCode code) {
  return code == control_unreachable || code == server_unreachable || code == nginx_unreachable || code == dns_unreachable ||
         code == host_unreachable || code == authority_unreachable || code == mail_unreachable || code == webhook_unreachable;
}

Error&& Error::with_hint(std::string text) && {
  hint = std::move(text);
  return std::move(*this);
}

Error&& Error::with_context(std::string text) && {
  context.insert(context.begin(), std::move(text));
  return std::move(*this);
}

Error&& Error::with_operation(std::string id) && {
  operation = std::move(id);
  return std::move(*this);
}

Error&& Error::may_retry() && {
  retryable = true;
  return std::move(*this);
}

Error make_error(ErrorCode code, std::string message) { return Error{.code = code, .message = std::move(message)}; }

Error bug(const std::exception& exception) { return make_error(internal, std::string("a bug in tenantctl: ") + exception.what()); }

std::string full_message(const Error& error) {
  std::string text;
  for (const auto& part : error.context) text += part + ": ";
  return text + error.message;
}

}  // namespace tenantctl
