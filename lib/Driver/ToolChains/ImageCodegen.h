//===- ImageCodegen.h - The tool that compiles images -----------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_IMAGECODEGEN_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_IMAGECODEGEN_H

#include "pkgimg/Driver/Tool.h"
#include "llvm/Support/Error.h"

namespace pkgimg {
namespace driver {
namespace tools {

/// Compiles modules to the archive of objects of one image. The command reads
/// as the invocation of pkgimg-link with --image and -c that does the same
/// alone.
class ImageCodegen final : public Tool {
public:
  explicit ImageCodegen(const ToolChain &TC) : Tool("ImageCodegen", TC) {}

  void constructJob(Compilation &C, const char *Output,
                    const InputInfoList &Inputs,
                    const llvm::opt::ArgList &Args) const override;
};

/// Prints what --cpu-target stands for (--print-cpu-targets), or what it can
/// name (--cpu-target=help).
llvm::Error printCPUTargets(llvm::raw_ostream &OS, const ToolChain &TC,
                            const llvm::opt::ArgList &Args);

} // namespace tools
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_IMAGECODEGEN_H
