#include "core/operation.hpp"

#include "core/enum_names.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 5> k_operation_states{"running", "undoing", "succeeded", "undone", "stuck"};
constexpr std::array<std::string_view, 6> k_marks{"applying", "applied", "failed", "reverting", "reverted", "revert_failed"};

}  // namespace

std::string_view to_string(OperationState state) { return k_operation_states[static_cast<std::size_t>(state)]; }
Result<OperationState> parse_operation_state(std::string_view text) {
  return parse_enum<OperationState>(k_operation_states, "an operation's state", text);
}
std::string_view to_string(Mark mark) { return k_marks[static_cast<std::size_t>(mark)]; }
Result<Mark> parse_mark(std::string_view text) { return parse_enum<Mark>(k_marks, "a step's mark", text); }

}  // namespace tenantctl
