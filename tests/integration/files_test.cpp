#include <fcntl.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include "adapters/files/atomic_file.hpp"
#include "adapters/files/draft_name.hpp"
#include "adapters/files/folder_lock.hpp"
#include "adapters/nginx/nginx_routes.hpp"
#include "support/nginx_server.hpp"
#include "support/site_hosts.hpp"
#include "support/temp_folder.hpp"

using namespace tenantctl;
using namespace tenantctl::test;
using Catch::Contains;

namespace {

std::size_t entries_of(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

/// The exit status of a child that runs `body`.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 102;
}

/// Runs `body` in a child that sees a file system of `size` at `folder`; its exit status is what `body` returns. As an
/// ordinary user the child gets a name space of users too, in which it may mount.
template <class Body>
int on_small_disk(const std::filesystem::path& folder, const char* size, Body body) {
  return in_child([&] {
    const uid_t user = ::geteuid();
    const gid_t group = ::getegid();
    if (::unshare(user == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0) return 100;
    // Without a mapping of user and group nobody can create files there (EOVERFLOW); user_namespaces(7) wants this order.
    if (user != 0) {
      write_text("/proc/self/uid_map", fmt::format("{0} {0} 1", user));
      write_text("/proc/self/setgroups", "deny");
      write_text("/proc/self/gid_map", fmt::format("{0} {0} 1", group));
    }
    ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    if (::mount("none", folder.c_str(), "tmpfs", 0, size) != 0) return 101;
    return body();
  });
}

/// What a process meets on NFS: no files without a name.
void refuse_nameless_files() {
  constexpr unsigned k_tmpfile = O_TMPFILE & ~O_DIRECTORY;
  std::array<sock_filter, 6> filter{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, k_tmpfile, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) ::_exit(103);
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

}  // namespace

TEST_CASE("on a full disk the old file stays whole and no temporary file is left", "[files]") {
  TempFolder folder;

  const int status = on_small_disk(folder.path(), "size=64k", [&] {
    if (!replace_file({.path = folder / "a", .text = "old"})) return 1;
    const auto replaced = replace_file({.path = folder / "a", .text = std::string(200'000, 'x')});
    if (replaced || replaced.error().code != ErrorCode::disk_full) return 2;
    if (read_text(folder / "a") != "old") return 3;
    return entries_of(folder.path()) == 1 ? 0 : 4;
  });

  CHECK(status == 0);
}

TEST_CASE("on a disk that fills between a route's two files nothing of the route is left", "[files]") {
  TempFolder folder;

  const int status = on_small_disk(folder.path(), "nr_inodes=7", [&] {
    // Seven inodes: the root, its lock, routes, shop, two fillers, and the route's first file; none is left for its second.
    NginxRoutes routes(nginx_in(folder.path()), local_site_host());
    const auto route = route_of(routes, "acme");
    if (!create_folder(route.files[0].parent_path(), 0755)) return 1;
    for (const auto* name : {"f1", "f2"}) write_text(folder / name, "");
    const auto published = routes.publish(route);
    if (published || published.error().code != ErrorCode::disk_full) return 2;
    if (entries_of(route.files[0].parent_path()) != 0) return 3;
    std::filesystem::remove(folder / "f1");
    return routes.publish(route) ? 0 : 4;
  });

  CHECK(status == 0);
}

TEST_CASE("on a read-only disk writing and removing are denied", "[files]") {
  TempFolder folder;

  const int status = on_small_disk(folder.path(), "size=64k", [&] {
    write_text(folder / "a", "old");
    if (::mount(nullptr, folder.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) return 1;
    const auto replaced = replace_file({.path = folder / "a", .text = "new"});
    if (replaced || replaced.error().code != ErrorCode::permission_denied) return 2;
    const auto removed = remove_file(folder / "a");
    if (removed || removed.error().code != ErrorCode::permission_denied) return 3;
    return 0;
  });

  CHECK(status == 0);
}

TEST_CASE("a draft that a killed process left goes with the next replacement of its file, and with its file", "[files]") {
  TempFolder folder;
  REQUIRE(create_file({.path = folder / "a", .text = "old"}));
  write_text(draft_name(folder / "a"), "secret of a killed process");

  REQUIRE(replace_file({.path = folder / "a", .text = "new"}));
  CHECK(entries_of(folder.path()) == 1);
  CHECK(read_text(folder / "a") == "new");

  write_text(draft_name(folder / "a"), "secret of a killed process");
  REQUIRE(remove_file(folder / "a"));
  CHECK(entries_of(folder.path()) == 0);
}

TEST_CASE("where a file system knows no files without a name, files are written all the same", "[files]") {
  TempFolder folder;

  const int status = in_child([&] {
    refuse_nameless_files();
    if (::open(folder.path().c_str(), O_TMPFILE | O_WRONLY, 0600) >= 0) return 1;
    write_text(draft_name(folder / "a"), "of a killed process");
    if (!create_file({.path = folder / "a", .text = "one"})) return 2;
    if (create_file({.path = folder / "a", .text = "two"})) return 3;
    if (read_text(folder / "a") != "one") return 4;
    if (!replace_file({.path = folder / "a", .text = "three"}) || read_text(folder / "a") != "three") return 5;
    return entries_of(folder.path()) == 1 ? 0 : 6;
  });

  CHECK(status == 0);
}

TEST_CASE("an error names the file that was wanted and the system's reason", "[files]") {
  TempFolder folder;

  const auto created = create_file({.path = folder / "none" / "a", .text = "x"});

  REQUIRE_FALSE(created);
  CHECK(created.error().code == ErrorCode::io_failed);
  CHECK_THAT(created.error().message, Contains((folder / "none").native()) && Contains("no such file or directory"));
}

TEST_CASE("creating files never replaces one, and all or none appear", "[files]") {
  TempFolder folder;
  write_text(folder / "b", "theirs");
  const std::vector<FileContent> files{
      {.path = folder / "a", .text = "1"}, {.path = folder / "b", .text = "2"}, {.path = folder / "c", .text = "3"}};

  const auto created = create_files(files);

  REQUIRE_FALSE(created);
  CHECK(created.error().code == ErrorCode::foreign_object);
  CHECK(read_text(folder / "b") == "theirs");
  CHECK(entries_of(folder.path()) == 1);
}

TEST_CASE("a replaced file has the mode that was asked for, whatever the umask", "[files]") {
  TempFolder folder;
  const auto before = ::umask(0077);

  REQUIRE(replace_file({.path = folder / "open", .text = "x", .mode = 0644}));
  REQUIRE(replace_file({.path = folder / "closed", .text = "x", .mode = 0600}));
  REQUIRE(create_folder(folder / "d" / "e", 0755));
  ::umask(before);

  CHECK(mode_of(folder / "open") == 0644);
  CHECK(mode_of(folder / "closed") == 0600);
  CHECK(mode_of(folder / "d" / "e") == 0755);
}

TEST_CASE("replacing a symbolic link replaces the link and not what it points at", "[files]") {
  TempFolder folder;
  write_text(folder / "target", "theirs");
  std::filesystem::create_symlink(folder / "target", folder / "link");

  CHECK(*read_small_file(folder / "link") == std::string());
  REQUIRE(replace_file({.path = folder / "link", .text = "ours"}));

  CHECK(read_text(folder / "target") == "theirs");
  CHECK(read_text(folder / "link") == "ours");
}

TEST_CASE("a pipe in a file's place reads as empty and does not block", "[files]") {
  TempFolder folder;
  REQUIRE(::mkfifo((folder / "p").c_str(), 0600) == 0);

  CHECK(*read_small_file(folder / "p") == std::string());
}

TEST_CASE("removing what is not there is success", "[files]") {
  TempFolder folder;

  CHECK(remove_file(folder / "a"));
  CHECK(remove_file(folder / "none" / "a"));
}

TEST_CASE("a folder's lock is waited for and given up at the deadline", "[files]") {
  TempFolder folder;
  auto held = FolderLock::take(folder.path(), std::chrono::milliseconds(10));
  REQUIRE(held);

  const auto refused = FolderLock::take(folder.path(), std::chrono::milliseconds(30));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::timed_out);
  { const auto released = std::move(*held); }
  CHECK(FolderLock::take(folder.path(), std::chrono::milliseconds(10)));
}
