// Renders mustache templates strictly, for configuration files and mails: text in, text out, nothing escaped. It refuses
// what mustache passes over in silence: an undefined name, a value that the template never uses, a partial.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.hpp"

namespace tenantctl {

struct TemplateValue;
using TemplateValues = std::map<std::string, TemplateValue>;

/// Text for `{{name}}`, a condition for `{{#name}}…{{/name}}`, or a list that the same section repeats.
/// Inside a list's section the item's names come first, then those outside.
struct TemplateValue {
  std::variant<std::string, bool, std::vector<TemplateValues>> value;

  TemplateValue(std::string text) : value(std::move(text)) {}
  TemplateValue(std::string_view text) : value(std::string(text)) {}
  TemplateValue(const char* text) : value(std::string(text)) {}
  TemplateValue(bool condition) : value(condition) {}
  TemplateValue(std::vector<TemplateValues> list) : value(std::move(list)) {}
};

/// `name` stands for the template in errors. Values are put in as they are: whoever renders nginx's or another program's
/// syntax checks them first.
/// Errors: template_invalid, naming the template and the variable or the place.
Result<std::string> render_template(std::string_view name, std::string_view text, const TemplateValues& values);

/// The same, where a template may do without some of the values. Errors: as above, but for that.
Result<std::string> render_offered(std::string_view name, std::string_view text, TemplateValues values);

/// As render_template, for an embedded file such as "templates/nginx/site.conf". Errors: template_invalid, also where there is none.
Result<std::string> render_embedded(std::string_view name, const TemplateValues& values);

}  // namespace tenantctl
