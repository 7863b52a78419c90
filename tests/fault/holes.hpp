// A hole in the isolation of tenants that a test opens, looks at through verify-isolation, and closes again.
#pragma once
#include <catch2/catch.hpp>

#include <filesystem>
#include <functional>
#include <set>
#include <string>

#include "support/live_sandbox.hpp"
#include "support/tally.hpp"

namespace tenantctl::test {

struct Hole {
  std::string probe;  // that names it
  std::function<void()> open;
  std::function<void()> close;
  std::string how = {};  // for the message
};

inline Hole in_mode(const std::string& probe, const std::filesystem::path& path, std::filesystem::perms open,
                    std::filesystem::perms closed) {
  return {probe, [=] { std::filesystem::permissions(path, open); }, [=] { std::filesystem::permissions(path, closed); }};
}

/// The probes that found a breach, of any of the tenants.
inline std::set<std::string> breaches(const CliResult& result) {
  std::set<std::string> probes;
  const auto document = result.json();
  for (const auto& tenant : document["tenants"]) {
    for (const auto& finding : tenant["findings"]) {
      if (finding["verdict"] == "breach") probes.insert(finding["probe"]);
    }
  }
  return probes;
}

/// Found by its probe while it is open, and by none once it is closed. `verified()` runs verify-isolation.
inline void check_hole(const Hole& hole, const std::function<CliResult()>& verified) {
  INFO(hole.probe << " " << hole.how);
  hole.open();
  const auto open = verified();
  hole.close();
  Tally::get().add("planted hole of isolation");

  INFO(open.out << open.err);
  CHECK(open.status == 7);
  CHECK(breaches(open).contains(hole.probe));
  const auto closed = verified();
  INFO(closed.out);
  CHECK(closed.status == 0);
}

}  // namespace tenantctl::test
