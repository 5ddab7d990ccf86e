//===- CommandLine.h - what the user asks for -------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_TOOLS_READOBJ_COMMANDLINE_H
#define PKGIMG_TOOLS_READOBJ_COMMANDLINE_H

#include "Groups.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Triple.h"
#include <string>
#include <vector>

namespace pkgimg {
namespace readobj {

/// The command line. No option is taken that would have no effect.
struct CommandLine {
  enum ModeType { Show, Check, Diff, ExtractHeader, Help, Version };

  ModeType Mode = Show;
  Groups Shown = Groups::None;
  bool JSON = false;
  bool CompareAddresses = false;
  llvm::Triple::ArchType Arch = llvm::Triple::UnknownArch;
  /// --image; empty if it was not given.
  std::string Image;
  /// --extract-header.
  std::string Output;
  std::vector<std::string> Files;
};

/// Reads the arguments \p Argv, of which the first is the tool's name; @file is
/// a response file. The error has one message for each mistake. Result.Mode is
/// what was asked for even then, since the exit status depends on it.
llvm::Error parseCommandLine(int Argc, char **Argv, CommandLine &Result);

/// Prints what --help prints.
void printHelp(llvm::raw_ostream &OS);

} // namespace readobj
} // namespace pkgimg

#endif // PKGIMG_TOOLS_READOBJ_COMMANDLINE_H
