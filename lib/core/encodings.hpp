// Bytes as text that other formats take.
#pragma once
#include <string>
#include <string_view>

namespace tenantctl {

/// With "+", "/" and padding, without line breaks.
std::string base64(std::string_view bytes);

/// As a part of a URL: all but letters, digits and "-._~" as "%XX".
std::string percent_encoded(std::string_view text);

/// For the text of an element of HTML as well as for an attribute in double quotes.
std::string html_escaped(std::string_view text);

}  // namespace tenantctl
