#include "adapters/http/curl_probe.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "adapters/http/curl.hpp"
#include "core/utf8.hpp"

namespace tenantctl {
namespace {

constexpr std::size_t k_max_body = 65536;

struct Transfer {
  curl::Handle handle;
  curl::List headers;
  std::string shown;      // what was asked, for errors
  curl::List place = {};  // where to connect, whatever the URL's host is
  HttpAnswer answer = {};
  std::string location = {};
};

std::size_t keep_body(char* data, std::size_t, std::size_t count, void* target) {
  auto& body = *static_cast<std::string*>(target);
  const auto kept = std::min(count, k_max_body - body.size());
  body.append(data, kept);
  return kept;  // fewer than given ends the transfer: nobody reads more
}

Result<Transfer> prepare(const std::string& url, const std::string& host, std::string shown, std::chrono::milliseconds limit) {
  Transfer transfer{curl::new_handle(), curl::List(curl_slist_append(nullptr, ("Host: " + host).c_str())), std::move(shown)};
  auto* handle = transfer.handle.get();
  if (handle == nullptr || transfer.headers == nullptr) return fail(ErrorCode::internal, "libcurl can't be set up");
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, transfer.headers.get());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(1, limit.count())));
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, keep_body);
  return transfer;
}

Error failure(const Transfer& transfer, CURLcode code) {
  const auto why = std::string_view(curl_easy_strerror(code));
  if (code == CURLE_OPERATION_TIMEDOUT)
    return make_error(ErrorCode::timed_out, fmt::format("{} did not answer in time", transfer.shown)).may_retry();
  if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST) {
    return make_error(ErrorCode::nginx_unreachable, fmt::format("{} can't be reached: {}", transfer.shown, why)).may_retry();
  }
  if (code == CURLE_PEER_FAILED_VERIFICATION)
    return make_error(ErrorCode::http_check_failed,
                      fmt::format("{} shows a certificate that is not its own, or not trusted", transfer.shown));
  if (code == CURLE_SSL_CONNECT_ERROR)
    return make_error(ErrorCode::http_check_failed, fmt::format("{} has no certificate that nginx can show", transfer.shown))
        .with_hint("look into nginx's error log; where its workers can't read the key, set tls.key_group to their group");
  if (code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR) {
    return make_error(ErrorCode::http_check_failed, fmt::format("{} closed the connection without an answer", transfer.shown));
  }
  return make_error(ErrorCode::http_check_failed, fmt::format("{} could not be asked: {}", transfer.shown, why));
}

Result<Transfer> performed(Transfer transfer) {
  auto* handle = transfer.handle.get();
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer.answer.body);
  const auto code = curl_easy_perform(handle);
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  const bool cut_by_us = code == CURLE_WRITE_ERROR && transfer.answer.body.size() == k_max_body;
  if (code != CURLE_OK && !cut_by_us) return fail(failure(transfer, code));
  transfer.answer.status = static_cast<int>(status);
  const char* location = nullptr;
  curl_easy_getinfo(handle, CURLINFO_REDIRECT_URL, &location);
  if (location != nullptr) transfer.location = location;
  return transfer;
}

Result<HttpAnswer> perform(Transfer transfer) {
  TRY_ASSIGN(auto done, performed(std::move(transfer)));
  return std::move(done.answer);
}

bool is_path(std::string_view path) {
  return path.starts_with('/') && std::ranges::all_of(path, [](char c) { return c > ' ' && c < '\x7f'; });
}

struct Address {
  std::string scheme;
  std::string host_and_port;
};

Result<Address> parse_address(const std::string& text) {
  const auto separator = text.find("://");
  const auto scheme = text.substr(0, std::min(separator, text.size()));
  const auto rest = separator == std::string::npos ? std::string() : text.substr(separator + 3);
  const bool good = (scheme == "http" || scheme == "https") && !rest.empty() && rest.find_first_of("/@?# \t\r\n") == std::string::npos;
  if (!good) return fail(ErrorCode::bad_value, fmt::format("address \"{}\" is not of the form http://HOST:PORT", printable(text)));
  return Address{scheme, rest};
}

}  // namespace

namespace {

std::string shown(const HttpRequest& request, const std::string& address) {
  return fmt::format("\"{}\" at {}", request.host.str(), address);
}

/// Wherever the URL's host is, whose certificate it has to be.
Result<void> connect_to(Transfer& transfer, const std::string& host_and_port, const std::filesystem::path& roots) {
  transfer.place = curl::List(curl_slist_append(nullptr, ("::" + host_and_port).c_str()));
  if (!transfer.place) return fail(ErrorCode::internal, "libcurl can't be set up");
  curl_easy_setopt(transfer.handle.get(), CURLOPT_CONNECT_TO, transfer.place.get());
  if (!roots.empty()) curl_easy_setopt(transfer.handle.get(), CURLOPT_CAINFO, roots.c_str());
  return {};
}

/// By the host's own name, which is in the handshake.
Result<HttpAnswer> get_by_https(const HttpRequest& request, const std::string& at, const std::filesystem::path& roots) {
  TRY_ASSIGN(const auto address, parse_address(at));
  TRY_ASSIGN(auto transfer,
             prepare(fmt::format("https://{}{}", request.host.str(), request.path), request.host.str(), shown(request, at), request.limit));
  TRY(connect_to(transfer, address.host_and_port, roots));
  return perform(std::move(transfer));
}

bool leads_to_https(const Transfer& done, const HostName& host) {
  constexpr int k_moved = 301;
  const auto own = "https://" + host.str();
  const auto rest = done.location.starts_with(own) ? done.location.substr(own.size()) : std::string("?");
  return done.answer.status == k_moved && (rest.empty() || rest.front() == ':' || rest.front() == '/');
}

}  // namespace

Result<HttpAnswer> CurlProbe::get(const HttpRequest& request) {
  TRY_ASSIGN(const auto address, parse_address(request.address));
  if (!is_path(request.path))
    return fail(ErrorCode::bad_value,
                fmt::format("path \"{}\" does not begin with \"/\" or holds spaces or control characters", printable(request.path)));
  const auto& roots = https_ ? https_->roots : std::filesystem::path();
  if (address.scheme == "https") return get_by_https(request, request.address, roots);
  const auto url = fmt::format("http://{}{}", address.host_and_port, request.path);
  TRY_ASSIGN(auto transfer, prepare(url, request.host.str(), shown(request, request.address), request.limit));
  TRY_ASSIGN(auto done, performed(std::move(transfer)));
  if (https_ && leads_to_https(done, request.host)) return get_by_https(request, https_->address, roots);
  return std::move(done.answer);
}

namespace {

using Clock = std::chrono::steady_clock;

/// False where the time is over first.
bool wait_for(curl_socket_t socket, short event, Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  pollfd wanted{.fd = socket, .events = event, .revents = 0};
  return left.count() > 0 && ::poll(&wanted, 1, static_cast<int>(left.count())) > 0;
}

/// "HTTP/1.1 200 OK" and what follows.
HttpAnswer parse_answer(std::string_view text) {
  HttpAnswer answer;
  const auto space = text.find(' ');
  if (!text.starts_with("HTTP/") || space == std::string_view::npos) return answer;
  std::from_chars(text.data() + space + 1, text.data() + text.size(), answer.status);
  const auto end = text.find("\r\n\r\n");
  if (end != std::string_view::npos) answer.body = text.substr(end + 4);
  return answer;
}

}  // namespace

Result<HttpAnswer> CurlProbe::exchange(const RawRequest& request) {
  TRY_ASSIGN(const auto address, parse_address(request.address));
  const auto& host = request.named.empty() ? address.host_and_port : request.named;
  TRY_ASSIGN(auto transfer, prepare(fmt::format("{}://{}", address.scheme, host), "", request.address, request.limit));
  auto* handle = transfer.handle.get();
  if (!request.named.empty()) TRY(connect_to(transfer, address.host_and_port, https_ ? https_->roots : std::filesystem::path()));
  const auto deadline = Clock::now() + request.limit;
  const auto too_late = [&] {
    return fail(make_error(ErrorCode::timed_out, fmt::format("{} did not answer in time", request.address)).may_retry());
  };
  curl_easy_setopt(handle, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, 0L);  // it would be closed as soon as it is open
  if (const auto code = curl_easy_perform(handle); code != CURLE_OK) return fail(failure(transfer, code));
  curl_socket_t socket = CURL_SOCKET_BAD;
  curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &socket);
  for (std::string_view rest = request.text; !rest.empty();) {
    std::size_t sent = 0;
    const auto code = curl_easy_send(handle, rest.data(), rest.size(), &sent);
    rest.remove_prefix(sent);
    if (code == CURLE_AGAIN && !wait_for(socket, POLLOUT, deadline)) return too_late();
    if (code != CURLE_OK && code != CURLE_AGAIN) break;  // it has answered, or closed the connection, before all was sent
  }
  std::string text;
  std::array<char, 4096> piece{};
  while (text.size() < k_max_body) {
    std::size_t count = 0;
    const auto code = curl_easy_recv(handle, piece.data(), piece.size(), &count);
    if (code == CURLE_AGAIN && !wait_for(socket, POLLIN, deadline)) return too_late();
    if (code == CURLE_AGAIN) continue;
    if (code != CURLE_OK || count == 0) break;
    text.append(piece.data(), count);
  }
  return parse_answer(text);
}

Result<HttpAnswer> get_over_socket(const std::filesystem::path& socket, const std::string& path, std::chrono::milliseconds limit) {
  TRY_ASSIGN(auto transfer, prepare("http://localhost" + path, "localhost", fmt::format("\"{}\"", socket.native()), limit));
  curl_easy_setopt(transfer.handle.get(), CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
  return perform(std::move(transfer));
}

}  // namespace tenantctl
