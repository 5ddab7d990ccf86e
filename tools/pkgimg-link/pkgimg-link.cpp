//===- pkgimg-link.cpp - Make package images ------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The tool: LLD if it is called as LLD, else the driver.
///
//===----------------------------------------------------------------------===//

#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/LinkRunner.h"
#include "pkgimg/Driver/StagingDirectory.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <unistd.h>

using namespace llvm;
using namespace pkgimg::driver;

/// LLD ends the process by this function when an error is fatal on one of its
/// worker threads. This definition takes the C library's place in the
/// executable: it removes the staging directory, which nobody else does then.
extern "C" void _Exit(int Status) {
  StagingDirectory::removeAllNow();
  ::_exit(Status);
}

int main(int Argc, char **Argv) {
  ArrayRef<const char *> Args(Argv, Argc);
  if (isLLDInvocation(Args))
    return runLLDMain(Args);

  StagingDirectory::removeAllOnSignal();
  // Some of LLVM's options print a text and call exit(), from within LLD.
  std::atexit(StagingDirectory::removeAllNow);
  int Result;
  {
    Diagnostics Diags(errs(), "pkgimg-link");
    Driver TheDriver(
        sys::fs::getMainExecutable(
            Argv[0], reinterpret_cast<void *>(StagingDirectory::removeAllNow)),
        Diags);
    TheDriver.setIntegratedLLD(true);
    TheDriver.setProcessEndsSoon(true);
    std::unique_ptr<Compilation> C =
        TheDriver.buildCompilation(Args.drop_front());
    Result = C ? TheDriver.executeCompilation(*C) : Diags.hasErrors();
  }
  outs().flush();
  if (outs().has_error()) {
    errs() << "pkgimg-link: error: cannot write to standard output: "
           << outs().error().message() << '\n';
    outs().clear_error();
    Result = 1;
  }
  // The operating system frees memory faster than destructors do.
  errs().flush();
  ::_exit(Result);
}
