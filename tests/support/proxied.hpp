// The sandbox behind a proxy that can cut one of its two connections: to the control database, or to the tenants' server. Only
// what is run by it goes through the proxy.
#pragma once
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "support/cutting_proxy.hpp"
#include "support/live_sandbox.hpp"

namespace tenantctl::test {

/// Its connections, as the sandbox's configuration writes them.
inline const std::string k_control = "control: { url: \"postgresql:///tenantctl?";
/// The tenants' server.
inline const std::string k_server = "local: { url: \"postgresql:///postgres?";

class Proxied {
 public:
  /// `stack`: the one that creates take.
  explicit Proxied(const std::string& which, const std::string& stack = "demo")
      : direct_(fmt::format("host={}&port={}", postgres("socket_dir").get<std::string>(), postgres("port").get<int>())),
        proxy_(fmt::format("{}/.s.PGSQL.{}", postgres("socket_dir").get<std::string>(), postgres("port").get<int>())),
        config_(LiveSandbox::get().dir() / "proxied.yaml") {
    auto text = read_text(LiveSandbox::get().config());
    const auto at = text.find(which + direct_);
    REQUIRE(at != std::string::npos);
    text.replace(at + which.size(), direct_.size(), fmt::format("host={}&port={}", proxy_.host(), CuttingProxy::k_port));
    const std::string choice = "default_stack: demo";
    const auto chosen = text.find(choice);
    REQUIRE(chosen != std::string::npos);
    write_text(config_, text.replace(chosen, choice.size(), "default_stack: " + stack));
  }

  CliResult run(std::vector<std::string> args) const {
    args.insert(args.begin(), {"--config", config_.string(), "-o", "json"});
    return LiveSandbox::get().run(args);
  }
  CuttingProxy& proxy() { return proxy_; }

 private:
  static nlohmann::json postgres(const char* key) { return LiveSandbox::get().status().at("postgres").at(key); }

  std::string direct_;
  CuttingProxy proxy_;
  std::filesystem::path config_;
};

inline std::string name_of(Cut cut) {
  switch (cut) {
    case Cut::request_lost: return "request lost";
    case Cut::in_flight: return "connection lost in flight";
    case Cut::answer_lost: return "answer lost";
  }
  return "";
}

}  // namespace tenantctl::test
