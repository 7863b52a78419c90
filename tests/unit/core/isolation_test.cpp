// The cards of probes, and what a baseline does to findings.
#include <catch2/catch.hpp>

#include <set>

#include "core/isolation_baseline.hpp"
#include "core/moment.hpp"
#include "core/probe_card.hpp"

using namespace tenantctl;
using Catch::Contains;

namespace {

constexpr const char* k_card = R"(name: peek
border: roles
severity: high
tries: peeks
why: it must not
close: close it
kind: statement
each: other
sql: |-
  select {other_login}
control:
  by: neighbour
  passes: ["42704"]
)";

TenantIsolation found(const std::string& slug, const std::string& probe, Verdict verdict = Verdict::breach,
                      const std::string& object = "globex") {
  return {.id = *TenantId::parse("33333333-2222-4333-8444-555555555555"),
          .slug = *TenantSlug::parse(slug),
          .server = "pg1",
          .findings = {{.probe = probe, .verdict = verdict, .object = object, .detail = "it came in", .close = "close it"}}};
}

Instant at(const char* text) { return *parse_instant(text); }

std::string refusal_of_baseline(const std::string& text) {
  const auto parsed = parse_baseline("accepted.yaml", text);
  return parsed ? "" : full_message(parsed.error());
}

}  // namespace

TEST_CASE("a probe's card is read with its defaults, and refused where it says what nobody knows") {
  const auto card = parse_probe_card("peek.yaml", k_card);
  REQUIRE(card);
  CHECK(card->border == Border::roles);
  CHECK(card->each == ProbeEach::other);
  CHECK(card->refused == std::vector<std::string>{"42501"});
  CHECK(card->control.by == ProbeBy::neighbour);
  CHECK(card->control.passes == std::vector<std::string>{"42704"});
  CHECK(card->kinds == std::vector<StackKind>{StackKind::database, StackKind::schema});

  for (const auto* wrong : {"border: sea\n", "kind: dance\n", "sqll: select\n", "stacks: [blob]\n", "each: cat\n"}) {
    std::string text = k_card;
    const auto key = std::string(wrong).substr(0, std::string(wrong).find(':') + 1);
    const auto line = text.find(key);
    if (line != std::string::npos && (line == 0 || text[line - 1] == '\n')) text.erase(line, text.find('\n', line) + 1 - line);
    const auto refused = parse_probe_card("peek.yaml", wrong + text);
    INFO(wrong);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::template_invalid);
  }
}

TEST_CASE("every card that the binary carries is read, has a name of its own, and can be filled in") {
  const auto cards = probe_cards();
  REQUIRE(cards);
  CHECK(cards->size() > 60);
  const ProbeWords words{{"my_login", "a"},    {"my_owner", "a"},    {"my_database", "a"},    {"my_schema", ""},    {"room", "public"},
                         {"other_login", "b"}, {"other_owner", "b"}, {"other_database", "b"}, {"other_schema", ""}, {"victim_pid", "1"},
                         {"role", "r"},        {"extension", "e"},   {"database", "d"},       {"my_host", "h"},     {"my_host_upper", "H"},
                         {"my_slug", "s"},     {"path", "/"},        {"domain", "d.test"},    {"other_host", "o"},  {"other_slug", "o"},
                         {"other_path", "/"}};
  std::set<std::string> names;
  for (const auto& card : *cards) {
    INFO(card.name);
    CHECK(names.insert(card.name).second);
    for (const auto& text : {card.sql, card.control.sql, card.control.prepare, card.fix}) CHECK(fill_probe(text, words));
    const bool is_sql = card.kind == ProbeKind::statement || card.kind == ProbeKind::inside || card.kind == ProbeKind::look;
    CHECK((card.sql.empty() == false) == (is_sql || (card.kind == ProbeKind::request && card.sql.starts_with("GET "))));
  }
}

TEST_CASE("a word that nobody knows is refused, and so is a brace that stays open") {
  CHECK(*fill_probe("a {b} c", {{"b", "x"}}) == "a x c");
  CHECK_FALSE(fill_probe("a {c}", {{"b", "x"}}));
  CHECK_FALSE(fill_probe("a {b", {{"b", "x"}}));
}

TEST_CASE("a baseline accepts what it names until its day has ended, and says what has run out or is not there") {
  const auto baseline = parse_baseline("accepted.yaml", R"(accepted:
  - { probe: peek, tenant: acme, object: globex, verdict: breach, reason: a report needs it, until: 2026-12-31 }
  - { probe: stare, reason: nobody minds, until: 2026-12-31 }
  - { probe: gone, reason: it was there once, until: 2030-01-01 }
)");
  REQUIRE(baseline);
  const auto try_at = [&](const char* now) {
    std::vector<TenantIsolation> tenants{found("acme", "peek"), found("globex", "peek"), found("acme", "peek", Verdict::breach, "initech"),
                                         found("acme", "stare", Verdict::inconclusive), found("acme", "stare", Verdict::visible)};
    auto notes = apply_baseline(*baseline, at(now), tenants);
    std::vector<Verdict> verdicts;
    for (const auto& tenant : tenants) verdicts.push_back(tenant.findings[0].verdict);
    return std::pair(verdicts, notes);
  };

  const auto [on_the_day, notes] = try_at("2026-12-31T23:59:59Z");
  CHECK(on_the_day == std::vector{Verdict::accepted, Verdict::breach, Verdict::breach, Verdict::accepted, Verdict::visible});
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Contains("\"gone\" was not found"));

  const auto [after, later_notes] = try_at("2027-01-01T00:00:00Z");
  CHECK(after == std::vector{Verdict::breach, Verdict::breach, Verdict::breach, Verdict::inconclusive, Verdict::visible});
  REQUIRE(later_notes.size() == 3);
  CHECK_THAT(later_notes[0], Contains("ran out at 2027-01-01T00:00:00Z"));
}

TEST_CASE("an entry that does not speak of breaches accepts none, and one that does accepts the one that it names") {
  const auto baseline = parse_baseline("accepted.yaml", R"(accepted:
  - { probe: peek, reason: nobody can show it, until: 2030-01-01 }
  - { probe: stare, verdict: breach, detail: it came in, reason: known, until: 2030-01-01 }
)");
  REQUIRE(baseline);
  std::vector<TenantIsolation> tenants{found("acme", "peek"), found("acme", "peek", Verdict::inconclusive), found("acme", "stare"),
                                       found("globex", "stare", Verdict::inconclusive), found("globex", "stare")};
  tenants[4].findings[0].detail = "it came in by the window";

  (void)apply_baseline(*baseline, at("2026-01-01"), tenants);

  std::vector<Verdict> verdicts;
  for (const auto& tenant : tenants) verdicts.push_back(tenant.findings[0].verdict);
  CHECK(verdicts == std::vector{Verdict::breach, Verdict::accepted, Verdict::accepted, Verdict::inconclusive, Verdict::breach});
}

TEST_CASE("a baseline without a reason, without an end, or with a key that nobody knows is refused with its line") {
  CHECK(refusal_of_baseline("accepted: []\n").empty());
  CHECK_THAT(refusal_of_baseline("accepted:\n  - { probe: peek, until: 2027-01-01 }\n"), Contains("reason") && Contains("accepted.yaml:2"));
  CHECK_THAT(refusal_of_baseline("accepted:\n  - { probe: peek, reason: x }\n"), Contains("until"));
  CHECK_THAT(refusal_of_baseline("accepted:\n  - { probe: peek, reason: x, until: soon }\n"), Contains("until"));
  CHECK_THAT(refusal_of_baseline("accepted:\n  - { probe: peek, reason: x, until: 2027-01-01, who: me }\n"), Contains("who"));
  CHECK_THAT(refusal_of_baseline("accepted:\n  - { probe: peek, verdict: breach, reason: x, until: 2027-01-01 }\n"),
             Contains("every breach"));
  CHECK_THAT(refusal_of_baseline("accepted:\n  - { probe: peek, verdict: fine, reason: x, until: 2027-01-01 }\n"), Contains("verdict"));
  CHECK_THAT(refusal_of_baseline("accepted: all\n"), Contains("list"));
}
