#include "core/request_log.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "core/moment.hpp"

namespace tenantctl {
namespace {

// As nginx writes $host: in lower case, without a port. What a crash of the machine leaves in a file is none.
constexpr std::string_view k_of_hosts = "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]";
constexpr std::size_t k_longest_host = 253;
constexpr Day k_first_day{std::chrono::year{2000} / 1 / 1};

bool is_host(std::string_view word) {
  return !word.empty() && word.size() <= k_longest_host && word.find_first_not_of(k_of_hosts) == std::string_view::npos;
}

std::optional<Day> day_at(std::string_view time) {
  if (time.find('T') == std::string_view::npos) return std::nullopt;
  const auto instant = parse_instant(time);
  return instant && *instant >= k_first_day ? std::optional(day_of(*instant)) : std::nullopt;
}

/// Lines of one second come one after the other: each text is read once.
class DayReader {
 public:
  std::optional<Day> read(std::string_view time) {
    if (time == last_) return day_;
    last_ = time;
    return day_ = day_at(time);
  }

 private:
  std::string last_;
  std::optional<Day> day_;
};

}  // namespace

CountedLines count_requests(std::string_view text) {
  CountedLines counted;
  std::map<std::pair<std::string, Day>, std::int64_t> counts;
  DayReader days;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', counted.bytes)) {
    const auto line = text.substr(counted.bytes, end - counted.bytes);
    counted.bytes = end + 1;
    const auto space = std::min(line.find(' '), line.size());
    const auto day = days.read(line.substr(0, space));
    const auto host = line.substr(std::min(space + 1, line.size()));
    if (day && is_host(host)) ++counts[{std::string(host), *day}];
    else ++counted.unreadable;
  }
  for (const auto& [key, requests] : counts) counted.counts.push_back({.host = key.first, .day = key.second, .requests = requests});
  return counted;
}

}  // namespace tenantctl
