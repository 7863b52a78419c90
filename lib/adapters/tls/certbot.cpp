#include "adapters/tls/certbot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "adapters/files/draft_name.hpp"
#include "adapters/ssh/remote_command.hpp"
#include "adapters/tls/certbot_said.hpp"
#include "adapters/tls/certificate_text.hpp"
#include "core/embedded.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

using namespace std::chrono_literals;

constexpr int k_refused = 75;
constexpr int k_certbot_failed = 76;
constexpr std::chrono::milliseconds k_give_up_limit = 240s;

using Words = std::vector<std::string>;

ShellCommand command_of(const char* verb, const CertificatePlace& place, const CertificateOrder* order, const Words& more) {
  ShellCommand command{.argv = {"sh", "-c", std::string(embedded_file("templates/tls/certbot.sh").value_or("exit 2")), "tenantctl", verb,
                                place.home.string(), place.folder.string(), order != nullptr ? order->name().str() : "",
                                order != nullptr ? order->tenant.str() : ""}};
  command.argv.insert(command.argv.end(), more.begin(), more.end());
  return command;
}

Words authority(const TlsSettings& settings) {
  if (settings.staging) return {"--staging"};
  return settings.server.empty() ? Words() : Words{"--server", settings.server};
}

void append(Words& words, const Words& more) { words.insert(words.end(), more.begin(), more.end()); }

Words hosts_of(const CertificateOrder& order) {
  Words hosts;
  for (const auto& name : order.names) hosts.push_back(name.str());
  return hosts;
}

/// How many hosts there are, and each with the name that its file's draft has.
Words files_of(const CertificateOrder& order) {
  Words words{std::to_string(order.names.size())};
  for (const auto& name : order.names)
    append(words, {name.str(), draft_name(order.place.folder / "certs" / (name.str() + ".pem")).filename().string()});
  return words;
}

Words by_page(const CertificateOrder& order) {
  Words words{"--webroot", "-w", (order.place.folder / "acme").string()};
  for (const auto& name : order.names) append(words, {"-d", name.str()});
  return words;
}

/// For every host below the front too: the back's name is one of them.
Words by_record(const CertificateOrder& order, const Words& prover) {
  const auto hook = [&](const char* verb) {
    std::string line;  // certbot gives it to a shell
    for (const auto& word : prover) line += ssh::quote(word) + " ";
    return line + verb;
  };
  return {"--manual", "--preferred-challenges", "dns", "--manual-auth-hook",     hook("put"), "--manual-cleanup-hook", hook("take"),
          "-d",       order.name().str(),       "-d",  "*." + order.name().str()};
}

Error failure_of(const CertificateOrder& order, const ShellOutcome& outcome) {
  const auto name = order.name().str();
  if (outcome.exit_status == k_certbot_failed) return certbot_failure(name, outcome.out);
  if (outcome.exit_status == k_refused && outcome.err.find("busy") != std::string::npos)
    return make_error(ErrorCode::locked, "another certbot works in the same folder").may_retry();
  if (outcome.exit_status == k_refused && outcome.err.find("gone") != std::string::npos)
    return make_error(ErrorCode::state_conflict, fmt::format("the certificate of \"{}\" was given up meanwhile", name));
  if (outcome.exit_status == k_refused) {
    return make_error(ErrorCode::foreign_object, fmt::format("\"{}\" has a file of another's for \"{}\" or a name beside it",
                                                             (order.place.folder / "certs").string(), name))
        .with_hint("look at its first line, and move it away");
  }
  return certbot_failure(name, outcome.err + outcome.out);
}

Result<std::vector<std::string>> lines_of(const ShellOutcome& outcome) {
  if (!outcome.succeeded()) return fail(ErrorCode::process_failed, fmt::format("certificates can't be listed: {}", printable(outcome.err)));
  std::istringstream text(outcome.out);
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(std::move(line));
  return lines;
}

}  // namespace

ShellCommand certbot_issue_command(const TlsSettings& settings, const CertificateOrder& order, bool fresh, const Words& prover) {
  Words words{settings.key_group, order.slug.str(), settings.ca_file.string(), fresh ? "1" : "0"};
  append(words, files_of(order));
  append(words, {settings.program, "certonly", "--cert-name", order.name().str()});
  append(words, settings.challenge == TlsChallenge::http ? by_page(order) : by_record(order, prover));
  append(words, authority(settings));
  append(words, {"--agree-tos"});
  append(words, settings.email.empty() ? Words{"--register-unsafely-without-email"} : Words{"--email", settings.email, "--no-eff-email"});
  append(words, {"--key-type", "ecdsa"});
  auto command = command_of("issue", order.place, &order, words);
  command.input = embedded_file("templates/tls/sitecustomize.py").value_or("");
  return command;
}

ShellCommand certbot_removal_command(const TlsSettings& settings, const CertificateOrder& order) {
  Words words{settings.ca_file.string()};
  append(words, files_of(order));
  // At the authority that gave it, which certbot remembers: today's may be another.
  append(words,
         {settings.program, "revoke", "--cert-name", order.name().str(), "--reason", "cessationofoperation", "--delete-after-revoke"});
  auto command = command_of("remove", order.place, &order, words);
  command.limit = k_give_up_limit;
  return command;
}

Result<Instant> Certbot::issue(const CertificateOrder& order, bool fresh, std::chrono::milliseconds limit) {
  auto command = certbot_issue_command(settings_, order, fresh, prover_);
  command.limit = limit;
  TRY_ASSIGN(const auto outcome, host_.run(command));
  if (!outcome.succeeded()) return fail(failure_of(order, outcome));
  return end_of_certificate(outcome.out);
}

Result<void> Certbot::hide(const CertificateOrder& order) {
  TRY_ASSIGN(const auto outcome, host_.run(command_of("hide", order.place, &order, hosts_of(order))));
  if (!outcome.succeeded()) return fail(failure_of(order, outcome));
  return {};
}

Result<Observed> Certbot::observe(const CertificateOrder& order) {
  TRY_ASSIGN(const auto outcome, host_.run(command_of("look", order.place, &order, hosts_of(order))));
  TRY_ASSIGN(const auto lines, lines_of(outcome));
  const auto count = std::ranges::count(lines, "ours");
  if (count == 0) return Observed{.presence = Presence::absent};
  return Observed{.presence = static_cast<std::size_t>(count) == lines.size() ? Presence::complete : Presence::partial};
}

Result<bool> Certbot::give_up(const CertificateOrder& order) {
  TRY_ASSIGN(const auto outcome, host_.run(certbot_removal_command(settings_, order)));
  if (!outcome.succeeded()) return fail(failure_of(order, outcome));
  return !outcome.out.ends_with("kept\n");
}

Result<std::vector<std::string>> Certbot::names(const CertificatePlace& place) {
  TRY_ASSIGN(const auto outcome, host_.run(command_of("list", place, nullptr, {})));
  return lines_of(outcome);
}

}  // namespace tenantctl
