//===- GCCInstallation.h - Find gcc's start files ---------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_GCCINSTALLATION_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_GCCINSTALLATION_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Option/ArgList.h"
#include "llvm/TargetParser/Triple.h"

#include <optional>
#include <string>

namespace pkgimg {
namespace driver {

class Driver;

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
  /// the program, or in the system's prefixes: the first of them with any.
  /// Within one, the newest version with a usable multilib wins. Of MIPS'
  /// multilibs, Debian's and the plain layout are known; not those of MIPS'
  /// own and of CodeSourcery's toolchains.
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
  bool selectMultilib(const llvm::Triple &Target,
                      const llvm::opt::ArgList &Args, llvm::StringRef Path,
                      bool NeedsBiarchSuffix);
  void scanLibDir(const llvm::Triple &Target, const llvm::opt::ArgList &Args,
                  const std::string &LibDir, llvm::StringRef Candidate,
                  bool NeedsBiarchSuffix);
  bool scanGentooConfigs(const llvm::Triple &Target,
                         const llvm::opt::ArgList &Args,
                         const Candidates &Cands);
  void addSystemPrefixes(const llvm::Triple &Target,
                         llvm::SmallVectorImpl<std::string> &Prefixes) const;

  const Driver &D;
  bool Valid = false;
  llvm::StringSet<> SeenPaths;
  std::optional<GCCVersion> Version;
  std::string InstallPath;
  std::string ParentLibPath;
  std::string InstalledTriple;
  std::string MultilibSuffix;
  std::string OSSuffix;
};

} // namespace toolchains
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_GCCINSTALLATION_H
