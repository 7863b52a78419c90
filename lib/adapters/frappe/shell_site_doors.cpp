#include "adapters/frappe/shell_site_doors.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "adapters/frappe/said.hpp"
#include "core/embedded.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

constexpr std::chrono::seconds k_survey_limit{600};

std::vector<std::string> words_of(const nlohmann::json& object, const char* key) { return object.value(key, std::vector<std::string>()); }

SiteDoor door_of(const std::string& said) {
  if (said == "entered") return {.answer = SiteDoor::Answer::entered};
  if (said == "refused") return {.answer = SiteDoor::Answer::refused};
  return {.answer = SiteDoor::Answer::unclear, .said = said};
}

SeenSite site_of(const nlohmann::json& object) {
  SeenSite site{.why_not = object.value("why_not", ""),
                .doors = {},
                .rights = words_of(object, "rights"),
                .has_own_right = object.value("has_own_right", false),
                .strangers = words_of(object, "strangers"),
                .why_no_strangers = object.value("why_no_strangers", ""),
                .same_password = words_of(object, "same_password"),
                .same_encryption = words_of(object, "same_encryption_key"),
                .open_files = words_of(object, "open_files")};
  for (const auto& [other, said] : object.value("doors", std::map<std::string, std::string>())) site.doors[other] = door_of(said);
  return site;
}

SeenBench bench_of_document(const nlohmann::json& document) {
  SeenBench seen;
  for (const auto& [name, site] : document.at("sites").items()) seen.sites[name] = site_of(site);
  for (const auto& service : document.at("services")) {
    seen.services.push_back(
        {.name = service.at("name"), .url = service.at("url"), .open = words_of(service, "open"), .why_not = service.value("why_not", "")});
  }
  return seen;
}

}  // namespace

Result<SeenBench> ShellSiteDoors::look(const BenchQuestion& question) {
  auto tenants = nlohmann::json::array();
  for (const auto& name : question.tenants) tenants.push_back(name.str());
  const nlohmann::json words{{"subjects", question.subjects},
                             {"tenants", std::move(tenants)},
                             {"keeper", {{"user", access_.keeper.user}, {"host", access_.keeper.host}, {"port", access_.keeper.port}}},
                             {"web", access_.web},
                             {"jobs", question.jobs}};
  const auto script = embedded_file("templates/frappe/survey.py");
  const ShellCommand command{.argv = {"python3", "-c", std::string(script.value_or("")), question.bench},
                             .input = words.dump(),
                             .environment = {"MYSQL_PWD=" + access_.keeper.password.reveal()},
                             .limit = k_survey_limit};
  TRY_ASSIGN(const auto outcome, shell_.run(command));
  const auto document = nlohmann::json::parse(outcome.out, nullptr, false);
  const auto failed = [&](const std::string& why) {
    return fail(ErrorCode::process_failed,
                fmt::format("bench \"{}\" on host \"{}\" could not be looked at: {}", question.bench, access_.host, printable(why)));
  };
  if (!outcome.succeeded() || !document.is_object()) return failed(std::string(frappe::last_words(outcome)));
  if (document.contains("error")) return failed(document.value("error", ""));
  try {
    return bench_of_document(document);
  } catch (const nlohmann::json::exception& odd) { return failed(odd.what()); }
}

}  // namespace tenantctl
