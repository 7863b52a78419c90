#include "core/moment.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "core/utf8.hpp"

namespace tenantctl {
namespace {

using namespace std::chrono;

/// Takes a fixed form from the front of a text; once something does not fit, all that follows fails too.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int number(std::size_t digits) {
    int value = 0;
    const auto word = rest_.substr(0, digits);
    if (word.size() != digits || word.find_first_not_of("0123456789") != std::string_view::npos) good_ = false;
    else std::from_chars(word.data(), word.data() + digits, value), rest_.remove_prefix(digits);
    return value;
  }
  char one_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return good_ = false, '\0';
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  /// ".123": digits beyond microseconds are dropped.
  microseconds fraction() {
    if (!rest_.starts_with('.')) return {};
    rest_.remove_prefix(1);
    std::int64_t value = 0;
    std::size_t digits = 0;
    for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; rest_.remove_prefix(1), ++digits) {
      if (digits < 6) value = value * 10 + (rest_.front() - '0');
    }
    if (digits == 0 || digits > 9) good_ = false;
    for (auto i = digits; i < 6; ++i) value *= 10;
    return microseconds(value);
  }
  bool at_end() const { return rest_.empty(); }
  bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

std::optional<sys_days> read_day(Reader& reader) {
  const year y{reader.number(4)};
  reader.one_of("-");
  const month m{static_cast<unsigned>(reader.number(2))};
  reader.one_of("-");
  const year_month_day date{y, m, day{static_cast<unsigned>(reader.number(2))}};
  if (!reader.good() || !date.ok()) return std::nullopt;
  return sys_days(date);
}

std::optional<microseconds> read_time(Reader& reader) {
  reader.one_of("Tt ");
  const int hour = reader.number(2);
  reader.one_of(":");
  const int minute = reader.number(2);
  reader.one_of(":");
  const int second = reader.number(2);
  const auto fraction = reader.fraction();
  const char zone = reader.one_of("Zz+-");
  minutes offset{};
  if (zone == '+' || zone == '-') {
    const int hours_off = reader.number(2);
    reader.one_of(":");
    const int minutes_off = reader.number(2);
    if (hours_off > 23 || minutes_off > 59) return std::nullopt;
    offset = (hours(hours_off) + minutes(minutes_off)) * (zone == '+' ? 1 : -1);
  }
  if (!reader.good() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return hours(hour) + minutes(minute) + seconds(second) + fraction - offset;
}

std::optional<Instant> instant_in(std::string_view text) {
  Reader reader(text);
  const auto date = read_day(reader);
  if (!date) return std::nullopt;
  if (reader.at_end()) return Instant(*date);
  const auto time = read_time(reader);
  if (!time || !reader.at_end()) return std::nullopt;
  return Instant(*date) + *time;
}

Error refused(std::string_view text, std::string_view what, std::string_view hint) {
  return make_error(ErrorCode::bad_value, fmt::format("\"{}\" is no {}", printable(text.substr(0, 60)), what)).with_hint(std::string(hint));
}

}  // namespace

Result<Instant> parse_instant(std::string_view text) {
  if (const auto instant = instant_in(text)) return *instant;
  return fail(refused(text, "instant", "write it as 2026-11-21T08:47:09Z or 2026-11-21, in UTC"));
}

Result<Instant> parse_moment(std::string_view text, Instant now, Span span) {
  if (const auto instant = instant_in(text)) return *instant;
  if (const auto length = parse_span(text)) return span == Span::before_now ? now - *length : now + *length;
  return fail(refused(text, "instant, day or span of time", "write it as 2026-11-21T08:47:09Z, 2026-11-21, 24h or 7d"));
}

}  // namespace tenantctl
