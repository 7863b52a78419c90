#include "core/raw_rows.hpp"

#include <csv.h>
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "core/utf8.hpp"

namespace tenantctl {
namespace {

constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";  // spreadsheets put it in front

std::string there_twice(std::string_view name) { return fmt::format("the field \"{}\" is there twice", printable(name)); }

/// libcsv calls back with each field and each row's end.
class CsvReader {
 public:
  CsvReader() { open_ = csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI) == 0; }
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;
  ~CsvReader() {
    if (open_) csv_free(&parser_);
  }

  RawRows read(std::string_view text) {
    // Line by line, so that a row's line is known; a quoted field may go on in the next.
    while (!text.empty() && !given_up_) {
      const auto line = text.substr(0, text.find('\n') == std::string_view::npos ? text.size() : text.find('\n') + 1);
      text.remove_prefix(line.size());
      ++line_;
      if (fields_.empty() && line.find_first_not_of(" \t\r\n") == std::string_view::npos) first_line_ = line_ + 1;
      if (!open_ || csv_parse(&parser_, line.data(), line.size(), on_field, on_row, this) != line.size()) broken();
    }
    if (!given_up_ && csv_fini(&parser_, on_field, on_row, this) != 0) broken();
    return std::move(found_);
  }

 private:
  static void on_field(void* text, std::size_t size, void* self) {
    static_cast<CsvReader*>(self)->field({static_cast<const char*>(text), size});
  }
  static void on_row(int, void* self) { static_cast<CsvReader*>(self)->row(); }

  void field(std::string_view text) { fields_.emplace_back(text); }

  void row() {
    const auto fields = std::exchange(fields_, {});
    const int line = std::exchange(first_line_, line_ + 1);
    if (!header_) {
      header_ = fields;
      check_header(line);
    } else if (fields.size() > header_->size()) {
      found_.errors.push_back({line, fmt::format("the row has {} fields, and the first line names {}", fields.size(), header_->size())});
    } else {
      RawRow raw{.line = line};
      for (std::size_t i = 0; i < fields.size(); ++i) {
        if (!fields[i].empty()) raw.fields.emplace((*header_)[i], fields[i]);
      }
      if (!raw.fields.empty()) found_.rows.push_back(std::move(raw));
    }
  }

  void check_header(int line) {
    auto names = *header_;
    std::ranges::sort(names);
    const auto twice = std::ranges::adjacent_find(names);
    if (twice != names.end()) found_.errors.push_back({line, there_twice(*twice)});
  }

  void give_up(std::string why) {
    found_.errors.push_back({first_line_, std::move(why)});
    given_up_ = true;
  }
  void broken() { give_up("a quote is out of place: quote the whole field, and write a quote inside it twice"); }

  csv_parser parser_{};
  bool open_ = false;
  bool given_up_ = false;  // what follows can't be told apart
  int line_ = 0;
  int first_line_ = 1;  // of the row that is being read
  std::vector<std::string> fields_;
  std::optional<std::vector<std::string>> header_;
  RawRows found_;
};

/// Text, a number, true or false; nothing where it is none of these.
std::optional<std::string> scalar_text(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return std::nullopt;
}

std::string not_a_text(std::string_view name) { return fmt::format("\"{}\" is no text, number or truth value", printable(name)); }

/// Counts the lines that nlohmann's parser has read.
struct CountingIterator {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  const char* at = nullptr;
  int* lines = nullptr;

  reference operator*() const { return *at; }
  CountingIterator& operator++() {
    if (*at++ == '\n') ++*lines;
    return *this;
  }
  bool operator==(const CountingIterator& other) const { return at == other.at; }
};

RawRow json_row(const nlohmann::json& object, int line, std::vector<RowError>& errors) {
  RawRow row{.line = line};
  for (const auto& [name, value] : object.items()) {
    if (value.is_object()) {
      for (const auto& [inner, inner_value] : value.items()) {
        const auto path = fmt::format("{}.{}", name, inner);
        auto text = scalar_text(inner_value);
        if (text && !row.fields.emplace(path, std::move(*text)).second) errors.push_back({line, there_twice(path)});
        if (!text) errors.push_back({line, not_a_text(path)});
      }
    } else if (auto text = scalar_text(value)) {
      row.fields.emplace(name, std::move(*text));
    } else if (!value.is_null()) {
      errors.push_back({line, not_a_text(name)});
    }
  }
  return row;
}

RawRows read_json(std::string_view text) {
  using Event = nlohmann::json::parse_event_t;
  RawRows found;
  int line = 1;
  std::vector<int> lines;                   // where each element of the outer list begins
  std::vector<std::set<std::string>> open;  // the names in each object that has not ended: the parser keeps the last of two alike
  const auto note = [&](int depth, Event event, nlohmann::json& parsed) {
    const bool begins = event == Event::object_start || event == Event::array_start;
    if (depth == 1 && (begins || event == Event::value)) lines.push_back(line);
    if (event == Event::object_start) open.emplace_back();
    if (event == Event::object_end) open.pop_back();
    if (event == Event::key && !open.back().insert(parsed.get<std::string>()).second)
      found.errors.push_back({line, there_twice(parsed.get<std::string>())});
    return true;
  };
  nlohmann::json list;
  try {
    list = nlohmann::json::parse(CountingIterator{text.data(), &line}, CountingIterator{text.data() + text.size(), &line}, note);
  } catch (const nlohmann::json::exception&) { return {.rows = {}, .errors = {{line, "it is no JSON from here on"}}}; }
  if (!list.is_array()) return {.rows = {}, .errors = {{1, "it is no list of tenants"}}};
  for (std::size_t i = 0; i < list.size(); ++i) {
    const int at = i < lines.size() ? lines[i] : 1;
    if (list[i].is_object()) found.rows.push_back(json_row(list[i], at, found.errors));
    else found.errors.push_back({at, "it is no mapping"});
  }
  return found;
}

void read_yaml_fields(const YAML::Node& map, const std::string& prefix, RawRow& row, std::vector<RowError>& errors) {
  for (const auto& entry : map) {
    const int line = entry.first.Mark().line + 1;
    const auto name = prefix + entry.first.as<std::string>();
    bool is_new = true;
    if (entry.second.IsScalar()) is_new = row.fields.emplace(name, entry.second.as<std::string>()).second;
    else if (entry.second.IsMap() && prefix.empty()) read_yaml_fields(entry.second, name + ".", row, errors);
    else if (!entry.second.IsNull()) errors.push_back({line, not_a_text(name)});
    if (!is_new) errors.push_back({line, there_twice(name)});
  }
}

RawRows read_yaml(std::string_view text) {
  RawRows found;
  try {
    const auto documents = YAML::LoadAll(std::string(text));
    if (documents.size() > 1) return {.rows = {}, .errors = {{1, "it is more than one document: leave the lines \"---\" out"}}};
    const auto list = documents.empty() ? YAML::Node() : documents.front();
    if (!list.IsSequence()) return {.rows = {}, .errors = {{1, "it is no list of tenants"}}};
    for (const auto& entry : list) {
      RawRow row{.line = entry.Mark().line + 1};
      if (entry.IsMap()) read_yaml_fields(entry, "", row, found.errors);
      else found.errors.push_back({row.line, "it is no mapping"});
      if (entry.IsMap()) found.rows.push_back(std::move(row));
    }
  } catch (const YAML::Exception& error) { return {.rows = {}, .errors = {{error.mark.line + 1, "it is no YAML: " + error.msg}}}; }
  return found;
}

}  // namespace

RawRows read_raw_rows(RowFormat format, std::string_view text) {
  if (text.starts_with(k_byte_order_mark)) text.remove_prefix(k_byte_order_mark.size());
  if (!is_utf8(text)) return {.rows = {}, .errors = {{1, "the file is not UTF-8"}}};
  if (format == RowFormat::csv) return CsvReader().read(text);
  return format == RowFormat::json ? read_json(text) : read_yaml(text);
}

}  // namespace tenantctl
