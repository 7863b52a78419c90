#include "adapters/frappe/shell_bench.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "adapters/frappe/said.hpp"
#include "core/utf8.hpp"
#include "ports/new_password.hpp"

namespace tenantctl {

using namespace frappe;

namespace {

/// Whether the gate's answer has this line.
bool says(const std::string& text, std::string_view line) { return text.find(fmt::format("{}\n", line)) != std::string::npos; }

bool is_made(const std::string& text) { return says(text, "site=there") && says(text, "made=made"); }

bool is_foreign(const std::string& text) {
  return says(text, "claim=other") || says(text, "site=other") || (says(text, "claim=none") && !says(text, "site=none"));
}

}  // namespace

ShellBench::ShellBench(BenchAccess access, Shell& shell, Entropy& entropy) : access_(std::move(access)), shell_(shell), entropy_(entropy) {}

void ShellBench::begin(const Claim& claim) {
  claim_ = claim;
  taken_over_.clear();
}

/// A resume may begin in the middle: the claim on the host still carries the fence of the process before.
Result<void> ShellBench::take_over(const FrappeSite& site) {
  if (!claim_ || taken_over_.contains(site.name.str())) return {};
  TRY(observe_site(site));
  return {};
}

Caller ShellBench::caller(const FrappeSite& site) const {
  return {.site = site,
          .token = claim_ ? fmt::format("{}.{}", claim_->ticket.id.str(), claim_->ticket.fence) : "",
          .patience = access_.patience};
}

Result<ShellOutcome> ShellBench::run(const ShellCommand& command) {
  if (claim_) TRY(claim_->still_ours());
  return shell_.run(command);
}

Result<void> ShellBench::done(const FrappeSite& site, const ShellCommand& command) {
  TRY_ASSIGN(const auto outcome, run(command));
  if (!outcome.succeeded()) return fail(error_of(access_.host, site, command, outcome));
  return {};
}

Result<std::string> ShellBench::said(const FrappeSite& site, const ShellCommand& command) {
  TRY_ASSIGN(auto outcome, run(command));
  if (!outcome.succeeded()) return fail(error_of(access_.host, site, command, outcome));
  return std::move(outcome.out);
}

Result<void> ShellBench::sql(const FrappeSite& site, std::string statements) {
  return done(site, guarded(caller(site), client(access_.keeper, std::move(statements))));
}

Result<Observed> ShellBench::observe_site(const FrappeSite& site) {
  TRY_ASSIGN(const auto text, look_at(site));
  if (is_foreign(text)) return foreign(site);
  if (says(text, "claim=none")) return Observed{Presence::absent};
  return Observed{is_made(text) ? Presence::complete : Presence::partial};
}

Result<Observed> ShellBench::observe_suspension(const FrappeSite& site) {
  TRY_ASSIGN(const auto text, look_at(site));
  if (is_foreign(text)) return foreign(site);
  const auto closed = static_cast<int>(says(text, "maintenance_mode=1")) + static_cast<int>(says(text, "pause_scheduler=1"));
  return Observed{closed == 2 ? Presence::complete : closed == 1 ? Presence::partial : Presence::absent};
}

Result<std::string> ShellBench::look_at(const FrappeSite& site) {
  TRY_ASSIGN(auto text, said(site, look(caller(site))));
  if (claim_) taken_over_.insert(site.name.str());
  return text;
}

Observed ShellBench::foreign(const FrappeSite& site) const {
  return {Presence::foreign, fmt::format("site \"{}\" exists on host \"{}\" and is not this tenant's", site.name.str(), access_.host)};
}

Result<void> ShellBench::make_site(const FrappeSite& site, const std::string& source_sql) {
  TRY_ASSIGN(const auto seen, observe_site(site));
  if (seen.presence == Presence::foreign) return fail(ErrorCode::foreign_object, seen.detail);
  if (seen.presence == Presence::complete)
    return sql(site, drop_temporary_administrator(site));  // whoever saw it through may not have come to that
  if (seen.presence == Presence::partial) TRY(drop_remains(site));

  // Whoever finds the claim later may take it for proof that nothing of these names was there before.
  TRY_ASSIGN(const auto occupants, said(site, client(access_.keeper, count_occupants(site))));
  if (occupants != "0\n") {
    return fail(ErrorCode::foreign_object,
                fmt::format("a database or account \"{}\" exists on the database server of host \"{}\" and is not this tenant's",
                            site.database.str(), access_.host));
  }
  TRY(done(site, claim(caller(site))));
  return run_new_site(site, source_sql);
}

Result<void> ShellBench::run_new_site(const FrappeSite& site, const std::string& source_sql) {
  const NewSite request{
      .source_sql = source_sql, .database_password = new_password(entropy_), .administrator_password = new_password(entropy_)};
  TRY(sql(site, make_temporary_administrator(site, request.database_password)));
  auto made = done(site, new_site(caller(site), request));
  if (!made && made.error().code == ErrorCode::outcome_unknown) {  // the host goes on with it: wait, and look
    const auto seen = observe_site(site);
    if (seen && seen->presence == Presence::complete) made = {};
  }
  // A dump brings the password that its own administrator had.
  if (made && !source_sql.empty()) made = done(site, set_administrator_password(caller(site), request.administrator_password));
  auto dropped = sql(site, drop_temporary_administrator(site));
  if (!made) return made;
  return dropped;
}

Result<void> ShellBench::drop_remains(const FrappeSite& site) {
  TRY(sql(site, drop_database(site)));
  return done(site, frappe::remove(caller(site)));
}

Result<void> ShellBench::drop_site(const FrappeSite& site) {
  TRY_ASSIGN(const auto seen, observe_site(site));
  if (seen.presence == Presence::foreign) return fail(ErrorCode::foreign_object, seen.detail);
  if (seen.presence == Presence::absent) return done(site, tidy(caller(site)));
  return drop_remains(site);
}

Result<void> ShellBench::adopt_site(const FrappeSite& site, const HostName& standby) {
  auto before = site;
  before.name = standby;
  TRY(take_over(before));
  TRY(take_over(site));
  return done(site, adopt(caller(site), standby));
}

Result<bool> ShellBench::is_whole(const FrappeSite& site) {
  TRY_ASSIGN(const auto text, said(site, look({.site = site, .patience = access_.patience})));
  return says(text, "claim=ours") && is_made(text);
}

Result<std::vector<std::string>> ShellBench::installed_apps(const FrappeSite& site) {
  TRY(take_over(site));
  TRY_ASSIGN(const auto text, said(site, get_installed_apps(caller(site))));
  const auto list = nlohmann::json::parse(text, nullptr, false);
  std::vector<std::string> apps;
  if (list.is_array()) {
    for (const auto& app : list) {
      if (app.is_string()) apps.push_back(app.get<std::string>());
    }
  }
  if (apps.empty())
    return fail(ErrorCode::process_failed,
                fmt::format("the bench on host \"{}\" names no installed apps of site \"{}\"", access_.host, site.name.str()));
  return apps;
}

Result<void> ShellBench::install_app(const FrappeSite& site, const std::string& app) {
  TRY(take_over(site));
  auto installed = done(site, frappe::install_app(caller(site), app));
  if (installed || installed.error().code != ErrorCode::process_failed) return installed;
  const auto& why = installed.error().message;
  if (why.find("not in apps.txt") == std::string::npos && why.find("No module named") == std::string::npos) return installed;
  return fail(std::move(installed).error().with_hint(
      fmt::format("run \"bench get-app {}\" in \"{}\" on host \"{}\"", app, site.bench, access_.host)));
}

Result<void> ShellBench::set_config(const FrappeSite& site, const std::string& key, const std::string& literal) {
  TRY(take_over(site));
  return done(site, frappe::set_config(caller(site), key, literal));
}

Result<void> ShellBench::set_region(const FrappeSite& site, const std::string& country, const std::string& time_zone) {
  if (country.empty() && time_zone.empty()) return {};
  TRY(take_over(site));
  return done(site, frappe::set_region(caller(site), country, time_zone));
}

Result<void> ShellBench::set_administrator(const FrappeSite& site, const FirstUser& user, const Secret& password) {
  TRY(take_over(site));
  const auto adding = add_user(caller(site), user);
  TRY_ASSIGN(const auto added, run(adding));
  const bool there = added.err.find("DuplicateEntryError: ('User'") != std::string::npos;  // from an earlier try
  if (!added.succeeded() && !there) return fail(error_of(access_.host, site, adding, added));
  return done(site, frappe::set_password(caller(site), user.email, password));
}

Result<void> ShellBench::prove_login(const FrappeSite& site, const EmailAddress& user, const Secret& password) {
  const auto command = log_in(site, access_.web, user, password);
  TRY_ASSIGN(const auto outcome, run(command));
  if (outcome.succeeded() && outcome.out.ends_with("\n200") && outcome.out.find("Logged In") != std::string::npos) return {};
  const auto status = outcome.out.substr(outcome.out.find_last_of('\n') + 1);
  auto error = make_error(ErrorCode::http_check_failed,
                          fmt::format("\"{}\" could not log in to site \"{}\" at {} on host \"{}\": {}", user.str(), site.name.str(),
                                      access_.web, access_.host, outcome.succeeded() ? "status " + status : last_words(outcome)));
  if (status == "500")
    error.hint =
        fmt::format("run \"bench restart\" on host \"{}\": web workers that began before an app's code came answer so", access_.host);
  return fail(std::move(error));
}

Result<void> ShellBench::enable_scheduler(const FrappeSite& site) {
  TRY(take_over(site));
  return done(site, frappe::enable_scheduler(caller(site)));
}

Result<void> ShellBench::suspend_site(const FrappeSite& site) {
  TRY(take_over(site));
  TRY(done(site, frappe::set_maintenance_mode(caller(site), "on")));
  return done(site, frappe::set_scheduler(caller(site), "pause"));
}

Result<void> ShellBench::activate_site(const FrappeSite& site) {
  TRY(take_over(site));
  TRY(done(site, frappe::set_scheduler(caller(site), "resume")));
  return done(site, frappe::set_maintenance_mode(caller(site), "off"));
}

Result<std::vector<Thing>> ShellBench::inventory(const std::string& bench) {
  TRY_ASSIGN(const auto outcome, run(list_claims(bench)));
  if (!outcome.succeeded()) {
    return fail(ErrorCode::process_failed, fmt::format("the sites of bench \"{}\" on host \"{}\" could not be listed: {}", bench,
                                                       access_.host, printable(last_words(outcome))));
  }
  std::vector<Thing> sites;
  std::istringstream lines(outcome.out);
  for (std::string name, tenant, database, state; std::getline(lines, name, '\t') && std::getline(lines, tenant, '\t') &&
                                                  std::getline(lines, database, '\t') && std::getline(lines, state);) {
    const auto id = TenantId::parse(tenant);
    if (!id || !HostName::parse(name) || !DatabaseName::parse(database)) continue;  // none that we wrote
    const auto* odd = state == "none" ? "the site itself is not there" : state == "other" ? "the site has another database by now" : "";
    sites.push_back({.kind = ThingKind::site, .name = name, .tenant = *id, .owner = database, .detail = odd});
  }
  return sites;
}

}  // namespace tenantctl
