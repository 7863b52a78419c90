#include "support/nginx_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <thread>

#include "adapters/files/descriptor.hpp"
#include "adapters/nginx/nginx_folder.hpp"
#include "adapters/nginx/nginx_master.hpp"
#include "support/free_port.hpp"
#include "support/site_hosts.hpp"

namespace tenantctl::test {
namespace {

using namespace std::chrono_literals;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

StackSettings stack_of(const std::string& name, const std::string& upstream) {
  return {.name = *ConfigName::parse(name),
          .servers = {},
          .database_pattern = "",
          .schema = {},
          .seed = {},
          .upstream = upstream,
          .ping = {},
          .credentials_dir = {}};
}

std::string upstream_server(const std::string& stack, const std::string& upstream) {
  return fmt::format(
      "  server {{\n    listen {};\n    location / {{ return 200 \"stack={} tenant=[$http_x_tenant] host=[$http_host] "
      "site=[$http_x_frappe_site_name]"
      " fhost=[$http_x_forwarded_host] ffor=[$http_x_forwarded_for] fwd=[$http_forwarded] upgrade=[$http_upgrade]"
      " connection=[$http_connection] uri=[$request_uri]\\n\"; }}\n  }}\n",
      upstream.substr(std::string("http://").size()), stack);
}

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

}  // namespace

std::string send_raw(int port, const std::string& request) {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = loopback(port);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("nginx does not listen");
  timeval limit{.tv_sec = 5, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
    throw std::runtime_error("request not sent");
  std::string answer;
  char buffer[4096];
  for (ssize_t count = 0; (count = ::recv(socket.get(), buffer, sizeof buffer, 0)) > 0;)
    answer.append(buffer, static_cast<std::size_t>(count));
  return answer;
}

NginxServer::NginxServer(NginxMode mode, std::optional<FrappeStack> sites) : port_(free_port()) {
  settings_.mode = mode;
  settings_.dir = folder_ / "t";
  settings_.listen = {fmt::format("127.0.0.1:{}", port_)};
  settings_.probe = fmt::format("http://127.0.0.1:{}", port_);
  settings_.prefix = folder_.path();
  settings_.conf = folder_ / "nginx.conf";
  settings_.pid_file = folder_ / "nginx.pid";
  for (const auto* name : {"shop", "crm"}) stacks_.emplace(name, stack_of(name, fmt::format("http://127.0.0.1:{}", free_port())));
  if (sites) {
    auto stack = stack_of("erp", fmt::format("http://127.0.0.1:{}", free_port()));
    stack.kind = StackKind::frappe;
    stack.frappe = std::move(sites);
    stacks_.emplace("erp", std::move(stack));
  }
  const auto include = prepare_nginx_folder(*local_site_host(), settings_, "yourapp.test", stacks_);
  if (!include) throw std::runtime_error(full_message(include.error()));
  write_main();
  start();
}

NginxServer::~NginxServer() { stop(); }

void NginxServer::write_main() {
  std::string text = ::geteuid() == 0 ? "user root;\n" : "";
  text += fmt::format(
      "daemon off;\nworker_processes 2;\npid nginx.pid;\nerror_log {}/error.log notice;\nevents {{}}\nhttp {{\n  access_log off;\n",
      folder_.path().native());
  for (const auto* name : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) text += fmt::format("  {0}_temp_path tmp_{0};\n", name);
  for (const auto& [name, stack] : stacks_) {
    text += upstream_server(name, stack.upstream);
    if (stack.frappe && !stack.frappe->front.empty()) text += upstream_server(name + ".front", stack.frappe->front);
    if (stack.frappe && !stack.frappe->socketio.empty()) text += upstream_server(name + ".socketio", stack.frappe->socketio);
  }
  write_text(settings_.conf, text + fmt::format("  include {}/tenantctl.conf;\n}}\n", settings_.dir.native()));
}

void NginxServer::start() {
  std::filesystem::remove(settings_.dir / "status.sock");  // nginx can't bind over one that a killed nginx left
  const auto prefix = settings_.prefix.native();
  const auto conf = settings_.conf.native();
  const auto log = (folder_ / "error.log").native();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int output = ::open((prefix + "/output.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(output, 1);
    ::dup2(output, 2);
    ::execlp("nginx", "nginx", "-p", prefix.c_str(), "-c", conf.c_str(), "-e", log.c_str(), nullptr);
    ::_exit(127);
  }
  if (!eventually([&] { return !served_generation(settings_.dir / "status.sock").empty(); })) {
    throw std::runtime_error("nginx did not start: " + read_text(folder_ / "output.log") + error_log());
  }
}

void NginxServer::stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

std::string NginxServer::ask(const std::string& host, const std::string& headers) const {
  return send_raw(port_, fmt::format("GET /page HTTP/1.1\r\nHost: {}\r\n{}Connection: close\r\n\r\n", host, headers));
}

TenantId tenant_id_of(const std::string& slug) {
  return *TenantId::parse(fmt::format("00000000-0000-4000-8000-{:012x}", std::hash<std::string>{}(slug)&0xffffffffffffULL));
}

Route route_of(const SiteRouter& router, const std::string& slug, const std::string& stack) {
  Route route{.tenant = tenant_id_of(slug),
              .slug = *TenantSlug::parse(slug),
              .stack = *ConfigName::parse(stack),
              .front = *HostName::parse(slug + ".yourapp.test"),
              .back = *HostName::parse("api." + slug + ".yourapp.test"),
              .files = {}};
  route.files = router.files_for(route.slug, route.stack, route.front, route.back);
  return route;
}

}  // namespace tenantctl::test
