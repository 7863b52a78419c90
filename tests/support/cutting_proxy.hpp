// Stands between a client and a PostgreSQL on a unix socket, or any server on loopback, passes everything through, and cuts one
// connection at a chosen moment; later ones pass undisturbed. It counts requests: for PostgreSQL, messages that it answers
// (start-up, Query, Sync, CopyDone), since what is sent between those has no effect of its own; else whatever came at once.
#pragma once
#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "support/temp_folder.hpp"

namespace tenantctl::test {

enum class Cut { request_lost, in_flight, answer_lost };  // not sent on; sent on and cut at once; answered, and that withheld

class CuttingProxy {
 public:
  /// `server`: the socket's path, such as /run/postgresql/.s.PGSQL.5432.
  explicit CuttingProxy(std::filesystem::path server);
  /// `port`: the server's, on loopback.
  explicit CuttingProxy(int port);
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;
  ~CuttingProxy();

  /// The `request`-th request from now on, from 1 and over all connections, meets its cut. Only while nobody is connected.
  void arm(Cut cut, int request);
  /// Whatever was not met by now is not to be.
  void disarm() { left_ = 0; }
  bool has_cut() const { return has_cut_; }
  /// Since the last arm().
  int requests() const { return seen_; }

  /// What a connection string says instead of the server's host and port.
  std::string host() const { return folder_.path().string(); }
  static constexpr int k_port = 5432;
  /// Of loopback, where it stands before a port.
  int port() const { return port_; }

 private:
  struct Link {
    int client = -1;
    int server = -1;
    bool started = false;  // the start-up packet has no type byte
    std::string pending;   // from the client, up to a whole message
  };

  bool is_any() const { return port_ != 0; }
  void begin();
  void serve();
  void accept_client();
  bool pass_requests(Link& link);
  bool pass_answers(const Link& link) const;
  bool cut(const Link& link, const std::string& message);

  TempFolder folder_;
  std::filesystem::path server_;
  int server_port_ = 0;
  int port_ = 0;
  int listener_ = -1;
  int wake_[2] = {-1, -1};
  std::vector<Link> links_;
  std::atomic<Cut> cut_ = Cut::request_lost;
  std::atomic<int> left_ = 0;  // requests until the cut; 0: none is wanted
  std::atomic<bool> has_cut_ = false;
  std::atomic<int> seen_ = 0;
  std::thread thread_;
};

}  // namespace tenantctl::test
