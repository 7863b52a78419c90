#include "core/batch.hpp"

#include <fmt/format.h>

#include <array>

#include "core/enum_names.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 2> k_choices{"continue", "stop"};
constexpr std::array<std::string_view, 4> k_job_states{"waiting", "running", "succeeded", "failed"};
constexpr std::string_view k_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::size_t k_longest_id = 64;

bool is_batch_id(std::string_view text) {
  if (text.empty() || text.size() > k_longest_id || k_letters.find(text.front()) == std::string_view::npos) return false;
  return text.find_first_not_of(std::string(k_letters) + "._-") == std::string_view::npos;
}

}  // namespace

template <>
Result<BatchId> BatchId::parse(std::string_view text) {
  if (is_batch_id(text)) return BatchId(std::string(text));
  return fail(make_error(ErrorCode::bad_value, fmt::format("\"{}\" can't be a batch's id", printable(text.substr(0, 100))))
                  .with_hint("use 1 to 64 of letters, digits, \".\", \"_\" and \"-\", as in \"spring-2026\""));
}

std::string_view to_string(OnRowFailure choice) { return k_choices[static_cast<std::size_t>(choice)]; }
Result<OnRowFailure> parse_on_row_failure(std::string_view text) {
  return parse_enum<OnRowFailure>(k_choices, "what to do on an error", text);
}

std::string_view to_string(JobState state) { return k_job_states[static_cast<std::size_t>(state)]; }
Result<JobState> parse_job_state(std::string_view text) { return parse_enum<JobState>(k_job_states, "a job's state", text); }

std::string Job::idempotency_key() const { return fmt::format("batch {} row {} try {}", batch.str(), row, attempt); }

}  // namespace tenantctl
