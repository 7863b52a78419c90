#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "adapters/nginx/nginx_master.hpp"
#include "adapters/nginx/nginx_server_blocks.hpp"
#include "core/nginx_config.hpp"
#include "support/free_port.hpp"
#include "support/nginx_server.hpp"
#include "support/site_hosts.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;
using Catch::StartsWith;

namespace {

struct Fixture {
  NginxServer nginx{NginxMode::server_block};
  SiteHosts hosts{NginxWay::here};
  NginxServerBlocks blocks = blocks_of(nginx.settings());

  NginxServerBlocks blocks_of(const NginxSettings& settings) {
    return {settings, nginx.stacks(), "yourapp.test", hosts.make(std::chrono::seconds(30))};
  }

  /// One that serves: right after a reload the master's first child may be an old one that is shutting down.
  pid_t a_worker() const {
    auto master = NginxMaster::find(nginx.settings().pid_file);
    REQUIRE(master);
    const auto now = master->look(nginx.dir() / "status.sock");
    REQUIRE(now);
    REQUIRE_FALSE(now->serving.empty());
    return *now->serving.begin();
  }
  std::string generation() const { return read_text(nginx.dir() / "generation.conf"); }
  std::string served() const { return served_generation(nginx.dir() / "status.sock"); }
  std::vector<std::string> site_files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(nginx.dir() / "sites")) names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
  }
};

const OperationTicket k_ticket{.id = *OperationId::parse("33333333-2222-4333-8444-555555555555"), .fence = 1};

/// Threads of one process, each with a tenant of its own.
struct Crowd {
  Fixture& f;
  std::shared_ptr<ReloadGroup> group = std::make_shared<ReloadGroup>();
  std::map<std::string, std::unique_ptr<NginxServerBlocks>> all = {};

  NginxServerBlocks& blocks(const std::string& slug) {
    auto& one = all[slug];
    if (!one) {
      one = std::make_unique<NginxServerBlocks>(f.nginx.settings(), f.nginx.stacks(), "yourapp.test",
                                                f.hosts.make(std::chrono::seconds(30)), group);
    }
    return *one;
  }

  /// All of them come while "first" is at work. How each ended: "made", or an error's name.
  std::map<std::string, std::string> publish(const std::vector<std::string>& slugs) {
    std::atomic<bool> inside = false;
    blocks("first").begin({.ticket = k_ticket, .still_ours = [&]() -> Result<void> {
                             inside = true;
                             while (group->waiting() < slugs.size()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
                             return {};
                           }});
    std::map<std::string, std::string> ended{{"first", ""}};
    for (const auto& slug : slugs) ended[slug] = "";
    std::vector<std::jthread> threads;
    const auto start = [&](const std::string& slug) {
      threads.emplace_back([&mine = blocks(slug), &end = ended[slug], slug] {
        const auto made = mine.publish(route_of(mine, slug));
        end = made ? "made" : info(made.error().code).name;
      });
    };
    start("first");
    while (!inside) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    for (const auto& slug : slugs) start(slug);
    threads.clear();
    return ended;
  }

  std::size_t reloads() const {
    const auto log = f.nginx.error_log();
    std::size_t count = 0;
    for (auto at = log.find("(SIGHUP)"); at != std::string::npos; at = log.find("(SIGHUP)", at + 1)) ++count;
    return count;
  }
};

/// Keeps a port of 127.0.0.1 busy.
struct TakenPort {
  Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  int port = free_port();
  TakenPort() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    REQUIRE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(socket.get(), 1) == 0);
  }
};

}  // namespace

TEST_CASE("a tenant's server block answers when publish returns and is gone when withdraw returns", "[nginx]") {
  Fixture f;
  const auto route = route_of(f.blocks, "acme");
  const auto other = route_of(f.blocks, "globex", "crm");
  REQUIRE(f.blocks.publish(other));

  CHECK(f.nginx.ask("acme.yourapp.test").empty());
  REQUIRE(f.blocks.publish(route));
  for (int i = 0; i < 50; ++i)
    REQUIRE_THAT(f.nginx.ask("acme.yourapp.test"), Contains("stack=shop tenant=[acme] host=[acme.yourapp.test]"));
  CHECK_THAT(f.nginx.ask("api.acme.yourapp.test"), Contains("tenant=[acme] host=[api.acme.yourapp.test]"));
  CHECK_THAT(f.nginx.ask("globex.yourapp.test"), Contains("stack=crm tenant=[globex]"));
  CHECK_THAT(read_text(route.files[0]), StartsWith("# tenantctl tenant=" + route.tenant.str() + " slug=acme\n"));
  CHECK(f.blocks.observe(route)->presence == Presence::complete);

  REQUIRE(f.blocks.withdraw(route));
  for (int i = 0; i < 50; ++i) REQUIRE(f.nginx.ask("acme.yourapp.test").empty());
  CHECK(f.blocks.observe(route)->presence == Presence::absent);
  CHECK(f.site_files() == std::vector<std::string>{"globex.conf"});
  CHECK_FALSE(std::filesystem::exists(f.nginx.dir() / ".candidate"));
}

TEST_CASE("in server_block mode an unknown or missing host is closed upon, and nothing of a client's names a tenant", "[nginx]") {
  Fixture f;
  REQUIRE(f.blocks.publish(route_of(f.blocks, "acme")));
  REQUIRE(f.blocks.publish(route_of(f.blocks, "globex")));

  CHECK(f.nginx.ask("nobody.yourapp.test").empty());
  CHECK(send_raw(f.nginx.port(), "GET / HTTP/1.0\r\n\r\n").empty());
  CHECK(send_raw(f.nginx.port(), "GET / HTTP/1.1\r\n\r\n").empty());
  CHECK_THAT(f.nginx.ask("ACME.yourapp.test.:99"), Contains("tenant=[acme] host=[acme.yourapp.test]"));
  CHECK_THAT(send_raw(f.nginx.port(), "GET http://acme.yourapp.test/ HTTP/1.1\r\nHost: globex.yourapp.test\r\nConnection: close\r\n\r\n"),
             Contains("tenant=[acme] host=[acme.yourapp.test]"));
  const auto spoofed = f.nginx.ask(
      "acme.yourapp.test", "X-Tenant: evil\r\nX_Tenant: evil\r\nX-Forwarded-Host: evil\r\nX-Frappe-Site-Name: evil\r\nUpgrade: h2c\r\n");
  CHECK_THAT(spoofed, Contains("tenant=[acme]") && !Contains("evil") && Contains("upgrade=[]"));
}

TEST_CASE("a tenant's file that nginx refuses blames itself and touches nobody else's", "[nginx]") {
  Fixture f;
  const auto neighbour = f.nginx.dir() / "sites" / "globex.conf";
  write_text(neighbour, "server {\n  listen nowhere nothing;\n}\n");
  const auto before = f.generation();
  const auto route = route_of(f.blocks, "acme");

  const auto published = f.blocks.publish(route);

  REQUIRE_FALSE(published);
  CHECK(published.error().code == ErrorCode::nginx_rejected);
  CHECK_THAT(published.error().message, Contains("because of \"" + neighbour.native() + ":2\"") && Contains("[emerg]"));
  CHECK_THAT(published.error().hint, Contains(neighbour.native()));
  CHECK(f.site_files() == std::vector<std::string>{"globex.conf"});
  CHECK(f.generation() == before);
  CHECK(f.served() == generation_in(before));
}

TEST_CASE("a duplicate host, of which nginx only warns, is refused and put back", "[nginx]") {
  Fixture f;
  write_text(f.nginx.dir() / "sites" / "aaa.conf",
             fmt::format("server {{ listen {}; server_name api.acme.yourapp.test; return 204; }}\n", f.nginx.settings().listen[0]));
  const auto before = f.generation();
  const auto route = route_of(f.blocks, "acme");

  const auto published = f.blocks.publish(route);

  REQUIRE_FALSE(published);
  CHECK(published.error().code == ErrorCode::nginx_rejected);
  CHECK_THAT(published.error().message, Contains("conflicting server name \"api.acme.yourapp.test\""));
  CHECK(f.site_files() == std::vector<std::string>{"aaa.conf"});
  CHECK(f.generation() == before);
}

TEST_CASE("routes that threads want at the same time take one test and one reload", "[nginx]") {
  Fixture f;
  Crowd crowd{f};
  const auto before = crowd.reloads();

  const auto ended = crowd.publish({"acme", "globex", "initech", "hooli"});

  CHECK(crowd.reloads() == before + 2);
  for (const auto* slug : {"first", "acme", "globex", "initech", "hooli"}) {
    CHECK(ended.at(slug) == "made");
    CHECK_THAT(f.nginx.ask(std::string(slug) + ".yourapp.test"), Contains(fmt::format("tenant=[{}]", slug)));
  }
}

TEST_CASE("of routes that threads want at the same time those that can't be made fail alone", "[nginx]") {
  Fixture f;
  const auto sites = f.nginx.dir() / "sites";
  write_text(sites / "taken.conf", "# somebody else's\n");
  write_text(sites / "other.conf",
             fmt::format("server {{ listen {}; server_name twice.yourapp.test; return 204; }}\n", f.nginx.settings().listen[0]));
  Crowd crowd{f};
  crowd.blocks("fenced").begin({.ticket = k_ticket, .still_ours = []() -> Result<void> { return fail(ErrorCode::fenced, "taken over"); }});

  const auto ended = crowd.publish({"acme", "fenced", "twice", "taken", "globex"});

  CHECK(ended == std::map<std::string, std::string>{{"first", "made"},
                                                    {"acme", "made"},
                                                    {"fenced", "fenced"},
                                                    {"twice", "nginx_rejected"},
                                                    {"taken", "foreign_object"},
                                                    {"globex", "made"}});
  for (const auto* slug : {"first", "acme", "globex"}) CHECK_THAT(f.nginx.ask(std::string(slug) + ".yourapp.test"), Contains("tenant=["));
  CHECK(f.site_files() == std::vector<std::string>{"acme.conf", "first.conf", "globex.conf", "other.conf", "taken.conf"});
}

TEST_CASE("a port that can't be bound, which nginx -t passes, restores the old configuration", "[nginx]") {
  Fixture f;
  const TakenPort taken;
  const auto acme = route_of(f.blocks, "acme");
  REQUIRE(f.blocks.publish(acme));
  auto settings = f.nginx.settings();
  settings.listen.push_back(fmt::format("127.0.0.1:{}", taken.port));
  auto blocked = f.blocks_of(settings);

  const auto published = blocked.publish(route_of(blocked, "globex"));

  REQUIRE_FALSE(published);
  CHECK(published.error().code == ErrorCode::nginx_unconfirmed);
  CHECK_THAT(published.error().message,
             Contains("bind() to 127.0.0.1:" + std::to_string(taken.port)) && Contains("still could not bind()"));
  CHECK(published.error().hint.empty());
  CHECK(f.site_files() == std::vector<std::string>{"acme.conf"});
  CHECK(f.served() == generation_in(f.generation()));
  CHECK_THAT(f.nginx.ask("acme.yourapp.test"), Contains("tenant=[acme]"));
  CHECK(f.nginx.ask("globex.yourapp.test").empty());
}

TEST_CASE("a worker that hangs is waited for, and then the old file is put back and the message says what to look into", "[nginx]") {
  Fixture f;
  REQUIRE(f.blocks.publish(route_of(f.blocks, "acme")));
  const auto worker = f.a_worker();
  REQUIRE(::kill(worker, SIGSTOP) == 0);

  const auto published = f.blocks.publish(route_of(f.blocks, "globex"));

  ::kill(worker, SIGCONT);
  REQUIRE_FALSE(published);
  CHECK(published.error().code == ErrorCode::nginx_unconfirmed);
  CHECK_THAT(published.error().message, Contains("within 5000 ms"));
  CHECK_THAT(published.error().hint, Contains("run \"nginx -t\" and reload nginx"));
  CHECK(f.site_files() == std::vector<std::string>{"acme.conf"});
  // Once it goes on, nothing is left of the failure.
  REQUIRE(f.blocks.publish(route_of(f.blocks, "globex")));
  CHECK_THAT(f.nginx.ask("acme.yourapp.test"), Contains("tenant=[acme]"));
  CHECK_THAT(f.nginx.ask("globex.yourapp.test"), Contains("tenant=[globex]"));
}

TEST_CASE("republishing with a change that fails leaves the tenant's old file serving", "[nginx]") {
  Fixture f;
  const TakenPort taken;
  const auto route = route_of(f.blocks, "acme");
  REQUIRE(f.blocks.publish(route));
  const auto old_text = read_text(route.files[0]);
  auto settings = f.nginx.settings();
  settings.listen.push_back(fmt::format("127.0.0.1:{}", taken.port));
  auto blocked = f.blocks_of(settings);

  const auto published = blocked.publish(route);

  REQUIRE_FALSE(published);
  CHECK(published.error().code == ErrorCode::nginx_unconfirmed);
  CHECK(read_text(route.files[0]) == old_text);
  CHECK_THAT(f.nginx.ask("acme.yourapp.test"), Contains("tenant=[acme]"));
}

TEST_CASE("without a running nginx nothing is published, and a withdrawal needs no reload", "[nginx]") {
  Fixture f;
  const auto acme = route_of(f.blocks, "acme");
  REQUIRE(f.blocks.publish(acme));
  f.nginx.stop();
  const auto before = f.generation();

  const auto published = f.blocks.publish(route_of(f.blocks, "globex"));

  REQUIRE_FALSE(published);
  CHECK(published.error().code == ErrorCode::nginx_unreachable);
  CHECK(f.generation() == before);
  CHECK(f.site_files() == std::vector<std::string>{"acme.conf"});
  CHECK(f.blocks.withdraw(route_of(f.blocks, "globex")));
  CHECK(f.blocks.withdraw(acme));
  CHECK(f.site_files().empty());
}

TEST_CASE("a pid file that names another program is not signalled", "[nginx]") {
  Fixture f;
  auto settings = f.nginx.settings();
  settings.pid_file = f.nginx.dir() / "other.pid";
  write_text(settings.pid_file,
             GENERATE(std::to_string(::getpid()), std::string("0"), std::string("-1"), std::string("1"), std::string("")) + "\n");
  auto blocks = f.blocks_of(settings);

  const auto published = blocks.publish(route_of(blocks, "acme"));

  REQUIRE_FALSE(published);
  CHECK(published.error().code == ErrorCode::nginx_unreachable);
  CHECK(f.site_files().empty());
}

TEST_CASE("a file that a crash left behind without a reload is partial, and both ways on work", "[nginx]") {
  Fixture f;
  const auto route = route_of(f.blocks, "acme");
  REQUIRE(f.blocks.publish(route));
  const auto text = read_text(route.files[0]);
  REQUIRE(f.blocks.withdraw(route));
  write_text(f.nginx.dir() / "generation.conf", *render_nginx_generation("crashed"));
  write_text(route.files[0], text);
  CHECK(f.blocks.observe(route)->presence == Presence::partial);

  if (GENERATE(true, false)) {
    REQUIRE(f.blocks.publish(route));
    CHECK_THAT(f.nginx.ask("acme.yourapp.test"), Contains("tenant=[acme]"));
    CHECK(f.blocks.observe(route)->presence == Presence::complete);
  } else {
    REQUIRE(f.blocks.withdraw(route));
    CHECK(f.nginx.ask("acme.yourapp.test").empty());
    CHECK(f.site_files().empty());
  }
}

TEST_CASE("a removal that a crash left without a reload is taken up by the next withdrawal", "[nginx]") {
  Fixture f;
  const auto route = route_of(f.blocks, "acme");
  REQUIRE(f.blocks.publish(route));
  write_text(f.nginx.dir() / "generation.conf", *render_nginx_generation("crashed"));
  std::filesystem::remove(route.files[0]);
  REQUIRE_THAT(f.nginx.ask("acme.yourapp.test"), Contains("tenant=[acme]"));

  REQUIRE(f.blocks.withdraw(route));

  CHECK(f.nginx.ask("acme.yourapp.test").empty());
}

TEST_CASE("tenants published at the same time are all served", "[nginx]") {
  Fixture f;
  std::vector<std::thread> threads;
  std::atomic<int> published = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] { published += f.blocks.publish(route_of(f.blocks, fmt::format("tenant-{}", i))) ? 1 : 0; });
  }
  for (auto& thread : threads) thread.join();

  CHECK(published == 4);
  for (int i = 0; i < 4; ++i)
    CHECK_THAT(f.nginx.ask(fmt::format("tenant-{}.yourapp.test", i)), Contains(fmt::format("tenant=[tenant-{}]", i)));
}

TEST_CASE("what nginx -t says is read: acceptance, warnings, and the file at fault", "[nginx]") {
  const auto refused = read_nginx_verdict({.exit_status = 1,
                                           .out = "",
                                           .err = "nginx: [emerg] unknown directive \"lisen\" in /etc/x in y/sites/acme.conf:3\nnginx: "
                                                  "configuration file /etc/nginx.conf test failed\n"});
  CHECK_FALSE(refused.accepted);
  CHECK(refused.words == std::vector<std::string>{"[emerg] unknown directive \"lisen\" in /etc/x in y/sites/acme.conf:3"});
  CHECK(refused.place.empty());

  const auto blamed = read_nginx_verdict(
      {.exit_status = 1, .out = "", .err = "nginx: [emerg] host not found in upstream \"nowhere\" in /srv/sites/acme.conf:12\n"});
  CHECK(blamed.blamed == "/srv/sites/acme.conf");
  CHECK(blamed.place == "/srv/sites/acme.conf:12");

  const auto warned =
      read_nginx_verdict({.exit_status = 0, .out = "", .err = "nginx: [warn] conflicting server name \"a\" on 0.0.0.0:80, ignored\n"});
  CHECK(warned.accepted);
  CHECK(warned.words.size() == 1);
}
