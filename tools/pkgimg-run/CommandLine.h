//===- CommandLine.h - what the user asks for -------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_TOOLS_RUN_COMMANDLINE_H
#define PKGIMG_TOOLS_RUN_COMMANDLINE_H

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <string>
#include <vector>

namespace pkgimg {
namespace run {

/// The command line. No option is taken that would have no effect.
struct CommandLine {
  bool Help = false;
  bool Version = false;
  bool List = false;
  bool CPUTargets = false;
  bool DryRun = false;
  bool Check = true;
  /// As they were given.
  std::vector<std::string> Calls;
  /// --cpu; empty if it was not given.
  std::string CPU;
  std::string Image;
};

/// Reads the arguments \p Argv, of which the first is the tool's name; @file is
/// a response file. The error has one message for each mistake.
llvm::Error parseCommandLine(int Argc, char **Argv, CommandLine &Result);

/// Prints what --help prints.
void printHelp(llvm::raw_ostream &OS);

} // namespace run
} // namespace pkgimg

#endif // PKGIMG_TOOLS_RUN_COMMANDLINE_H
