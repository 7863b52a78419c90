#include "commands/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>

#include "commands/registry.hpp"

namespace tenantctl {
namespace {

/// Looked for before parsing, so that a usage error too comes in the format that was asked for.
OutputFormat format_asked_for(std::span<const char* const> words) {
  const char* environment = std::getenv("TENANTCTL_OUTPUT");
  std::string value = environment == nullptr ? "" : environment;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if ((word == "-o" || word == "--output") && i + 1 < words.size()) value = words[i + 1];
    if (word.starts_with("--output=")) value = word.substr(9);
    if (word.starts_with("-o") && word.size() > 2 && word[2] != '-') value = word.substr(word[2] == '=' ? 3 : 2);
  }
  return value == "json" ? OutputFormat::json : OutputFormat::table;
}

void write(std::FILE* stream, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

int report_error(const Error& error, OutputFormat format) {
  write(stderr, render(error, format));
  return info(error.code).exit_status;
}

void add_global_options(CLI::App& app, GlobalOptions& options) {
  app.add_option("--config", options.config, "the configuration file (else $TENANTCTL_CONFIG, ./tenantctl.yaml, …)")->type_name("FILE");
  app.add_option("-o,--output", options.output, "table (for people) or json")
      ->transform(CLI::CheckedTransformer(std::map<std::string, OutputFormat>{{"table", OutputFormat::table}, {"json", OutputFormat::json}}))
      ->type_name("FORMAT")
      ->envname("TENANTCTL_OUTPUT");
  app.add_flag_callback("-q,--quiet", [&options] { options.verbosity = Verbosity::quiet; }, "no progress on stderr");
  app.add_flag_callback("-v,--verbose", [&options] { options.verbosity = Verbosity::verbose; }, "more on stderr");
  app.add_flag("--no-color", options.no_color, "no colour and no live line, as with NO_COLOR");
  app.add_flag("-y,--yes", options.yes, "answer yes to every question");
  app.add_option("--actor", options.actor, "who does this, for the journal and the audit log (else $SUDO_USER or the login name)")
      ->type_name("NAME")
      ->envname("TENANTCTL_ACTOR");
}

/// The deepest command on the line, whose subcommands and options a misspelled word is compared with.
const CLI::App* deepest(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? &app : deepest(*chosen.front());
}

std::string command_path(const CLI::App* app) {
  std::string path = app->get_name();
  for (auto* parent = app->get_parent(); parent != nullptr; parent = parent->get_parent()) path = parent->get_name() + " " + path;
  return path;
}

std::string did_you_mean(const CLI::App& root, std::span<const char* const> words) {
  const auto* app = deepest(root);
  std::vector<std::string> commands;
  for (const auto* sub : app->get_subcommands(nullptr)) commands.push_back(sub->get_name());
  std::vector<std::string> options;
  for (const auto* level = app; level != nullptr; level = level->get_parent()) {
    for (const auto* option : level->get_options()) {
      for (const auto& name : option->get_lnames()) options.push_back("--" + name);
    }
  }
  for (const auto word : words) {
    const std::string_view name = std::string_view(word).substr(0, std::string_view(word).find('='));
    const auto& known = name.starts_with("-") ? options : commands;
    if (std::ranges::find(known, name) != known.end()) continue;
    if (const auto near = nearest_name(name, known); !near.empty()) return fmt::format("did you mean \"{}\"?", near);
  }
  return fmt::format("run \"{} --help\" to see what it takes", command_path(app));
}

std::string first_line_lowercase(std::string text) {
  if (const auto end = text.find('\n'); end != std::string::npos) text.resize(end);
  if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && !(text[1] >= 'A' && text[1] <= 'Z')) text[0] = static_cast<char>(text[0] - 'A' + 'a');
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  return text;
}

int run_chosen(const Command& chosen, Services& services, const GlobalOptions& options) {
  auto report = chosen(services);
  if (!report) return report_error(report.error(), options.output);
  write(stdout, render(*report, options.output));
  return report->exit_status;
}

}  // namespace

int run(int argc, const char* const* argv, const MakeServices& make_services) {
  const std::span words(argv + std::min(argc, 1), static_cast<std::size_t>(std::max(argc - 1, 0)));
  GlobalOptions options;
  Command chosen;
  CLI::App app("makes tenants: a database, roles, a route and a row for each, or nothing at all", "tenantctl");
  app.footer("Example:\n  tenantctl create acme --company \"Acme Ltd\" --email admin@acme.test --plan trial\n\nDocs: docs/guide.md; exit statuses: docs/errors.md");
  app.set_version_flag("--version", "tenantctl " TENANTCTL_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  add_global_options(app, options);
  add_commands(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {  // --help, --version
    app.exit(e, std::cout, std::cerr);
    return 0;
  } catch (const CLI::Error& e) {
    if (words.empty()) {
      write(stderr, app.help());
      return info(ErrorCode::usage).exit_status;
    }
    return report_error(make_error(ErrorCode::usage, first_line_lowercase(e.what())).with_hint(did_you_mean(app, words)), format_asked_for(words));
  }
  try {
    const auto services = make_services(options);
    return run_chosen(chosen, *services, options);
  } catch (const std::exception& e) {
    return report_error(make_error(ErrorCode::internal, fmt::format("a bug in tenantctl: {}", e.what())).with_hint("report it with the command that you ran"),
                        options.output);
  }
}

}  // namespace tenantctl
