#include "adapters/nginx/reloaded_files.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/files/random_word.hpp"
#include "adapters/nginx/left_drafts.hpp"
#include "adapters/nginx/nginx_reload.hpp"
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
Result<void> set_file(SiteEntry& entry, const fs::path& file, const FileChange::Text& text) {
  if (!text) return entry.remove_files({&file, 1});
  return entry.replace_file({.path = file, .text = *text, .mode = 0644, .owner = FileOwner::of_folder});
}

Result<void> set_files(SiteEntry& entry, const std::vector<FileChange>& changes) {
  for (const auto& change : changes) TRY(set_file(entry, change.file, change.after));
  return {};
}

bool only_removes(const std::vector<FileChange>& changes) {
  return std::ranges::none_of(changes, [](const FileChange& change) { return change.after.has_value(); });
}

/// The files, for a message.
std::string names_of(const std::vector<FileChange>& changes) {
  std::vector<std::string> names;
  for (const auto& change : changes) names.push_back(fmt::format("\"{}\"", change.file.native()));
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

/// The generation is raised before a file changes, and served only after a reload: equal means that nothing is due.
Result<bool> ReloadedFiles::is_in_force() const {
  TRY_ASSIGN(const auto text, read_small_file(host_, generation_file()));
  TRY_ASSIGN(const auto served, host_.served_generation(status_socket()));
  return text && !served.empty() && served == generation_in(*text);
}

Result<bool> ReloadedFiles::nothing_is_due(const std::vector<FileChange>& changes) const {
  if (std::ranges::any_of(changes, [](const FileChange& change) { return change.before != change.after; })) return false;
  TRY_ASSIGN(const bool in_force, is_in_force());
  if (in_force || !only_removes(changes)) return in_force;
  TRY_ASSIGN(const auto served, host_.served_generation(status_socket()));
  return served.empty();
}

Result<void> ReloadedFiles::change(const fs::path& dir, Plan plan) const {
  return group_->make({.dir = dir,
                       .enter = [&] { return host_.enter(dir, Sharing::exclusive); },
                       .still_ours = [this] { return host_.confirm(); },
                       .plan = std::move(plan),
                       .bring = [this](SiteEntry& entry, const std::vector<FileChange>& changes) { return bring(entry, changes); }});
}

Result<void> ReloadedFiles::bring(SiteEntry& entry, const std::vector<FileChange>& changes) const {
  if (changes.empty()) return {};
  const auto nginx = host_.find_nginx(settings_.pid_file);
  if (!nginx && nginx.error().code == ErrorCode::nginx_unreachable && only_removes(changes)) return set_files(entry, changes);
  if (!nginx) return fail(nginx.error());
  TRY_ASSIGN(const bool done, nothing_is_due(changes));
  if (done) return only_removes(changes) ? remove_drafts_of(entry, changes) : Result<void>();
  NginxVerdict before;
  TRY(test_present(changes, before));
  TRY(test_candidates(entry, changes));
  return make(entry, changes, **nginx, before);
}

/// Of a change that ended before its first file was in place.
Result<void> ReloadedFiles::remove_drafts_of(SiteEntry& entry, const std::vector<FileChange>& changes) const {
  std::vector<fs::path> files{generation_file()};
  for (const auto& change : changes) files.push_back(change.file);
  return remove_left_drafts(host_, entry, files);
}

Result<void> ReloadedFiles::test_present(const std::vector<FileChange>& changes, NginxVerdict& verdict) const {
  TRY_ASSIGN(verdict, check_.present());
  // Where the fault is in a file that is about to change, the change may be the cure.
  const bool about_to_change = std::ranges::any_of(changes, [&](const FileChange& change) { return change.file == verdict.blamed; });
  if (verdict.accepted || about_to_change) return {};
  const auto where = verdict.place.empty() ? std::string() : fmt::format(" because of \"{}\"", verdict.place);
  auto error = make_error(ErrorCode::nginx_rejected, fmt::format("nginx refuses its present configuration{}, so nothing was changed: {}",
                                                                 where, fmt::join(verdict.words, "; ")));
  error.hint = verdict.place.empty() ? "run \"nginx -t\" and repair what it names"
                                     : fmt::format("repair \"{}\", then run \"nginx -t\"", verdict.blamed.native());
  return fail(std::move(error));
}

Result<void> ReloadedFiles::test_candidates(SiteEntry& entry, const std::vector<FileChange>& changes) const {
  std::vector<FileChange> alone;
  std::ranges::copy_if(changes, std::back_inserter(alone), [](const FileChange& change) { return change.after && change.stands_alone; });
  if (alone.empty()) return {};
  std::string text;
  for (const auto& change : alone) text += *change.after + "\n";
  TRY_ASSIGN(const auto verdict, check_.candidate(entry, text));
  if (verdict.accepted && verdict.words.empty()) return {};
  return rejected(fmt::format("the file meant for {}", names_of(alone)), verdict.words);
}

Result<void> ReloadedFiles::test_installed(const NginxVerdict& before) const {
  TRY_ASSIGN(auto verdict, check_.present());
  // A duplicate server_name is only a warning, and the wrong tenant may win; but what nginx warned of before is not ours.
  std::erase_if(verdict.words,
                [&](const auto& words) { return verdict.accepted && std::ranges::find(before.words, words) != before.words.end(); });
  if (verdict.accepted && verdict.words.empty()) return {};
  return rejected("the new configuration, the old one is in place", verdict.words);
}

Result<void> ReloadedFiles::restore(SiteEntry& entry, const std::vector<FileChange>& changes,
                                    const FileChange::Text& generation_text) const {
  for (const auto& change : changes) TRY(set_file(entry, change.file, change.before));
  return set_file(entry, generation_file(), generation_text);
}

Result<void> ReloadedFiles::make(SiteEntry& entry, const std::vector<FileChange>& changes, NginxProcess& nginx,
                                 const NginxVerdict& before) const {
  TRY_ASSIGN(const auto old_generation, read_small_file(host_, generation_file()));
  const auto generation = random_word();
  TRY_ASSIGN(const auto generation_text, render_nginx_generation(generation));
  auto done = set_file(entry, generation_file(), generation_text);
  if (done) done = set_files(entry, changes);
  if (done) done = test_installed(before);
  if (!done) {
    // nginx was not told of anything: the files alone are put back.
    if (auto restored = restore(entry, changes, old_generation); !restored) {
      done.error().hint = fmt::format("repair {} by hand: putting it back failed ({})", names_of(changes), full_message(restored.error()));
    }
    return done;
  }
  done = reload_nginx(nginx, status_socket(), generation, k_reload_limit);
  if (done) return done;
  // It may still be about to take the new files up, so the old ones get a generation of their own and are confirmed too.
  const auto back = random_word();
  TRY_ASSIGN(const auto back_text, render_nginx_generation(back));
  auto restored = restore(entry, changes, back_text);
  if (restored) restored = reload_nginx(nginx, status_socket(), back, k_reload_limit);
  if (!restored)
    done.error().hint = fmt::format("run \"nginx -t\" and reload nginx: putting the old configuration back was not confirmed ({})",
                                    full_message(restored.error()));
  return done;
}

}  // namespace tenantctl
