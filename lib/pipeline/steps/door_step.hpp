// Closes or opens one of the ways to a tenant: its hosts, its login, its site. Whose it is was settled when it was made;
// what somebody else has put in its place is left alone.
#pragma once
#include <functional>
#include <string>

#include "pipeline/step.hpp"

namespace tenantctl {

enum class DoorState : std::uint8_t { open, closed };

struct Door {
  std::string what;                        // "the hosts of \"acme\"", for people
  Evidence evidence;                       // the names that the functions work on
  std::function<Result<Observed>()> look;  // complete: closed; partial: half closed; absent: open; foreign
  std::function<Result<void>()> close;     // both convergent
  std::function<Result<void>()> open;
};

/// Closed seen as open and the other way round; what is neither stays as it is.
Presence opposite(Presence presence);

class DoorStep : public Step {
 public:
  /// Brings the door to `to`; taken back, to `from`: a tenant that was suspended before it was cancelled stays suspended.
  DoorStep(std::string id, Door door, DoorState to, DoorState from);

  std::string_view id() const override { return id_; }
  std::string_view describe() const override { return description_; }
  Result<Observation> probe() override;
  Result<Evidence> apply() override;
  Result<void> revert(const Evidence& evidence) override;

 private:
  Result<void> bring_to(DoorState state) const { return state == DoorState::closed ? door_.close() : door_.open(); }

  std::string id_;
  Door door_;
  DoorState to_;
  DoorState from_;
  std::string description_;
};

}  // namespace tenantctl
