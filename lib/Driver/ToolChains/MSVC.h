//===- MSVC.h - Windows with Microsoft's C runtime --------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_MSVC_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_MSVC_H

#include "pkgimg/Driver/Tool.h"
#include "pkgimg/Driver/ToolChain.h"
#include "llvm/Support/Allocator.h"
#include "llvm/WindowsDriver/MSVCPaths.h"

#include <optional>
#include <string>

namespace pkgimg {
namespace driver {

namespace tools {
namespace visualstudio {

/// Calls lld-link. A hosted link has clang's arguments in clang's order. A
/// self-contained one makes a DLL of the inputs alone, which has no entry point
/// and no import library, and exports what they say, or else all they define.
class Linker final : public Tool {
public:
  explicit Linker(const ToolChain &TC) : Tool("visualstudio::Linker", TC) {}

  void constructJob(Compilation &C, const char *Output,
                    const InputInfoList &Inputs,
                    const llvm::opt::ArgList &Args) const override;
};

} // namespace visualstudio
} // namespace tools

namespace toolchains {

/// Windows with Visual C++'s and Windows' own development kits, which a hosted
/// link finds by options, or by the variables that their command prompts set.
class MSVC final : public ToolChain {
public:
  MSVC(const Driver &D, const llvm::Triple &T, const llvm::opt::ArgList &Args);

  LinkerFlavor getLinkerFlavor() const override { return LinkerFlavor::COFF; }
  /// clang's name, or what LoadLibrary() takes without an ending.
  llvm::StringRef getDefaultImageName() const override {
    return IsHosted ? "a.exe" : "a.dll";
  }
  void addWholeArchive(const char *Archive,
                       llvm::opt::ArgStringList &CmdArgs) const override;
  SanitizerMask getSupportedSanitizers() const override;
  std::string getLinkerProgramName(llvm::StringRef Name) const override;

  /// Adds -libpath: for the kits, where options or the lack of the variable LIB
  /// ask for it.
  void addKitLibPaths(const llvm::opt::ArgList &Args,
                      llvm::opt::ArgStringList &CmdArgs) const;

protected:
  std::unique_ptr<Tool> buildLinker() const override;

private:
  std::string getVCLibPath(llvm::StringRef Parent = "") const;
  std::optional<std::string> getUniversalCRTLibPath() const;
  std::optional<std::string> getWindowsSDKLibPath() const;

  bool IsHosted;
  /// The Visual C++ tools, in the layout of their version; empty if there are
  /// none, and paths are then relative, as clang prints them.
  std::string VCToolsPath;
  llvm::ToolsetLayout Layout = llvm::ToolsetLayout::OlderVS;
  /// What the options say; their strings are the command line's.
  std::optional<llvm::StringRef> SDKDir, SDKVersion, WinSysRoot;
  /// Arguments that are put together.
  mutable llvm::BumpPtrAllocator Strings;
};

} // namespace toolchains
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_MSVC_H
