#include "pipeline/steps/after_create_step.hpp"

#include <fmt/format.h>

namespace tenantctl {

AfterCreateStep::AfterCreateStep(const CreatePlan& plan, const CreatePorts& ports)
    : shell_(ports.shell),
      store_(ports.credentials),
      command_(tenant_command(plan, plan.after_create)),
      description_(fmt::format("run \"{}\" on {} for at most {} s", fmt::join(plan.after_create.argv, " "),
                               plan.after_create.host.empty() ? "this machine" : "host \"" + plan.after_create.host + "\"",
                               plan.after_create.limit.count() / 1000)) {}

/// What a command did before it was killed can't be seen from here, so it is run again.
Result<Observation> AfterCreateStep::probe() { return Observation{}; }

Result<Evidence> AfterCreateStep::apply() {
  TRY_ASSIGN(auto* shell, shell_());
  auto ran = run(command_, *shell, store_);
  if (!ran && ran.error().code == ErrorCode::process_failed && ran.error().hint.empty()) {
    return fail(
        std::move(ran).error().with_hint("run it by hand for another tenant, with that one's DATABASE_URL, then create this one again"));
  }
  if (!ran) return fail(std::move(ran).error());
  return Evidence{{"argv", command_.wanted.argv}, {"host", command_.wanted.host}};
}

/// Its database goes with all that is in it.
Result<void> AfterCreateStep::revert(const Evidence&) { return {}; }

}  // namespace tenantctl
