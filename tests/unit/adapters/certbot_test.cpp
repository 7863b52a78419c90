// What certbot is asked, word by word, and what is made of its answers: pieces of what certbot 2.1.0 and Pebble 2.4.0 have written.
#include "adapters/tls/certbot.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

#include "adapters/tls/certbot_said.hpp"
#include "core/embedded.hpp"
#include "fakes/create_scene.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;
using Words = std::vector<std::string>;

namespace {

/// Without the program's text.
Words words_of(const ShellCommand& command) {
  REQUIRE(command.argv.size() > 4);
  CHECK(Words(command.argv.begin(), command.argv.begin() + 2) == Words{"sh", "-c"});
  return {command.argv.begin() + 4, command.argv.end()};
}

bool has(const Words& words, const Words& wanted) { return std::ranges::search(words, wanted).begin() != words.end(); }

constexpr std::string_view k_failed_proof = R"log(
 "identifier": { "type": "dns", "value": "acme.yourapp.test" },
 "challenges": [ { "type": "http-01", "status": "invalid",
      "error": {
        "type": "urn:ietf:params:acme:error:dns",
        "detail": "Could not find host: NXDOMAIN looking up A for \"acme.yourapp.test\"",
        "status": 400
      } } ]
)log";

}  // namespace

TEST_CASE("certbot is asked for both hosts at the authority that is configured, and its key is for the group that may read it", "[tls]") {
  const auto order = certificate_of(acme_plan());
  const TlsSettings settings{.email = "ops@yourapp.test",
                             .server = "https://ca.example/dir",
                             .ca_file = "/etc/ca.pem",
                             .dir = "/var/lib/tls",
                             .key_group = "www-data",
                             .program = "/opt/certbot"};

  const auto command = certbot_issue_command(settings, order, false);

  const auto words = words_of(command);
  CHECK(Words(words.begin(), words.begin() + 8) ==
        Words{"issue", "/var/lib/tls", "/etc/nginx/tenants", "acme.yourapp.test", order.tenant.str(), "www-data", "acme", "/etc/ca.pem"});
  CHECK(words[9] == "2");
  CHECK(has(words, {"/opt/certbot", "certonly", "--cert-name", "acme.yourapp.test", "--webroot", "-w", "/etc/nginx/tenants/acme", "-d",
                    "acme.yourapp.test", "-d", "api.acme.yourapp.test", "--server", "https://ca.example/dir", "--agree-tos", "--email",
                    "ops@yourapp.test"}));
  CHECK(words[8] == "0");
  CHECK(command.input == embedded_file("templates/tls/sitecustomize.py"));
}

TEST_CASE("by records a certificate is for every host below the tenant's, and certbot has us show the proofs", "[tls]") {
  const auto words = words_of(certbot_issue_command({.challenge = TlsChallenge::dns}, certificate_of(acme_plan()), false,
                                                    {"/usr/bin/tenantctl", "--config", "/etc/my app/t.yaml", "certs", "proof"}));

  CHECK(has(words, {"--manual", "--preferred-challenges", "dns", "--manual-auth-hook"}));
  CHECK(has(words, {"-d", "acme.yourapp.test", "-d", "*.acme.yourapp.test"}));
  CHECK_FALSE(has(words, {"--webroot"}));
  const auto hook = *(std::ranges::find(words, "--manual-cleanup-hook") + 1);
  CHECK_THAT(hook, Contains("'/etc/my app/t.yaml'") && Catch::EndsWith(" take"));
}

TEST_CASE("without an address or a server certbot is told so, and what is to be fresh is not kept", "[tls]") {
  const auto words = words_of(certbot_issue_command({.staging = true}, certificate_of(acme_plan()), true));

  CHECK(has(words, {"--staging", "--agree-tos", "--register-unsafely-without-email"}));
  CHECK_FALSE(has(words, {"--server"}));
  CHECK(words[8] == "1");
}

TEST_CASE("giving up names the same certificate, and leaves the authority to certbot", "[tls]") {
  const auto words = words_of(certbot_removal_command({.server = "https://ca.example/dir"}, certificate_of(acme_plan())));

  CHECK(words.front() == "remove");
  CHECK(has(words, {"certbot", "revoke", "--cert-name", "acme.yourapp.test"}));
  // At the authority that gave it, which certbot knows.
  CHECK_FALSE(has(words, {"--server"}));
}

TEST_CASE("the authority's last word against a name is told, not certbot's", "[tls]") {
  const std::string log =
      "AttributeError: can't set attribute\n{\"type\": \"urn:ietf:params:acme:error:badNonce\"}\n" + std::string(k_failed_proof);

  const auto error = certbot_failure("acme.yourapp.test", log);

  CHECK(error.code == ErrorCode::certificate_refused);
  CHECK_THAT(error.message, Contains("dns: Could not find host: NXDOMAIN looking up A for \"acme.yourapp.test\""));
  CHECK_THAT(error.hint, Contains("http://acme.yourapp.test/.well-known/acme-challenge/"));
  CHECK_FALSE(error.retryable);
}

TEST_CASE("too many requests are the authority's to end", "[tls]") {
  const auto error = certbot_failure("a.test", R"({"type": "urn:ietf:params:acme:error:rateLimited", "detail": "too many certificates",
    "subproblems": [{"detail": "x"}]})");
  CHECK_THAT(error.message, Contains("rateLimited: too many certificates"));
  CHECK(error.retryable);
}

TEST_CASE("what is not the authority's word is told by what it means", "[tls]") {
  using Case = std::pair<std::string, ErrorCode>;
  const auto& [text, code] = GENERATE(values<Case>({
      {"requests.exceptions.ConnectionError: Max retries exceeded with url: /dir", ErrorCode::authority_unreachable},
      {"SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] Max retries exceeded", ErrorCode::certificate_refused},
      {"OSError: [Errno 28] No space left on device", ErrorCode::disk_full},
      {"sh: 1: certbot: not found\n", ErrorCode::process_failed},
      {"Another instance of Certbot is already running.", ErrorCode::locked},
      {"something new", ErrorCode::process_failed},
  }));
  CHECK(certbot_failure("a.test", text).code == code);
}

TEST_CASE("a log that is cut or no JSON says nothing", "[tls]") {
  CHECK(authority_said("").empty());
  CHECK(authority_said("urn:ietf:params:acme:error:dns").empty());
  CHECK(authority_said("{\"type\": \"urn:ietf:params:acme:error:dns\", \"detail\": \"x").empty());
  CHECK(authority_said("{\"type\": 7, \"x\": \"urn:ietf:params:acme:error:dns\"}").empty());
}
