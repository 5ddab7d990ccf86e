//===- LinkRunner.h - Run a linker, supervised ------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Runs LLD so that whatever becomes of it, the caller gets an answer, the
/// user gets a message, and an earlier output stays as it was.
///
/// LLD as a library may end the process (fatal errors call _exit when they
/// happen on a worker thread), raise a signal (SIGBUS when the disk is full),
/// and leave its global state unusable; two links at once corrupt each other.
/// So there are two ways to run it, as clang has two for cc1: in this process,
/// one link at a time, under crash recovery; and in a child.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_DRIVER_LINKRUNNER_H
#define PKGIMG_DRIVER_LINKRUNNER_H

#include "pkgimg/Driver/Diagnostics.h"
#include "pkgimg/Driver/Job.h"
#include "llvm/ADT/ArrayRef.h"

namespace pkgimg {
namespace driver {

class StagingDirectory;

/// Runs one LinkCommand.
class LinkRunner {
public:
  /// \param Target the target's triple: inputs for another are refused.
  /// \param ProcessEndsSoon leaves LLD's memory to the operating system after
  ///        a link in this process, instead of freeing it.
  LinkRunner(const llvm::Triple &Target, Diagnostics &Diags,
             bool ProcessEndsSoon = false)
      : Target(Target), Diags(Diags), ProcessEndsSoon(ProcessEndsSoon) {}

  /// Checks the inputs, links into \p Staging, runs the commands \p Then on the
  /// image and puts the outputs in their places. Returns 0, or the exit status
  /// of the tool: the reason has been reported, and no output is left behind.
  int run(const LinkCommand &Cmd, StagingDirectory &Staging, bool IntegratedLLD,
          llvm::ArrayRef<const ExternalCommand *> Then = {});

  /// Reads each input with the bounded reader of Format before a linker does.
  /// Returns false after reporting each input that cannot be linked; else
  /// \p TotalBytes is the size of all.
  bool checkInputs(const LinkCommand &Cmd, uint64_t &TotalBytes);

private:
  int runInProcess(llvm::ArrayRef<const char *> Args, const LinkCommand &Cmd);
  int runChild(llvm::StringRef Program, llvm::ArrayRef<const char *> Args,
               const LinkCommand &Cmd, StagingDirectory &Staging);
  int runExternal(const ExternalCommand &Cmd, StagingDirectory &Staging);
  void reportCrash(const LinkCommand &Cmd, const llvm::Twine &What);

  llvm::Triple Target;
  Diagnostics &Diags;
  bool ProcessEndsSoon;
};

/// Runs LLD as its own program does: \p Args are its arguments, with its name
/// or `-flavor` first. Does not return on most paths: as in lld, the process
/// ends without freeing its memory.
int runLLDMain(llvm::ArrayRef<const char *> Args);

/// Returns true if \p Args call for LLD itself: a program name that is one of
/// lld, ld.lld, ld64.lld, lld-link, wasm-ld (with a version or `.exe` behind
/// it), or `-flavor` as the first argument.
bool isLLDInvocation(llvm::ArrayRef<const char *> Args);

/// The versions of LLD, as it prints them.
std::string getLLDVersionText();

/// Returns how many of \p Wanted threads can be created now: containers and
/// batch systems limit them, and LLD ends the process when one is refused.
unsigned probeThreads(unsigned Wanted);

} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_DRIVER_LINKRUNNER_H
