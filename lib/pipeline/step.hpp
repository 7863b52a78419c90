// One effect on the outside world that can be looked at, made and unmade. Steps know nothing of the journal or of each other.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "core/operation.hpp"
#include "ports/database_server.hpp"

namespace tenantctl {

struct Observation {
  Presence presence = Presence::absent;
  Evidence evidence = Evidence::object();  // what a revert needs, where the crash came before apply's own was recorded
  std::string detail = {};                 // for foreign: what is in the way, for the error's message
};

class Step {
 public:
  virtual ~Step() = default;
  virtual std::string_view id() const = 0;        // persisted in the journal; never renamed
  virtual std::string_view describe() const = 0;  // one line for `--dry-run`: what apply would do
  virtual Result<Observation> probe() = 0;        // read-only; comes before each apply, which may go by what it saw
  /// For `--dry-run`: as probe(), and foreign too where apply() would find something in its way that a probe need not look for.
  virtual Result<Observation> foresee() { return probe(); }
  virtual Result<Evidence> apply() = 0;              // convergent: safe to repeat after a crash
  virtual Result<void> revert(const Evidence&) = 0;  // absent counts as success
  /// apply may be repeated even where steps after it were applied since. Neighbours of which all this is true are announced by one
  /// write; see ADR 20.
  virtual bool repeats_after_others() const { return false; }
  /// Once it has begun, its operation can only go on: what it destroys can't be made again. revert() is not called then.
  virtual bool is_final() const { return false; }
};

using Pipeline = std::vector<std::unique_ptr<Step>>;

}  // namespace tenantctl
