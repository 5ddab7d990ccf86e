//===- Solaris.h - Solaris and illumos ------------------------ -*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_SOLARIS_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_SOLARIS_H

#include "Gnu.h"

namespace pkgimg {
namespace driver {

namespace tools {
namespace solaris {

/// Calls the linker of Solaris, or one that takes GNU ld's arguments.
class Linker final : public Tool {
public:
  explicit Linker(const ToolChain &TC) : Tool("solaris::Linker", TC) {}

  void constructJob(Compilation &C, const char *Output,
                    const InputInfoList &Inputs,
                    const llvm::opt::ArgList &Args) const override;
};

} // namespace solaris
} // namespace tools

namespace toolchains {

/// Solaris, and illumos, which has its interfaces. An illumos triple is that of
/// Solaris 2.11 here, the version that both call themselves; clang 19 knows no
/// such system.
class Solaris final : public Generic_ELF {
public:
  /// What the linker that a link runs understands.
  enum class Dialect {
    Native, ///< The words of the system's own linker.
    GNU,    ///< Those of GNU ld for Solaris, which has its own emulations.
    LLD     ///< Those of GNU ld, without the emulations.
  };

  Solaris(const Driver &D, const llvm::Triple &T,
          const llvm::opt::ArgList &Args);

  Dialect getDialect() const { return Words; }

  void addWholeArchive(const char *Archive,
                       llvm::opt::ArgStringList &CmdArgs) const override;
  std::string getLinkerProgramName(llvm::StringRef Name) const override;
  SanitizerMask getSupportedSanitizers() const override;

protected:
  std::unique_ptr<Tool> buildLinker() const override;

private:
  Dialect Words;
};

} // namespace toolchains
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_SOLARIS_H
