//===- Codegen.h - The tool that compiles bitcode ---------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_CODEGEN_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_CODEGEN_H

#include "pkgimg/Driver/Tool.h"

namespace pkgimg {
namespace driver {
namespace tools {

/// Compiles one module, or each module of one archive, with the CodeGen
/// library. The command reads as the invocation of pkgimg-link with -c or -S
/// that does the same alone.
class Codegen final : public Tool {
public:
  explicit Codegen(const ToolChain &TC) : Tool("Codegen", TC) {}

  void constructJob(Compilation &C, const char *Output,
                    const InputInfoList &Inputs,
                    const llvm::opt::ArgList &Args) const override;
};

} // namespace tools
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_CODEGEN_H
