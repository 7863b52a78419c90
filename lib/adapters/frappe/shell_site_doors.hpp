// Looks at a bench by templates/frappe/survey.py, run by python3 on the bench's host: a bench has one.
#pragma once
#include "adapters/frappe/shell_bench.hpp"
#include "ports/site_doors.hpp"

namespace tenantctl {

class ShellSiteDoors : public SiteDoors {
 public:
  /// The shell must outlive it.
  ShellSiteDoors(BenchAccess access, Shell& shell) : access_(std::move(access)), shell_(shell) {}

  Result<SeenBench> look(const BenchQuestion& question) override;

 private:
  BenchAccess access_;
  Shell& shell_;
};

}  // namespace tenantctl
