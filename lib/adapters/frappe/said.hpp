// What a command on a bench's host said, as an error for people: without the passwords that it was given.
#pragma once
#include "adapters/frappe/bench_commands.hpp"

namespace tenantctl::frappe {

/// Why `command` ended as it did. Errors: those of FrappeBench.
Error error_of(const std::string& host, const FrappeSite& site, const ShellCommand& command, const ShellOutcome& outcome);

/// The last line of the bench's words that tells something: of a traceback, or of what it printed.
std::string last_words(const ShellOutcome& outcome);

}  // namespace tenantctl::frappe
