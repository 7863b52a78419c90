#include "support/bind_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "adapters/process/local_shell.hpp"
#include "support/free_port.hpp"

namespace tenantctl::test {
namespace {

constexpr const char* k_named_conf = R"(key "{key}" {{ algorithm hmac-sha256; secret "{secret}"; }};
options {{
  directory "{folder}";
  pid-file "{folder}/named.pid"; session-keyfile "{folder}/session.key"; lock-file none;
  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  recursion no; allow-query {{ any; }}; allow-transfer {{ key "{key}"; }};
  notify no; dnssec-validation no; empty-zones-enable no; minimal-responses yes;
}};
controls {{ }};
zone "{zone}" {{ type primary; file "zone.db"; update-policy {{ grant {key} zonesub ANY; }}; }};
)";

constexpr const char* k_zone_file = R"($TTL 60
@   IN SOA ns.{zone}. hostmaster.{zone}. 1 3600 600 86400 5
    IN NS  ns
ns  IN A   127.0.0.1
{more}
)";

std::vector<std::string> sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream words(text);
  for (std::string line; std::getline(words, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  std::ranges::sort(lines);
  return lines;
}

}  // namespace

BindServer::BindServer(const std::string& more) : port_(free_port()) {
  std::istringstream key(run({"tsig-keygen", "-a", "hmac-sha256", k_key}));
  for (std::string word; key >> word;) {
    if (word == "secret" && key >> word) secret_ = word.substr(1, word.find('"', 1) - 1);
  }
  write_text(folder_ / "zone.db", fmt::format(k_zone_file, fmt::arg("zone", k_zone), fmt::arg("more", more)));
  write_text(folder_ / "named.conf",
             fmt::format(k_named_conf, fmt::arg("key", k_key), fmt::arg("secret", secret_), fmt::arg("zone", k_zone),
                         fmt::arg("folder", folder_.path().string()), fmt::arg("port", port_)));
  write_text(folder_ / "tsig.secret", secret_ + "\n");
  start();
}

void BindServer::start() {
  server_.start({.argv = {"named", "-g", "-n", "1", "-c", (folder_ / "named.conf").string()}, .log = folder_ / "log"},
                [this] { return !dig(k_zone, "SOA").empty(); });
}

std::string BindServer::run(const std::vector<std::string>& argv, const std::string& input) const {
  LocalShell shell;
  const auto outcome = shell.run({.argv = argv, .input = input});
  if (!outcome) throw std::runtime_error(full_message(outcome.error()));
  if (argv.front() != "dig" && !outcome->succeeded()) throw std::runtime_error(argv.front() + ": " + outcome->out + outcome->err);
  return outcome->succeeded() ? outcome->out : "";
}

std::vector<std::string> BindServer::dig(const std::string& name, const std::string& type) const {
  return sorted_lines(run({"dig", "+short", "+time=1", "+tries=1", "@127.0.0.1", "-p", std::to_string(port_), type, name}));
}

std::vector<std::string> BindServer::zone() const {
  const auto key = fmt::format("hmac-sha256:{}:{}", k_key, secret_);
  const auto text = run({"dig", "+noall", "+answer", "@127.0.0.1", "-p", std::to_string(port_), "-y", key, "AXFR", k_zone});
  std::vector<std::string> records;
  for (const auto& line : sorted_lines(text)) {
    std::istringstream words(line);
    std::string name, ttl, in, type, value;
    words >> name >> ttl >> in >> type;
    std::getline(words >> std::ws, value);
    if (type == "SOA" || type == "NS" || name == fmt::format("ns.{}.", k_zone)) continue;
    records.push_back(fmt::format("{} {} {}", name, type, value));
  }
  return records;
}

void BindServer::change(const std::string& lines) const {
  run({"nsupdate", "-y", fmt::format("hmac-sha256:{}:{}", k_key, secret_)},
      fmt::format("server 127.0.0.1 {}\nzone {}\n{}\nsend\n", port_, k_zone, lines));
}

std::string BindServer::config(const std::string& addresses) const {
  return fmt::format("{{ provider: rfc2136, server: \"{}\", key: {{ name: {}, secret: \"file:{}\" }}, addresses: {} }}", address(), k_key,
                     (folder_ / "tsig.secret").string(), addresses);
}

}  // namespace tenantctl::test
