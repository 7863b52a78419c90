// A password or key: real on the wire, redacted for eyes. It refuses to be formatted, logged or put into JSON by accident.
#pragma once
#include <string>
#include <string_view>

namespace tenantctl {

class Secret {
 public:
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) noexcept = default;
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&&) noexcept = default;
  ~Secret();  // wipes the memory, so that core files do not hold it

  /// The real text. Every caller is a place to review.
  const std::string& reveal() const { return text_; }
  static constexpr std::string_view redacted() { return "********"; }

 private:
  std::string text_;
};

}  // namespace tenantctl
