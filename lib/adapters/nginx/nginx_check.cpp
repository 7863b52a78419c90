#include "adapters/nginx/nginx_check.hpp"

#include <algorithm>

#include "core/nginx_config.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

namespace fs = std::filesystem;

/// "nginx: [emerg] …" -> "[emerg] …"; the same line written by its log has a time in front.
std::string without_prefix(std::string_view line) {
  const auto level = line.find('[');
  return printable(line.substr(std::min(level, line.size())));
}

/// The "FILE:LINE" that a message of nginx's parser ends with; empty where it has none.
std::string place_in(std::string_view line) {
  const auto in = line.rfind(" in ");
  if (in == std::string_view::npos) return {};
  const auto place = line.substr(in + 4);
  const auto colon = place.rfind(':');
  const bool numbered = colon != std::string_view::npos && colon + 1 < place.size() &&
                        std::ranges::all_of(place.substr(colon + 1), [](char c) { return c >= '0' && c <= '9'; });
  return numbered && place.starts_with('/') ? std::string(place) : std::string();
}

void read_line(NginxVerdict& verdict, std::string_view line) {
  const bool refusal = line.find("[emerg]") != std::string_view::npos || line.find("[crit]") != std::string_view::npos;
  if (!refusal && line.find("[warn]") == std::string_view::npos) return;
  auto words = without_prefix(line);
  // With `-e stderr` nginx says some things twice, once by its log with the process id in between.
  if (std::ranges::find(verdict.words, words) == verdict.words.end()) verdict.words.push_back(std::move(words));
  if (!refusal || !verdict.place.empty()) return;
  verdict.place = place_in(line);
  verdict.blamed = verdict.place.substr(0, verdict.place.rfind(':'));
}

}  // namespace

NginxVerdict read_nginx_verdict(const ShellOutcome& outcome) {
  NginxVerdict verdict;
  verdict.accepted = outcome.succeeded();
  std::string_view rest = outcome.err;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    read_line(verdict, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return verdict;
}

Result<NginxVerdict> NginxCheck::run(const fs::path& prefix, const fs::path& conf) const {
  ShellCommand command{.argv = {settings_.binary, "-t", "-q", "-e", "stderr"}};
  if (!prefix.empty()) command.argv.insert(command.argv.end(), {"-p", prefix.native()});
  if (!conf.empty()) command.argv.insert(command.argv.end(), {"-c", conf.native()});
  TRY_ASSIGN(const auto outcome, host_.shell().run(command));
  return read_nginx_verdict(outcome);
}

Result<NginxVerdict> NginxCheck::present() const { return run(settings_.prefix, settings_.conf); }

Result<NginxVerdict> NginxCheck::candidate(SiteEntry& entry, const std::string& text) const {
  // One fixed name: it is used under the folder's lock, and what a crash left there is overwritten.
  const auto folder = settings_.dir / ".candidate";
  TRY_ASSIGN(const auto main_text, render_nginx_candidate(folder));
  TRY(host_.create_folder(folder, 0700, FileOwner::ours));
  TRY(entry.replace_file({.path = folder / "site.conf", .text = text, .mode = 0600}));
  TRY(entry.replace_file({.path = folder / "nginx.conf", .text = main_text, .mode = 0600}));
  auto verdict = run(folder, folder / "nginx.conf");
  (void)entry.remove_folder(folder);  // the next one overwrites what is left
  return verdict;
}

}  // namespace tenantctl
