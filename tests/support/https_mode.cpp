#include "support/https_mode.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/process/local_shell.hpp"
#include "support/free_port.hpp"
#include "support/server_block_mode.hpp"

namespace tenantctl::test {
namespace {

namespace fs = std::filesystem;

int http_port() { return LiveSandbox::get().status().at("http_port").get<int>(); }

PebbleServer::Options at_sandbox(PebbleServer::Options options) {
  options.http_port = http_port();
  return options;
}

std::string said(const std::vector<std::string>& argv) {
  LocalShell shell;
  const auto outcome = shell.run({.argv = argv});
  return outcome && outcome->succeeded() ? outcome->out : "";
}

std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const auto begin = text.find(before);
  if (begin == std::string::npos) return "";
  const auto from = begin + before.size();
  return text.substr(from, text.find(after, from) - from);
}

/// As root the sandbox's nginx drops its rights.
std::string group_of_workers() {
  const auto user = between(read_text(LiveSandbox::get().dir() / "nginx/nginx.conf"), "\nuser ", ";");
  auto group = user.empty() ? "" : said({"id", "-gn", user});
  while (group.ends_with('\n')) group.pop_back();
  return group;
}

}  // namespace

HttpsMode::HttpsMode(Options options)
    : port_(free_port()),
      key_group_(group_of_workers()),
      authority_(at_sandbox(options.authority)),
      include_(LiveSandbox::get().dir() / "nginx/tenantctl/tenantctl.conf"),
      text_before_(read_text(include_)) {
  auto& sandbox = LiveSandbox::get();
  auto changes = options.changes;
  changes.emplace_back("tls: { provider: none }",
                       fmt::format("tls: {{ provider: certbot, agree_tos: true, server: \"{}\", ca_file: \"{}\", roots: \"{}\", dir: tls, "
                                   "listen: [\"127.0.0.1:{}\"]{}{} }}",
                                   authority_.directory(), authority_.ca_file().string(), authority_.roots().string(), port_,
                                   key_group_.empty() ? "" : ", key_group: " + key_group_, options.more));
  if (options.mode != "routes") changes.emplace_back("mode: routes", "mode: " + options.mode);
  config_ = changed_config("https.yaml", changes);
  const auto rendered = sandbox.run({"--config", config_.native(), "nginx", "render"});
  INFO(rendered.err);
  REQUIRE(rendered.status == 0);
  write_text(include_, rendered.out);
  sandbox.use(config_);
  ServerBlockMode::reload();
}

HttpsMode::~HttpsMode() {
  CHECK(certificates() == Inventory{});
  write_text(include_, text_before_);
  LiveSandbox::get().use({});
  ServerBlockMode::reload();
  fs::remove_all(LiveSandbox::get().dir() / "tls");
}

HttpsMode::Shown HttpsMode::shown(const std::string& name) const {
  const auto text = said({"sh", "-c",
                          fmt::format("openssl s_client -connect 127.0.0.1:{} -servername {} -CAfile {} -verify_hostname {} -showcerts "
                                      "</dev/null 2>&1",
                                      port_, name, authority_.roots().string(), name)});
  const auto certificate = said({"sh", "-c", "printf '%s' \"$1\" | openssl x509 -noout -serial -ext subjectAltName", "sh", text});
  auto names = between(certificate, "Subject Alternative Name: \n", "\n");
  names.erase(0, names.find_first_not_of(' '));
  return {.subject_names = names, .serial = between(certificate, "serial=", "\n"), .verification = between(text, "Verification: ", "\n")};
}

std::string HttpsMode::get(const std::string& host, const std::string& named) const {
  const auto& name = named.empty() ? host : named;
  const auto answer = said({"curl", "-s", "--max-time", "10", "--cacert", authority_.roots().string(), "--resolve",
                            fmt::format("{}:{}:127.0.0.1", name, port_), "-H", fmt::format("Host: {}:{}", host, port_), "-w",
                            "\n%{http_code}", fmt::format("https://{}:{}/", name, port_)});
  const auto end = answer.rfind('\n');
  return end == std::string::npos ? "" : answer.substr(end + 1) + "\n" + answer.substr(0, end);
}

std::string HttpsMode::header_by_http(const std::string& host, const std::string& path) const {
  return said({"curl", "-s", "-D", "-", "-o", "/dev/null", "--max-time", "10", "--path-as-is", "-H", "Host: " + host,
               fmt::format("http://127.0.0.1:{}{}", http_port(), path)});
}

Inventory HttpsMode::certificates() const {
  Inventory found;
  const auto& dir = LiveSandbox::get().dir();
  for (const auto* folder : {"nginx/tenantctl/certs", "nginx/tenantctl/acme/.well-known/acme-challenge", "tls/etc/live", "tls/etc/archive",
                             "tls/etc/renewal", "tls/etc/keys", "tls/etc/csr", "tls/owners"}) {
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(dir / folder, missing)) {
      if (entry.path().filename() != "README")
        found.push_back(fs::path(folder).filename().string() + "/" + entry.path().filename().string());
    }
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace tenantctl::test
