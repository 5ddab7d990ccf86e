//===- DiagnosticCollector.h - LLVM's diagnostics as errors -----*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Keeps the errors that LLVM reports on the side, through the diagnostic
/// handler of a context, so that they become the result of a call.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_CODEGEN_DIAGNOSTICCOLLECTOR_H
#define PKGIMG_LIB_CODEGEN_DIAGNOSTICCOLLECTOR_H

#include "pkgimg/CodeGen/CompileOptions.h"

#include "llvm/IR/DiagnosticHandler.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/Regex.h"

#include <memory>
#include <optional>
#include <string>

namespace llvm {
class DiagnosticInfoOptimizationBase;
class LLVMContext;
class Module;
} // namespace llvm

namespace pkgimg {

/// Collects errors, and hands warnings and the remarks that the options'
/// patterns choose to the options' callback; without a handler LLVMContext
/// would print them and exit.
class DiagnosticCollector : public llvm::DiagnosticHandler {
public:
  /// \p File begins each message. \p Options must live as long. A pattern that
  /// is not valid becomes the first error.
  DiagnosticCollector(llvm::StringRef File, const CompileOptions &Options);

  /// The handler of \p Context, if it is a collector, or null.
  static DiagnosticCollector *get(llvm::LLVMContext &Context);

  llvm::StringRef getFile() const { return File; }

  bool handleDiagnostics(const llvm::DiagnosticInfo &DI) override;
  bool isPassedOptRemarkEnabled(llvm::StringRef PassName) const override;
  bool isMissedOptRemarkEnabled(llvm::StringRef PassName) const override;
  bool isAnalysisRemarkEnabled(llvm::StringRef PassName) const override;
  bool isAnyRemarkEnabled() const override;

  /// Takes a diagnostic that did not come from LLVM.
  void report(llvm::DiagnosticSeverity Severity, llvm::StringRef Text);

  /// The errors so far as one, or success.
  llvm::Error takeError();

private:
  std::optional<llvm::Regex> compile(llvm::StringRef Option,
                                     llvm::StringRef Pattern);
  void reportRemark(const llvm::DiagnosticInfoOptimizationBase &Remark);

  std::string File;
  const CompileOptions &Options;
  std::string Errors;
  unsigned NumErrors = 0;
  std::optional<llvm::Regex> Passed, Missed, Analysis; // May add an error.
};

/// Sees to it that a context has a collector while this lives, and then gives
/// it its former handler back.
class DiagnosticScope {
public:
  /// Installs a collector for \p File.
  DiagnosticScope(llvm::LLVMContext &Context, llvm::StringRef File,
                  const CompileOptions &Options);

  /// For work on \p M: takes the collector that its context has, or installs
  /// one that names the module.
  DiagnosticScope(const llvm::Module &M, const CompileOptions &Options);

  DiagnosticScope(const DiagnosticScope &) = delete;
  DiagnosticScope &operator=(const DiagnosticScope &) = delete;
  ~DiagnosticScope();

  DiagnosticCollector &get() const { return *Collector; }
  DiagnosticCollector *operator->() const { return Collector; }

private:
  void install(llvm::StringRef File, const CompileOptions &Options);

  llvm::LLVMContext &Context;
  DiagnosticCollector *Collector; // Owned by Context.
  bool Installed = false;
  std::unique_ptr<llvm::DiagnosticHandler> Former; ///< If installed.
};

/// Streams a context's optimisation records to the options' file, if they name
/// one, while this lives. Does nothing if the context streams them already.
class RemarksScope {
public:
  explicit RemarksScope(llvm::LLVMContext &Context) : Context(Context) {}
  RemarksScope(const RemarksScope &) = delete;
  RemarksScope &operator=(const RemarksScope &) = delete;
  ~RemarksScope();

  llvm::Error start(const CompileOptions &Options);

private:
  llvm::LLVMContext &Context;
  bool Started = false;
};

} // namespace pkgimg

#endif // PKGIMG_LIB_CODEGEN_DIAGNOSTICCOLLECTOR_H
