// What a sandbox remembers between commands: its ports, whom its servers run as, and which processes they are.
// It judges nothing; whether a process still runs is asked elsewhere.
#pragma once
#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include "adapters/process/process_identity.hpp"
#include "core/result.hpp"

namespace tenantctl {

enum class SandboxPart : std::size_t { postgres, demo_app, nginx };
constexpr std::array k_sandbox_parts{SandboxPart::postgres, SandboxPart::demo_app, SandboxPart::nginx};

std::string_view to_string(SandboxPart part);

template <class T>
struct PerPart {
  std::array<T, k_sandbox_parts.size()> values{};
  T& operator[](SandboxPart part) { return values[static_cast<std::size_t>(part)]; }
  const T& operator[](SandboxPart part) const { return values[static_cast<std::size_t>(part)]; }
  bool operator==(const PerPart&) const = default;
};

struct SandboxState {
  std::filesystem::path dir;  // where it was written for: a copy of the folder does not own the original's processes
  std::string user;
  PerPart<int> ports;  // 0: none chosen yet
  PerPart<ProcessIdentity> processes;
};

/// An empty state where there is none. Errors: sandbox_failed (damaged), io_failed, permission_denied.
Result<SandboxState> read_sandbox_state(const std::filesystem::path& file);

/// Errors: disk_full, permission_denied, io_failed.
Result<void> write_sandbox_state(const std::filesystem::path& file, const SandboxState& state);

}  // namespace tenantctl
