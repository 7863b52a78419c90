#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "adapters/nginx/reload_group.hpp"

using namespace tenantctl;

namespace {

class NoEntry : public SiteEntry {
 public:
  Result<void> create_files(std::span<const FileContent>) override { return {}; }
  Result<void> replace_file(const FileContent&) override { return {}; }
  Result<void> remove_files(std::span<const std::filesystem::path>) override { return {}; }
  Result<void> remove_temporary(const std::filesystem::path&) override { return {}; }
  Result<void> remove_folder(const std::filesystem::path&) override { return {}; }
};

/// Changes that are wanted while another one is being made, and what became of them.
struct Round {
  ReloadGroup group;
  std::vector<std::vector<std::string>> brought;  // the names of the files of each time, also where it failed
  std::string refused;                            // what has this file in it
  ErrorCode refused_with = ErrorCode::nginx_rejected;
  std::map<std::string, ErrorCode> enters_with, owns_with, plans_with;
  std::atomic<int> entered = 0;
  std::atomic<bool> over = false;  // the first one's turn

  WantedChange of(const std::string& name, const std::string& dir = "/sites") {
    return {.dir = dir,
            .enter = [this, name]() -> Result<std::unique_ptr<SiteEntry>> {
              ++entered;
              if (const auto why = enters_with.find(name); why != enters_with.end()) return fail(why->second, name);
              return std::make_unique<NoEntry>();
            },
            .still_ours = [this, name]() -> Result<void> {
              if (const auto why = owns_with.find(name); why != owns_with.end()) return fail(why->second, name);
              return {};
            },
            .plan = [this, name]() -> Result<std::vector<FileChange>> {
              if (const auto why = plans_with.find(name); why != plans_with.end()) return fail(why->second, name);
              return std::vector{FileChange{.file = name}};
            },
            .bring = [this](SiteEntry&, const std::vector<FileChange>& changes) -> Result<void> {
              auto& names = brought.emplace_back();
              for (const auto& change : changes) names.push_back(change.file);
              if (std::ranges::find(names, refused) != names.end()) return fail(refused_with, "refused");
              if (names == std::vector<std::string>{"breaks"}) throw std::runtime_error("broken");
              return {};
            }};
  }

  /// All of them come while "first" is being made.
  std::map<std::string, Result<void>> make(const std::vector<std::string>& names, const std::string& other_dir = {}) {
    std::map<std::string, Result<void>> results;
    std::mutex mutex;
    auto first = of("first");
    first.bring = [&, bring = first.bring](SiteEntry& entry, const std::vector<FileChange>& changes) {
      while (group.waiting() < names.size()) std::this_thread::yield();
      over = true;
      return bring(entry, changes);
    };
    std::vector<std::jthread> threads;
    const auto start = [&](const std::string& name, WantedChange wanted) {
      threads.emplace_back([&, name, wanted = std::move(wanted)] {
        auto result = group.make(wanted);
        const std::lock_guard lock(mutex);
        results.emplace(name, std::move(result));
      });
    };
    start("first", first);
    while (entered == 0) std::this_thread::yield();
    for (std::size_t i = 0; i < names.size(); ++i) {
      start(names[i], of(names[i], names[i] == other_dir ? "/elsewhere" : "/sites"));
      while (group.waiting() < i + 1 && !over) std::this_thread::yield();
    }
    threads.clear();
    return results;
  }
};

ErrorCode code(const std::map<std::string, Result<void>>& results, const std::string& name) {
  return results.at(name) ? ErrorCode{} : results.at(name).error().code;
}

using Names = std::vector<std::vector<std::string>>;

}  // namespace

TEST_CASE("what is wanted while a change is being made is made together, and once each") {
  Round round;
  const auto results = round.make({"a", "b", "c"});
  CHECK(round.brought == Names{{"first"}, {"a", "b", "c"}});
  CHECK(round.entered == 2);
  for (const auto* name : {"first", "a", "b", "c"}) CHECK(results.at(name));
}

TEST_CASE("of changes that are refused together each is made alone, and one fails of its own") {
  Round round;
  round.refused = "b";
  const auto results = round.make({"a", "b", "c"});
  CHECK(round.brought == Names{{"first"}, {"a", "b", "c"}, {"a"}, {"b"}, {"c"}});
  CHECK(results.at("a"));
  CHECK(code(results, "b") == ErrorCode::nginx_rejected);
  CHECK(results.at("c"));
}

TEST_CASE("an operation that was taken over changes nothing, whether it leads the others or comes along") {
  Round round;
  round.enters_with = {{"a", ErrorCode::fenced}};
  round.owns_with = {{"c", ErrorCode::fenced}};
  const auto results = round.make({"a", "b", "c"});
  CHECK(round.brought == Names{{"first"}, {"b"}});
  CHECK(code(results, "a") == ErrorCode::fenced);
  CHECK(results.at("b"));
  CHECK(code(results, "c") == ErrorCode::fenced);
}

TEST_CASE("a change that can't be planned fails alone") {
  Round round;
  round.plans_with = {{"a", ErrorCode::foreign_object}};
  const auto results = round.make({"a", "b"});
  CHECK(round.brought == Names{{"first"}, {"b"}});
  CHECK(code(results, "a") == ErrorCode::foreign_object);
  CHECK(results.at("b"));
}

TEST_CASE("a folder that can't be entered is waited for once, and all hear of it") {
  Round round;
  round.enters_with = {{"a", ErrorCode::timed_out}, {"b", ErrorCode::timed_out}};
  const auto results = round.make({"a", "b"});
  CHECK(round.brought == Names{{"first"}});
  CHECK(round.entered == 2);
  CHECK(code(results, "a") == ErrorCode::timed_out);
  CHECK(code(results, "b") == ErrorCode::timed_out);
}

TEST_CASE("a claim that can't be asked for is its own operation's trouble") {
  Round round;
  round.enters_with = {{"a", ErrorCode::control_unreachable}};
  round.owns_with = {{"c", ErrorCode::control_unreachable}};
  const auto results = round.make({"a", "b", "c"});
  CHECK(round.brought == Names{{"first"}, {"b"}});
  CHECK(code(results, "a") == ErrorCode::control_unreachable);
  CHECK(results.at("b"));
  CHECK(code(results, "c") == ErrorCode::control_unreachable);
}

TEST_CASE("a reload that is not confirmed is not tried again for each") {
  Round round;
  round.refused = "b";
  round.refused_with = ErrorCode::nginx_unconfirmed;
  const auto results = round.make({"a", "b"});
  CHECK(round.brought == Names{{"first"}, {"a", "b"}});
  CHECK(code(results, "a") == ErrorCode::nginx_unconfirmed);
  CHECK(code(results, "b") == ErrorCode::nginx_unconfirmed);
}

TEST_CASE("changes of another folder are made by themselves") {
  Round round;
  const auto results = round.make({"a", "b", "c"}, "b");
  CHECK(round.brought.size() == 3);
  CHECK(std::ranges::find(round.brought, std::vector<std::string>{"a", "c"}) != round.brought.end());
  CHECK(std::ranges::find(round.brought, std::vector<std::string>{"b"}) != round.brought.end());
  for (const auto* name : {"a", "b", "c"}) CHECK(results.at(name));
}

TEST_CASE("an exception in one's turn leaves nobody waiting") {
  Round round;
  const auto results = round.make({"breaks"});
  CHECK(code(results, "breaks") == ErrorCode::internal);
  CHECK(results.at("first"));
}
