//===- pkgimg-run.cpp - Load package images and call their code -----------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The tool: verify, choose, list, load, call.
///
//===----------------------------------------------------------------------===//

#include "Call.h"
#include "CommandLine.h"
#include "pkgimg/Config/Version.h"
#include "pkgimg/Loader/Image.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/Unicode.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"

#include <cstdio>

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::run;

static constexpr StringLiteral ToolName = "pkgimg-run";

/// What comes from a file may have any bytes: those that are no printable
/// characters of UTF-8 become '\\' and two digits.
static std::string escape(StringRef Text) {
  std::string Result;
  while (!Text.empty()) {
    size_t Size =
        std::min<size_t>(getNumBytesForUTF8(Text.front()), Text.size());
    StringRef Character = Text.take_front(Size);
    if (sys::unicode::columnWidthUTF8(Character) >= 0) {
      Result += Character;
    } else {
      Character = Text.take_front();
      Result += "\\" + toHex(Character, /*LowerCase=*/true);
    }
    Text = Text.drop_front(Character.size());
  }
  return Result;
}

static void reportMessage(const Twine &Message) {
  // What was printed before stands before it.
  outs().flush();
  WithColor::error(errs(), ToolName) << escape(Message.str()) << '\n';
}

/// Reports each message of \p E, with the reason of a rejection.
static void reportError(Error E) {
  handleAllErrors(
      std::move(E),
      [](const RejectionError &R) {
        reportMessage(R.message() + " [" + getRejectReasonName(R.reason()) +
                      "]");
      },
      [](const ErrorInfoBase &Info) { reportMessage(Info.message()); });
}

static void printFunctions(const ImageCandidate &C) {
  const auto &Targets = C.report().Tables->Targets.Targets;
  for (const ImageFunction &F : C.functions())
    outs() << formatv(
        "{0,5}  {1,-24} {2} {3}\n", F.Index,
        (Twine(F.Target) + ":" + escape(Targets[F.Target].Name)).str(),
        F.Name.empty() ? "-" : escape(F.Name),
        F.Signature.empty() ? "-" : escape(F.Signature));
}

/// What the code of \p T needs, and where that is known from.
static void printTarget(uint32_t Index, const CPUTarget &T) {
  bool HasUsed = T.Flags & CPUTarget::HasUsed;
  outs() << Index << ": cpu=" << escape(T.Name);
  if (T.Flags & CPUTarget::CloneAll)
    outs() << " clone_all";
  if (T.Base != CPUTarget::NoBase)
    outs() << " base=" << T.Base;
  outs() << (HasUsed ? " uses=" : " enables=")
         << escape(join(HasUsed ? T.Used : T.Enabled, ",")) << '\n';
}

static void printVerdicts(const ImageCandidate &C) {
  const TargetSelection &S = C.selection();
  const auto &Targets = C.report().Tables->Targets.Targets;
  for (uint32_t I = 0; I < Targets.size(); ++I)
    outs() << "target " << I << ": " << escape(Targets[I].Name) << ": "
           << escape(S.Verdicts[I].message()) << '\n';
  if (S.Chosen)
    outs() << "chosen: " << *S.Chosen << ": " << S.Reason << '\n';
}

static StringRef getStatusName(VerifiedItem::StatusType Status) {
  switch (Status) {
  case VerifiedItem::Verified:
    return "verified";
  case VerifiedItem::Sound:
    return "sound";
  case VerifiedItem::Skipped:
    return "skipped";
  }
  llvm_unreachable("unknown status");
}

/// What is called, for who asks why the program ended.
static const char *Running = nullptr;

static void sayWhatCrashed(void *) {
  if (Running)
    errs() << ToolName << ": error: the program was ended in the call '"
           << Running << "'\n";
}

static Error call(const Image &I, const Call &C) {
  std::optional<ImageFunction> F = I.findFunction(C.Function);
  if (!F)
    return createStringError(I.path() + ": the image has no function '" +
                             C.Function + "'; '--list' shows those it has");
  Expected<Signature> S = parseSignature(F->Signature);
  if (!S)
    return createStringError(
        I.path() + ": function '" + C.Function +
        "' cannot be called from here: " + toString(S.takeError()));
  Expected<std::vector<CValue>> Arguments = bindArguments(C, *S);
  if (!Arguments)
    return Arguments.takeError();

  outs().flush();
  Running = C.Text.c_str();
  CValue Result = invoke(F->Address, *S, *Arguments);
  Running = nullptr;
  // What the function printed stands before what it returned.
  std::fflush(nullptr);
  if (Result.Type != CType::Void)
    outs() << formatValue(Result) << '\n';
  return Error::success();
}

static Error runCommand(const CommandLine &CL) {
  // Before anything is loaded.
  std::vector<Call> Calls;
  for (const std::string &Text : CL.Calls) {
    Expected<Call> C = parseCall(Text);
    if (!C)
      return C.takeError();
    Calls.push_back(std::move(*C));
  }
  LoadOptions Options;
  Options.CheckContent = CL.Check;
  Options.Threads = 0;
  if (!CL.CPU.empty())
    if (Error E = makeHost(Triple(sys::getProcessTriple()), CL.CPU)
                      .moveInto(Options.Host))
      return E;

  Expected<std::unique_ptr<ImageCandidate>> Candidate =
      ImageCandidate::open(CL.Image, Options);
  if (!Candidate)
    return Candidate.takeError();
  ImageCandidate &C = **Candidate;
  // Whoever asks what an image is wants to see all of it, also if it does not
  // fit.
  bool IsShown = CL.List || CL.CPUTargets || CL.DryRun;
  if (!IsShown)
    if (Error E = C.checkHeader())
      return E;
  if (Error E = C.verify())
    return E;
  if (CL.DryRun)
    for (const VerifiedItem &Item : C.report().Items)
      outs() << Item.What << ": " << getStatusName(Item.Status)
             << (Item.Detail.empty() ? "" : ": ") << escape(Item.Detail)
             << '\n';
  if (CL.CPUTargets) {
    const auto &Targets = C.report().Tables->Targets.Targets;
    for (uint32_t I = 0; I < Targets.size(); ++I)
      printTarget(I, Targets[I]);
  }
  if (Error E = C.checkPlatform())
    return E;
  C.select();
  if (CL.DryRun)
    printVerdicts(C);
  if (!CL.List && !CL.DryRun && Calls.empty())
    return Error::success();
  if (Error E = C.checkTargets())
    return E;
  if (CL.List)
    printFunctions(C);
  if (Calls.empty())
    return Error::success();

  Expected<std::shared_ptr<Image>> Loaded = C.load();
  if (!Loaded)
    return Loaded.takeError();
  for (const Call &Call : Calls)
    if (Error E = call(**Loaded, Call))
      return E;
  return Error::success();
}

int main(int Argc, char **Argv) {
  // What ends the program is the image's code, and no bug of this tool.
  setBugReportMsg("");
  InitLLVM X(Argc, Argv);
  sys::AddSignalHandler(sayWhatCrashed, nullptr);

  CommandLine CL;
  if (Error Problems = parseCommandLine(Argc, Argv, CL)) {
    reportError(std::move(Problems));
    errs() << "Try 'pkgimg-run --help'.\n";
    return 1;
  }
  int Status = 0;
  if (CL.Help) {
    printHelp(outs());
  } else if (CL.Version) {
    outs() << ToolName << " version " << PKGIMG_VERSION_STRING << " (LLVM "
           << LLVM_VERSION_STRING << ")\n";
  } else if (Error E = runCommand(CL)) {
    reportError(std::move(E));
    Status = 1;
  }
  outs().flush();
  if (outs().has_error()) {
    reportMessage("cannot write to standard output: " +
                  outs().error().message());
    outs().clear_error();
    return 1;
  }
  return Status;
}
