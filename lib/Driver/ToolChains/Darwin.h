//===- Darwin.h - macOS and Apple's other platforms -------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_DARWIN_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_DARWIN_H

#include "AppleTarget.h"
#include "pkgimg/Driver/ToolChain.h"

#include <optional>
#include <string>

namespace pkgimg {
namespace driver {

namespace tools {
namespace darwin {

/// Calls a linker for Mach-O. A hosted link has the arguments of clang 19's in
/// their order; a self-contained one those that need no SDK.
class Linker final : public Tool {
public:
  explicit Linker(const ToolChain &TC) : Tool("darwin::Linker", TC) {}

  void constructJob(Compilation &C, const char *Output,
                    const InputInfoList &Inputs,
                    const llvm::opt::ArgList &Args) const override;
};

/// Sets the architecture of \p T to the one that -arch calls \p Name. The ones
/// for microcontrollers have no system. Returns false if there is none of that
/// name.
bool setTripleArch(llvm::Triple &T, llvm::StringRef Name);

} // namespace darwin
} // namespace tools

namespace toolchains {

/// A target with Mach-O objects and no system that we know.
class MachO : public ToolChain {
public:
  MachO(const Driver &D, const llvm::Triple &T, const llvm::opt::ArgList &Args);

  LinkerFlavor getLinkerFlavor() const override { return LinkerFlavor::Darwin; }
  std::unique_ptr<llvm::opt::DerivedArgList>
  translateArgs(const llvm::opt::DerivedArgList &Args) const override;
  void addWholeArchive(const char *Archive,
                       llvm::opt::ArgStringList &CmdArgs) const override;
  RuntimeLibType
  getRuntimeLibType(const llvm::opt::ArgList &Args) const override;
  std::string getCompilerRT(const llvm::opt::ArgList &Args,
                            llvm::StringRef Component,
                            FileType Type = FileType::Static) const override;

  void completeRuntimeLink(Compilation &C, LinkCommand &Cmd,
                           const char *Output) const override;

  /// The architecture by its name in Mach-O: arm64, not aarch64.
  llvm::StringRef getMachOArchName(const llvm::opt::ArgList &Args) const;

  /// Adds -platform_version; nothing without a system.
  virtual void addPlatformVersion(const llvm::opt::ArgList &Args,
                                  llvm::opt::ArgStringList &CmdArgs) const {}
  /// Adds what linkers before -platform_version have in its place.
  virtual void addMinVersion(const llvm::opt::ArgList &Args,
                             llvm::opt::ArgStringList &CmdArgs) const {}
  /// Adds the start files of systems of old.
  virtual void addStartFiles(const llvm::opt::ArgList &Args,
                             llvm::opt::ArgStringList &CmdArgs) const {}
  /// Adds the system's library and compiler-rt.
  virtual void addRuntimeLibs(const llvm::opt::ArgList &Args,
                              llvm::opt::ArgStringList &CmdArgs) const;
  /// Adds compiler-rt's library \p Component, if it exists.
  void addCompilerRT(const llvm::opt::ArgList &Args, llvm::StringRef Component,
                     llvm::opt::ArgStringList &CmdArgs) const;
  /// Whether code for the kernel is linked without dynamic libraries.
  virtual bool isKernelStatic() const { return true; }
  /// The system that the link is for, if there is one.
  virtual const AppleTarget *getAppleTarget() const { return nullptr; }

protected:
  std::unique_ptr<Tool> buildLinker() const override;
  CXXStdlibType getDefaultCXXStdlibType() const override {
    return CXXStdlibType::Libcxx;
  }
};

/// One of Apple's systems.
class Darwin final : public MachO {
public:
  using MachO::MachO;

  /// Finds out the system and its version, too.
  std::unique_ptr<llvm::opt::DerivedArgList>
  translateArgs(const llvm::opt::DerivedArgList &Args) const override;
  llvm::Triple getEffectiveTriple() const override;
  bool isCrossCompiling() const override { return false; }
  void addCXXStdlibLibArgs(const llvm::opt::ArgList &Args,
                           llvm::opt::ArgStringList &CmdArgs) const override;
  bool addReservedLibrary(llvm::StringRef Name, const llvm::opt::ArgList &Args,
                          llvm::opt::ArgStringList &CmdArgs) const override;
  std::string getCompilerRT(const llvm::opt::ArgList &Args,
                            llvm::StringRef Component,
                            FileType Type = FileType::Static) const override;
  void addPlatformVersion(const llvm::opt::ArgList &Args,
                          llvm::opt::ArgStringList &CmdArgs) const override;
  void addMinVersion(const llvm::opt::ArgList &Args,
                     llvm::opt::ArgStringList &CmdArgs) const override;
  void addStartFiles(const llvm::opt::ArgList &Args,
                     llvm::opt::ArgStringList &CmdArgs) const override;
  void addRuntimeLibs(const llvm::opt::ArgList &Args,
                      llvm::opt::ArgStringList &CmdArgs) const override;
  void addProfileRuntime(const llvm::opt::ArgList &Args,
                         llvm::opt::ArgStringList &CmdArgs) const override;
  SanitizerMask getSupportedSanitizers() const override;
  bool isKernelStatic() const override;
  const AppleTarget *getAppleTarget() const override {
    return Target ? &*Target : nullptr;
  }

private:
  bool addSanitizerRuntimes(const llvm::opt::ArgList &Args,
                            llvm::opt::ArgStringList &CmdArgs) const;

  // Set by translateArgs(), as options for one architecture may name it.
  mutable std::optional<AppleTarget> Target;
};

} // namespace toolchains
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_DARWIN_H
