#include "adapters/mail/mail_headers.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/encodings.hpp"

namespace tenantctl {
namespace {

// An encoded word has at most 75 characters, 12 of which frame it; base64 makes 4 of 3 bytes.
constexpr std::size_t k_bytes_in_word = 45;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7f'; });
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// As it is where it is ASCII; else words in base64, none of which cuts a character in two, and each on a line of its own: a line may
/// have 998 characters.
std::string encoded(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  std::string words;
  while (!text.empty()) {
    auto size = std::min(text.size(), k_bytes_in_word);
    while (size < text.size() && size > 1 && continues_character(text[size])) --size;
    words += (words.empty() ? "" : "\r\n ") + fmt::format("=?utf-8?B?{}?=", base64(text.substr(0, size)));
    text.remove_prefix(size);
  }
  return words;
}

std::string mailbox(const std::string& name, const std::string& address) {
  if (name.empty()) return address;
  if (!is_ascii(name)) return fmt::format("{} <{}>", encoded(name), address);
  std::string quoted;
  for (const char c : name) quoted += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return fmt::format("\"{}\" <{}>", quoted, address);
}

}  // namespace

std::vector<std::string> mail_headers(const Mail& mail) {
  const auto date =
      fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::time_point_cast<std::chrono::system_clock::duration>(mail.date)));
  std::vector<std::string> headers{fmt::format("Date: {:%a, %d %b %Y %H:%M:%S} +0000", date),
                                   "From: " + mailbox(mail.from_name, mail.from),
                                   "To: " + mail.to,
                                   "Subject: " + encoded(mail.subject),
                                   fmt::format("Message-ID: <{}>", mail.message_id),
                                   "Auto-Submitted: auto-generated",
                                   "Content-Type: multipart/alternative"};
  if (!mail.reply_to.empty()) headers.push_back("Reply-To: " + mail.reply_to);
  return headers;
}

}  // namespace tenantctl
