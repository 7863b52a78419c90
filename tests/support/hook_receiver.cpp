#include "support/hook_receiver.hpp"

#include <algorithm>

#include "support/certificate.hpp"
#include "support/free_port.hpp"

namespace tenantctl::test {
namespace {

namespace fs = std::filesystem;

}  // namespace

HookReceiver::HookReceiver(HookScheme scheme) : scheme_(scheme), requests_(folder_ / "requests"), port_(free_port()) {
  fs::create_directory(requests_);
  if (scheme_ == HookScheme::https) make_certificate(folder_, "localhost");
  start();
}

std::string HookReceiver::url(const std::string& path) const {
  return (scheme_ == HookScheme::https ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_) + path;
}

void HookReceiver::start() {
  const auto log = folder_ / "log";
  fs::remove(log);
  std::vector<std::string> argv{"python3", std::string(TENANTCTL_SOURCE_DIR) + "/tests/support/hook_receiver.py", std::to_string(port_),
                                requests_.string()};
  if (scheme_ == HookScheme::https) argv.insert(argv.end(), {(folder_ / "cert.pem").string(), (folder_ / "key.pem").string()});
  server_.start({.argv = argv, .log = log}, [&] { return says(log, "listens"); });
}

std::vector<nlohmann::json> HookReceiver::requests() const {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(requests_)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<nlohmann::json> requests;
  for (const auto& file : files) {
    auto request = nlohmann::json::parse(read_text(file));
    request["text"] = request["body"];
    request["body"] = nlohmann::json::parse(request["text"].get<std::string>(), nullptr, false);
    requests.push_back(std::move(request));
  }
  return requests;
}

void HookReceiver::clear() {
  for (const auto& entry : fs::directory_iterator(requests_)) fs::remove(entry.path());
}

}  // namespace tenantctl::test
