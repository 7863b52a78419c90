#include "isolation/proof.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tenantctl {
namespace {

bool holds(const std::vector<std::string>& states, const std::string& state) { return std::ranges::find(states, state) != states.end(); }

}  // namespace

bool was_granted(const ProbeCard& card, const SqlAnswer& answer) {
  if (!answer.done) return holds(card.control.passes, answer.sqlstate);
  return !card.rows_are_breach || !answer.rows.empty();
}

bool was_refused(const ProbeCard& card, const SqlAnswer& answer) {
  return answer.done ? card.rows_are_breach && answer.rows.empty() : holds(card.refused, answer.sqlstate);
}

std::string said(const SqlAnswer& answer) {
  if (answer.done) return "it succeeded";
  return answer.sqlstate.empty() ? answer.message : fmt::format("{} (SQLSTATE {})", answer.message, answer.sqlstate);
}

Proof prove(const ProbeCard& card, const ProbeWords& words, SqlSession& session, const std::string& who) {
  const auto sql = fill_probe(card.control.sql.empty() ? card.sql : card.control.sql, words);
  const auto prepare = fill_probe(card.control.prepare, words);
  if (!sql || !prepare) return {.why_not = (sql ? prepare : sql).error().message};
  const auto answer = card.in_transaction ? session.attempt(*sql, *prepare) : session.run(*sql);
  // A look finds the hole that was made for it, or what it is to find its way by.
  const bool shown = card.kind == ProbeKind::look ? answer.done && !answer.rows.empty() : was_granted(card, answer);
  if (shown || (card.may_be_empty && answer.done)) return {};
  return {.why_not = fmt::format("{} could not do it either: {}", who, answer.done ? "it found nothing" : said(answer))};
}

}  // namespace tenantctl
