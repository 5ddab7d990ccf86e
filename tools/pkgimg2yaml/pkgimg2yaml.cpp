//===- pkgimg2yaml.cpp - package images to YAML ---------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The tool that prints a cache header, an image or target data as YAML.
///
//===----------------------------------------------------------------------===//

#include "pkgimg/Config/Version.h"
#include "pkgimg/Format/OutputFile.h"
#include "pkgimg/FormatYAML/FormatYAML.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace pkgimg;

static cl::OptionCategory Category("pkgimg2yaml Options");

static cl::opt<std::string> InputName(cl::Positional, cl::desc("<input file>"),
                                      cl::init("-"), cl::cat(Category));
static cl::opt<std::string> OutputName("o",
                                       cl::desc("Write the YAML to <file>"),
                                       cl::value_desc("file"), cl::init("-"),
                                       cl::cat(Category));
static cl::opt<std::string>
    ArchName("arch", cl::desc("Read the slice of a universal file for <arch>"),
             cl::value_desc("arch"), cl::cat(Category));
static cl::opt<std::string>
    DialectName("dialect",
                cl::desc("Read the tables as those of <dialect>, such as "
                         "julia-1.12 or pkgimg"),
                cl::value_desc("dialect"), cl::cat(Category));
static cl::opt<bool>
    NoTables("no-tables",
             cl::desc("Describe tables as the definitions that they are"),
             cl::cat(Category));
static cl::opt<uint64_t> MaxDataSize(
    "max-data-size",
    cl::desc("Do not decompress data of more than <bytes> (default: 1 GiB)"),
    cl::value_desc("bytes"), cl::init(uint64_t(1) << 30), cl::cat(Category));

static int fail(const Twine &Message) {
  WithColor::error(errs(), "pkgimg2yaml") << Message << '\n';
  return 1;
}

int main(int Argc, char **Argv) {
  InitLLVM X(Argc, Argv);
  cl::HideUnrelatedOptions(Category);
  cl::SetVersionPrinter([](raw_ostream &OS) {
    OS << "pkgimg2yaml " << PKGIMG_VERSION_STRING << '\n';
  });
  cl::ParseCommandLineOptions(
      Argc, Argv, "Describe a cache header, an image or target data in YAML\n");

  FormatYAML::DescribeOptions Options;
  Options.MaxDataSize = MaxDataSize;
  if (!ArchName.empty()) {
    Options.Arch = Triple(ArchName).getArch();
    if (Options.Arch == Triple::UnknownArch)
      return fail("--arch: unknown architecture '" + ArchName + "'");
  }
  Options.HasTables = !NoTables;
  if (!DialectName.empty()) {
    Options.Dialect = parseDialectName(DialectName);
    if (!Options.Dialect)
      return fail("--dialect: unknown dialect '" + DialectName +
                  "'; expected julia-1.9 to julia-1.14, or pkgimg");
  }
  ErrorOr<std::unique_ptr<MemoryBuffer>> Input =
      MemoryBuffer::getFileOrSTDIN(InputName);
  if (!Input)
    return fail("'" + InputName + "': " + Input.getError().message());
  Expected<FormatYAML::FileDocument> Document =
      FormatYAML::describeFile(**Input, Options);
  if (!Document)
    return fail(toString(Document.takeError()));
  if (Error E =
          writeOutputFile(OutputName, FormatYAML::printDocument(*Document)))
    return fail(toString(std::move(E)));
  return 0;
}
