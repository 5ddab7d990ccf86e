//===- CommandLine.cpp - what the user asks for ---------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Option/Arg.h"
#include "llvm/Option/ArgList.h"
#include "llvm/Option/OptTable.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/StringSaver.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::readobj;

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

class ReadobjOptTable : public GenericOptTable {
public:
  ReadobjOptTable() : GenericOptTable(InfoTable) {
    setGroupedShortOptions(true);
  }
};

} // namespace

static Groups getGroups(const InputArgList &Args) {
  static constexpr std::pair<ID, Groups> Options[] = {
      {OPT_all, Groups::All},
      {OPT_headers, Groups::Headers},
      {OPT_flags, Groups::Flags},
      {OPT_modules, Groups::Modules},
      {OPT_dependencies, Groups::Dependencies},
      {OPT_preferences, Groups::Preferences},
      {OPT_targets, Groups::Targets},
      {OPT_shards, Groups::Shards},
      {OPT_functions, Groups::Functions},
      {OPT_globals, Groups::Globals},
      {OPT_symbols, Groups::Symbols},
      {OPT_sections, Groups::Sections},
      {OPT_sizes, Groups::Sizes},
      {OPT_sources, Groups::Sources},
      {OPT_digests, Groups::Digests},
  };
  Groups Set = Groups::None;
  for (auto [Option, Group] : Options)
    if (Args.hasArg(Option))
      Set |= Group;
  return Set;
}

/// The groups that --diff compares if none is asked for: the container's own
/// lists say where a linker put what the others name.
static constexpr Groups DiffGroups =
    Groups::All & ~(Groups::Symbols | Groups::Sections);

Error pkgimg::readobj::parseCommandLine(int Argc, char **Argv,
                                        CommandLine &Result) {
  Error Problems = Error::success();
  auto Complain = [&](const Twine &Message) {
    Problems = joinErrors(std::move(Problems), createStringError(Message));
  };

  BumpPtrAllocator Allocator;
  StringSaver Saver(Allocator);
  ReadobjOptTable Table;
  InputArgList Args =
      Table.parseArgs(Argc, Argv, OPT_UNKNOWN, Saver,
                      [&](StringRef Message) { Complain(Message); });

  if (Args.hasArg(OPT_help) || Args.hasArg(OPT_version)) {
    Result.Mode =
        Args.hasArg(OPT_help) ? CommandLine::Help : CommandLine::Version;
    return Problems;
  }

  // What is done; the last option that says so sets the exit status of errors.
  const Arg *ModeArg = nullptr;
  for (const Arg *A :
       Args.filtered(OPT_check, OPT_diff, OPT_extract_header_EQ)) {
    if (ModeArg && ModeArg->getOption().getID() != A->getOption().getID())
      Complain("'" + A->getSpelling() + "' is not allowed with '" +
               ModeArg->getSpelling() + "'");
    ModeArg = A;
    Result.Mode = A->getOption().matches(OPT_check) ? CommandLine::Check
                  : A->getOption().matches(OPT_diff)
                      ? CommandLine::Diff
                      : CommandLine::ExtractHeader;
  }
  Result.Output = Args.getLastArgValue(OPT_extract_header_EQ);
  Result.Image = Args.getLastArgValue(OPT_image_EQ);
  Result.JSON = Args.hasArg(OPT_json);
  Result.CompareAddresses = Args.hasArg(OPT_addresses);
  Result.Files = Args.getAllArgValues(OPT_INPUT);
  append_range(Result.Files, Args.getAllArgValues(OPT__DASH_DASH));

  Result.Shown = getGroups(Args);
  if (Result.Mode == CommandLine::Check ||
      Result.Mode == CommandLine::ExtractHeader) {
    if (const Arg *A = Args.getLastArg(OPT_ShowGroup))
      Complain("'" + A->getSpelling() + "' is not allowed with '" +
               ModeArg->getSpelling() + "'");
  } else if (Result.Shown == Groups::None) {
    Result.Shown =
        Result.Mode == CommandLine::Diff ? DiffGroups : Groups::Summary;
  }
  if (Result.Mode == CommandLine::ExtractHeader && Result.JSON)
    Complain("'--json' is not allowed with '--extract-header='");
  if (Result.Mode != CommandLine::Check && Args.hasArg(OPT_image_EQ))
    Complain("'--image=' needs '--check'");
  if (Result.Mode != CommandLine::Diff && Result.CompareAddresses)
    Complain("'--addresses' needs '--diff'");
  for (ID Option : {OPT_image_EQ, OPT_extract_header_EQ})
    if (const Arg *A = Args.getLastArg(Option); A && !*A->getValue())
      Complain("'" + A->getSpelling() + "' needs the name of a file");

  if (const Arg *A = Args.getLastArg(OPT_arch_EQ)) {
    Result.Arch = Triple(A->getValue()).getArch();
    if (Result.Arch == Triple::UnknownArch)
      Complain("unknown architecture '" + Twine(A->getValue()) +
               "' in '--arch='; expected a name as in a triple, such as "
               "'x86_64' or 'arm64'");
  }

  size_t NumFiles = Result.Files.size();
  if (Result.Mode == CommandLine::Diff && NumFiles != 2)
    Complain("'--diff' needs two files, got " + Twine(NumFiles));
  else if (Result.Mode == CommandLine::ExtractHeader && NumFiles != 1)
    Complain("'--extract-header=' needs one file, got " + Twine(NumFiles));
  else if (!Result.Image.empty() && NumFiles != 1)
    Complain("'--image=' needs one file beside it, got " + Twine(NumFiles));
  else if (!NumFiles)
    Complain("no input files");
  if (count(Result.Files, "-") + (Result.Image == "-") > 1)
    Complain("'-', standard input, can be given once");
  return Problems;
}

void pkgimg::readobj::printHelp(raw_ostream &OS) {
  ReadobjOptTable().printHelp(
      OS, "pkgimg-readobj [options] file...",
      "Shows what package images, their headers and their objects say.\n"
      "\n"
      "Files are recognised by their content; '-' is standard input. Without\n"
      "an option that says what to show: --headers --targets --sizes.");
}
