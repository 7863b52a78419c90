#include "support/smtp_sink.hpp"

#include <algorithm>

#include "adapters/process/local_shell.hpp"
#include "support/certificate.hpp"
#include "support/free_port.hpp"

namespace tenantctl::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* k_read_mail = R"py(
import email, email.policy, json, sys
for path in sys.argv[1:]:
    mail = email.message_from_binary_file(open(path, "rb"), policy=email.policy.default)
    part = lambda kind: (mail.get_body((kind,)).get_content() if mail.get_body((kind,)) else "").replace("\r\n", "\n")
    known = json.load(open(path[:-4] + ".json"))
    known.update({"headers": {k.lower(): str(v) for k, v in mail.items()}, "text": part("plain"), "html": part("html"), "type": mail.get_content_type()})
    print(json.dumps(known))
)py";

}  // namespace

SmtpSink::SmtpSink(Options options) : options_(std::move(options)), port_(free_port()) {
  if (options_.tls != SinkTls::none) make_certificate(folder_, "localhost");
  fs::create_directory(folder_ / "mails");
  start();
}

std::string SmtpSink::url() const {
  return (options_.tls == SinkTls::smtps ? "smtps://localhost:" : "smtp://localhost:") + std::to_string(port_);
}

void SmtpSink::start() {
  const auto log = folder_ / "log";
  fs::remove(log);
  std::vector<std::string> argv{"python3", std::string(TENANTCTL_SOURCE_DIR) + "/tests/support/smtp_sink.py", std::to_string(port_),
                                (folder_ / "mails").string()};
  if (options_.tls != SinkTls::none) argv.insert(argv.end(), {"--tls", (folder_ / "cert.pem").string(), (folder_ / "key.pem").string()});
  if (options_.tls == SinkTls::smtps) argv.emplace_back("--smtps");
  if (!options_.user.empty()) argv.insert(argv.end(), {"--login", options_.user, options_.password});
  server_.start({.argv = argv, .log = log}, [&] { return says(log, "listens"); });
}

std::vector<nlohmann::json> SmtpSink::mails() const {
  std::vector<std::string> argv{"python3", "-c", k_read_mail};
  for (const auto& entry : fs::directory_iterator(folder_ / "mails")) {
    if (entry.path().extension() == ".eml") argv.push_back(entry.path().string());
  }
  std::sort(argv.begin() + 3, argv.end());
  LocalShell shell;
  const auto read = shell.run({.argv = argv});
  if (!read || !read->succeeded()) throw std::runtime_error("mails can't be read: " + (read ? read->err : full_message(read.error())));
  std::vector<nlohmann::json> mails;
  std::istringstream lines(read->out);
  for (std::string line; std::getline(lines, line);) mails.push_back(nlohmann::json::parse(line));
  return mails;
}

void SmtpSink::clear() {
  for (const auto& entry : fs::directory_iterator(folder_ / "mails")) fs::remove(entry.path());
}

}  // namespace tenantctl::test
