#include "views/configuration.hpp"

#include <fmt/format.h>

#include "core/configuration_keys.hpp"
#include "core/text_table.hpp"

namespace tenantctl {
namespace {

nlohmann::json document_of(const ConfigurationView& view) {
  auto values = nlohmann::json::object();
  for (const auto& [key, value] : view.values) values[key] = typed_value(key, value);
  return {{"slug", view.slug}, {"version", view.version}, {"given_version", view.given}, {"configuration", values}};
}

std::string standing(const ConfigurationView& view) {
  if (view.given >= view.version) return fmt::format("version {}, which the application has\n", view.version);
  return fmt::format("version {}; the application has {}: run \"tenantctl config push {}\"\n", view.version, view.given, view.slug);
}

nlohmann::json value_or_null(const std::string& key, const std::optional<std::string>& value) {
  return value ? typed_value(key, *value) : nlohmann::json();
}

}  // namespace

Report configuration_report(const ConfigurationView& view) {
  TextTable table({"KEY", "TYPE", "VALUE"});
  for (const auto& [key, value] : view.values) table.add({key, std::string(to_string(type_of(key))), value});
  return {.text = (view.values.empty() ? std::string("no values\n") : table.str()) + standing(view), .document = document_of(view)};
}

Report configuration_value_report(const ConfigurationView& view, const std::string& key) {
  const auto& value = view.values.at(key);
  return {.text = value + "\n",
          .document = {{"slug", view.slug},
                       {"version", view.version},
                       {"key", key},
                       {"type", to_string(type_of(key))},
                       {"value", typed_value(key, value)}}};
}

Report configuration_given_report(const ConfigurationView& view, const std::string& says) {
  auto document = document_of(view);
  document["says"] = says;
  return {.text = fmt::format("{}; {}", says, standing(view)), .document = std::move(document)};
}

Report configuration_history_report(const std::string& slug, const std::vector<ConfigurationChange>& changes) {
  TextTable table({"VERSION", "TIME", "BY", "KEY", "FROM", "TO"});
  auto list = nlohmann::json::array();
  for (const auto& change : changes) {
    table.add({std::to_string(change.version), to_rfc3339(change.at), change.actor + "@" + change.host, change.key,
               change.from.value_or("-"), change.to.value_or("-")});
    list.push_back({{"version", change.version},
                    {"at", to_rfc3339(change.at)},
                    {"actor", change.actor},
                    {"host", change.host},
                    {"key", change.key},
                    {"from", value_or_null(change.key, change.from)},
                    {"to", value_or_null(change.key, change.to)}});
  }
  return {.text = changes.empty() ? "no changes since it was made\n" : table.str(), .document = {{"slug", slug}, {"changes", list}}};
}

}  // namespace tenantctl
