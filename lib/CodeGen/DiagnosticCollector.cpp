//===- DiagnosticCollector.cpp - LLVM's diagnostics as errors -------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DiagnosticCollector.h"

#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LLVMRemarkStreamer.h"
#include "llvm/IR/Module.h"
#include "llvm/Remarks/RemarkStreamer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace pkgimg;

/// clang's limit, too.
static constexpr unsigned MaxErrors = 20;

/// Its address in DiagnosticHandler::DiagnosticContext, which serves handlers
/// of the C interface alone, tells collectors from other handlers.
static char CollectorTag;

DiagnosticCollector::DiagnosticCollector(StringRef File,
                                         const CompileOptions &Options)
    : DiagnosticHandler(&CollectorTag), File(File), Options(Options),
      Passed(compile("-Rpass", Options.RemarksPassed)),
      Missed(compile("-Rpass-missed", Options.RemarksMissed)),
      Analysis(compile("-Rpass-analysis", Options.RemarksAnalysis)) {}

std::optional<Regex> DiagnosticCollector::compile(StringRef Option,
                                                  StringRef Pattern) {
  if (Pattern.empty())
    return std::nullopt;
  Regex Result(Pattern);
  std::string Reason;
  if (Result.isValid(Reason))
    return Result;
  report(DS_Error, ("invalid regular expression '" + Pattern + "' in " +
                    Option + "=: " + Reason)
                       .str());
  return std::nullopt;
}

bool DiagnosticCollector::isPassedOptRemarkEnabled(StringRef PassName) const {
  return Passed && Passed->match(PassName);
}

bool DiagnosticCollector::isMissedOptRemarkEnabled(StringRef PassName) const {
  return Missed && Missed->match(PassName);
}

bool DiagnosticCollector::isAnalysisRemarkEnabled(StringRef PassName) const {
  return Analysis && Analysis->match(PassName);
}

bool DiagnosticCollector::isAnyRemarkEnabled() const {
  return Passed || Missed || Analysis;
}

/// The option that shows remarks of \p Kind.
static StringRef getRemarkOption(int Kind) {
  switch (Kind) {
  case DK_OptimizationRemark:
  case DK_MachineOptimizationRemark:
    return "-Rpass";
  case DK_OptimizationRemarkMissed:
  case DK_MachineOptimizationRemarkMissed:
    return "-Rpass-missed";
  default:
    return "-Rpass-analysis";
  }
}

void DiagnosticCollector::reportRemark(
    const DiagnosticInfoOptimizationBase &Remark) {
  // Some analysis remarks name no pass, and count as enabled always.
  StringRef Option = getRemarkOption(Remark.getKind());
  if (!Options.Diagnostics || !Remark.isEnabled() ||
      (Option == "-Rpass-analysis" && !Analysis))
    return;
  std::string Text = Remark.isLocationAvailable()
                         ? Remark.getLocationStr() + ": remark: "
                         : (File + ": remark: in function '" +
                            Remark.getFunction().getName() + "': ")
                               .str();
  Text += Remark.getMsg() + " [" + Option.str();
  if (!Remark.getPassName().empty())
    Text += "=" + Remark.getPassName().str();
  Options.Diagnostics(DS_Remark, Text + "]");
}

DiagnosticCollector *DiagnosticCollector::get(LLVMContext &Context) {
  // The context owns its handler, and hands it out as const.
  auto *Handler = const_cast<DiagnosticHandler *>(Context.getDiagHandlerPtr());
  if (!Handler || Handler->DiagnosticContext != &CollectorTag)
    return nullptr;
  return static_cast<DiagnosticCollector *>(Handler);
}

bool DiagnosticCollector::handleDiagnostics(const DiagnosticInfo &DI) {
  if (const auto *Remark = dyn_cast<DiagnosticInfoOptimizationBase>(&DI);
      Remark && DI.getSeverity() == DS_Remark) {
    reportRemark(*Remark);
    return true;
  }
  std::string Text;
  raw_string_ostream OS(Text);
  if (const auto *SM = dyn_cast<DiagnosticInfoSrcMgr>(&DI)) {
    // The generic printer would put escape codes for colours in.
    SM->getSMDiag().print(nullptr, OS, /*ShowColors=*/false,
                          /*ShowKindLabel=*/false);
  } else {
    DiagnosticPrinterRawOStream Printer(OS);
    DI.print(Printer);
  }
  OS.flush();
  report(DI.getSeverity(), StringRef(Text).rtrim());
  return true;
}

void DiagnosticCollector::report(DiagnosticSeverity Severity, StringRef Text) {
  switch (Severity) {
  case DS_Error:
    ++NumErrors;
    if (NumErrors <= MaxErrors)
      Errors += (Errors.empty() ? "" : "\n") + (File + ": " + Text).str();
    break;
  case DS_Warning:
    if (Options.Diagnostics)
      Options.Diagnostics(DS_Warning, (File + ": " + Text).str());
    break;
  case DS_Note:
    if (NumErrors && NumErrors <= MaxErrors)
      Errors += ("\n" + File + ": note: " + Text).str();
    break;
  case DS_Remark: // reportRemark() has those of passes.
    break;
  }
}

Error DiagnosticCollector::takeError() {
  if (!NumErrors)
    return Error::success();
  std::string All = std::move(Errors);
  if (NumErrors > MaxErrors)
    All += "\n" + File + ": " + std::to_string(NumErrors - MaxErrors) +
           " more errors";
  NumErrors = 0;
  Errors.clear();
  return make_error<StringError>(
      All, std::make_error_code(std::errc::invalid_argument));
}

DiagnosticScope::DiagnosticScope(LLVMContext &Context, StringRef File,
                                 const CompileOptions &Options)
    : Context(Context) {
  install(File, Options);
}

DiagnosticScope::DiagnosticScope(const Module &M, const CompileOptions &Options)
    : Context(M.getContext()), Collector(DiagnosticCollector::get(Context)) {
  if (!Collector)
    install(M.getModuleIdentifier(), Options);
}

void DiagnosticScope::install(StringRef File, const CompileOptions &Options) {
  auto Handler = std::make_unique<DiagnosticCollector>(File, Options);
  Collector = Handler.get();
  Installed = true;
  Former = Context.getDiagnosticHandler();
  Context.setDiagnosticHandler(std::move(Handler));
}

DiagnosticScope::~DiagnosticScope() {
  if (Installed)
    Context.setDiagnosticHandler(std::move(Former));
}

Error RemarksScope::start(const CompileOptions &Options) {
  if (!Options.RemarksFile || Context.getMainRemarkStreamer())
    return Error::success();
  Started = true;
  return setupLLVMOptimizationRemarks(Context, *Options.RemarksFile,
                                      /*RemarksPasses=*/"",
                                      /*RemarksFormat=*/"yaml",
                                      /*RemarksWithHotness=*/false);
}

RemarksScope::~RemarksScope() {
  if (!Started)
    return;
  Context.setLLVMRemarkStreamer(nullptr);
  Context.setMainRemarkStreamer(nullptr);
}
