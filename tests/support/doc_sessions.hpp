// The ```console blocks of a Markdown file as commands with the output that they promise, run by one bash in a home of
// their own, and compared. It changes no document: what a command really says is in the mismatch's text, to be pasted.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "support/temp_folder.hpp"

namespace tenantctl::test {

struct DocCommand {
  int line = 0;                       // in the document, from 1
  std::string text;                   // behind "$ ", with the lines behind "> " that continue it
  std::vector<std::string> promised;  // the lines up to the next command or the block's end
};

/// In the document's order. Output before a block's first command throws: nobody could have said it.
std::vector<DocCommand> console_commands(std::string_view markdown);

/// The texts of all ```LANGUAGE blocks.
std::vector<std::string> fenced_blocks(std::string_view markdown, std::string_view language);

/// True where `actual` is what was promised. Equal are: ids, instants, tenant codes, pids, ports and milliseconds of any
/// value, and spaces of any number. "…" stands for anything within a line, and alone on a line for any number of lines.
bool keeps_promise(const std::vector<std::string>& promised, const std::vector<std::string>& actual);

struct DocOutcome {
  int status = -1;  // -1: the session ended before it
  std::vector<std::string> lines;
};

/// A computer as the documents have it: user "ops" in /home/ops on host "web1", with the built tenantctl on PATH. Really
/// that home is a temporary folder, and so is all that tenantctl finds by it; a sandbox left in it is removed at the end.
class DocSession {
 public:
  DocSession();
  DocSession(const DocSession&) = delete;
  DocSession& operator=(const DocSession&) = delete;
  ~DocSession();

  /// Runs the commands in order in one bash. Deadline for all of them: four minutes.
  std::vector<DocOutcome> run(const std::vector<DocCommand>& commands) const;

 private:
  std::string bash(const std::string& script) const;

  TempFolder folder_;
};

}  // namespace tenantctl::test
