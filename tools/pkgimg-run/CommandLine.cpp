//===- CommandLine.cpp - what the user asks for ---------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Option/Arg.h"
#include "llvm/Option/ArgList.h"
#include "llvm/Option/OptTable.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/StringSaver.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::run;

namespace {

enum ID {
  OPT_INVALID = 0,
#define OPTION(...) LLVM_MAKE_OPT_ID(__VA_ARGS__),
#include "Opts.inc"
#undef OPTION
};

#define PREFIX(NAME, VALUE)                                                    \
  static constexpr StringLiteral NAME##_init[] = VALUE;                        \
  static constexpr ArrayRef<StringLiteral> NAME(NAME##_init,                   \
                                                std::size(NAME##_init) - 1);
#include "Opts.inc"
#undef PREFIX

static constexpr OptTable::Info InfoTable[] = {
#define OPTION(...) LLVM_CONSTRUCT_OPT_INFO(__VA_ARGS__),
#include "Opts.inc"
#undef OPTION
};

class RunOptTable : public GenericOptTable {
public:
  RunOptTable() : GenericOptTable(InfoTable) {}
};

} // namespace

Error pkgimg::run::parseCommandLine(int Argc, char **Argv,
                                    CommandLine &Result) {
  Error Problems = Error::success();
  auto Complain = [&](const Twine &Message) {
    Problems = joinErrors(std::move(Problems), createStringError(Message));
  };

  BumpPtrAllocator Allocator;
  StringSaver Saver(Allocator);
  RunOptTable Table;
  InputArgList Args =
      Table.parseArgs(Argc, Argv, OPT_UNKNOWN, Saver,
                      [&](StringRef Message) { Complain(Message); });

  Result.Help = Args.hasArg(OPT_help);
  Result.Version = Args.hasArg(OPT_version);
  if (Result.Help || Result.Version)
    return Problems;

  Result.List = Args.hasArg(OPT_list_functions);
  Result.CPUTargets = Args.hasArg(OPT_cpu_targets);
  Result.DryRun = Args.hasArg(OPT_dry_run);
  Result.Check =
      !Args.hasArg(OPT_check, OPT_no_check) ||
      Args.getLastArg(OPT_check, OPT_no_check)->getOption().matches(OPT_check);
  Result.Calls = Args.getAllArgValues(OPT_call_EQ);
  Result.CPU = Args.getLastArgValue(OPT_cpu_EQ);
  if (Args.hasArg(OPT_cpu_EQ) && Result.CPU.empty())
    Complain("'--cpu=' needs the name of a processor");

  std::vector<std::string> Files = Args.getAllArgValues(OPT_INPUT);
  append_range(Files, Args.getAllArgValues(OPT__DASH_DASH));
  if (Files.size() == 1)
    Result.Image = Files[0];
  else
    Complain(Files.empty() ? Twine("no image was given")
                           : "expected one image, got " + Twine(Files.size()));

  // Without a call nothing need run, and with a dry run nothing may.
  if (Result.DryRun && !Result.Calls.empty())
    Complain("'--call=' is not allowed with '--dry-run'");
  if (!Result.List && !Result.CPUTargets && !Result.DryRun &&
      Result.Calls.empty())
    Complain("nothing to do; give '--call=', '--list', '--cpu-targets' or "
             "'--dry-run'");
  return Problems;
}

void pkgimg::run::printHelp(raw_ostream &OS) {
  RunOptTable().printHelp(OS, "pkgimg-run [options] image",
                          "Loads a package image, and calls functions of it.\n"
                          "\n"
                          "The image is verified, and its CPU target chosen, "
                          "before anything of it\n"
                          "is mapped.");
}
