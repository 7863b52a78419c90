// demo-app: what a SaaS looks like to tenantctl. It learns the tenant from the X-Tenant header that nginx sets, and reads
// that tenant's database with that tenant's login.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <microhttpd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "pages.hpp"

namespace {

using namespace demo_app;

constexpr unsigned k_threads = 8;  // a request waits for its database
constexpr std::size_t k_idle_connections = 32;
constexpr auto k_drain_limit = std::chrono::seconds(5);

struct Options {
  std::string listen;
  std::string credentials;
  std::string pid_file;
};

struct App {
  ConnectionPool pool;
  std::atomic<int> in_flight{0};
};

int usage() {
  std::fputs("usage: demo-app --listen ADDRESS:PORT --credentials FOLDER [--pid-file FILE]\n", stderr);
  return 2;
}

bool parse(int argc, char** argv, Options& options) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--listen") options.listen = argv[i + 1];
    else if (name == "--credentials") options.credentials = argv[i + 1];
    else if (name == "--pid-file") options.pid_file = argv[i + 1];
    else return false;
  }
  return argc % 2 == 1 && !options.listen.empty() && !options.credentials.empty();
}

bool parse_address(const std::string& text, sockaddr_in& address) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  std::uint16_t port = 0;
  const auto parsed = std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() &&
         inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) == 1;
}

MHD_Result collect_tenant(void* into, MHD_ValueKind, const char* name, const char* value) {
  if (strcasecmp(name, "X-Tenant") == 0) static_cast<std::vector<std::string>*>(into)->emplace_back(value == nullptr ? "" : value);
  return MHD_YES;
}

/// Empty, and so refused, where the header is missing or there is more than one.
std::string tenant_of(MHD_Connection* connection) {
  std::vector<std::string> values;
  MHD_get_connection_values(connection, MHD_HEADER_KIND, collect_tenant, &values);
  return values.size() == 1 ? values[0] : "";
}

MHD_Result send(MHD_Connection* connection, const Answer& answer) {
  auto* response = MHD_create_response_from_buffer(answer.body.size(), const_cast<char*>(answer.body.data()), MHD_RESPMEM_MUST_COPY);
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.type);
  MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  const auto queued = MHD_queue_response(connection, answer.status, response);
  MHD_destroy_response(response);
  return queued;
}

MHD_Result handle(void* self, MHD_Connection* connection, const char* url, const char* method, const char*, const char*,
                  std::size_t* body_size, void** state) {
  auto& app = *static_cast<App*>(self);
  if (*state == nullptr) {  // the headers have come, the body may follow
    *state = self;
    ++app.in_flight;
    return MHD_YES;
  }
  if (*body_size != 0) {
    *body_size = 0;
    return MHD_YES;
  }
  const bool reads = std::strcmp(method, "GET") == 0 || std::strcmp(method, "HEAD") == 0;
  if (!reads) return send(connection, {.status = 405, .body = "only GET\n"});
  return send(connection, answer(app.pool, url, tenant_of(connection)));
}

void completed(void* self, MHD_Connection*, void** state, MHD_RequestTerminationCode) {
  if (*state != nullptr) --static_cast<App*>(self)->in_flight;
}

/// Tells whoever started us that we listen.
bool write_pid(const std::string& file) {
  if (file.empty()) return true;
  const auto fresh = file + ".new";
  {
    std::ofstream stream(fresh);
    stream << ::getpid() << '\n';
    if (!stream.flush()) return false;
  }
  return std::rename(fresh.c_str(), file.c_str()) == 0;
}

/// New connections are refused at once; requests that run get their answers.
void stop(MHD_Daemon* daemon, const App& app) {
  const auto listener = MHD_quiesce_daemon(daemon);
  if (listener >= 0) ::shutdown(listener, SHUT_RDWR);  // quiescing alone leaves clients waiting in the backlog
  const auto deadline = std::chrono::steady_clock::now() + k_drain_limit;
  while (app.in_flight > 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  MHD_stop_daemon(daemon);
  if (listener >= 0) ::close(listener);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  sockaddr_in address{};
  if (!parse(argc, argv, options) || !parse_address(options.listen, address)) return usage();

  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  for (const int signal : {SIGTERM, SIGINT}) sigaddset(&stop_signals, signal);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);  // before any thread is made, so that all inherit it
  std::signal(SIGPIPE, SIG_IGN);

  App app{.pool = ConnectionPool(options.credentials, k_idle_connections)};
  auto* daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG, 0, nullptr, nullptr, handle, &app,
                                  MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_NOTIFY_COMPLETED, completed, &app, MHD_OPTION_THREAD_POOL_SIZE,
                                  k_threads, MHD_OPTION_CONNECTION_LIMIT, 1024u, MHD_OPTION_CONNECTION_TIMEOUT, 75u, MHD_OPTION_END);
  if (daemon == nullptr) {
    fmt::print(stderr, "can't listen on \"{}\"\n", options.listen);
    return 1;
  }
  if (!write_pid(options.pid_file)) {
    fmt::print(stderr, "can't write \"{}\"\n", options.pid_file);
    MHD_stop_daemon(daemon);
    return 1;
  }
  int signal = 0;
  sigwait(&stop_signals, &signal);
  stop(daemon, app);
  return 0;
}
