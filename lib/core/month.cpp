#include "core/month.hpp"

#include <fmt/format.h>

#include <charconv>

namespace tenantctl {

Result<Month> parse_month(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  if (text.size() == 7 && text[4] == '-') {
    const auto read_year = std::from_chars(text.data(), text.data() + 4, year);
    const auto read_month = std::from_chars(text.data() + 5, text.data() + 7, month);
    const Month found{std::chrono::year{year}, std::chrono::month{month}};
    if (read_year.ptr == text.data() + 4 && read_month.ptr == text.data() + 7 && found.ok() && year >= 1970) return found;
  }
  return fail(make_error(ErrorCode::bad_value, fmt::format("\"{}\" is no month", text)).with_hint("write it as 2026-11"));
}

std::string month_text(Month month) {
  return fmt::format("{:04}-{:02}", static_cast<int>(month.year()), static_cast<unsigned>(month.month()));
}

Month month_of(Instant instant) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(instant)};
  return date.year() / date.month();
}

Instant begin_of(Month month) { return Day{month / 1}; }

}  // namespace tenantctl
