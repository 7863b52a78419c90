// What text may be shown on a terminal: UTF-8 without control characters. It converts nothing else.
#pragma once
#include <string>
#include <string_view>

namespace tenantctl {

/// True where `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
bool is_utf8(std::string_view text);

/// `text` with every control character (C0, DEL, C1) and every malformed byte replaced by '?', so that neither a
/// terminal's escape sequences nor a forged line can come out of it.
std::string printable(std::string_view text);

/// How many columns a terminal uses for `text`: one a code point. Wide characters are not told apart.
std::size_t columns(std::string_view text);

}  // namespace tenantctl
