#include "support/pebble_server.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "adapters/process/local_shell.hpp"
#include "support/certificate.hpp"
#include "support/free_port.hpp"

namespace tenantctl::test {

PebbleServer::PebbleServer(const Options& options) : options_(options), port_(free_port()), management_(free_port()) {
  make_certificate(folder_, "localhost");
  if (options_.dns.empty()) {
    const int port = free_port();
    const auto management = fmt::format("127.0.0.1:{}", free_port());
    options_.dns = fmt::format("127.0.0.1:{}", port);
    names_.start(
        {.argv = {"pebble-challtestsrv", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dns01", options_.dns, "-http01", "", "-https01",
                  "", "-tlsalpn01", "", "-management", management},
         .log = folder_ / "names.log"},
        [&] { return says(folder_ / "names.log", "Starting management server") || says(folder_ / "names.log", "challenge server"); });
  }
  const nlohmann::json pebble{{"listenAddress", fmt::format("127.0.0.1:{}", port_)},
                              {"managementListenAddress", fmt::format("127.0.0.1:{}", management_)},
                              {"certificate", (folder_ / "cert.pem").string()},
                              {"privateKey", (folder_ / "key.pem").string()},
                              {"httpPort", options_.http_port},
                              {"tlsPort", 1},
                              {"ocspResponderURL", ""},
                              {"externalAccountBindingRequired", false},
                              {"certificateValidityPeriod", options_.days * 86'400}};
  write_text(folder_ / "pebble.json", nlohmann::json{{"pebble", pebble}}.dump());
  if (options_.starts) start();
}

void PebbleServer::start() {
  // Without its random pauses; every proof is asked for anew.
  server_.start({.argv = {"env", "PEBBLE_VA_NOSLEEP=1", fmt::format("PEBBLE_WFE_NONCEREJECT={}", options_.refused_nonces),
                          "PEBBLE_AUTHZREUSE=0", "pebble", "-config", (folder_ / "pebble.json").string(), "-dnsserver", options_.dns},
                 .log = folder_ / "log"},
                [this] { return !ask("/roots/0").empty(); });
  write_text(roots(), ask("/roots/0"));
}

std::string PebbleServer::directory() const { return fmt::format("https://localhost:{}/dir", port_); }

std::string PebbleServer::ask(const std::string& path) const {
  LocalShell shell;
  const auto answer =
      shell.run({.argv = {"curl", "-sf", "--cacert", ca_file().string(), fmt::format("https://localhost:{}{}", management_, path)}});
  return answer && answer->succeeded() ? answer->out : "";
}

std::string PebbleServer::status_of(const std::string& serial) const {
  const auto answer = nlohmann::json::parse(ask("/cert-status-by-serial/" + serial), nullptr, false);
  return answer.is_object() ? answer.value("Status", "") : "";
}

}  // namespace tenantctl::test
