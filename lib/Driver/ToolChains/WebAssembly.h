//===- WebAssembly.h - WebAssembly with dynamic linking ---------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_WEBASSEMBLY_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_WEBASSEMBLY_H

#include "pkgimg/Driver/Tool.h"
#include "pkgimg/Driver/ToolChain.h"

namespace pkgimg {
namespace driver {

namespace tools {
namespace wasm {

/// Calls wasm-ld. A hosted link has clang's arguments in clang's order, by
/// which a shared library is a "reactor" of WASI's; a self-contained link makes
/// a module of the tool conventions' dynamic linking, with a "dylink.0"
/// section, whose undefined symbols are imports.
class Linker final : public Tool {
public:
  explicit Linker(const ToolChain &TC) : Tool("wasm::Linker", TC) {}

  void constructJob(Compilation &C, const char *Output,
                    const InputInfoList &Inputs,
                    const llvm::opt::ArgList &Args) const override;
};

} // namespace wasm
} // namespace tools

namespace toolchains {

/// wasm32 and wasm64, for no system in particular, for WASI and for Emscripten.
class WebAssembly final : public ToolChain {
public:
  WebAssembly(const Driver &D, const llvm::Triple &T,
              const llvm::opt::ArgList &Args);

  LinkerFlavor getLinkerFlavor() const override { return LinkerFlavor::Wasm; }
  void addWholeArchive(const char *Archive,
                       llvm::opt::ArgStringList &CmdArgs) const override;
  std::string getLinkerProgramName(llvm::StringRef Name) const override;
  void addCXXStdlibLibArgs(const llvm::opt::ArgList &Args,
                           llvm::opt::ArgStringList &CmdArgs) const override;

  /// There is no other runtime library, whatever --rtlib= says.
  RuntimeLibType getRuntimeLibType(const llvm::opt::ArgList &) const override {
    return RuntimeLibType::CompilerRT;
  }

protected:
  std::unique_ptr<Tool> buildLinker() const override;
  CXXStdlibType getDefaultCXXStdlibType() const override {
    return CXXStdlibType::Libcxx;
  }
};

} // namespace toolchains
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_WEBASSEMBLY_H
