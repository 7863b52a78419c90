#include "core/notification_settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/ascii.hpp"
#include "core/events.hpp"
#include "core/settings_values.hpp"

namespace tenantctl {
namespace {

void read_smtp(YamlMap& map, MailSettings& mail) {
  mail.smtp = map.required_text("smtp");
  const auto parts = parse_url(mail.smtp);
  const bool good = parts && address_in_url(parts->authority) && (parts->scheme == "smtp" || parts->scheme == "smtps") &&
                    (parts->rest.empty() || parts->rest == "/");
  if (!good && !mail.smtp.empty())
    map.refuse("smtp", "is not of the form smtp://HOST:PORT", R"(write smtp: "smtp://127.0.0.1:25"; a login goes into user and password)");
  if (mail.smtp.ends_with('/')) mail.smtp.pop_back();
  const auto tls = map.text("tls", good && is_loopback(parts->authority) ? "offered" : "required");
  if (tls == "offered") mail.tls = MailTls::offered;
  else if (tls == "none") mail.tls = MailTls::none;
  else if (tls != "required") map.refuse("tls", fmt::format("\"{}\" is unknown", tls), R"(use "required", "offered" or "none")");
  if (mail.tls == MailTls::none && good && parts->scheme == "smtps") map.refuse("tls", "goes not with smtps", "remove one of the two");
}

void read_login(YamlMap& map, const std::filesystem::path& folder, MailSettings& mail) {
  mail.user = map.text("user");
  mail.password = read_reference(map, "password", folder);
  if (mail.user.empty() != mail.password.empty())
    map.refuse(mail.user.empty() ? "user" : "password", "is required", "write both user and password, or neither");
  if (!mail.user.empty() && mail.tls != MailTls::required) {
    const auto parts = parse_url(mail.smtp);
    if (parts && !is_loopback(parts->authority)) map.refuse("tls", "must be \"required\" where there is a password", "write tls: required");
  }
}

std::string read_address(YamlMap& map, std::string_view key, const std::string& text) {
  if (auto good = EmailAddress::parse(text); !good && !text.empty()) map.refuse(key, good.error().message);
  return text;
}

/// Of a tenant: with {host}, {slug}, {code} or {email} in it.
std::string read_pattern(YamlMap& map, std::string_view key, const std::string& fallback) {
  const auto url = map.text(key, fallback);
  const auto parts = url.empty() ? std::optional<UrlParts>() : parse_url(url);
  if (!url.empty() && (!parts || (parts->scheme != "http" && parts->scheme != "https")))
    map.refuse(key, fmt::format("\"{}\" is no http or https URL", url), fmt::format("write {}: \"https://{{host}}/\"", key));
  return url;
}

std::vector<std::string> read_patterns(YamlMap& map, const std::vector<std::string>& known) {
  auto patterns = map.texts("events");
  for (const auto& pattern : patterns) {
    if (std::ranges::none_of(known, [&](const auto& type) { return covers(pattern, type); }))
      map.refuse("events", fmt::format("\"{}\" is no event", pattern), fmt::format("use {}", fmt::join(known, ", ")));
  }
  return patterns;
}

/// Of a webhook that has no name of its own: its host, as names are written.
std::string name_for(const std::string& authority) {
  auto name = to_lower(authority.substr(0, authority.find(':')));
  std::ranges::replace(name, '.', '-');
  return name.substr(0, 31);
}

WebhookSettings read_webhook(YamlMap& map, const std::filesystem::path& folder) {
  WebhookSettings webhook;
  webhook.url = map.required_text("url");
  const auto parts = parse_url(webhook.url);
  webhook.allow_private = map.flag("allow_private", false);
  const bool is_http = parts && parts->scheme == "http";
  // The URL itself stays out of the message: its path may hold a key.
  if (!webhook.url.empty() && (!parts || !address_in_url(parts->authority) || (!is_http && parts->scheme != "https")))
    map.refuse("url", "is no http or https URL", "write url: \"https://crm.example/hooks\", without a login in it");
  if (is_http && !webhook.allow_private) map.refuse("url", "is not encrypted", "use https, or write allow_private: true");
  webhook.name = map.text("name", parts ? name_for(parts->authority) : "");
  if (auto good = ConfigName::parse(webhook.name); !good && parts)
    map.refuse("name", good.error().message, "give it a name of its own, such as name: crm");
  if (webhook.name == k_mail_target) map.refuse("name", "is taken: mail is called so", "choose another name");
  map.required_text("secret");
  webhook.secret = read_reference(map, "secret", folder);
  const auto types = event_types();
  webhook.events = read_patterns(map, {types.begin(), types.end()});
  if (webhook.events.empty()) map.refuse("events", "is required", R"(write events: ["tenant.*"])");
  map.done();
  return webhook;
}

}  // namespace

MailSettings read_mail(YamlMap map, const std::filesystem::path& folder) {
  MailSettings mail;
  read_smtp(map, mail);
  read_login(map, folder, mail);
  mail.ca_file = absolute_path(folder, map.text("ca_file"));
  mail.from = read_address(map, "from", map.required_text("from"));
  mail.from_name = map.text("from_name");
  mail.reply_to = read_address(map, "reply_to", map.text("reply_to"));
  mail.url = read_pattern(map, "url", mail.url);
  mail.set_password_url = read_pattern(map, "set_password_url", "");
  mail.templates = absolute_path(folder, map.text("templates"));
  // There is no mail for other events that a pattern covers.
  const auto patterns = map.has("events") ? read_patterns(map, mailed_events()) : std::vector<std::string>{"*"};
  for (const auto& type : mailed_events()) {
    if (std::ranges::any_of(patterns, [&](const auto& pattern) { return covers(pattern, type); })) mail.events.push_back(type);
  }
  map.done();
  return mail;
}

std::vector<WebhookSettings> read_webhooks(std::vector<YamlMap> maps, const std::filesystem::path& folder) {
  std::vector<WebhookSettings> webhooks;
  for (auto& map : maps) {
    auto webhook = read_webhook(map, folder);
    if (std::ranges::find(webhooks, webhook.name, &WebhookSettings::name) != webhooks.end())
      map.refuse("name", fmt::format("\"{}\" appears twice", webhook.name), "give each a name of its own");
    webhooks.push_back(std::move(webhook));
  }
  return webhooks;
}

}  // namespace tenantctl
