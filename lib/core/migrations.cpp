#include "core/migrations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/sha256.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

constexpr std::size_t k_number_digits = 4;
constexpr std::string_view k_suffix = ".sql";
constexpr std::string_view k_of_names = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

/// A chain: whoever has the same last link has the same files before it. A file's name may change, its number and text may not.
std::string next_link(std::string_view before, int number, std::string_view checksum) {
  return sha256_hex(fmt::format("{}\n{}\n{}", before, number, checksum));
}

bool is_decimal(char c) { return c >= '0' && c <= '9'; }

/// 0 where the name has another form, or says 0000.
int number_of(std::string_view name) {
  if (name.size() <= k_number_digits + 1 + k_suffix.size() || !std::all_of(name.begin(), name.begin() + k_number_digits, is_decimal) ||
      name[k_number_digits] != '_')
    return 0;
  if (name.find_first_not_of(k_of_names) != std::string_view::npos) return 0;
  int number = 0;
  for (const char c : name.substr(0, k_number_digits)) number = number * 10 + (c - '0');
  return number;
}

Error bad_folder(std::string_view where, std::string message) {
  return make_error(ErrorCode::config_invalid, fmt::format("\"{}\": {}", where, message));
}

bool runs_in_transaction(std::string_view text) {
  auto line = text.substr(0, text.find('\n'));
  while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
  return line != k_no_transaction;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

Error changed(std::string message) {
  return make_error(ErrorCode::state_conflict, std::move(message))
      .with_hint("put the file back as it was, and write a new one for what is to be different");
}

}  // namespace

bool is_migration_file(std::string_view name) { return name.ends_with(k_suffix) && !name.starts_with('.'); }

Result<std::vector<Migration>> order_migrations(std::vector<MigrationFile> files, std::string_view where) {
  std::ranges::sort(files, {}, &MigrationFile::name);
  std::vector<Migration> migrations;
  std::string fingerprint = fingerprint_of({});
  for (auto& [name, text] : files) {
    const int number = number_of(name);
    if (number == 0) {
      return fail(bad_folder(where, fmt::format("file \"{}\" is not called NNNN_name.sql", printable(name)))
                      .with_hint("number it after the last one, from 0001 on, or move it elsewhere"));
    }
    const int expected = static_cast<int>(migrations.size()) + 1;
    if (number < expected) {
      return fail(bad_folder(where, fmt::format("files \"{}\" and \"{}\" have the same number", migrations.back().name, name))
                      .with_hint(fmt::format("give one of them the number {:04}", files.size())));
    }
    if (number > expected)
      return fail(bad_folder(where, fmt::format("number {:04} is missing before file \"{}\"", expected, name))
                      .with_hint("number the files from 0001 on, without gaps"));
    if (is_blank(text))
      return fail(bad_folder(where, fmt::format("file \"{}\" is empty", name)).with_hint("write a statement into it, or a comment"));
    auto checksum = sha256_hex(text);
    fingerprint = next_link(fingerprint, number, checksum);
    const bool in_transaction = runs_in_transaction(text);
    migrations.push_back({.number = number,
                          .name = std::move(name),
                          .text = std::move(text),
                          .checksum = std::move(checksum),
                          .fingerprint = fingerprint,
                          .in_transaction = in_transaction});
  }
  return migrations;
}

std::string fingerprint_of(std::span<const Migration> migrations) {
  static const std::string k_none = sha256_hex("tenantctl migrations 1");
  return migrations.empty() ? k_none : migrations.back().fingerprint;
}

std::string fingerprint_of_version(std::string_view version) { return sha256_hex(fmt::format("tenantctl schema version 1\n{}", version)); }

std::string version_of(std::span<const Migration> migrations) {
  return fmt::format("{:04}", migrations.empty() ? 0 : migrations.back().number);
}

std::optional<std::size_t> position_of(std::span<const Migration> migrations, std::string_view fingerprint) {
  if (fingerprint == fingerprint_of({})) return 0;
  const auto found = std::ranges::find(migrations, fingerprint, &Migration::fingerprint);
  if (found == migrations.end()) return std::nullopt;
  return static_cast<std::size_t>(found - migrations.begin()) + 1;
}

Result<std::size_t> compare_applied(std::span<const Migration> migrations, std::span<const AppliedMigration> applied) {
  for (std::size_t i = 0; i < applied.size(); ++i) {
    const auto& had = applied[i];
    if (had.number != static_cast<int>(i) + 1)
      return fail(
          changed(fmt::format("the tenant's database does not say that it has migration {:04}, but says so of {:04}", i + 1, had.number)));
    if (i >= migrations.size()) return fail(changed(fmt::format("the tenant has \"{}\", which is not in the stack's folder", had.name)));
    if (migrations[i].checksum != had.checksum)
      return fail(changed(fmt::format("file \"{}\" was changed after the tenant got it", migrations[i].name)));
  }
  return applied.size();
}

}  // namespace tenantctl
