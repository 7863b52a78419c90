#include "commands/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>

#include "commands/certificates.hpp"
#include "commands/deliveries.hpp"
#include "commands/registry.hpp"
#include "core/ascii.hpp"
#include "core/utf8.hpp"

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
  app.add_option("-o,--output", options.output, "table (for people) or json; of verify-isolation also junit")
      ->transform(CLI::CheckedTransformer(std::map<std::string, OutputFormat>{
                                              {"table", OutputFormat::table}, {"json", OutputFormat::json}, {"junit", OutputFormat::junit}})
                      .description(""))
      ->type_name("FORMAT")
      ->envname("TENANTCTL_OUTPUT");
  app.add_flag_callback(
      "-q,--quiet", [&options] { options.verbosity = Verbosity::quiet; }, "no progress on stderr");
  app.add_flag_callback(
      "-v,--verbose", [&options] { options.verbosity = Verbosity::verbose; }, "more on stderr");
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

/// The words of the line that look like a name which the deepest command does not know, and what it knows instead.
struct UnknownWord {
  std::string_view word;
  std::string near;  // empty where nothing is
};

std::optional<UnknownWord> unknown_word(const CLI::App& app, std::span<const char* const> words) {
  std::vector<std::string> commands;
  for (const auto* sub : app.get_subcommands(nullptr)) commands.push_back(sub->get_name());
  std::vector<std::string> options;
  for (const auto* level = &app; level != nullptr; level = level->get_parent()) {
    for (const auto* option : level->get_options()) {
      for (const auto& name : option->get_lnames()) options.push_back("--" + name);
      for (const auto& name : option->get_snames()) options.push_back("-" + name);
    }
    if (level->get_parent() != nullptr) commands.push_back(level->get_name());
  }
  for (const auto word : words) {
    const std::string_view name = std::string_view(word).substr(0, std::string_view(word).find('='));
    const auto& known = name.starts_with("-") ? options : commands;
    if (std::ranges::find(known, name) != known.end() || known.empty()) continue;
    if (auto near = nearest_name(name, known); !near.empty() || (name.starts_with("--") && name.size() > 2))
      return UnknownWord{name, std::move(near)};
  }
  return std::nullopt;
}

Error usage_error(const CLI::App& root, std::span<const char* const> words, std::string message) {
  const auto* app = deepest(root);
  const auto help = fmt::format("run \"{} --help\" to see what it takes", command_path(app));
  const auto unknown = unknown_word(*app, words);
  if (!unknown) return make_error(ErrorCode::usage, std::move(message)).with_hint(help);
  // CLI11 first misses what the misspelled word should have been; the operator sees the word.
  return make_error(ErrorCode::usage,
                    fmt::format("unknown {} \"{}\"", unknown->word.starts_with("-") ? "option" : "command", printable(unknown->word)))
      .with_hint(unknown->near.empty() ? help : fmt::format("did you mean \"{}\"?", unknown->near));
}

std::string first_line_lowercase(std::string text) {
  if (const auto end = text.find('\n'); end != std::string::npos) text.resize(end);
  if (text.size() > 1 && is_upper(text[0]) && !is_upper(text[1])) text[0] = to_lower(text[0]);
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  return text;
}

int run_chosen(const Command& chosen, Services& services, const GlobalOptions& options) {
  auto report = chosen(services);
  const int status = report ? report->exit_status : report_error(report.error(), options.output);
  if (report) write(stdout, render(*report, options.output));
  get_news(services);  // at last: who waits for the report has it
  deliver_news(services);
  return status;
}

}  // namespace

int run(int argc, const char* const* argv, const MakeServices& make_services) {
  const std::span words(argv + std::min(argc, 1), static_cast<std::size_t>(std::max(argc - 1, 0)));
  GlobalOptions options;
  Command chosen;
  CLI::App app("makes tenants: a database, roles, a route and a row for each, or nothing at all", "tenantctl");
  app.footer(
      "Example:\n  tenantctl create acme --company \"Acme Ltd\" --email admin@acme.test --plan trial\n\nDocs: docs/guide.md; exit "
      "statuses: docs/errors.md");
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
    return report_error(usage_error(app, words, first_line_lowercase(e.what())), format_asked_for(words));
  }
  if (options.output == OutputFormat::junit && !app.got_subcommand("verify-isolation")) {
    return report_error(
        make_error(ErrorCode::usage, "only verify-isolation has the output format \"junit\"").with_hint("use table or json"),
        OutputFormat::table);
  }
  try {
    const auto services = make_services(options);
    return run_chosen(chosen, *services, options);
  } catch (const std::exception& e) { return report_error(bug(e).with_hint("report it with the command that you ran"), options.output); }
}

}  // namespace tenantctl
