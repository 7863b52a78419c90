// What exists in the world that carries tenantctl's marks, and what is wrong with it. Values only: ports fill them in,
// pipeline/inventory_comparison.hpp judges them.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/names.hpp"
#include "core/operation.hpp"

namespace tenantctl {

/// In the order in which orphans can be removed: nobody is let in, then the data, then what the data belonged to.
enum class ThingKind : std::uint8_t {
  route_file,
  domain_file,
  certificate_file,
  credentials_file,
  configuration_file,
  temporary_file,
  site,
  database,
  schema,
  half_template,
  role,
  data_folder
};
std::string_view to_string(ThingKind kind);

/// Thing::place of files on that host; of files here where it has no name.
std::string place_of_files(const std::string& host, const std::filesystem::path& folder);

/// One thing that is provably ours, or, where `tenant` is empty, of a form that only we make.
struct Thing {
  ThingKind kind;
  std::string place = {};  // a server's name, or place_of_files of the folder or bench that was looked through; set by whoever asked
  std::string name;        // of the site, database or role; DATABASE.SCHEMA; a file's whole path
  std::optional<TenantId> tenant = {};  // from its marker, header or content
  std::string owner = {};               // a database's or schema's owner role; a site's database
  std::string detail = {};              // what is odd about it
  bool busy = false;                    // a process is at work with it now; told of checks of backups alone
};

bool same_thing(const Thing& a, const Thing& b);

/// A thing that neither a tenant nor an unfinished operation explains.
struct Orphan {
  Thing thing;
  std::string slug = {};  // of the tenant that it was made for; empty where the journal never knew that tenant
};

/// What removes an orphan.
enum class Remedy : std::uint8_t {
  fix,          // `doctor --fix`
  fix_unknown,  // `doctor --fix --include-unknown`: it may be the property of another control database
  by_hand,
};
Remedy remedy_of(const Orphan& orphan);

/// What an active tenant should have and has not.
struct Missing {
  ThingKind kind;
  std::string place;
  std::string name;
  TenantId tenant;
  std::string slug;
  std::string operation;  // the create that made it
};

/// An operation that was begun and not ended, with what exists of its tenant.
struct Unfinished {
  Operation operation;
  std::vector<Thing> things;
};

}  // namespace tenantctl
