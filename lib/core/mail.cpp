#include "core/mail.hpp"

#include <fmt/format.h>

#include "core/embedded.hpp"
#include "core/encodings.hpp"
#include "core/placeholders.hpp"
#include "core/template.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

constexpr std::string_view k_folder = "templates/mail/";
constexpr std::string_view k_subject = "Subject: ";

std::string text_at(const nlohmann::json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string number_at(const nlohmann::json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_number_integer() ? std::to_string(found->get<std::int64_t>()) : std::string();
}

/// `pattern` with {host}, {slug}, {code} and {email} as the tenant has them.
std::string filled(const std::string& pattern, const nlohmann::json& tenant) {
  return fill_placeholders(pattern, {{"{host}", text_at(tenant, "host")},
                                     {"{slug}", text_at(tenant, "slug")},
                                     {"{code}", text_at(tenant, "code")},
                                     {"{email}", percent_encoded(text_at(tenant, "admin_email"))}});
}

TemplateValues values_of(const Delivery& delivery, const MailSettings& settings, std::string (*escaped)(std::string_view)) {
  const auto tenant = delivery.data.value("tenant", nlohmann::json::object());
  const std::map<std::string, std::string> texts{{"company", text_at(tenant, "company_name")},
                                                 {"host", text_at(tenant, "host")},
                                                 {"slug", text_at(tenant, "slug")},
                                                 {"code", text_at(tenant, "code")},
                                                 {"plan", text_at(tenant, "plan")},
                                                 {"email", text_at(tenant, "admin_email")},
                                                 {"url", filled(settings.url, tenant)},
                                                 {"set_password_url", filled(settings.set_password_url, tenant)},
                                                 {"trial", text_at(tenant, "trial_ends_at").substr(0, 10)},
                                                 {"grace", text_at(delivery.data, "grace_ends_at").substr(0, 10)},
                                                 {"days_left", number_at(delivery.data, "days_left")},
                                                 {"reason", text_at(delivery.data, "reason")}};
  TemplateValues values;
  for (const auto& [name, text] : texts) {
    values.emplace(name == "trial" || name == "grace" ? name + "_ends" : name, escaped(text));
    values.emplace("has_" + name, !text.empty());
  }
  const auto pays = delivery.data.find("has_payment_method");
  values.emplace("has_payment_method", pays != delivery.data.end() && pays->is_boolean() && pays->get<bool>());
  values.emplace("is_last_day", number_at(delivery.data, "days_left") == "1");
  return values;
}

std::string as_it_is(std::string_view text) { return std::string(text); }

Result<std::string> header_value(std::string_view what, const std::string& value) {
  if (value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos) return value;
  return fail(ErrorCode::bad_value, fmt::format("the {} \"{}\" has a line break", what, printable(value)));
}

/// Of a template: its first line without what that begins with, and what follows the empty line after it.
Result<std::pair<std::string, std::string>> split_subject(const std::string& name, const std::string& text) {
  const auto end = text.find('\n');
  if (!text.starts_with(k_subject) || end == std::string::npos)
    return fail(ErrorCode::template_invalid, fmt::format("template \"{}\" does not begin with a line \"{}…\"", name, k_subject));
  const auto body = text.find_first_not_of('\n', end);
  return std::pair(text.substr(k_subject.size(), end - k_subject.size()), body == std::string::npos ? "" : text.substr(body));
}

/// Sections that are left out leave their empty lines.
std::string without_gaps(std::string text) {
  for (auto gap = text.find("\n\n\n"); gap != std::string::npos; gap = text.find("\n\n\n", gap)) text.erase(gap, 1);
  return text;
}

}  // namespace

std::vector<std::string> mailed_events() {
  std::vector<std::string> types;
  for (const auto& file : embedded_files()) {
    if (file.name.starts_with(k_folder) && file.name.ends_with(".txt"))
      types.emplace_back(file.name.substr(k_folder.size(), file.name.size() - k_folder.size() - 4));
  }
  return types;
}

std::string sender_domain(const MailSettings& settings) { return settings.from.substr(settings.from.rfind('@') + 1); }

std::string message_id(const std::string& id, const MailSettings& settings) { return id + "@" + sender_domain(settings); }

Result<MailTemplate> builtin_mail(std::string_view event_type) {
  const auto name = fmt::format("{}{}", k_folder, event_type);
  const auto text = embedded_file(name + ".txt");
  if (!text) {
    return fail(make_error(ErrorCode::template_invalid, fmt::format("there is no mail for \"{}\"", printable(event_type)))
                    .with_hint(fmt::format("there is one for {}", fmt::join(mailed_events(), ", "))));
  }
  return MailTemplate{.text = {name + ".txt", std::string(*text)},
                      .html = {name + ".html", std::string(embedded_file(name + ".html").value_or(""))}};
}

Result<Mail> compose(const Delivery& delivery, const MailTemplate& form, const MailSettings& settings) {
  const auto& name = form.text.name;
  const auto values = values_of(delivery, settings, as_it_is);
  TRY_ASSIGN(const auto parts, split_subject(name, form.text.text));
  TRY_ASSIGN(auto subject, render_offered(name, parts.first, values));
  TRY_ASSIGN(subject, header_value("subject", subject));
  TRY_ASSIGN(auto text, render_offered(name, parts.second, values));
  TRY_ASSIGN(auto to, header_value("recipient", text_at(delivery.data.value("tenant", nlohmann::json::object()), "admin_email")));
  if (to.empty()) return fail(ErrorCode::bad_value, fmt::format("event \"{}\" is about no tenant that a mail could go to", delivery.type));
  Mail mail{.from = settings.from,
            .from_name = settings.from_name,
            .reply_to = settings.reply_to,
            .to = std::move(to),
            .subject = std::move(subject),
            .text = without_gaps(std::move(text)),
            .html = {},
            .message_id = message_id(delivery.event, settings),
            .date = delivery.happened_at};
  if (!form.html.text.empty()) {
    TRY_ASSIGN(mail.html, render_offered(form.html.name, form.html.text, values_of(delivery, settings, html_escaped)));
  }
  return mail;
}

}  // namespace tenantctl
