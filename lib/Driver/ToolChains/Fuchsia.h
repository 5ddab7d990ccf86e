//===- Fuchsia.h - Fuchsia ------------------------------------ -*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_FUCHSIA_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_FUCHSIA_H

#include "pkgimg/Driver/ToolChain.h"
#include "llvm/ADT/StringSet.h"

namespace pkgimg {
namespace driver {

namespace tools {
namespace fuchsia {

/// Calls an ELF linker as clang calls that of Fuchsia.
class Linker final : public Tool {
public:
  explicit Linker(const ToolChain &TC) : Tool("fuchsia::Linker", TC) {}

  void constructJob(Compilation &C, const char *Output,
                    const InputInfoList &Inputs,
                    const llvm::opt::ArgList &Args) const override;
};

} // namespace fuchsia
} // namespace tools

namespace toolchains {

/// Fuchsia, whose libraries come with its development kit.
class Fuchsia final : public ToolChain {
public:
  Fuchsia(const Driver &D, const llvm::Triple &T,
          const llvm::opt::ArgList &Args);

  RuntimeLibType
  getRuntimeLibType(const llvm::opt::ArgList &Args) const override;
  CXXStdlibType getCXXStdlibType(const llvm::opt::ArgList &Args) const override;
  SanitizerMask getSupportedSanitizers() const override;
  SanitizerMask getDefaultSanitizers() const override;

protected:
  std::unique_ptr<Tool> buildLinker() const override;

private:
  /// The folder of the variant \p Name of the C++ library.
  std::string getVariantPath(llvm::StringRef Name) const;
  /// Reports \p Message, once however often the answer is asked for.
  void reportOnce(const llvm::Twine &Message) const;

  mutable llvm::StringSet<> Reported;
};

} // namespace toolchains
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_FUCHSIA_H
