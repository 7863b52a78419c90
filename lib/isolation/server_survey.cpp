#include "isolation/server_survey.hpp"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <set>

#include "isolation/survey_scene.hpp"

namespace tenantctl {
namespace {

constexpr const char* k_version = "select current_setting('server_version_num')";

/// What each `each` that is no tenant stands for; a tenant's marked roles and databases are tried as a tenant's.
struct ThingsQuery {
  ProbeEach each;
  const char* sql;
};
constexpr ThingsQuery k_things[] = {
    {ProbeEach::predefined_role,
     "select quote_ident(rolname) from pg_roles where rolname ~ '^pg_' and rolname <> 'pg_database_owner' order by 1"},
    {ProbeEach::stranger_role,
     "select quote_ident(rolname) from pg_roles r where rolname !~ '^pg_' and coalesce(shobj_description(r.oid, 'pg_authid'), '') not like "
     "'tenantctl tenant=%' order by 1"},
    {ProbeEach::extension,
     "select quote_ident(name) from pg_available_extensions where name in ('dblink', 'postgres_fdw', 'file_fdw', 'plperlu', "
     "'plpython3u', 'pltclu') order by 1"},
};

constexpr const char* k_databases_of_server =
    "select datname, quote_ident(datname), quote_literal(datname), pg_get_userbyid(datdba) from pg_database where datallowconn order by 1";

// Each line is one fact that a try could have changed.
constexpr const char* k_facts = R"sql(
  select format('database %s owner %s limit %s open %s rights %s', datname, pg_get_userbyid(datdba), datconnlimit, datallowconn, datacl) from pg_database
  union all
  select format('role %s %s limit %s settings %s', rolname, concat_ws(',', rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls),
                rolconnlimit, rolconfig) from pg_roles
  union all
  select format('member %s of %s', pg_get_userbyid(member), pg_get_userbyid(roleid)) from pg_auth_members
  union all
  select format('setting %s %s %s', setdatabase, setrole, setconfig) from pg_db_role_setting
  union all
  select format('tablespace %s rights %s', spcname, spcacl) from pg_tablespace
  union all
  select format('slot %s', slot_name) from pg_replication_slots where not temporary)sql";

Result<std::set<std::string>> facts_of(SqlSession& session) {
  auto answer = session.attempt(k_facts);
  if (!answer.done) return fail(make_error(ErrorCode::sql_failed, said(answer)).with_context("read roles and databases"));
  std::set<std::string> facts;
  for (auto& row : answer.rows) facts.insert(std::move(row.at(0)));
  return facts;
}

std::vector<std::string> changes(const std::set<std::string>& before, const std::set<std::string>& after) {
  std::vector<std::string> lines;
  for (const auto& fact : before) {
    if (!after.contains(fact)) lines.push_back("- " + fact);
  }
  for (const auto& fact : after) {
    if (!before.contains(fact)) lines.push_back("+ " + fact);
  }
  return lines;
}

/// Of a tenant that can't log in. What lies in its tables is not touched: planning a query calls the code that a tenant has put into an
/// index or a policy, with the rights of whoever asks.
Proof prove_in_its_place(const ProbeCard& card, const ProbeWords& words, SqlSession& provisioner) {
  if (card.kind != ProbeKind::inside) return prove(card, words, provisioner, "the provisioner in its place");
  constexpr std::string_view k_rights =
      "select 1 from pg_class where relkind in ('r', 'p') and has_table_privilege('{other_login}', oid, 'select, insert') "
      "and relnamespace <> 'pg_catalog'::regnamespace limit 1";
  const auto sql = fill_probe(k_rights, words);
  const auto answer = sql ? provisioner.attempt(*sql) : SqlAnswer{};
  return {.why_not = answer.done && !answer.rows.empty() ? "" : "it has no rights on tables of its own"};
}

/// As the tenant itself; of one that can't log in, or whose password is not known, the provisioner shows that the door is there.
HomeProof prove_home(const SurveyScene& scene, const Inhabitant& tenant) {
  HomeProof home;
  const bool enters = tenant.may_log_in && tenant.password;
  const auto entered = enters ? scene.doors.enter(tenant.names.database.str(), tenant.names.login.str(), *tenant.password)
                              : scene.doors.enter_as_provisioner(tenant.names.database.str());
  if (!entered.session) {
    home.door.why_not = fmt::format("{} could not enter it either: {}", enters ? "its own login" : "the provisioner", said(entered.answer));
    return home;
  }
  auto words = words_of_subject(tenant);
  add_other(words, tenant, entered.session->pid());
  for (const auto& card : scene.cards) {
    if (card.control.by != ProbeBy::neighbour || card.sql.empty() || !card.is_for(tenant.kind)) continue;
    home.controls[card.name] = enters ? prove(card, words, *entered.session, fmt::format("\"{}\" itself", tenant.slug.str()))
                                      : prove_in_its_place(card, words, *entered.session);
  }
  return home;
}

Result<std::unique_ptr<SqlSession>> come_in(SqlDoors& doors) {
  auto entered = doors.enter_as_provisioner({});
  if (entered.session) return std::move(entered.session);
  return fail(make_error(ErrorCode::server_unreachable, said(entered.answer)).may_retry());
}

Result<void> look_around(SurveyScene& scene, const SurveyOrder& order, SqlSession& session) {
  const auto version = session.attempt(k_version);
  if (!version.done) return fail(make_error(ErrorCode::server_unreachable, said(version)).may_retry());
  scene.server_version = std::atoi(version.rows.at(0).at(0).c_str());
  const auto list = [&](const char* sql) -> Result<std::vector<std::vector<std::string>>> {
    auto answer = session.attempt(sql);
    if (!answer.done) return fail(make_error(ErrorCode::sql_failed, said(answer)).with_context("list what is on the server"));
    return std::move(answer.rows);
  };
  for (const auto& [each, sql] : k_things) {
    TRY_ASSIGN(const auto rows, list(sql));
    for (const auto& row : rows) scene.things[each].push_back(row.at(0));
  }
  std::set<std::string> of_tenants;
  for (const auto& tenant : order.inhabitants) of_tenants.insert(tenant.names.database.str());
  TRY_ASSIGN(const auto rows, list(k_databases_of_server));
  for (const auto& row : rows) {
    if (!of_tenants.contains(row.at(0)))
      scene.databases.push_back({.name = row[0], .identifier = row.at(1), .literal = row.at(2), .owner = row.at(3)});
  }
  return {};
}

}  // namespace

Result<Survey> survey_server(const SurveyOrder& order, std::span<const ProbeCard> cards, SqlDoors& doors) {
  SurveyScene scene{.doors = doors, .cards = cards, .inhabitants = order.inhabitants};
  TRY_ASSIGN(const auto session, come_in(doors));
  TRY(look_around(scene, order, *session));
  TRY_ASSIGN(const auto before, facts_of(*session));

  const auto meetings = meetings_of(order.subjects, order.inhabitants.size(), order.round);
  for (const auto tenant : meetings.met) scene.homes[tenant];
  const std::vector<std::size_t> homes(meetings.met.begin(), meetings.met.end());
  for_each_parallel(homes.size(), order.round.jobs,
                    [&](std::size_t i) { scene.homes.at(homes[i]) = prove_home(scene, order.inhabitants[homes[i]]); });
  auto tenants = survey_each(order.subjects.size(), order.round,
                             [&](std::size_t i) { return survey_tenant(scene, order.subjects[i], meetings.others[i]); });
  for (auto& tenant : tenants) tenant.server = order.server;

  TRY_ASSIGN(const auto after, facts_of(*session));
  return Survey{.tenants = std::move(tenants), .untouched = {.server = order.server, .changes = changes(before, after)}};
}

}  // namespace tenantctl
