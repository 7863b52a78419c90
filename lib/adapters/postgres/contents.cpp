#include "adapters/postgres/contents.hpp"

#include <fmt/format.h>

#include <set>

#include "adapters/postgres/plain_tables.hpp"

namespace tenantctl::postgres {
namespace {

// The definition of everything that an application sees, one line each, without names of roles. $1: one schema, or empty.
constexpr const char* k_definition = R"sql(
  with seen as (
    select oid, nspname from pg_namespace
     where case when $1 = '' then nspname !~ '^pg_' and nspname <> 'information_schema' else nspname = $1 end),
  lines as (
    select format('%s %I.%I %s', c.relkind, n.nspname, c.relname, c.relpersistence) as line
      from pg_class c join seen n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
    union all
    select format('column %I.%I.%I %s %s %s %s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                  coalesce(pg_get_expr(d.adbin, d.adrelid), ''))
      from pg_attribute a join pg_class c on c.oid = a.attrelid join seen n on n.oid = c.relnamespace
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm', 'f')
    union all
    select format('constraint %I.%I %s', n.nspname, k.conname, pg_get_constraintdef(k.oid)) from pg_constraint k join seen n on n.oid = k.connamespace
    union all
    select pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indexrelid join seen n on n.oid = c.relnamespace
    union all
    select format('view %I.%I %s', n.nspname, c.relname, pg_get_viewdef(c.oid)) from pg_class c join seen n on n.oid = c.relnamespace where c.relkind in ('v', 'm')
    union all
    select pg_get_functiondef(p.oid) from pg_proc p join seen n on n.oid = p.pronamespace where p.prokind in ('f', 'p', 'w')
    union all
    select pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid join seen n on n.oid = c.relnamespace where not t.tgisinternal
    union all
    select format('type %I.%I %s', n.nspname, t.typname, (select string_agg(e.enumlabel, ',' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid))
      from pg_type t join seen n on n.oid = t.typnamespace where t.typtype in ('e', 'd', 'r')
    union all
    select format('policy %s on %s %s %s', p.polname, p.polrelid::regclass, p.polcmd, pg_get_expr(p.polqual, p.polrelid))
      from pg_policy p join pg_class c on c.oid = p.polrelid join seen n on n.oid = c.relnamespace)
  select encode(sha256(convert_to(coalesce(string_agg(line, E'\n' order by line collate "C"), ''), 'UTF8')), 'hex') from lines)sql";

// A column's own sequence goes with its table.
constexpr const char* k_objects = R"sql(
  select i.type, i.identity
    from pg_shdepend s, pg_identify_object(s.classid, s.objid, s.objsubid) i
   where s.dbid = (select oid from pg_database where datname = current_database()) and s.deptype = 'o' and s.refclassid = 'pg_authid'::regclass
     and s.refobjid = (select oid from pg_roles where rolname = $1) and i.type in ({})
     and not exists (select from pg_depend d where d.classid = s.classid and d.objid = s.objid and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i'))
   order by 1, 2)sql";

// What ALTER … OWNER takes under the name that pg_identify_object gives it.
constexpr std::string_view k_types =
    "'table', 'view', 'materialized view', 'sequence', 'function', 'procedure', 'aggregate', 'type', 'schema', 'foreign table'";

Result<Rows> objects(Connection& connection, const RoleName& role) {
  return connection.query(fmt::format(k_objects, k_types).c_str(), {role.str()});
}

}  // namespace

Result<Contents> contents_of(Connection& connection, const std::string& schema) {
  Contents contents;
  TRY_ASSIGN(const auto definition, connection.query(k_definition, {schema}));
  contents.definition = definition.text(0, 0);
  TRY_ASSIGN(const auto tables, plain_tables(connection, schema));
  for (const auto& table : tables) {
    TRY_ASSIGN(const auto rows, count_rows(connection, table));
    contents.rows.emplace(table.schema + "." + table.name, rows);
  }
  return contents;
}

Result<std::vector<LoginsObject>> objects_of(Connection& connection, const RoleName& login) {
  TRY_ASSIGN(const auto rows, objects(connection, login));
  std::vector<LoginsObject> list;
  for (int row = 0; row < rows.count(); ++row) list.push_back({.type = rows.text(row, 0), .identity = rows.text(row, 1)});
  return list;
}

Result<std::vector<std::string>> alterable(Connection& connection, const RoleName& owner, const std::vector<LoginsObject>& wanted) {
  TRY_ASSIGN(const auto rows, objects(connection, owner));
  std::set<std::string> names;
  for (const auto& object : wanted) names.insert(object.type + " " + object.identity);
  std::vector<std::string> list;
  for (int row = 0; row < rows.count(); ++row) {
    if (auto name = rows.text(row, 0) + " " + rows.text(row, 1); names.contains(name)) list.push_back(std::move(name));
  }
  return list;
}

}  // namespace tenantctl::postgres
