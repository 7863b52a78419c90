#include "isolation/http_survey.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "isolation/proof.hpp"
#include "isolation/tries.hpp"

namespace tenantctl {
namespace {

std::string with_line_ends(const std::string& lines) {
  std::string text;
  for (const char c : lines) {
    if (c == '\n') text += '\r';
    text += c;
  }
  return text + "\r\n\r\n";
}

std::string plain_request(const std::string& host, const std::string& path) {
  return with_line_ends(fmt::format("GET {} HTTP/1.1\nHost: {}\nConnection: close", path, host));
}

class HttpScene {
 public:
  HttpScene(const HttpOrder& order, HttpProbe& http) : order_(order), http_(http) {}

  const Visited& tenant(std::size_t i) const { return order_.tenants[i]; }
  /// Over a connection that is opened for `host` of the tenant: by https, where that has a certificate.
  Result<HttpAnswer> send(const Visited& from, const std::string& host, std::string text) const {
    if (is_secure(from, host)) return http_.exchange({.address = order_.secure_address, .text = std::move(text), .named = host});
    return send_by_http(std::move(text));
  }
  Result<HttpAnswer> send_by_http(std::string text) const { return http_.exchange({.address = order_.address, .text = std::move(text)}); }
  bool is_secure(const Visited& tenant, const std::string& host) const {
    return !order_.secure_address.empty() && tenant.secure.contains(host);
  }

  /// That its page can be had at all, by its own name.
  Proof prove(std::size_t i) const {
    const auto& it = tenant(i);
    if (it.path.empty()) return {.why_not = fmt::format("the stack of \"{}\" names no page that says whose it is", it.slug.str())};
    const auto answer = send(it, it.hosts.at(0), plain_request(it.hosts.at(0), it.path));
    if (!answer) return {.why_not = full_message(answer.error())};
    if (answer->body.find(it.mark) != std::string::npos) return {};
    return {.why_not = fmt::format("http://{}{} answers with {} and without \"{}\"", it.hosts[0], it.path, answer->status, it.mark)};
  }

 private:
  const HttpOrder& order_;
  HttpProbe& http_;
};

class HttpSurvey {
 public:
  HttpSurvey(const HttpScene& scene, const HttpOrder& order, const std::map<std::size_t, Proof>& proofs, std::size_t subject,
             std::span<const std::size_t> others)
      : scene_(scene),
        order_(order),
        proofs_(proofs),
        at_(subject),
        subject_(scene.tenant(subject)),
        others_(others),
        tries_(subject_.id, subject_.slug, subject_.kind) {
    for (std::size_t i = 0; i < order.tenants.size(); ++i) {
      if (i != subject) all_.push_back(i);
    }
    everybody_ = all_;
  }

  TenantIsolation run(std::span<const ProbeCard> cards) {
    std::vector<const ProbeCard*> together;
    for (const auto& card : cards) {
      if (card.kind != ProbeKind::request) continue;
      if (card.together) together.push_back(&card);
      else try_card(card);
    }
    if (subject_.is_open && proof(at_).holds()) try_together(together);
    return std::move(tries_).result();
  }

 private:
  const Proof& proof(std::size_t i) const { return proofs_.at(i); }

  void try_card(const ProbeCard& card) {
    if (card.name == "own-page") return check_own_page(card);
    if (card.name == "suspended-page") return check_suspended(card);
    if (!subject_.is_open || !proof(at_).holds()) return;  // said once, by "own-page"
    if (card.by_https && !scene_.is_secure(subject_, subject_.hosts.at(0))) return;
    if (card.each != ProbeEach::other) return try_request(card, words(nullptr), "", card.rows_are_breach ? everybody_ : others_);
    for (const auto other : others_) {
      if (scene_.tenant(other).is_open)
        try_request(card, words(&scene_.tenant(other)), scene_.tenant(other).slug.str(), std::span(&other, 1));
    }
  }

  /// One request for the headers of all these cards. Only where that does not show the subject's own page, each is tried by itself.
  void try_together(const std::vector<const ProbeCard*>& cards) {
    for (const auto other : others_) {
      const auto& them = scene_.tenant(other);
      if (!them.is_open) continue;
      const auto filled = words(&them);
      const bool is_mine = proof(other).holds() && shows_my_page(cards, filled, them.mark);
      for (const auto* card : cards) {
        if (is_mine) tries_.count(*card);
        else try_request(*card, filled, them.slug.str(), std::span(&other, 1));
      }
    }
  }

  bool shows_my_page(const std::vector<const ProbeCard*>& cards, const ProbeWords& words, const std::string& their_mark) const {
    auto lines = fmt::format("GET {} HTTP/1.1\nHost: {}\n", subject_.path, subject_.hosts.at(0));
    for (const auto* card : cards) {
      const auto filled = fill_probe(card->sql, words);
      if (!filled) return false;
      const auto first = filled->find('\n', filled->find('\n') + 1) + 1;  // behind the request line and Host
      lines += filled->substr(first, filled->rfind('\n') + 1 - first);
    }
    const auto answer = scene_.send(subject_, subject_.hosts.at(0), with_line_ends(lines + "Connection: close"));
    const auto holds = [&](const std::string& mark) { return answer->body.find(mark) != std::string::npos; };
    return answer && holds(subject_.mark) && !holds(their_mark);
  }

  ProbeWords words(const Visited* other) const {
    ProbeWords words{{"my_host", subject_.hosts.at(0)},
                     {"my_host_upper", subject_.hosts[0]},
                     {"my_slug", subject_.slug.str()},
                     {"path", subject_.path},
                     {"domain", order_.domain}};
    std::ranges::transform(words["my_host_upper"], words["my_host_upper"].begin(), [](unsigned char c) { return std::toupper(c); });
    if (other != nullptr) {
      words["other_host"] = other->hosts.at(0);
      words["other_slug"] = other->slug.str();
      words["other_path"] = other->path;
    }
    return words;
  }

  /// Whose page it is, of those it must not be; nothing where it is none of theirs.
  std::optional<std::size_t> owner_of(const HttpAnswer& answer, std::span<const std::size_t> suspects) const {
    for (const auto suspect : suspects) {
      const auto& mark = scene_.tenant(suspect).mark;
      if (!mark.empty() && answer.body.find(mark) != std::string::npos) return suspect;
    }
    return std::nullopt;
  }

  void try_request(const ProbeCard& card, const ProbeWords& words, const std::string& object, std::span<const std::size_t> suspects) {
    tries_.count(card);
    const auto lines = fill_probe(card.sql, words);
    if (!lines) return tries_.unclear(card, object, lines.error().message);
    const auto answer = scene_.send(subject_, subject_.hosts.at(0), with_line_ends(*lines));
    if (!answer) return tries_.unclear(card, object, "it could not be tried: " + full_message(answer.error()));
    auto owner = owner_of(*answer, suspects);
    // Whoever asks for nobody is to get nobody's page, also not the subject's.
    const auto shows_mine = [&](const HttpAnswer& got) {
      return card.rows_are_breach && got.body.find(subject_.mark) != std::string::npos;
    };
    bool is_mine = shows_mine(*answer);
    if (!card.by_https && scene_.is_secure(subject_, subject_.hosts.at(0))) {
      // What holds by https need not by http, though a tenant's own page is not to be had by it any more.
      const auto plain = scene_.send_by_http(with_line_ends(*lines));
      if (!plain) return tries_.unclear(card, object, "it could not be tried by http: " + full_message(plain.error()));
      if (!owner) owner = owner_of(*plain, suspects);
      is_mine = is_mine || shows_mine(*plain);
    }
    if (owner || is_mine) {
      const auto& whose = is_mine ? subject_ : scene_.tenant(*owner);
      return tries_.found(card, object, fmt::format("the answer was the page of \"{}\"", whose.slug.str()), {});
    }
    for (const auto suspect : suspects) {
      if (!object.empty() && !proof(suspect).holds()) return tries_.unclear(card, object, "it was refused, but " + proof(suspect).why_not);
    }
  }

  /// By each of its hosts; what else is tried makes sense only then.
  void check_own_page(const ProbeCard& card) {
    if (!subject_.is_open) return;
    if (subject_.path.empty()) {
      tries_.count(card);
      return tries_.unclear(card, "", "its stack names no page that says whose it is: add whoami: to it in tenantctl.yaml");
    }
    for (const auto& host : subject_.hosts) {
      tries_.count(card);
      const auto answer = scene_.send(subject_, host, plain_request(host, subject_.path));
      if (!answer) tries_.unclear(card, host, full_message(answer.error()));
      else if (const auto owner = owner_of(*answer, others_))
        tries_.found(card, host, fmt::format("http://{}{} shows the page of \"{}\"", host, subject_.path, scene_.tenant(*owner).slug.str()),
                     {});
      else if (answer->body.find(subject_.mark) == std::string::npos)
        tries_.unclear(card, host,
                       fmt::format("http://{}{} answers with {} and without \"{}\"", host, subject_.path, answer->status, subject_.mark));
    }
  }

  void check_suspended(const ProbeCard& card) {
    if (subject_.is_open || subject_.path.empty()) return;
    const auto open_one = std::ranges::find_if(others_, [&](std::size_t i) { return scene_.tenant(i).is_open && proof(i).holds(); });
    for (const auto& host : subject_.hosts) {
      tries_.count(card);
      const auto answer = scene_.send(subject_, host, plain_request(host, subject_.path));
      if (!answer) tries_.unclear(card, host, full_message(answer.error()));
      else if (answer->body.find(subject_.mark) != std::string::npos || answer->status / 100 == 2)
        tries_.found(card, host, fmt::format("http://{}{} answers with {}", host, subject_.path, answer->status), {});
      else if (open_one == others_.end()) tries_.unclear(card, host, "it was refused, but no other tenant's page could be had either");
    }
  }

  const HttpScene& scene_;
  const HttpOrder& order_;
  const std::map<std::size_t, Proof>& proofs_;
  std::size_t at_;
  const Visited& subject_;
  std::span<const std::size_t> others_;
  std::vector<std::size_t> all_;
  std::span<const std::size_t> everybody_;  // but the subject
  Tries tries_;
};

}  // namespace

std::vector<TenantIsolation> survey_http(const HttpOrder& order, std::span<const ProbeCard> cards, HttpProbe& http) {
  const HttpScene scene(order, http);
  const auto meetings = meetings_of(order.subjects, order.tenants.size(), order.round);
  std::map<std::size_t, Proof> proofs;
  for (const auto subject : order.subjects) proofs[subject];
  for (const auto other : meetings.met) proofs[other];
  std::vector<std::size_t> met;
  for (const auto& [place, proof] : proofs) met.push_back(place);
  for_each_parallel(met.size(), order.round.jobs, [&](std::size_t i) {
    if (scene.tenant(met[i]).is_open) proofs.at(met[i]) = scene.prove(met[i]);
  });
  return survey_each(order.subjects.size(), order.round,
                     [&](std::size_t i) { return HttpSurvey(scene, order, proofs, order.subjects[i], meetings.others[i]).run(cards); });
}

}  // namespace tenantctl
