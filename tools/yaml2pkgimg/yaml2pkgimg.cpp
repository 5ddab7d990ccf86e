//===- yaml2pkgimg.cpp - package images from YAML -------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The tool that makes a cache header, an image or target data of YAML.
///
//===----------------------------------------------------------------------===//

#include "pkgimg/Config/Version.h"
#include "pkgimg/Format/OutputFile.h"
#include "pkgimg/FormatYAML/FormatYAML.h"
#include "pkgimg/FormatYAML/Macros.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace pkgimg;

static cl::OptionCategory Category("yaml2pkgimg Options");

static cl::opt<std::string> InputName(cl::Positional, cl::desc("<input file>"),
                                      cl::init("-"), cl::cat(Category));
static cl::opt<std::string> OutputName("o",
                                       cl::desc("Write the file to <file>"),
                                       cl::value_desc("file"), cl::init("-"),
                                       cl::cat(Category));
static cl::list<std::string>
    Definitions("D", cl::Prefix,
                cl::desc("Replace the macro [[<name>]] by <value>"),
                cl::value_desc("name=value"), cl::cat(Category));
static cl::opt<bool> PreprocessOnly("E",
                                    cl::desc("Print the text with its macros "
                                             "replaced, and do nothing else"),
                                    cl::cat(Category));
static cl::opt<unsigned>
    DocNum("docnum",
           cl::desc("Make the file of document <number> (default: 1)"),
           cl::value_desc("number"), cl::init(1), cl::cat(Category));
static cl::opt<uint64_t>
    MaxSize("max-size",
            cl::desc("Make no file of more than <bytes> (default: 1 GiB; 0: no "
                     "limit)"),
            cl::value_desc("bytes"), cl::init(uint64_t(1) << 30),
            cl::cat(Category));

static int fail(const Twine &Message) {
  WithColor::error(errs(), "yaml2pkgimg") << Message << '\n';
  return 1;
}

int main(int Argc, char **Argv) {
  InitLLVM X(Argc, Argv);
  cl::HideUnrelatedOptions(Category);
  cl::SetVersionPrinter([](raw_ostream &OS) {
    OS << "yaml2pkgimg " << PKGIMG_VERSION_STRING << '\n';
  });
  cl::ParseCommandLineOptions(
      Argc, Argv, "Make a cache header, an image or target data of YAML\n");

  ErrorOr<std::unique_ptr<MemoryBuffer>> Input =
      MemoryBuffer::getFileOrSTDIN(InputName, /*IsText=*/true);
  if (!Input)
    return fail("'" + InputName + "': " + Input.getError().message());
  Expected<std::string> Text =
      FormatYAML::expandMacros((*Input)->getBuffer(), Definitions);
  if (!Text)
    return fail("-D: " + toString(Text.takeError()));
  std::string Bytes;
  if (PreprocessOnly) {
    Bytes = std::move(*Text);
  } else {
    Expected<FormatYAML::FileDocument> Document = FormatYAML::parseDocument(
        MemoryBufferRef(*Text, (*Input)->getBufferIdentifier()), DocNum);
    if (!Document)
      return fail(toString(Document.takeError()));
    Expected<std::string> File = FormatYAML::buildFile(*Document, MaxSize);
    if (!File)
      return fail((*Input)->getBufferIdentifier() + ": " +
                  toString(File.takeError()));
    Bytes = std::move(*File);
  }
  if (Error E = writeOutputFile(OutputName, Bytes))
    return fail(toString(std::move(E)));
  return 0;
}
