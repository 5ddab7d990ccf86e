//===- Compilation.h - All that one invocation does -------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_DRIVER_COMPILATION_H
#define PKGIMG_DRIVER_COMPILATION_H

#include "pkgimg/Driver/Job.h"
#include "pkgimg/Driver/StagingDirectory.h"
#include "llvm/Option/ArgList.h"

#include <memory>

namespace pkgimg {
namespace driver {

class Driver;
class ToolChain;

/// One invocation of the driver: its arguments, its commands in the order in
/// which they run, and the folder in which the output is made. Owns the strings
/// of all of them.
class Compilation {
public:
  Compilation(const Driver &D, std::unique_ptr<llvm::opt::InputArgList> Args,
              std::unique_ptr<llvm::opt::DerivedArgList> TranslatedArgs,
              std::shared_ptr<const ToolChain> TC)
      : TheDriver(D), Args(std::move(Args)),
        TranslatedArgs(std::move(TranslatedArgs)), TC(std::move(TC)) {}

  const Driver &getDriver() const { return TheDriver; }
  const ToolChain &getToolChain() const { return *TC; }
  const llvm::opt::DerivedArgList &getArgs() const { return *TranslatedArgs; }

  /// Keeps \p Args, whose arguments those of getArgs() may refer to.
  void retainArgs(std::unique_ptr<llvm::opt::DerivedArgList> Args) {
    Retained = std::move(Args);
  }

  void addCommand(std::unique_ptr<Command> Cmd) {
    Jobs.push_back(std::move(Cmd));
  }
  const JobList &getJobs() const { return Jobs; }

  /// Set for -###: nothing is run, and nothing is made on disk.
  void setPrintOnly(bool Value) { PrintOnly = Value; }
  bool isPrintOnly() const { return PrintOnly; }

  /// Set for -v: each command is printed as it runs.
  void setVerbose(bool Value) { Verbose = Value; }
  bool isVerbose() const { return Verbose; }

  /// The output of the whole, as the user named it.
  void setOutput(const char *Path) { Output = Path; }
  const char *getOutput() const { return Output; }

  /// Returns the folder in which the output and temporary files are made, and
  /// makes it at the first call. Null, with an error in the driver's
  /// diagnostics, if that is impossible; null without one for -###.
  StagingDirectory *getStagingDirectory();

  /// Returns a path for a temporary file that bears \p Name, in the staging
  /// directory. It is removed with that directory, and on signals.
  const char *makeTemporary(llvm::StringRef Name);

private:
  const Driver &TheDriver;
  std::unique_ptr<llvm::opt::InputArgList> Args;
  std::unique_ptr<llvm::opt::DerivedArgList> Retained;
  std::unique_ptr<llvm::opt::DerivedArgList> TranslatedArgs;
  std::shared_ptr<const ToolChain> TC;
  JobList Jobs;
  const char *Output = nullptr;
  std::unique_ptr<StagingDirectory> Staging;
  llvm::StringSet<> PlannedNames;
  bool StagingFailed = false;
  bool PrintOnly = false;
  bool Verbose = false;
};

} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_DRIVER_COMPILATION_H
