// An operation and its step events: what the journal keeps. Values only; the protocol is in pipeline/engine.hpp.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/instant.hpp"
#include "core/names.hpp"

namespace tenantctl {

/// What a step found or did, as the journal keeps it. An object; never a secret in it.
using Evidence = nlohmann::json;

/// running and undoing are unfinished; stuck is an undo that left something behind. Persisted by name.
enum class OperationState : std::uint8_t { running, undoing, succeeded, undone, stuck };
std::string_view to_string(OperationState state);
Result<OperationState> parse_operation_state(std::string_view text);
constexpr bool is_finished(OperationState state) { return state == OperationState::succeeded || state == OperationState::undone; }

/// Intent is marked before an effect (applying, reverting), its outcome afterwards. Persisted by name.
enum class Mark : std::uint8_t { applying, applied, failed, reverting, reverted, revert_failed };
std::string_view to_string(Mark mark);
Result<Mark> parse_mark(std::string_view text);

struct StepEvent {
  std::string step;
  Mark mark = Mark::applying;
  Evidence evidence = Evidence::object();
  std::string error_code = {};  // with failed and revert_failed
  std::string error_message = {};
  std::int64_t duration_ms = 0;  // with applied, reverted and the failures
  Instant at{};                  // set by the journal
};

/// Who runs a command, for the journal, the audit log and the refusal "locked by …".
struct Actor {
  std::string name;
  std::string host;
  int pid = 0;
};

struct Operation {
  OperationId id;
  TenantId tenant;
  std::string slug;
  std::string kind;  // "create"
  int pipeline_version = 1;
  nlohmann::json parameters = nlohmann::json::object();  // all that a resume needs; no secrets
  Actor actor;
  OperationState state = OperationState::running;
  std::int64_t fence = 1;
  std::string idempotency_key = {};
  std::string error_code = {};  // why it was undone
  std::string error_message = {};
  Instant started_at{};
  std::optional<Instant> finished_at = {};
};

/// The right to write to an operation's journal: valid while nobody else took it over (fence raised).
struct OperationTicket {
  OperationId id;
  std::int64_t fence = 1;
};

}  // namespace tenantctl
