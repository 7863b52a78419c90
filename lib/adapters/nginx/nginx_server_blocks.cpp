#include "adapters/nginx/nginx_server_blocks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/files/random_word.hpp"
#include "adapters/nginx/nginx_inventory.hpp"
#include "adapters/nginx/nginx_reload.hpp"
#include "adapters/nginx/owned_files.hpp"
#include "core/nginx_config.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// nginx tries for 2.5 s to bind a port that another program holds.
constexpr auto k_reload_limit = 5s;

tl::unexpected<Error> rejected(std::string_view what, const std::vector<std::string>& words) {
  return fail(ErrorCode::nginx_rejected,
              fmt::format("nginx refuses {}: {}", what, words.empty() ? "it does not say why" : fmt::format("{}", fmt::join(words, "; "))));
}

/// Brings a file to a text, or to absence.
Result<void> set_file(SiteEntry& entry, const fs::path& file, const std::optional<std::string>& text) {
  if (!text) return entry.remove_files({&file, 1});
  return entry.replace_file({.path = file, .text = *text, .mode = 0644, .owner = FileOwner::of_folder});
}

}  // namespace

NginxServerBlocks::NginxServerBlocks(NginxSettings settings, std::map<std::string, StackSettings> stacks, std::string domain, std::unique_ptr<SiteHost> host)
    : settings_(std::move(settings)), stacks_(std::move(stacks)), domain_(std::move(domain)), host_(std::move(host)), check_(settings_, *host_) {}

std::vector<fs::path> NginxServerBlocks::files_for(const TenantSlug& slug, const ConfigName&, const HostName&, const HostName&) const {
  return {settings_.dir / "sites" / (slug.str() + ".conf")};
}

Result<Observed> NginxServerBlocks::observe(const Route& route) {
  TRY(host_->settle(settings_.dir));
  TRY_ASSIGN(auto observed, observe_owned_files(*host_, route.files, route.tenant));
  if (observed.presence != Presence::complete) return observed;
  // A file that nginx was never told of is not a route yet: a crash between the two is taken up here.
  TRY_ASSIGN(const bool in_force, is_in_force());
  if (!in_force) observed.presence = Presence::partial;
  return observed;
}

Result<std::string> NginxServerBlocks::render(const Route& route) const {
  const auto stack = stacks_.find(route.stack.str());
  if (stack == stacks_.end() || stack->second.upstream.empty()) return fail(ErrorCode::config_invalid, fmt::format("stack \"{}\" has no upstream", route.stack.str()));
  NginxSite site{.tenant = route.tenant, .slug = route.slug, .front = route.front, .back = route.back, .upstream = stack->second.upstream, .frappe = stack->second.frappe};
  if (site.frappe) site.site = fill_in(site.frappe->site, route.slug, domain_);
  return render_nginx_site(settings_, site);
}

/// The generation is raised before a file changes, and served only after a reload: equal means that nothing is due.
Result<bool> NginxServerBlocks::is_in_force() const {
  TRY_ASSIGN(const auto text, read_small_file(*host_, generation_file()));
  TRY_ASSIGN(const auto served, host_->served_generation(status_socket()));
  return text && !served.empty() && served == generation_in(*text);
}

Result<void> NginxServerBlocks::test_present(const Change& change, NginxVerdict& verdict) const {
  TRY_ASSIGN(verdict, check_.present());
  // Where the fault is in the very file that is about to change, the change may be the cure.
  if (verdict.accepted || verdict.blamed == change.file) return {};
  const auto where = verdict.place.empty() ? std::string() : fmt::format(" because of \"{}\"", verdict.place);
  auto error = make_error(ErrorCode::nginx_rejected, fmt::format("nginx refuses its present configuration{}, so nothing was changed: {}",
                                                                 where, fmt::join(verdict.words, "; ")));
  error.hint = verdict.place.empty() ? "run \"nginx -t\" and repair what it names"
                                     : fmt::format("repair \"{}\", then run \"nginx -t\"", verdict.blamed.native());
  return fail(std::move(error));
}

Result<void> NginxServerBlocks::test_candidate(SiteEntry& entry, const Change& change) const {
  if (!change.after) return {};
  TRY_ASSIGN(const auto verdict, check_.candidate(entry, *change.after));
  if (!verdict.accepted || !verdict.words.empty())
    return rejected(fmt::format("the file meant for \"{}\"", change.file.native()), verdict.words);
  return {};
}

Result<void> NginxServerBlocks::test_installed(const NginxVerdict& before) const {
  TRY_ASSIGN(auto verdict, check_.present());
  // A duplicate server_name is only a warning, and the wrong tenant may win; but what nginx warned of before is not ours.
  std::erase_if(verdict.words,
                [&](const auto& words) { return verdict.accepted && std::ranges::find(before.words, words) != before.words.end(); });
  if (verdict.accepted && verdict.words.empty()) return {};
  return rejected("the new configuration, the old one is in place", verdict.words);
}

Result<void> NginxServerBlocks::restore(SiteEntry& entry, const Change& change, const Text& generation_text) const {
  TRY(set_file(entry, change.file, change.before));
  return set_file(entry, generation_file(), generation_text);
}

Result<void> NginxServerBlocks::make(SiteEntry& entry, const Change& change, NginxProcess& nginx, const NginxVerdict& before) const {
  TRY_ASSIGN(const auto old_generation, read_small_file(*host_, generation_file()));
  const auto generation = random_word();
  TRY_ASSIGN(const auto generation_text, render_nginx_generation(generation));
  auto done = set_file(entry, generation_file(), generation_text);
  if (done) done = set_file(entry, change.file, change.after);
  if (done) done = test_installed(before);
  if (!done) {
    // nginx was not told of anything: the files alone are put back.
    if (auto restored = restore(entry, change, old_generation); !restored) {
      done.error().hint =
          fmt::format("repair \"{}\" by hand: putting it back failed ({})", change.file.native(), full_message(restored.error()));
    }
    return done;
  }
  done = reload_nginx(nginx, status_socket(), generation, k_reload_limit);
  if (done) return done;
  // It may still be about to take the new files up, so the old ones get a generation of their own and are confirmed too.
  const auto back = random_word();
  TRY_ASSIGN(const auto back_text, render_nginx_generation(back));
  auto restored = restore(entry, change, back_text);
  if (restored) restored = reload_nginx(nginx, status_socket(), back, k_reload_limit);
  if (!restored)
    done.error().hint = fmt::format("run \"nginx -t\" and reload nginx: putting the old configuration back was not confirmed ({})",
                                    full_message(restored.error()));
  return done;
}

Result<void> NginxServerBlocks::publish(const Route& route) {
  TRY_ASSIGN(auto text, render(route));
  return install(route, std::move(text));
}

Result<void> NginxServerBlocks::suspend(const Route& route) {
  TRY_ASSIGN(auto text, render_nginx_suspended_site(settings_, {.tenant = route.tenant, .slug = route.slug, .front = route.front, .back = route.back, .upstream = {}}));
  return install(route, std::move(text));
}

Result<Observed> NginxServerBlocks::observe_suspension(const Route& route) {
  TRY_ASSIGN(auto observed, observe(route));
  if (observed.presence == Presence::foreign) return observed;
  TRY_ASSIGN(const auto text, read_small_file(*host_, route.files.front()));
  if (!text || !is_suspended_site(*text)) return Observed{Presence::absent};
  return observed;
}

Result<void> NginxServerBlocks::install(const Route& route, std::string text) {
  TRY_ASSIGN(const auto entry, host_->enter(settings_.dir, Sharing::exclusive));
  TRY_ASSIGN(const auto observed, observe_owned_files(*host_, route.files, route.tenant));
  TRY(refuse_foreign(observed));
  TRY_ASSIGN(const auto nginx, host_->find_nginx(settings_.pid_file));
  Change change{.file = route.files.front(), .before = {}, .after = std::move(text)};
  TRY_ASSIGN(change.before, read_small_file(*host_, change.file));
  if (change.before == change.after) {
    TRY_ASSIGN(const bool in_force, is_in_force());
    if (in_force) return {};
  }
  NginxVerdict before;
  TRY(test_present(change, before));
  TRY(test_candidate(*entry, change));
  return make(*entry, change, *nginx, before);
}

Result<void> NginxServerBlocks::withdraw(const Route& route) { return take_away(route.files.front(), route.tenant); }

Result<std::vector<Thing>> NginxServerBlocks::inventory() { return nginx_inventory(*host_, settings_.dir); }

Result<void> NginxServerBlocks::remove(const Thing& file) {
  // What nginx does not read in this mode needs no reload.
  const bool read_by_nginx = file.kind == ThingKind::route_file && fs::path(file.name).parent_path() == settings_.dir / "sites";
  return read_by_nginx && file.tenant ? take_away(file.name, *file.tenant) : remove_inventoried(*host_, settings_.dir, file);
}

Result<void> NginxServerBlocks::take_away(const fs::path& file, const TenantId& tenant) const {
  TRY_ASSIGN(const auto entry, host_->enter(settings_.dir, Sharing::exclusive));
  TRY_ASSIGN(const auto observed, observe_owned_files(*host_, {&file, 1}, tenant));
  TRY(refuse_foreign(observed));
  Change change{.file = file, .before = {}, .after = {}};
  TRY_ASSIGN(change.before, read_small_file(*host_, change.file));
  const auto nginx = host_->find_nginx(settings_.pid_file);
  if (!nginx && nginx.error().code == ErrorCode::nginx_unreachable) return entry->remove_files({&change.file, 1});
  if (!nginx) return fail(nginx.error());
  if (!change.before) {
    TRY_ASSIGN(const bool in_force, is_in_force());
    TRY_ASSIGN(const auto served, host_->served_generation(status_socket()));
    if (in_force || served.empty()) return {};
  }
  NginxVerdict before;
  TRY(test_present(change, before));
  return make(*entry, change, **nginx, before);
}

}  // namespace tenantctl
