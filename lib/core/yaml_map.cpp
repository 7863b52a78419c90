#include "core/yaml_map.hpp"

#include <fmt/format.h>

#include <charconv>

#include "core/names.hpp"
#include "core/utf8.hpp"

namespace tenantctl {

Result<YAML::Node> YamlSource::load(std::string_view text) const {
  try {
    auto node = YAML::Load(std::string(text));
    if (node.IsMap()) return node;
    return fail(code_, fmt::format("{}:1: expected a mapping of keys to values", file_.string()));
  } catch (const YAML::Exception& e) { return fail(code_, fmt::format("{}:{}: {}", file_.string(), e.mark.line + 1, e.msg)); }
}

void YamlSource::refuse(const YAML::Node& at, std::string_view path, std::string message, std::string hint) {
  if (first_) return;
  const int line = at.IsDefined() && !at.Mark().is_null() ? at.Mark().line + 1 : 1;
  first_ = make_error(code_, fmt::format("{}:{}: {}: {}", file_.string(), line, path, message)).with_hint(std::move(hint));
}

Result<void> YamlSource::verdict() const {
  if (first_) return fail(*first_);
  return {};
}

YamlMap::YamlMap(YamlSource& source, const YAML::Node& node, const YAML::Node& place, std::string path)
    : source_(source), node_(node), place_(place), path_(std::move(path)) {
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    const auto key = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
    if (!seen.insert(key).second) source_.refuse(entry.first, path_of(key), "appears twice");
  }
}

std::string YamlMap::path_of(std::string_view key) const { return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key); }

YAML::Node YamlMap::find(std::string_view key) {
  known_.emplace(key);
  // Not node_[key]: on a mutable node that would insert the key.
  for (const auto& entry : node_) {
    if (entry.first.IsScalar() && entry.first.Scalar() == key) return entry.second;
  }
  return YAML::Node(YAML::NodeType::Undefined);
}

bool YamlMap::has(std::string_view key) { return find(key).IsDefined(); }

bool YamlMap::is_list(std::string_view key) {
  const auto node = find(key);
  return node.IsDefined() && node.IsSequence();
}

std::string YamlMap::block(std::string_view key) {
  const auto node = find(key);
  if (!node.IsDefined()) return {};
  auto lines = node.IsScalar() ? node.Scalar() : std::string();
  auto one_line = lines;
  std::ranges::replace(one_line, '\n', ' ');
  if (!node.IsScalar() || !is_utf8(one_line) || printable(one_line) != one_line) source_.refuse(node, path_of(key), "expected a text");
  return lines;
}

std::optional<std::string> YamlMap::scalar(std::string_view key) {
  const auto node = find(key);
  if (!node.IsDefined()) return std::nullopt;
  if (!node.IsScalar()) {
    source_.refuse(node, path_of(key), "expected a single value");
    return std::nullopt;
  }
  if (!is_utf8(node.Scalar()) || printable(node.Scalar()) != node.Scalar()) {
    source_.refuse(node, path_of(key), "holds control characters");
    return std::nullopt;
  }
  return node.Scalar();
}

std::string YamlMap::text(std::string_view key, std::string fallback) { return scalar(key).value_or(std::move(fallback)); }

std::string YamlMap::required_text(std::string_view key) {
  auto value = scalar(key);
  if (!value || value->empty()) source_.refuse(place_, path_of(key), "is required");
  return value.value_or("");
}

std::int64_t YamlMap::integer(std::string_view key, std::int64_t fallback, std::int64_t low, std::int64_t high) {
  const auto value = scalar(key);
  if (!value) return fallback;
  std::int64_t number = 0;
  const auto end = value->data() + value->size();
  const auto [stop, error] = std::from_chars(value->data(), end, number);
  if (error == std::errc{} && stop == end && number >= low && number <= high) return number;
  source_.refuse(find(key), path_of(key), fmt::format("\"{}\" is not a whole number from {} to {}", *value, low, high));
  return fallback;
}

bool YamlMap::flag(std::string_view key, bool fallback) {
  const auto value = scalar(key);
  if (!value) return fallback;
  if (*value == "true" || *value == "false") return *value == "true";
  source_.refuse(find(key), path_of(key), fmt::format("\"{}\" is neither true nor false", *value));
  return fallback;
}

std::vector<std::string> YamlMap::texts(std::string_view key) {
  const auto node = find(key);
  if (!node.IsDefined()) return {};
  std::vector<std::string> values;
  if (node.IsSequence()) {
    for (const auto& item : node) {
      if (item.IsScalar() && printable(item.Scalar()) == item.Scalar()) values.push_back(item.Scalar());
      else source_.refuse(item, path_of(key), "expected a list of plain values");
    }
    return values;
  }
  source_.refuse(node, path_of(key), "expected a list");
  return {};
}

std::vector<YamlMap> YamlMap::maps(std::string_view key) {
  const auto node = find(key);
  std::vector<YamlMap> maps;
  if (!node.IsDefined()) return maps;
  if (!node.IsSequence()) source_.refuse(node, path_of(key), "expected a list");
  for (const auto& item : node) {
    if (item.IsMap()) maps.emplace_back(source_, item, path_of(key));
    else source_.refuse(item, path_of(key), "expected a list of mappings");
  }
  return maps;
}

YamlMap YamlMap::map(std::string_view key) {
  auto node = find(key);
  if (node.IsDefined() && !node.IsMap()) source_.refuse(node, path_of(key), "expected a mapping of keys to values");
  const auto place = node.IsDefined() ? node : place_;
  if (!node.IsDefined() || !node.IsMap()) node = YAML::Node(YAML::NodeType::Map);
  return YamlMap(source_, node, place, path_of(key));
}

std::vector<std::string> YamlMap::keys() {
  std::vector<std::string> names;
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar()) source_.refuse(entry.first, path_, "a key must be a plain word");
    else names.push_back(entry.first.Scalar());
  }
  known_.insert(names.begin(), names.end());
  return names;
}

void YamlMap::refuse(std::string_view key, std::string message, std::string hint) {
  const auto node = find(key);
  source_.refuse(node.IsDefined() ? node : place_, path_of(key), std::move(message), std::move(hint));
}

void YamlMap::done() {
  for (const auto& entry : node_) {
    const auto key = entry.first.IsScalar() ? entry.first.Scalar() : std::string("?");
    if (known_.contains(key)) continue;
    const std::vector<std::string> known(known_.begin(), known_.end());
    const auto near = nearest_name(key, known);
    source_.refuse(entry.first, path_of(printable(key)), "unknown key",
                   near.empty() ? fmt::format("use one of {}", fmt::join(known, ", ")) : fmt::format("use \"{}\"", near));
  }
}

}  // namespace tenantctl
