#include "adapters/nginx/nginx_routes.hpp"

#include "adapters/nginx/domain_files.hpp"
#include "adapters/nginx/left_drafts.hpp"
#include "adapters/nginx/nginx_inventory.hpp"
#include "adapters/nginx/owned_files.hpp"
#include "core/nginx_config.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

/// Those of the route's files that do not exist, ready to be written. Each file is judged by one reading of it: with two,
/// a rival's file that came in between would be taken for ours. Errors: foreign_object.
Result<std::vector<FileContent>> missing_files(SiteHost& host, const Route& route) {
  TRY_ASSIGN(const auto texts, host.read_files(route.files));
  TRY(refuse_foreign(judge_owned_files(route.files, texts, route.tenant)));
  std::vector<FileContent> missing;
  for (std::size_t i = 0; i < route.files.size(); ++i) {
    const auto& file = route.files[i];
    if (texts[i]) continue;
    missing.push_back(
        {.path = file, .text = ownership_header(route.tenant, route.slug) + "\n", .mode = 0644, .owner = FileOwner::of_folder});
  }
  return missing;
}

/// The `dir` of the day when the route was planned: DIR/routes/STACK/HOST.
fs::path folder_of(const Route& route) { return route.files.front().parent_path().parent_path().parent_path(); }

/// The files that nginx looks for before it serves a host: DIR/suspended/HOST, DIR/moving/HOST.
Route marks_of(const Route& route, Closure why) {
  auto marks = route;
  const auto folder = folder_of(route) / nginx_name_of(why);
  marks.files = {folder / route.front.str(), folder / route.back.str()};
  return marks;
}

Result<void> remove_ours(SiteHost& host, SiteEntry& entry, const Route& route) {
  TRY_ASSIGN(const auto observed, observe_owned_files(host, route.files, route.tenant));
  TRY(refuse_foreign(observed));
  if (observed.presence == Presence::absent) return remove_left_drafts(host, entry, route.files);
  return entry.remove_files(route.files);
}

}  // namespace

NginxRoutes::NginxRoutes(NginxSettings settings, std::unique_ptr<SiteHost> host, std::shared_ptr<ReloadGroup> group)
    : dir_(settings.dir), host_(std::move(host)), files_(std::move(settings), *host_, std::move(group)) {}

std::vector<fs::path> NginxRoutes::files_for(const TenantSlug&, const ConfigName& stack, const HostName& front,
                                             const HostName& back) const {
  const auto folder = dir_ / "routes" / stack.str();
  return {folder / front.str(), folder / back.str()};
}

/// nginx takes the last stack that has a file of the host's name: another tenant's there would win or lose by chance.
Result<Observed> NginxRoutes::observe_other_stacks(const Route& route) const {
  std::vector<fs::path> elsewhere;
  TRY_ASSIGN(const auto stacks, host_->folders_in(dir_ / "routes"));
  for (const auto& stack : stacks) {
    if (stack == route.stack.str()) continue;
    elsewhere.push_back(dir_ / "routes" / stack / route.front.str());
    elsewhere.push_back(dir_ / "routes" / stack / route.back.str());
  }
  return observe_owned_files(*host_, elsewhere, route.tenant);
}

Result<Observed> NginxRoutes::observe(const Route& route) {
  if (!route.files.empty()) TRY(host_->settle(folder_of(route)));
  TRY_ASSIGN(auto other, observe_other_stacks(route));
  if (other.presence == Presence::foreign) return other;
  return observe_owned_files(*host_, route.files, route.tenant);
}

Result<void> NginxRoutes::publish(const Route& route) {
  if (route.files.empty()) return fail(ErrorCode::internal, "a route without files was to be published");
  TRY(host_->create_folder(route.files.front().parent_path(), 0755, FileOwner::of_folder));
  TRY_ASSIGN(const auto entry, host_->enter(folder_of(route), Sharing::shared));
  TRY_ASSIGN(const auto other, observe_other_stacks(route));
  TRY(refuse_foreign(other));
  TRY_ASSIGN(const auto missing, missing_files(*host_, route));
  if (missing.empty()) return {};
  auto created = entry->create_files(missing);
  if (created || created.error().code != ErrorCode::foreign_object) return created;
  // Somebody wrote one of the names since we looked: say whose it is, unless it is ours.
  TRY_ASSIGN(const auto now, observe(route));
  TRY(refuse_foreign(now));
  if (now.presence == Presence::complete) return {};
  return created;
}

Result<void> NginxRoutes::withdraw(const Route& route) {
  if (route.files.empty()) return {};
  TRY_ASSIGN(const bool there, host_->has_folder(folder_of(route)));
  if (!there) return {};
  {
    TRY_ASSIGN(const auto entry, host_->enter(folder_of(route), Sharing::shared));
    TRY(remove_ours(*host_, *entry, route));
    for (const auto why : k_closures) TRY(remove_ours(*host_, *entry, marks_of(route, why)));
  }
  return withdraw_domains(route);
}

/// They lead nowhere any more, but would lead to a later tenant of the name.
Result<void> NginxRoutes::withdraw_domains(const Route& route) const {
  TRY_ASSIGN(const auto seen, removals_of_domains(*host_, folder_of(route), route));
  if (seen.empty()) return {};
  return files_.change(folder_of(route), [&] { return removals_of_domains(*host_, folder_of(route), route); });
}

Result<Observed> NginxRoutes::observe_closure(const Route& route, Closure why) {
  TRY(host_->settle(folder_of(route)));
  return observe_owned_files(*host_, marks_of(route, why).files, route.tenant);
}

Result<void> NginxRoutes::close(const Route& route, Closure why) {
  const auto marks = marks_of(route, why);
  TRY(host_->create_folder(marks.files.front().parent_path(), 0755, FileOwner::of_folder));
  TRY_ASSIGN(const auto entry, host_->enter(folder_of(route), Sharing::shared));
  TRY_ASSIGN(const auto missing, missing_files(*host_, marks));
  return missing.empty() ? Result<void>() : entry->create_files(missing);
}

Result<void> NginxRoutes::open(const Route& route, Closure why) {
  TRY_ASSIGN(const bool there, host_->has_folder(folder_of(route)));
  if (!there) return {};
  TRY_ASSIGN(const auto entry, host_->enter(folder_of(route), Sharing::shared));
  return remove_ours(*host_, *entry, marks_of(route, why));
}

fs::path NginxRoutes::file_for_domain(const TenantSlug& slug, const HostName& host) const {
  return nginx_domain_file(NginxMode::routes, dir_, slug, host);
}

Result<Observed> NginxRoutes::observe_domain(const DomainRoute& domain) {
  TRY(host_->settle(folder_of(domain.route)));
  return observe_domain_file(*host_, files_, NginxMode::routes, domain);
}

Result<void> NginxRoutes::publish_domain(const DomainRoute& domain) {
  TRY(host_->create_folder(domain.file.parent_path(), 0755, FileOwner::of_folder));
  return files_.change(folder_of(domain.route), [&]() -> Result<std::vector<FileChange>> {
    TRY_ASSIGN(auto text, text_of_domain(NginxMode::routes, domain));
    TRY_ASSIGN(auto change, change_of(*host_, domain.file, domain.route.tenant, std::move(text)));
    return std::vector{std::move(change)};
  });
}

Result<void> NginxRoutes::withdraw_domain(const DomainRoute& domain) {
  return take_away(*host_, files_, folder_of(domain.route), domain.file, domain.route.tenant);
}

Result<std::vector<Thing>> NginxRoutes::inventory() { return nginx_inventory(*host_, dir_); }

Result<void> NginxRoutes::remove(const Thing& file) {
  const bool read_at_reloads = file.kind == ThingKind::domain_file && fs::path(file.name).extension() == ".map";
  return read_at_reloads && file.tenant ? take_away(*host_, files_, dir_, file.name, *file.tenant) : remove_inventoried(*host_, dir_, file);
}

}  // namespace tenantctl
