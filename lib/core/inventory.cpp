#include "core/inventory.hpp"

#include <array>

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 12> k_kinds{
    "route_file",     "domain_file", "certificate_file", "credentials_file", "configuration_file",
    "temporary_file", "site",        "database",         "schema",           "half_template",
    "role",           "data_folder"};

}  // namespace

std::string_view to_string(ThingKind kind) { return k_kinds[static_cast<std::size_t>(kind)]; }

std::string place_of_files(const std::string& host, const std::filesystem::path& folder) {
  const auto path = (folder / "").parent_path().string();  // without the slash that it may have been configured with
  return host.empty() ? path : host + ":" + path;
}

bool same_thing(const Thing& a, const Thing& b) {
  return a.kind == b.kind && a.place == b.place && a.name == b.name && a.tenant == b.tenant;
}

Remedy remedy_of(const Orphan& orphan) {
  if (orphan.thing.kind == ThingKind::data_folder) return Remedy::by_hand;
  if (!orphan.thing.tenant) return Remedy::fix;  // temporary files and half-built templates hold nobody's data
  return orphan.slug.empty() ? Remedy::fix_unknown : Remedy::fix;
}

}  // namespace tenantctl
