//===- pkgimg-readobj.cpp - Show package images ---------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The tool. What a file says becomes a tree (Describer), which is shown as
/// text, written as JSON or compared.
///
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "CommandLine.h"
#include "Describer.h"
#include "Diff.h"
#include "ExtractHeader.h"
#include "JSONPrinter.h"
#include "TextPrinter.h"
#include "pkgimg/Config/Version.h"
#include "pkgimg/Format/OutputFile.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::readobj;

static constexpr StringLiteral ToolName = "pkgimg-readobj";

static void reportMessage(const Twine &Message) {
  // What was shown before stands before it.
  outs().flush();
  WithColor::error(errs(), ToolName) << Message << '\n';
}

/// Reports each message of \p E, with the file's name in quotes before it. A
/// message that begins with a name itself, of the file or of a member, gives it
/// up.
static void reportFileError(StringRef File, Error E) {
  handleAllErrors(std::move(E), [&](const ErrorInfoBase &Info) {
    std::string Message = Info.message();
    StringRef Rest = Message;
    std::string Name = File.str();
    if (Rest.consume_front(File)) {
      size_t End = Rest.starts_with("(") ? Rest.find("): ") : 0;
      if (End != StringRef::npos && Rest.substr(End).starts_with("): ")) {
        Name += Rest.take_front(End + 1);
        Rest = Rest.drop_front(End + 1);
      }
      if (!Rest.consume_front(": "))
        Rest = Message;
    }
    reportMessage("'" + escapeText(Name) + "': " + escapeText(Rest));
  });
}

/// Opens \p Name, which is mapped where it is a file.
static Expected<std::unique_ptr<MemoryBuffer>> openFile(StringRef Name) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> Buffer =
      MemoryBuffer::getFileOrSTDIN(Name, /*IsText=*/false,
                                   /*RequiresNullTerminator=*/false);
  if (!Buffer)
    return createStringError(Buffer.getError().message());
  return std::move(*Buffer);
}

/// Describes the file \p Name. Its errors are reported, and set \p Failed.
static std::vector<Value> describeFile(StringRef Name, const CommandLine &CL,
                                       bool &Failed) {
  Expected<std::unique_ptr<MemoryBuffer>> Buffer = openFile(Name);
  if (!Buffer) {
    reportFileError(Name, Buffer.takeError());
    Failed = true;
    return {};
  }
  StringRef Shown = (*Buffer)->getBufferIdentifier();
  return Describer(CL.Shown, CL.Arch,
                   [&](Error E) {
                     reportFileError(Shown, std::move(E));
                     Failed = true;
                   })
      .describe(**Buffer);
}

static int show(const CommandLine &CL) {
  bool Failed = false;
  if (CL.JSON) {
    json::OStream J(outs(), /*IndentSize=*/2);
    J.array([&] {
      for (const std::string &Name : CL.Files)
        for (const Value &File : describeFile(Name, CL, Failed))
          printJSON(File, J);
    });
    outs() << '\n';
    return Failed;
  }
  ScopedPrinter W(outs());
  bool IsFirst = true;
  for (const std::string &Name : CL.Files)
    for (const Value &File : describeFile(Name, CL, Failed)) {
      if (!std::exchange(IsFirst, false))
        outs() << '\n';
      printText(File, W);
    }
  return Failed;
}

static int check(const CommandLine &CL) {
  bool Failed = false;
  VerifierOptions Options;
  Options.Threads = 0;
  Options.Arch = CL.Arch;
  std::unique_ptr<MemoryBuffer> Image;
  if (!CL.Image.empty()) {
    Expected<std::unique_ptr<MemoryBuffer>> Buffer = openFile(CL.Image);
    if (!Buffer) {
      reportFileError(CL.Image, Buffer.takeError());
      return 1;
    }
    Image = std::move(*Buffer);
    Options.Image = *Image;
  }

  std::vector<Value> Checks;
  for (const std::string &Name : CL.Files) {
    Expected<std::unique_ptr<MemoryBuffer>> Buffer = openFile(Name);
    if (!Buffer) {
      reportFileError(Name, Buffer.takeError());
      Failed = true;
      continue;
    }
    StringRef Shown = (*Buffer)->getBufferIdentifier();
    Expected<VerifierReport> Report = verify(**Buffer, Options);
    Value Check = Value::object();
    if (Report) {
      Check = describeCheck(Shown, *Report);
    } else {
      std::string Message = toString(Report.takeError());
      Check = describeFailedCheck(Shown, Message);
      reportFileError(Shown, createStringError(Message));
      Failed = true;
    }
    if (CL.JSON)
      Checks.push_back(std::move(Check));
    else
      printCheckLines(Check, outs());
  }
  if (CL.JSON) {
    json::OStream J(outs(), /*IndentSize=*/2);
    J.array([&] {
      for (const Value &Check : Checks)
        printJSON(Check, J);
    });
    outs() << '\n';
  }
  return Failed;
}

/// The one description of a file that --diff compares.
static std::optional<Value> describeForDiff(StringRef Name,
                                            const CommandLine &CL) {
  bool Failed = false;
  std::vector<Value> Files = describeFile(Name, CL, Failed);
  if (Failed || Files.empty())
    return std::nullopt;
  if (Files.size() > 1) {
    reportFileError(
        Name, createStringError("the file has several slices; choose one with "
                                "'--arch='"));
    return std::nullopt;
  }
  return std::move(Files[0]);
}

static int diff(const CommandLine &CL) {
  std::optional<Value> A = describeForDiff(CL.Files[0], CL);
  std::optional<Value> B = describeForDiff(CL.Files[1], CL);
  if (!A || !B)
    return 2;
  std::vector<Difference> Differences =
      compareValues(*A, *B, CL.CompareAddresses);
  if (CL.JSON) {
    Value V = Value::object();
    V.add("A", Value::string(CL.Files[0]));
    V.add("B", Value::string(CL.Files[1]));
    Value List = Value::list("Difference");
    for (Difference &D : Differences) {
      Value Element = Value::object();
      Element.add("Path", Value::string(D.Path));
      if (D.A)
        Element.add("A", std::move(*D.A));
      if (D.B)
        Element.add("B", std::move(*D.B));
      List.append(std::move(Element));
    }
    V.add("Differences", std::move(List));
    json::OStream J(outs(), /*IndentSize=*/2);
    printJSON(V, J);
    outs() << '\n';
  } else if (!Differences.empty()) {
    outs() << "--- " << escapeText(CL.Files[0]) << "\n+++ "
           << escapeText(CL.Files[1]) << '\n';
    for (const Difference &D : Differences)
      outs() << formatDifference(D) << '\n';
  }
  return !Differences.empty();
}

static int writeExtractedHeader(const CommandLine &CL) {
  Expected<std::unique_ptr<MemoryBuffer>> Buffer = openFile(CL.Files[0]);
  if (!Buffer) {
    reportFileError(CL.Files[0], Buffer.takeError());
    return 1;
  }
  Expected<StringRef> Header = readobj::extractHeader(**Buffer, CL.Arch);
  if (!Header) {
    reportFileError((*Buffer)->getBufferIdentifier(), Header.takeError());
    return 1;
  }
  if (sys::fs::equivalent(CL.Files[0], CL.Output)) {
    reportMessage("'" + CL.Output +
                  "': the header would take the place of the image that it is "
                  "in; name another file");
    return 1;
  }
  if (Error E = writeOutputFile(CL.Output, *Header)) {
    reportMessage(toString(std::move(E)));
    return 1;
  }
  return 0;
}

static int run(int Argc, char **Argv, int &TroubleStatus) {
  CommandLine CL;
  Error Problems = parseCommandLine(Argc, Argv, CL);
  if (CL.Mode == CommandLine::Diff)
    TroubleStatus = 2;
  if (Problems) {
    handleAllErrors(std::move(Problems), [](const ErrorInfoBase &Info) {
      reportMessage(Info.message());
    });
    errs() << "Try 'pkgimg-readobj --help'.\n";
    return TroubleStatus;
  }
  switch (CL.Mode) {
  case CommandLine::Help:
    printHelp(outs());
    return 0;
  case CommandLine::Version:
    outs() << ToolName << " version " << PKGIMG_VERSION_STRING << " (LLVM "
           << LLVM_VERSION_STRING << ")\n";
    return 0;
  case CommandLine::Show:
    return show(CL);
  case CommandLine::Check:
    return check(CL);
  case CommandLine::Diff:
    return diff(CL);
  case CommandLine::ExtractHeader:
    return writeExtractedHeader(CL);
  }
  llvm_unreachable("unknown mode");
}

int main(int Argc, char **Argv) {
  InitLLVM X(Argc, Argv);
  int TroubleStatus = 1;
  int Status = run(Argc, Argv, TroubleStatus);
  outs().flush();
  if (outs().has_error()) {
    reportMessage("cannot write to standard output: " +
                  outs().error().message());
    outs().clear_error();
    return TroubleStatus;
  }
  return Status;
}
