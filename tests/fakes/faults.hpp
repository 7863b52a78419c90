// What goes wrong, and when: every fake port counts its calls here and is told to crash, to fail, or to work and then
// lose its answer. A crash is thrown through everything, as a SIGKILL would end it; nothing may catch it but a test.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace tenantctl::test {

struct Crash {};

class Faults {
 public:
  /// Passes and calls are counted from 1. There are at least two passes in each call: before its effect and after it.
  void crash_at(std::size_t pass) { crash_at_ = pass; }
  void fail_call(std::size_t call, Error error) { fail_call_ = call, error_ = std::move(error); }
  void lose_answer(std::size_t call, Error error) { lose_answer_ = call, error_ = std::move(error); }
  /// Fails every call whose name begins so: "server.", "router.publish".
  void fail_always(std::string prefix, Error error) { prefix_ = std::move(prefix), error_ = std::move(error); }
  /// Nothing goes wrong any more, and counting begins again.
  void clear() { *this = {}; }

  std::size_t passes() const { return passes_; }
  std::size_t calls() const { return calls_; }

  /// One moment at which the process may die.
  void pass() {
    if (++passes_ == crash_at_) throw Crash{};
  }

  /// Runs `effect`, a function that returns a Result, as the call `name` of a port.
  template <class Effect>
  auto around(std::string_view name, Effect effect) -> decltype(effect()) {
    const auto call = ++calls_;
    pass();
    if (call == fail_call_ || (!prefix_.empty() && name.starts_with(prefix_))) return fail(*error_);
    auto result = effect();
    pass();
    if (call == lose_answer_) return fail(*error_);
    return result;
  }

 private:
  std::size_t crash_at_ = 0;
  std::size_t fail_call_ = 0;
  std::size_t lose_answer_ = 0;
  std::string prefix_;
  std::optional<Error> error_;
  std::size_t passes_ = 0;
  std::size_t calls_ = 0;
};

}  // namespace tenantctl::test
