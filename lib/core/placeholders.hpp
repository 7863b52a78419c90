// Names in braces within a pattern, as operators write them: "{slug}", "{domain}".
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace tenantctl {

/// Each first text, such as "{slug}", becomes its second wherever it stands; one after the other.
std::string fill_placeholders(std::string text, std::initializer_list<std::pair<std::string_view, std::string_view>> values);

}  // namespace tenantctl
