#include "adapters/sandbox/sandbox_state.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "adapters/files/atomic_file.hpp"

namespace tenantctl {
namespace {

constexpr int k_format = 1;

SandboxState from_json(const nlohmann::json& json) {
  SandboxState state{.dir = json.at("dir").get<std::string>(), .user = json.at("user").get<std::string>(), .ports = {}, .processes = {}};
  for (const auto part : k_sandbox_parts) {
    const auto& server = json.at("servers").at(std::string(to_string(part)));
    state.ports[part] = server.at("port").get<int>();
    state.processes[part] = {.pid = server.at("pid").get<pid_t>(),
                             .started = server.at("started").get<std::uint64_t>(),
                             .boot = server.at("boot").get<std::string>()};
  }
  return state;
}

}  // namespace

std::string_view to_string(SandboxPart part) {
  switch (part) {
    case SandboxPart::postgres: return "postgres";
    case SandboxPart::demo_app: return "demo-app";
    case SandboxPart::nginx: return "nginx";
  }
  return "";
}

Result<SandboxState> read_sandbox_state(const std::filesystem::path& file) {
  TRY_ASSIGN(const auto text, read_small_file(file));
  if (!text) return SandboxState{};
  const auto damaged = [&](std::string_view why) {
    return fail(make_error(ErrorCode::sandbox_failed, fmt::format("\"{}\" is damaged: {}", file.string(), why))
                    .with_hint(fmt::format("remove it with \"rm {}\" and run \"tenantctl sandbox up\" again", file.string())));
  };
  try {
    const auto json = nlohmann::json::parse(*text);
    if (json.at("format").get<int>() != k_format) return damaged("it has another format");
    return from_json(json);
  } catch (const nlohmann::json::exception& error) { return damaged(error.what()); }
}

Result<void> write_sandbox_state(const std::filesystem::path& file, const SandboxState& state) {
  nlohmann::ordered_json json{{"format", k_format}, {"dir", state.dir.string()}, {"user", state.user}};
  for (const auto part : k_sandbox_parts) {
    const auto& process = state.processes[part];
    json["servers"][std::string(to_string(part))] = {
        {"port", state.ports[part]}, {"pid", process.pid}, {"started", process.started}, {"boot", process.boot}};
  }
  return replace_file({.path = file, .text = json.dump(2) + "\n", .mode = 0644});
}

}  // namespace tenantctl
