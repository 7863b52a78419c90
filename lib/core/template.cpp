#include "core/template.hpp"

#include <fmt/format.h>

#include <kainjow/mustache.hpp>
#include <set>

#include "core/embedded.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

namespace mustache = kainjow::mustache;

tl::unexpected<Error> invalid(std::string_view name, std::string_view why) {
  return fail(ErrorCode::template_invalid, fmt::format("template \"{}\" {}", name, why));
}

mustache::data to_data(const TemplateValues& values);

mustache::data to_data(const TemplateValue& value) {
  if (const auto* text = std::get_if<std::string>(&value.value)) return mustache::data{*text};
  if (const auto* condition = std::get_if<bool>(&value.value)) {
    return mustache::data{*condition ? mustache::data::type::bool_true : mustache::data::type::bool_false};
  }
  mustache::data list{mustache::data::type::list};
  for (const auto& item : std::get<std::vector<TemplateValues>>(value.value)) list << to_data(item);
  return list;
}

mustache::data to_data(const TemplateValues& values) {
  mustache::data object{mustache::data::type::object};
  for (const auto& [name, value] : values) object.set(name, to_data(value));
  return object;
}

/// Notes the names that a rendering asked for in vain; mustache itself renders them as nothing.
class StrictContext : public mustache::context<std::string> {
 public:
  explicit StrictContext(const mustache::data* root) : context(root) {}

  const mustache::data* get(const std::string& name) const override {
    const auto* found = context::get(name);
    if (found == nullptr && undefined_.empty()) undefined_ = name;
    return found;
  }
  const std::string& undefined() const { return undefined_; }

 private:
  mutable std::string undefined_;
};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Every name that stands in the text, also within sections that this rendering leaves out.
Result<std::set<std::string, std::less<>>> mentioned_names(std::string_view name, std::string_view text) {
  std::set<std::string, std::less<>> names;
  for (auto begin = text.find("{{"); begin != std::string_view::npos; begin = text.find("{{", begin)) {
    begin += 2;
    const auto end = text.find("}}", begin);
    if (end == std::string_view::npos) break;  // the parser has said so already
    auto tag = trimmed(text.substr(begin, end - begin));
    begin = end + 2;
    if (tag.empty()) return invalid(name, "has an empty tag");
    const char kind = tag.front();
    if (kind == '!') continue;
    if (kind == '>' || kind == '=')
      return invalid(name, fmt::format("uses \"{{{{{}}}}}\": partials and other delimiters are not supported", tag));
    if (std::string_view("#^/&{").find(kind) != std::string_view::npos) tag = trimmed(tag.substr(1));
    names.emplace(tag);
  }
  return names;
}

Result<void> check_all_used(std::string_view name, const std::set<std::string, std::less<>>& mentioned, const TemplateValues& values) {
  for (const auto& [key, value] : values) {
    if (!mentioned.contains(key)) return invalid(name, fmt::format("does not use the variable \"{}\"", key));
    const auto* list = std::get_if<std::vector<TemplateValues>>(&value.value);
    if (list == nullptr) continue;
    for (const auto& item : *list) TRY(check_all_used(name, mentioned, item));
  }
  return {};
}

}  // namespace

Result<std::string> render_template(std::string_view name, std::string_view text, const TemplateValues& values) {
  mustache::mustache parsed{std::string(text)};
  if (!parsed.is_valid()) return invalid(name, fmt::format("is malformed: {}", printable(parsed.error_message())));
  TRY_ASSIGN(const auto mentioned, mentioned_names(name, text));
  TRY(check_all_used(name, mentioned, values));
  const auto data = to_data(values);
  StrictContext context(&data);
  parsed.set_custom_escape([](const std::string& value) { return value; });
  auto rendered = parsed.render(context);
  if (!context.undefined().empty()) return invalid(name, fmt::format("uses the undefined variable \"{}\"", context.undefined()));
  if (!parsed.is_valid()) return invalid(name, fmt::format("is malformed: {}", printable(parsed.error_message())));
  return rendered;
}

Result<std::string> render_offered(std::string_view name, std::string_view text, TemplateValues values) {
  TRY_ASSIGN(const auto mentioned, mentioned_names(name, text));
  std::erase_if(values, [&](const auto& value) { return !mentioned.contains(value.first); });
  return render_template(name, text, values);
}

Result<std::string> render_embedded(std::string_view name, const TemplateValues& values) {
  const auto text = embedded_file(name);
  if (!text) return invalid(name, "does not exist");
  return render_template(name, *text, values);
}

}  // namespace tenantctl
