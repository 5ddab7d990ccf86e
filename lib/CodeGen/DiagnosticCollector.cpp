//===- DiagnosticCollector.cpp - LLVM's diagnostics as errors -------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DiagnosticCollector.h"

#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
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
    : DiagnosticHandler(&CollectorTag), File(File), Options(Options) {}

DiagnosticCollector *DiagnosticCollector::get(LLVMContext &Context) {
  // The context owns its handler, and hands it out as const.
  auto *Handler = const_cast<DiagnosticHandler *>(Context.getDiagHandlerPtr());
  if (!Handler || Handler->DiagnosticContext != &CollectorTag)
    return nullptr;
  return static_cast<DiagnosticCollector *>(Handler);
}

bool DiagnosticCollector::handleDiagnostics(const DiagnosticInfo &DI) {
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
  case DS_Remark:
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
