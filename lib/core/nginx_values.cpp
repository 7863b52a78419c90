#include "core/nginx_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/utf8.hpp"

namespace tenantctl {
namespace {

constexpr bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}
constexpr bool is_hex(char c) { return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == ':' || c == '.'; }

bool is_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

bool is_address(std::string_view host) {
  if (host.size() >= 4 && host.front() == '[' && host.back() == ']') return std::ranges::all_of(host.substr(1, host.size() - 2), is_hex);
  return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, is_word_character);
}

bool is_host_and_port(std::string_view text) {
  const auto colon = text.rfind(':');
  return colon != std::string_view::npos && is_address(text.substr(0, colon)) && is_port(text.substr(colon + 1));
}

tl::unexpected<Error> refuse_value(std::string_view what, std::string_view text, std::string_view rule) {
  return fail(ErrorCode::config_invalid, fmt::format("{} \"{}\" {}", what, printable(text.substr(0, 200)), rule));
}

}  // namespace

Result<std::string> check_listen(std::string_view text) {
  const bool any_address = text.starts_with("*:") && is_port(text.substr(2));
  if (any_address || is_host_and_port(text)) return std::string(text);
  return refuse_value("nginx listen address", text, "is not of the form HOST:PORT");
}

Result<std::string> check_upstream(std::string_view text) {
  constexpr std::string_view k_scheme = "http://";
  if (text.starts_with(k_scheme) && is_host_and_port(text.substr(k_scheme.size()))) return std::string(text.substr(k_scheme.size()));
  return refuse_value("upstream", text, "is not of the form http://HOST:PORT");
}

Result<std::string> check_nginx_path(const std::filesystem::path& path) {
  const auto& text = path.native();
  if (!path.is_absolute()) return refuse_value("nginx path", text, "is not absolute");
  if (!is_utf8(text) || printable(text) != text) return refuse_value("nginx path", text, "holds control characters or is not UTF-8");
  // "*" and "?" would make an include of it a pattern.
  if (text.find_first_of(" \"';{}$#\\*?[]") != std::string::npos)
    return refuse_value("nginx path", text, "holds a character that nginx's syntax gives a meaning to");
  return text;
}

}  // namespace tenantctl
