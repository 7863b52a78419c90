#include "core/probe_card.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/ascii.hpp"
#include "core/embedded.hpp"
#include "core/enum_names.hpp"
#include "core/yaml_map.hpp"

namespace tenantctl {
namespace {

constexpr std::array<std::string_view, 6> k_probe_kinds{"statement", "inside", "door", "look", "request", "check"};
constexpr std::array<std::string_view, 7> k_each{"tenant",        "other",     "neighbour",      "predefined_role",
                                                 "stranger_role", "extension", "server_database"};
constexpr std::array<std::string_view, 2> k_by{"neighbour", "provisioner"};
constexpr std::array<std::string_view, 3> k_kinds_of_stacks{"database", "schema", "frappe"};
constexpr std::array<std::string_view, 2> k_places{"server", "home"};
constexpr std::array<std::string_view, 2> k_breaches{"success", "rows"};

template <class Enum, std::size_t N>
Enum read_word(YamlMap& map, std::string_view key, const std::array<std::string_view, N>& names, std::string_view fallback) {
  const auto text = map.text(key, std::string(fallback));
  const auto value = parse_enum<Enum>(names, "known", text);
  if (!value) map.refuse(key, value.error().message, value.error().hint);
  return value ? *value : Enum{};
}

std::vector<StackKind> read_stack_kinds(YamlMap& map, std::string_view key, std::vector<StackKind> fallback) {
  if (!map.has(key)) return fallback;
  std::vector<StackKind> kinds;
  for (const auto& word : map.texts(key)) {
    const auto kind = parse_enum<StackKind>(k_kinds_of_stacks, "a kind of stack", word);
    if (kind) kinds.push_back(*kind);
    else map.refuse(key, kind.error().message, kind.error().hint);
  }
  return kinds;
}

ProbeControl read_control(YamlMap map) {
  ProbeControl control{.by = read_word<ProbeBy>(map, "by", k_by, "provisioner"),
                       .sql = map.block("sql"),
                       .prepare = map.block("prepare"),
                       .passes = map.texts("passes"),
                       .at_home = read_word<int>(map, "in", k_places, "home") == 1};
  map.done();
  return control;
}

template <class Enum>
Enum read_value(YamlMap& map, std::string_view key, Result<Enum> (*parse)(std::string_view)) {
  const auto value = parse(map.required_text(key));
  if (!value) map.refuse(key, value.error().message, value.error().hint);
  return value ? *value : Enum{};
}

}  // namespace

Result<ProbeCard> parse_probe_card(const std::string& file, std::string_view text) {
  YamlSource source(file, ErrorCode::template_invalid);
  TRY_ASSIGN(const auto node, source.load(text));
  YamlMap map(source, node, "");
  ProbeCard card{.name = map.required_text("name"),
                 .border = read_value(map, "border", parse_border),
                 .severity = read_value(map, "severity", parse_severity),
                 .tries = map.required_text("tries"),
                 .why = map.required_text("why"),
                 .close = map.required_text("close"),
                 .kind = read_word<ProbeKind>(map, "kind", k_probe_kinds, ""),
                 .each = read_word<ProbeEach>(map, "each", k_each, "tenant")};
  card.kinds = read_stack_kinds(map, "stacks", std::move(card.kinds));
  card.visible_for = read_stack_kinds(map, "visible_for", {});
  card.sql = map.block(card.kind == ProbeKind::request ? "request" : "sql");
  card.rows_are_breach = read_word<int>(map, "breach", k_breaches, "success") == 1;
  card.in_transaction = map.flag("transaction", true);
  card.moot = map.texts("moot");
  card.may_be_empty = map.flag("may_be_empty", false);
  card.together = map.flag("together", false);
  card.by_https = map.flag("by_https", false);
  card.at_home = read_word<int>(map, "in", k_places, "home") == 1;
  card.refused = map.has("refused") ? map.texts("refused") : std::vector<std::string>{"42501"};
  card.since_version = static_cast<int>(map.integer("since", 0, 0, 1'000'000));
  card.control = read_control(map.map("control"));
  card.fix = map.block("fix");
  card.fix_at_home = read_word<int>(map, "fix_in", k_places, "server") == 1;
  map.done();
  TRY(source.verdict());
  return card;
}

Result<std::vector<ProbeCard>> probe_cards() {
  constexpr std::string_view k_folder = "templates/isolation/";
  std::vector<ProbeCard> cards;
  for (const auto& file : embedded_files()) {
    if (!file.name.starts_with(k_folder)) continue;
    TRY_ASSIGN(auto card, parse_probe_card(std::string(file.name), file.text));
    cards.push_back(std::move(card));
  }
  std::ranges::sort(cards, [](const ProbeCard& a, const ProbeCard& b) { return std::tie(a.border, a.name) < std::tie(b.border, b.name); });
  return cards;
}

Result<std::string> fill_probe(std::string_view text, const ProbeWords& words) {
  std::string filled;
  while (!text.empty()) {
    const auto open = text.find('{');
    filled += text.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = text.find('}', open);
    const auto word = text.substr(open + 1, close - open - 1);
    const auto known = words.find(std::string(word));
    if (close == std::string_view::npos || known == words.end())
      return fail(ErrorCode::template_invalid, fmt::format("a probe wants \"{{{}}}\", which is not known", word));
    filled += known->second;
    text.remove_prefix(close + 1);
  }
  return filled;
}

}  // namespace tenantctl
