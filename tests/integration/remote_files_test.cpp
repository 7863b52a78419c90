// What only a remote host's files can go through: a command that arrives late, an answer that is lost, a client that dies in
// the middle, a lease that runs out. Over a real sshd, and for what its timing must not decide, over the host's own shell.
#include <catch2/catch.hpp>

#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include "adapters/files/draft_name.hpp"
#include "adapters/files/remote_files_script.hpp"
#include "adapters/nginx/nginx_routes.hpp"
#include "contract/site_router_contract.hpp"
#include "support/site_hosts.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

/// Keeps the next change back, and says that its outcome is not known; it can be carried out later.
class LatePost : public Shell {
 public:
  explicit LatePost(Shell& shell) : shell_(shell) {}
  Result<ShellOutcome> run(const ShellCommand& command) override {
    const bool change = command.argv.size() > 4 && (command.argv[4] == "create" || command.argv[4] == "remove");
    if (!keep_next_change || !change) return shell_.run(command);
    keep_next_change = false;
    kept = command;
    return fail(ErrorCode::outcome_unknown, "the link broke");
  }
  Result<ShellOutcome> deliver() { return shell_.run(kept.value()); }

  bool keep_next_change = false;
  std::optional<ShellCommand> kept;

 private:
  Shell& shell_;
};

struct Folder {
  TempFolder root;
  std::filesystem::path dir = root / "it's a \"folder\" $(id) ;x";
  LocalShell shell;
  LatePost post{shell};
  RemoteFiles files{"web", post, 1s};

  Folder() { REQUIRE_DONE(files.create_folder(dir, 0755, FileOwner::ours)); }

  std::filesystem::path file(const std::string& name) const { return dir / name; }
  Result<void> create(RemoteFiles& by, const std::string& name, const std::string& text = "text") {
    const FileContent content{.path = file(name), .text = text};
    return by.create_files({.dir = dir}, {&content, 1});
  }
};

const auto k_ours = [] { return Result<void>(); };

}  // namespace

TEST_CASE("any bytes are written whole, read back, and removed, whatever the path is called", "[files]") {
  Folder f;
  std::string bytes;
  for (int i = 0; i < 1024; ++i) bytes += static_cast<char>(i % 256);
  const std::vector<FileContent> contents{{.path = f.file("a'b"), .text = bytes, .mode = 0640},
                                          {.path = f.file("-n $x\n"), .text = ""},
                                          {.path = f.file("c"), .text = "no newline"}};

  REQUIRE_DONE(f.files.create_files({.dir = f.dir}, contents));

  const std::vector<std::filesystem::path> paths{contents[0].path, contents[1].path, contents[2].path, f.file("none"), f.dir};
  const auto texts = f.files.read_files(paths);
  REQUIRE(texts);
  CHECK((*texts)[0] == bytes);
  CHECK((*texts)[1] == "");
  CHECK((*texts)[2] == "no newline");
  CHECK_FALSE((*texts)[3]);
  CHECK((*texts)[4] == "");  // a folder is nobody's file
  CHECK((std::filesystem::status(paths[0]).permissions() & std::filesystem::perms::mask) == std::filesystem::perms(0640));
  REQUIRE_DONE(f.files.remove_files({.dir = f.dir}, {paths.data(), 3}));
  CHECK(drafts_in(f.dir).empty());
  CHECK_FALSE(std::filesystem::exists(paths[0]));
}

TEST_CASE("of files of which one exists none is created, and an existing one is replaced only by replace", "[files]") {
  Folder f;
  write_text(f.file("b"), "old");
  const std::vector<FileContent> contents{{.path = f.file("a"), .text = "new"}, {.path = f.file("b"), .text = "new"}};

  const auto created = f.files.create_files({.dir = f.dir}, contents);

  REQUIRE_FALSE(created);
  CHECK(created.error().code == ErrorCode::foreign_object);
  CHECK_FALSE(std::filesystem::exists(f.file("a")));
  CHECK(read_text(f.file("b")) == "old");
  REQUIRE_DONE(f.files.replace_file({.dir = f.dir}, contents[1]));
  CHECK(read_text(f.file("b")) == "new");
  CHECK(drafts_in(f.dir).empty());
}

TEST_CASE("a client that dies before its file is through leaves neither file nor draft", "[files]") {
  Folder f;
  const auto path = f.file("a");

  // What sshd does when the client is gone: the program reads the end of its input.
  const auto cut = f.shell.run({.argv = {"/bin/sh", "-c", std::string(k_remote_files_script), "tenantctl", "create", f.dir.native(), "",
                                         "0", "0", "", "1", "ours", path.native(), draft_name(path).native(), "644", "100"},
                                .input = "half of i"});

  REQUIRE(cut);
  CHECK(cut->exit_status == 75);
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(drafts_in(f.dir).empty());
}

TEST_CASE("a draft that a killed program left does not stand in the next writer's way", "[files]") {
  Folder f;
  std::filesystem::create_symlink(f.root / "elsewhere", draft_name(f.file("a")));

  REQUIRE_DONE(f.create(f.files, "a"));

  CHECK(read_text(f.file("a")) == "text");
  CHECK_FALSE(std::filesystem::exists(f.root / "elsewhere"));
  CHECK(drafts_in(f.dir).empty());
}

TEST_CASE("a change whose answer was lost does nothing once its sender has looked again", "[files]") {
  Folder f;
  f.files.begin(claim_of(1, k_ours));
  f.post.keep_next_change = true;
  CHECK(f.create(f.files, "a").error().code == ErrorCode::outcome_unknown);

  REQUIRE_DONE(f.files.settle(f.dir));
  const auto late = f.post.deliver();

  REQUIRE(late);
  CHECK_THAT(late->err, Contains("tenantctl: fenced"));
  CHECK_FALSE(std::filesystem::exists(f.file("a")));
  REQUIRE_DONE(f.create(f.files, "a"));  // its later ones count
}

TEST_CASE("a change of a process that was taken over does nothing once the new one has looked, though it comes late", "[files]") {
  Folder f;
  RemoteFiles heir("web", f.shell, 1s);
  f.files.begin(claim_of(1, k_ours));
  heir.begin(claim_of(2));
  f.post.keep_next_change = true;
  (void)f.create(f.files, "a");
  REQUIRE_DONE(heir.settle(f.dir));

  CHECK_THAT(f.post.deliver()->err, Contains("tenantctl: fenced"));
  CHECK(f.create(f.files, "b").error().code == ErrorCode::fenced);
  CHECK_FALSE(std::filesystem::exists(f.file("a")));
  REQUIRE_DONE(f.create(heir, "a"));
}

TEST_CASE("who took an operation over waits for a change that is being made, and not for ever", "[files]") {
  Folder f;
  const auto inside = FolderLock::take(f.dir, 1s);
  REQUIRE(inside);
  RemoteFiles heir("web", f.shell, 100ms);
  heir.begin(claim_of(2));

  const auto settled = heir.settle(f.dir);

  REQUIRE_FALSE(settled);
  CHECK(settled.error().code == ErrorCode::timed_out);
  CHECK(settled.error().retryable);
  CHECK_THAT(settled.error().message, Contains("\"web\""));
}

TEST_CASE("a folder that is held is another's neither to hold nor to change under its lease; who takes the operation over gets it at once",
          "[files]") {
  Folder f;
  RemoteFiles other("web", f.shell, 100ms);
  RemoteFiles heir("web", f.shell, 100ms);
  f.files.begin(claim_of(1));
  heir.begin(claim_of(2));
  REQUIRE_DONE(f.files.hold(f.dir, "mine"));
  const FileContent content{.path = f.file("a"), .text = "text"};

  CHECK(other.hold(f.dir, "theirs").error().code == ErrorCode::timed_out);
  CHECK_FALSE(other.create_files({.dir = f.dir, .lease = "theirs"}, {&content, 1}));
  REQUIRE_DONE(heir.hold(f.dir, "heir's"));

  CHECK(f.files.create_files({.dir = f.dir, .lease = "mine"}, {&content, 1}).error().code == ErrorCode::fenced);
  CHECK_FALSE(std::filesystem::exists(f.file("a")));
  heir.release(f.dir, "heir's");
  REQUIRE_DONE(other.hold(f.dir, "theirs"));
}

TEST_CASE("a lease that its holder never gave back runs out", "[files]") {
  Folder f;
  RemoteFiles other("web", f.shell, 100ms);
  REQUIRE_DONE(f.files.hold(f.dir, "mine"));
  CHECK_FALSE(other.hold(f.dir, "theirs"));
  write_text(f.dir / ".lease", "mine 1000000000 \n");

  REQUIRE_DONE(other.hold(f.dir, "theirs"));

  const FileContent content{.path = f.file("a"), .text = "text"};
  const auto late = f.files.create_files({.dir = f.dir, .lease = "mine"}, {&content, 1});
  REQUIRE_FALSE(late);
  CHECK(late.error().code == ErrorCode::timed_out);
}

TEST_CASE("a full disk is told as such, and what stood there stays", "[files]") {
  if (::geteuid() != 0) return;  // mounting takes root
  Folder f;
  const auto small = f.root / "small";
  REQUIRE_DONE(f.files.create_folder(small, 0755, FileOwner::ours));
  REQUIRE(::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=64k") == 0);
  write_text(small / "a", "old");

  const auto replaced = f.files.replace_file({.dir = small}, {.path = small / "a", .text = std::string(200'000, 'x')});

  const auto text = read_text(small / "a");
  const auto drafts = drafts_in(small);
  ::umount2(small.c_str(), MNT_DETACH);
  REQUIRE_FALSE(replaced);
  CHECK(replaced.error().code == ErrorCode::disk_full);
  CHECK(text == "old");
  CHECK(drafts.empty());
}

TEST_CASE("a host that is down changes nothing and says so", "[files][ssh]") {
  NginxServer nginx(NginxMode::routes);
  SiteHosts hosts(NginxWay::by_ssh);
  NginxRoutes routes(nginx.settings(), hosts.make());
  const auto route = route_of(routes, "acme");
  hosts.ssh().stop();

  const auto published = routes.publish(route);

  REQUIRE_FALSE(published);
  CHECK(published.error().code == ErrorCode::host_unreachable);
  CHECK(published.error().retryable);
}
