// Bad input gets a clear error before anything is touched; odd but good input is stored as it is.
#include <catch2/catch.hpp>

#include "adapters/process/local_shell.hpp"
#include "support/live_sandbox.hpp"

using namespace tenantctl::test;

namespace {

CliResult create(std::vector<std::string> args) {
  args.insert(args.begin(), "create");
  args.insert(args.end(), {"-o", "json"});
  return LiveSandbox::get().run(args);
}

}  // namespace

TEST_CASE("a bad slug ends with status 2, the rule and a proposal, and nothing touched") {
  const auto operations = LiveSandbox::get().sql("select count(*) from operations", "tenantctl");
  for (const std::string slug :
       {"www", "localhost", "ab", "Acme", "john_driver", "müller", "a.b", "xn--acme", "acme-", "a;b", "a'b", "a\nb", "{{acme}}", "$(id)"}) {
    const auto result = create({slug, "--email", "a@b.test"});
    INFO(slug << ": " << result.err);
    CHECK(result.status == 2);
    CHECK(result.error()["code"] == "bad_slug");
    CHECK_FALSE(result.error()["hint"].get<std::string>().empty());
  }
  CHECK(create({std::string(64, 'a'), "--email", "a@b.test"}).status == 2);
  CHECK(create({"--email", "a@b.test", "--", "-acme"}).status == 2);
  CHECK(LiveSandbox::get().inventory().empty());
  CHECK(LiveSandbox::get().sql("select count(*) from operations", "tenantctl") == operations);
}

TEST_CASE("bad values of every other field end with status 2, 3 or 4 and nothing touched") {
  CHECK(create({"good", "--email", "not-an-address"}).status == 2);
  CHECK(create({"good", "--email", "a@b.test\r\nBcc: c@d.test"}).status == 2);
  CHECK(create({"good", "--email", "a@b.test", "--company", "two\nlines"}).status == 2);
  CHECK(create({"good", "--email", "a@b.test", "--company", std::string("\xff\xfe")}).status == 2);
  CHECK(create({"good", "--email", "a@b.test", "--set", "novalue"}).status == 2);
  CHECK(create({"good", "--email", "a@b.test", "--set", "plan=free"}).status == 2);
  CHECK(create({"good", "--email", "a@b.test", "--set", "Bad Key=1"}).status == 2);
  CHECK(create({"good", "--email", "a@b.test", "--plan", "golden"}).status == 4);
  CHECK(create({"good", "--email", "a@b.test", "--stack", "shop"}).status == 4);
  CHECK(create({"good"}).status == 2);
  CHECK(create({"good", "--username", "good", "--email", "a@b.test"}).status == 2);
  CHECK(create({"good", "--email", "a@b.test", "--frobnicate"}).status == 2);
  CHECK(LiveSandbox::get().inventory().empty());
}

TEST_CASE("syntax of shells, SQL, templates and HTML is stored as it is and never interpreted") {
  auto& sandbox = LiveSandbox::get();
  const std::string odd = R"('; drop table tenants; -- "q" {{slug}} ${HOME} $(id) `id` <b>&amp;</b> \n %s %n { } #)";

  const auto made = sandbox.create("odd", {"--company", odd, "--owner", odd, "--set", "note=" + odd + "\nsecond line", "--set", "empty="});

  const auto shown = sandbox.run({"show", "odd", "-o", "json"}).json()["tenant"];
  CHECK(shown["company_name"] == odd);
  CHECK(shown["owner"] == odd);
  CHECK(shown["configuration"]["note"] == odd + "\nsecond line");
  CHECK(shown["configuration"]["empty"] == "");
  CHECK(sandbox.sql("select value from tenantctl.settings where key = 'company_name'", made["tenant"]["database"]).front() == odd);
  CHECK_THAT(sandbox.get("odd.yourapp.test"), Catch::Contains("&lt;b&gt;") && !Catch::Contains("<b>&amp;"));
  sandbox.remove("odd");
}

TEST_CASE("a user's name becomes the slug") {
  auto& sandbox = LiveSandbox::get();
  const auto made = create({"--username", "john_driver", "--email", "john@driver.test"});
  REQUIRE(made.status == 0);
  CHECK(made.json()["tenant"]["slug"] == "john-driver");
  sandbox.remove("john-driver");
}

TEST_CASE("a misspelled command, option and plan are answered with the near one") {
  const auto& sandbox = LiveSandbox::get();
  CHECK(sandbox.run({"craete", "acme"}).err == "error: unknown command \"craete\"\nhint: did you mean \"create\"?\n");
  CHECK_THAT(sandbox.run({"sandbox", "upp"}).err, Catch::Contains("unknown command \"upp\"") && Catch::Contains("\"up\""));
  CHECK_THAT(sandbox.run({"create", "acme", "--frobnicate=1"}).err, Catch::Contains("unknown option \"--frobnicate\""));
  CHECK_THAT(sandbox.run({"create", "acme", "--emial", "a@b.test"}).err, Catch::Contains("did you mean \"--email\"?"));
  CHECK_THAT(sandbox.run({"plans", "show", "trail"}).err, Catch::Contains("\"trial\""));
  CHECK(sandbox.run({"show", "nobody"}).status == 4);
  CHECK(sandbox.run({"operations", "show", "not-a-uuid"}).status == 2);
  CHECK(sandbox.run({"operations", "show", "00000000-0000-4000-8000-000000000000"}).status == 4);
}

TEST_CASE("a usage error comes in the format asked for") {
  const auto result = LiveSandbox::get().run({"-o", "json", "frobnicate"});
  CHECK(result.status == 2);
  CHECK(result.error()["code"] == "usage");
  CHECK(result.out.empty());
}

TEST_CASE("every command has help with an example") {
  const auto& sandbox = LiveSandbox::get();
  for (const std::vector<std::string>& command : std::initializer_list<std::vector<std::string>>{{},
                                                                                                 {"create"},
                                                                                                 {"list"},
                                                                                                 {"show"},
                                                                                                 {"suspend"},
                                                                                                 {"activate"},
                                                                                                 {"cancel"},
                                                                                                 {"rollback"},
                                                                                                 {"resume"},
                                                                                                 {"operations"},
                                                                                                 {"operations", "list"},
                                                                                                 {"operations", "show"},
                                                                                                 {"plans"},
                                                                                                 {"plans", "list"},
                                                                                                 {"plans", "show"},
                                                                                                 {"plans", "validate"},
                                                                                                 {"init"},
                                                                                                 {"nginx", "render"},
                                                                                                 {"sandbox"},
                                                                                                 {"sandbox", "up"},
                                                                                                 {"sandbox", "status"},
                                                                                                 {"sandbox", "down"},
                                                                                                 {"completion"}}) {
    auto args = command;
    args.emplace_back("--help");
    const auto help = sandbox.run(args);
    CHECK(help.status == 0);
    CHECK_THAT(help.out, Catch::Contains("Example:\n"));
    CHECK_THAT(help.out, Catch::Contains("tenantctl"));
  }
}

TEST_CASE("completion scripts name the commands and are good shell") {
  const auto& sandbox = LiveSandbox::get();
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const auto script = sandbox.run({"completion", shell});
    CHECK(script.status == 0);
    CHECK_THAT(script.out, Catch::Contains("rollback") && Catch::Contains("idempotency-key") && !Catch::Contains("failpoints"));
  }
  const auto script = sandbox.dir() / "completion.bash";
  write_text(script, sandbox.run({"completion", "bash"}).out);
  const std::string ask =
      "source " + script.string() + "; COMP_WORDS=(tenantctl sandbox u); COMP_CWORD=2; _tenantctl; echo \"${COMPREPLY[*]}\"";
  tenantctl::LocalShell bash;
  const auto answer = bash.run({.argv = {"bash", "-c", ask}});
  REQUIRE(answer);
  CHECK(answer->out == "up\n");
}
