#include "core/placeholders.hpp"

namespace tenantctl {

std::string fill_placeholders(std::string text, std::initializer_list<std::pair<std::string_view, std::string_view>> values) {
  for (const auto& [mark, value] : values) {
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size())) text.replace(at, mark.size(), value);
  }
  return text;
}

}  // namespace tenantctl
