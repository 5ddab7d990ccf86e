//===- Gnu.h - Platforms with a GNU-style linker and gcc layout -*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_GNU_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_GNU_H

#include "pkgimg/Driver/ToolChain.h"

#include <optional>
#include <string>

namespace pkgimg {
namespace driver {

namespace tools {
namespace gnutools {

/// Calls an ELF linker in the order of arguments that clang's driver has, so
/// that the two can be compared argument for argument.
class Linker final : public Tool {
public:
  explicit Linker(const ToolChain &TC) : Tool("gnutools::Linker", TC) {}

  void constructJob(Compilation &C, const char *Output,
                    const InputInfoList &Inputs,
                    const llvm::opt::ArgList &Args) const override;
};

} // namespace gnutools
} // namespace tools

namespace toolchains {

/// The version of a gcc installation, as the name of its folder has it.
struct GCCVersion {
  /// -1 for a part that is missing.
  int Major = -1, Minor = -1, Patch = -1;
  /// What follows the last number: "-rc4", "-win32", "x-patched".
  std::string Suffix;

  /// Parses "5", "4.4", "4.4-patched", "4.4.0", "4.4.x", "4.4.2-rc4",
  /// "10-win32". Returns nullopt for text that is no version.
  static std::optional<GCCVersion> parse(llvm::StringRef Text);

  /// A missing part is newer than any number, as `10` is a link to the newest
  /// 10.x.y; a version without suffix is newer than one with.
  bool operator<(const GCCVersion &RHS) const;
};

/// Finds the gcc installation that serves a target best: its start files and
/// libgcc are what a hosted link needs.
class GCCInstallationDetector {
public:
  explicit GCCInstallationDetector(const Driver &D) : D(D) {}

  /// Searches for an installation for \p Target, in the folder that
  /// --gcc-install-dir= names, below --gcc-toolchain=, in the sysroot, beside
  /// the program, or in /usr: the first of them with any. Within one, the
  /// newest version with a usable multilib wins.
  void init(const llvm::Triple &Target, const llvm::opt::ArgList &Args);

  bool isValid() const { return Valid; }
  /// The folder of crtbegin.o, without the multilib's suffix.
  llvm::StringRef getInstallPath() const { return InstallPath; }
  /// The library folder that the installation lies in, by way of "/..".
  llvm::StringRef getParentLibPath() const { return ParentLibPath; }
  /// The triple in the installation's path, as it is spelt there.
  llvm::StringRef getTriple() const { return InstalledTriple; }
  /// The multilib's folder below getInstallPath(), with a leading slash, or
  /// empty.
  llvm::StringRef getMultilibSuffix() const { return MultilibSuffix; }
  /// The multilib's folder below the library folders of the system.
  llvm::StringRef getOSSuffix() const { return OSSuffix; }

private:
  struct Candidates;
  bool selectMultilib(const llvm::Triple &Target, llvm::StringRef Path,
                      bool NeedsBiarchSuffix);
  void scanLibDir(const llvm::Triple &Target, const std::string &LibDir,
                  llvm::StringRef Candidate, bool NeedsBiarchSuffix);
  bool scanGentooConfigs(const llvm::Triple &Target, const Candidates &Cands);

  const Driver &D;
  bool Valid = false;
  std::optional<GCCVersion> Version;
  std::string InstallPath;
  std::string ParentLibPath;
  std::string InstalledTriple;
  std::string MultilibSuffix;
  std::string OSSuffix;
};

/// A platform whose C runtime comes with gcc's folder layout, and whose linker
/// takes GNU ld's arguments.
class Generic_GCC : public ToolChain {
protected:
  Generic_GCC(const Driver &D, const llvm::Triple &T,
              const llvm::opt::ArgList &Args)
      : ToolChain(D, T, Args), GCCInstallation(D) {}

  void addMultilibPaths(llvm::StringRef OSLibDir);
  void addMultiarchPaths();

  GCCInstallationDetector GCCInstallation;
};

/// The ELF platforms among them.
class Generic_ELF : public Generic_GCC {
public:
  /// Adds what the platform always passes, before --eh-frame-hdr.
  virtual void addExtraOpts(const llvm::opt::ArgList &Args,
                            llvm::opt::ArgStringList &CmdArgs) const {}

protected:
  using Generic_GCC::Generic_GCC;
  std::unique_ptr<Tool> buildLinker() const override;
};

} // namespace toolchains
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_GNU_H
