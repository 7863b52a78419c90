// Reads a YAML mapping strictly: unknown and repeated keys, wrong types and bad values are errors with file, line and the
// key's path. The first error is kept and later reads go on with defaults, so that parsing code stays a flat list.
#pragma once
#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace tenantctl {

/// One YAML file while it is read: where errors are, and the first of them.
class YamlSource {
 public:
  YamlSource(std::filesystem::path file, ErrorCode code) : file_(std::move(file)), code_(code) {}

  /// Errors: the code given, with file and line, where `text` is no YAML or no mapping.
  Result<YAML::Node> load(std::string_view text) const;

  void refuse(const YAML::Node& at, std::string_view path, std::string message, std::string hint = {});
  /// The first error, if any was met.
  Result<void> verdict() const;
  const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
  ErrorCode code_;
  std::optional<Error> first_;
};

/// A mapping below `path`. Call done() after the last key was asked for: it refuses the keys that nobody asked for.
class YamlMap {
 public:
  YamlMap(YamlSource& source, const YAML::Node& node, std::string path) : YamlMap(source, node, node, std::move(path)) {}

  bool has(std::string_view key);
  bool is_list(std::string_view key);
  std::string text(std::string_view key, std::string fallback = {});
  std::string required_text(std::string_view key);
  /// Of several lines, such as SQL; empty where it is missing.
  std::string block(std::string_view key);
  std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t low, std::int64_t high);
  bool flag(std::string_view key, bool fallback);
  std::vector<std::string> texts(std::string_view key);
  /// The mapping under `key`; an empty one where it is missing.
  YamlMap map(std::string_view key);
  /// The mappings in the list under `key`; none where it is missing.
  std::vector<YamlMap> maps(std::string_view key);
  /// The mapping's own keys, in the file's order. Asking marks them all as known.
  std::vector<std::string> keys();
  /// The scalar's text as it stands, for values that are a number or a word.
  std::optional<std::string> scalar(std::string_view key);

  void refuse(std::string_view key, std::string message, std::string hint = {});
  void done();
  std::string path_of(std::string_view key) const;

 private:
  YamlMap(YamlSource& source, const YAML::Node& node, const YAML::Node& place, std::string path);
  YAML::Node find(std::string_view key);

  YamlSource& source_;
  YAML::Node node_;
  YAML::Node place_;  // where errors about missing keys point: the mapping, or what should have held it
  std::string path_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace tenantctl
