// A table for people: columns as wide as their longest cell, a header, no lines. Cells are made printable; nothing is cut.
#pragma once
#include <string>
#include <vector>

namespace tenantctl {

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) : rows_{std::move(header)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  /// Ends with a newline; the last column is not padded.
  std::string str() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// "name   value" lines for one thing; empty values are shown as "-".
std::string text_fields(const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace tenantctl
