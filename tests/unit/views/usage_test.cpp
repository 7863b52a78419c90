#include "views/usage.hpp"

#include <catch2/catch.hpp>

using namespace tenantctl;
using Catch::Contains;

namespace {

constexpr Month k_reported_month{std::chrono::year{2026}, std::chrono::month{11}};

const Resource* used(const char* name) { return find_used_resource(name).value(); }

std::vector<MonthLine> one_that_is_over() {
  return {{.slug = "acme",
           .plan = "starter",
           .uses = {{.resource = used("companies"), .used = 4, .peak = 4, .limit = 3},
                    {.resource = used("transactions_per_month"), .used = 900, .peak = 60, .limit = 1000},
                    {.resource = used("api_calls_per_day"), .used = 900, .peak = 101, .limit = 100},
                    {.resource = used("requests"), .used = 5000, .peak = 400}}}};
}

}  // namespace

TEST_CASE("what counts against a limit is a month's sum, a day's peak, or the most that there was") {
  const auto is_over = [](const char* name, std::int64_t sum, std::int64_t peak, const Limit& limit) {
    return MonthUse{.resource = used(name), .used = sum, .peak = peak, .limit = limit}.is_over();
  };
  CHECK(is_over("transactions_per_month", 101, 10, 100));
  CHECK_FALSE(is_over("transactions_per_month", 100, 100, 100));
  CHECK(is_over("api_calls_per_day", 3000, 101, 100));
  CHECK_FALSE(is_over("api_calls_per_day", 3000, 100, 100));
  CHECK(is_over("storage_bytes", 11, 11, 10));
  CHECK_FALSE(is_over("storage_bytes", 11, 11, {}));
}

TEST_CASE("a month's report has a line for each tenant, and marks what is above its limit") {
  const auto report = usage_month_report(k_reported_month, one_that_is_over(), MonthAs::table);

  const auto text = render(report, OutputFormat::table);
  CHECK_THAT(text,
             Contains("COMPANIES") && Contains("4 of 3 (over)") && Contains("900 of 1000 ") && Contains("101 on a day of 100 (over)"));
  CHECK_THAT(text, !Contains("STORAGE"));
  const auto document = nlohmann::json::parse(render(report, OutputFormat::json));
  CHECK(document["month"] == "2026-11");
  const auto& uses = document["tenants"][0]["usage"];
  CHECK(uses[0] == nlohmann::json({{"resource", "companies"}, {"used", 4}, {"peak", 4}, {"limit", 3}, {"over", true}}));
  CHECK(uses[1]["over"] == false);
  CHECK(uses[3]["limit"].is_null());
}

TEST_CASE("a month as CSV has the same columns whatever was used") {
  const auto text = render(usage_month_report(k_reported_month, one_that_is_over(), MonthAs::csv), OutputFormat::table);

  CHECK(text ==
        "tenant,plan,companies,companies_peak,companies_limit,users_per_company,users_per_company_peak,users_per_company_limit,"
        "transactions_per_month,transactions_per_month_peak,transactions_per_month_limit,api_calls_per_day,api_calls_per_day_peak,"
        "api_calls_per_day_limit,storage_bytes,storage_bytes_peak,storage_bytes_limit,connections,connections_peak,connections_limit,"
        "requests,requests_peak,requests_limit,over\n"
        "acme,starter,4,4,3,0,0,,900,60,1000,900,101,100,0,0,,0,0,,5000,400,,companies api_calls_per_day\n");
}

TEST_CASE("a month in which nothing was used says so") {
  CHECK(render(usage_month_report(k_reported_month, {}, MonthAs::table), OutputFormat::table) == "nobody used anything in 2026-11\n");
}

TEST_CASE("a run that could not measure all says what and why, and ends with status 1") {
  const auto error = make_error(ErrorCode::server_unreachable, "no answer");
  const auto report = usage_collected_report(
      {.lines = {{.slug = "acme", .used = {{"storage_bytes", 10}}}, {.slug = "bolt", .failure = error}, {.slug = "cargo", .is_held = true}},
       .failures = {{"server pg2", error}},
       .requests = 12});

  CHECK(report.exit_status == 1);
  CHECK(render(report, OutputFormat::table) ==
        "server pg2: failed: no answer\nbolt: failed: no answer\n"
        "cargo: its queries are left out: another operation holds it\n2 tenants measured, 1 failed; 12 requests counted\n");
  const auto document = nlohmann::json::parse(render(report, OutputFormat::json));
  CHECK(document["measured"] == 2);
  CHECK(document["failures"][0]["what"] == "server pg2");
  CHECK(document["tenants"][0]["usage"]["storage_bytes"] == 10);
  CHECK(document["tenants"][1]["error"]["code"] == "server_unreachable");
}

TEST_CASE("a tenant that another operation holds is no failure of the run") {
  CHECK(usage_collected_report({.lines = {{.slug = "acme", .is_held = true}}}).exit_status == 0);
}
