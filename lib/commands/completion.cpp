// `completion bash|zsh|fish`: scripts made from the commands themselves, so that they can't fall behind.
#include <fmt/format.h>

#include "commands/registry.hpp"

namespace tenantctl {
namespace {

struct Entry {
  std::string path;                // "", "create", "sandbox up"
  std::vector<std::string> words;  // what may follow: subcommands and options
};

void collect(const CLI::App& app, const std::string& path, const std::vector<std::string>& inherited, std::vector<Entry>& entries) {
  auto options = inherited;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) {
      if (std::ranges::find(options, "--" + name) == options.end()) options.push_back("--" + name);
    }
  }
  Entry entry{.path = path};
  for (const auto* sub : app.get_subcommands(nullptr)) {
    if (!sub->get_group().empty()) entry.words.push_back(sub->get_name());
  }
  entry.words.insert(entry.words.end(), options.begin(), options.end());
  entries.push_back(entry);
  for (const auto* sub : app.get_subcommands(nullptr)) {
    if (!sub->get_group().empty()) collect(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), options, entries);
  }
}

/// bash, and zsh through bashcompinit: a case over the words so far that are no options.
std::string bash_script(const std::vector<Entry>& entries) {
  std::string script =
      "_tenantctl() {\n"
      "  local word path=\"\" known=\"\" i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    word=${COMP_WORDS[i]}\n"
      "    [[ $word == -* ]] && continue\n"
      "    case \"${path:+$path }$word\" in\n";
  std::string paths;
  for (const auto& entry : entries) {
    if (!entry.path.empty()) paths += (paths.empty() ? "" : "|") + fmt::format("\"{}\"", entry.path);
  }
  script += "      " + paths + ") path=\"${path:+$path }$word\" ;;\n    esac\n  done\n  case \"$path\" in\n";
  for (const auto& entry : entries) script += fmt::format("    \"{}\") known=\"{}\" ;;\n", entry.path, fmt::join(entry.words, " "));
  script +=
      "  esac\n  COMPREPLY=($(compgen -W \"$known\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -o default -F _tenantctl tenantctl\n";
  return script;
}

std::string fish_script(const std::vector<Entry>& entries) {
  std::string script =
      "function __tenantctl_path\n"
      "  set -l path\n"
      "  for word in (commandline -opc)[2..]\n"
      "    string match -q -- '-*' $word; or set -a path $word\n"
      "  end\n"
      "  string join ' ' $path\n"
      "end\n"
      "complete -c tenantctl -f\n";
  for (const auto& entry : entries) {
    for (const auto& word : entry.words) {
      if (word.starts_with("--")) {
        const auto condition =
            entry.path.empty() ? std::string() : fmt::format(" -n 'string match -q -- \"{}*\" (__tenantctl_path)'", entry.path);
        if (entry.path.empty() || std::ranges::find(entries.front().words, word) == entries.front().words.end()) {
          script += fmt::format("complete -c tenantctl{} -l {}\n", condition, word.substr(2));
        }
      } else {
        script += fmt::format("complete -c tenantctl -n 'test (__tenantctl_path) = \"{}\"' -a {}\n", entry.path, word);
      }
    }
  }
  return script;
}

struct CompletionArgs {
  std::string shell;
  const CLI::App* root = nullptr;
};

Result<Report> completion(const CompletionArgs& args, Services&) {
  std::vector<Entry> entries;
  collect(*args.root, "", {}, entries);
  std::string script = args.shell == "fish" ? fish_script(entries) : bash_script(entries);
  if (args.shell == "zsh") script = "autoload -U +X bashcompinit && bashcompinit\n" + script;
  return Report{.text = script, .document = {{"shell", args.shell}, {"script", script}}};
}

}  // namespace

void add_completion(CLI::App& app, Command& chosen) {
  auto [sub, args] = add_command<CompletionArgs>(app, "completion", "prints a completion script for a shell",
                                                 "source <(tenantctl completion bash)", chosen, completion);
  sub->add_option("shell", args->shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}))->type_name("SHELL");
  args->root = &app;
}

}  // namespace tenantctl
