#include <fcntl.h>
#include <unistd.h>

#include "commands/command_line.hpp"
#include "wiring.hpp"

namespace {

/// A caller may have closed stdin, stdout or stderr. Their numbers must not go to a socket or file of ours, into which the
/// report would then be written.
void occupy_standard_streams() {
  int descriptor = 0;
  do { descriptor = ::open("/dev/null", O_RDWR); } while (descriptor >= 0 && descriptor <= STDERR_FILENO);
  ::close(descriptor);
}

}  // namespace

int main(int argc, char* argv[]) {
  occupy_standard_streams();
  return tenantctl::run(argc, argv, tenantctl::production_services);
}
