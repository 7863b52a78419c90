// What is tried by hand, since one statement would not show it: passwords, messages, locks.
#include <fmt/format.h>

#include "isolation/standpoint.hpp"

namespace tenantctl {
namespace {

void check_log_in(Standpoint& from, const ProbeCard& card) {
  if (!from.subject.may_log_in) return;
  from.tries.count(card);
  if (!from.subject.password) from.tries.unclear(card, "", from.subject.why_no_password);
  else if (!from.home.session) from.tries.unclear(card, "", "it can't come into its own database: " + said(from.home.answer));
}

void check_suspended(Standpoint& from, const ProbeCard& card) {
  if (from.subject.may_log_in) return;
  from.tries.count(card);
  if (!from.subject.password) return from.tries.unclear(card, "", from.subject.why_no_password);
  const auto entered = from.knock(from.subject.names.database.str());
  if (entered.session) return from.tries.found(card, "", "it came into its database", from.closing(card, words_of_subject(from.subject)));
  if (entered.answer.sqlstate != "28000") return from.tries.unclear(card, "", "it could not be tried: " + said(entered.answer));
  // The same SQLSTATE says that pg_hba.conf has no line for where we come from.
  const auto sql = fmt::format("select 1 from pg_roles where rolname = '{}' and not rolcanlogin", from.subject.names.login.str());
  const auto closed = from.server.session ? from.server.session->attempt(sql) : from.server.answer;
  if (!closed.done) return from.tries.unclear(card, "", "it was refused, but the provisioner can't come in either: " + said(closed));
  if (closed.rows.empty())
    from.tries.found(card, "", "it was refused by pg_hba.conf alone: its role may log in",
                     from.closing(card, words_of_subject(from.subject)));
}

void check_wrong_password(Standpoint& from, const ProbeCard& card) {
  from.tries.count(card);
  const auto entered =
      from.scene.doors.enter(from.subject.names.database.str(), from.subject.names.login.str(), Secret("nobody-has-this-password"));
  if (entered.session) return from.tries.found(card, "", "it came in with a wrong password", {});
  if (entered.answer.sqlstate != "28P01") from.tries.unclear(card, "", "it could not be tried: " + said(entered.answer));
}

void try_password_at(Standpoint& from, const ProbeCard& card, const Inhabitant& them, const Proof& proof) {
  const auto entered = from.scene.doors.enter(them.names.database.str(), them.names.login.str(), *from.subject.password);
  if (entered.session) from.tries.found(card, them.slug.str(), "it came in as that tenant with its own password", {});
  else if (entered.answer.sqlstate != "28P01") from.tries.unclear(card, them.slug.str(), "it could not be tried: " + said(entered.answer));
  else if (!proof.holds()) from.tries.unclear(card, them.slug.str(), "it was refused, but " + proof.why_not);
}

void check_shared_password(Standpoint& from, const ProbeCard& card) {
  for (const auto other : from.others) {
    const auto& them = from.inhabitant(other);
    if (!them.may_log_in) continue;
    from.tries.count(card);
    const auto& home = from.scene.homes.at(other);
    const bool is_known = them.password && home.door.holds();
    if (is_known && them.password->reveal() == from.subject.password->reveal()) {
      from.tries.found(card, them.slug.str(), "the two have the same password", {});
    } else if (!is_known || &them == from.neighbour) {
      // Who came in with another password can't be entered with this one: a login has one. It takes long, so one try is made all the
      // same.
      try_password_at(from, card, them, home.door);
    }
  }
}

void check_notify(Standpoint& from, const ProbeCard& card) {
  if (from.neighbour == nullptr) return;
  from.tries.count(card);
  const auto object = from.neighbour->slug.str();
  if (!from.victim.session) return from.tries.unclear(card, object, "no session of it could be opened: " + said(from.victim.answer));
  const auto channel = fmt::format("tenantctl_probe_{}", from.home.session->pid());  // others may be at this too
  const auto reaches = [&](SqlSession& sender) {
    sender.run(fmt::format("notify {}", channel));
    from.victim.session->run("select 1");  // what has come for it is sent along
    return from.victim.session->heard(channel);
  };
  from.victim.session->run(fmt::format("listen {}", channel));
  const bool came = reaches(*from.home.session);
  const bool can_come = reaches(*from.victim.session);
  from.victim.session->run(fmt::format("unlisten {}", channel));
  if (came) from.tries.found(card, object, "its message was heard there", {});
  else if (!can_come) from.tries.unclear(card, object, "no message came, but not from that tenant itself either");
}

void check_locks(Standpoint& from, const ProbeCard& card) {
  if (from.neighbour == nullptr) return;
  from.tries.count(card);
  const auto object = from.neighbour->slug.str();
  if (!from.victim.session || !from.keeper.session)
    return from.tries.unclear(card, object, "no session of it could be opened: " + said(from.victim.answer));
  const auto lock = fmt::format("select pg_try_advisory_xact_lock(1952804449, {})", from.home.session->pid());  // "tena", as four bytes
  const auto ask = [&](SqlSession& session) {
    const auto answer = session.attempt(lock);
    return answer.done ? answer.rows.at(0).at(0) : said(answer);
  };
  from.home.session->run("begin; " + lock);
  const auto there = ask(*from.victim.session);
  const auto here = ask(*from.keeper.session);
  from.home.session->run("rollback");
  if (there == "f") from.tries.found(card, object, "what it locks is locked there", {});
  else if (there != "t" || here != "f")
    from.tries.unclear(card, object, fmt::format("its lock was \"{}\" there and \"{}\" in its own database", there, here));
}

}  // namespace

void check_by_hand(Standpoint& from, const ProbeCard& card) {
  if (card.name == "log-in") return check_log_in(from, card);
  if (card.name == "suspended-login") return check_suspended(from, card);
  if (!from.home.session) return;  // said once, by "log-in"
  if (card.name == "wrong-password") return check_wrong_password(from, card);
  if (card.name == "shared-password") return check_shared_password(from, card);
  if (card.name == "notify") return check_notify(from, card);
  if (card.name == "advisory-locks") return check_locks(from, card);
}

}  // namespace tenantctl
