#include "support/cloudflare_standin.hpp"

#include <algorithm>

#include "adapters/process/local_shell.hpp"
#include "support/free_port.hpp"

namespace tenantctl::test {

CloudflareStandin::CloudflareStandin(int limit, int window) : port_(free_port()) {
  const auto log = folder_ / "log";
  server_.start({.argv = {"python3", std::string(TENANTCTL_SOURCE_DIR) + "/tests/support/cloudflare_standin.py", std::to_string(port_),
                          k_token, k_zone, "--limit", std::to_string(limit), "--window", std::to_string(window)},
                 .log = log},
                [&] { return says(log, "listens"); });
}

nlohmann::json CloudflareStandin::control(const std::string& path, const std::string& body) const {
  LocalShell shell;
  std::vector<std::string> argv{"curl", "-s", "http://127.0.0.1:" + std::to_string(port_) + path};
  if (!body.empty()) argv.insert(argv.end(), {"-d", body});
  const auto asked = shell.run({.argv = argv});
  if (!asked || !asked->succeeded()) throw std::runtime_error("the stand-in does not answer");
  return nlohmann::json::parse(asked->out).at("result");
}

std::vector<std::string> CloudflareStandin::lines() const {
  std::vector<std::string> lines;
  const auto records = control("/_test/records");
  for (const auto& record : records) {
    auto value = record["content"].get<std::string>();
    if (value == "\"tenantctl\"") value = record["comment"];
    lines.push_back(record["name"].get<std::string>() + " " + record["type"].get<std::string>() + " " + value);
  }
  std::ranges::sort(lines);
  return lines;
}

std::vector<std::size_t> CloudflareStandin::additions() const {
  std::vector<std::size_t> counts;
  const auto log = control("/_test/log");
  for (const auto& request : log) {
    if (!request[1].get<std::string>().ends_with("/batch")) continue;
    const auto body = nlohmann::json::parse(request[2].get<std::string>());
    if (body.contains("posts")) counts.push_back(body["posts"].size());
  }
  return counts;
}

void CloudflareStandin::add(const std::string& name, const std::string& type, const std::string& value) const {
  control("/_test/records", nlohmann::json{{"add", {{"name", name}, {"type", type}, {"content", value}}}}.dump());
}

void CloudflareStandin::remove(const std::string& name, const std::string& type, const std::string& value) const {
  control("/_test/records", nlohmann::json{{"remove", {{"name", name}, {"type", type}, {"content", value}}}}.dump());
}

}  // namespace tenantctl::test
