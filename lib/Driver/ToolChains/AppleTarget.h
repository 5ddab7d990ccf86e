//===- AppleTarget.h - Platform and version of an Apple link ----*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// An image for an Apple platform says for which system it is, the oldest
/// version of that on which it runs, and the version of the SDK that it was
/// linked with. clang 19 takes them from many places; the rules here are those.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_APPLETARGET_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_APPLETARGET_H

#include "AppleSDK.h"
#include "pkgimg/Driver/Diagnostics.h"
#include "llvm/Option/ArgList.h"
#include "llvm/TargetParser/Triple.h"

#include <functional>
#include <optional>
#include <string>

namespace pkgimg {
namespace driver {

enum class ApplePlatform { MacOS, IOS, TvOS, WatchOS, DriverKit, XROS };
enum class AppleEnvironment { Device, Simulator, Catalyst };

/// Parses "13", "13.1" or "13.1.2". \p HasMore is set if text follows the third
/// number. Returns nullopt for other text.
std::optional<llvm::VersionTuple> parseAppleRelease(llvm::StringRef Text,
                                                    bool &HasMore);

/// For which system an image is.
struct AppleTarget {
  ApplePlatform Platform = ApplePlatform::MacOS;
  AppleEnvironment Environment = AppleEnvironment::Device;
  /// The oldest version of the system; for Catalyst, of its iOS interface.
  llvm::VersionTuple Version;
  /// The same as a version of the system that runs it: for Catalyst, of macOS.
  llvm::VersionTuple NativeVersion;
  /// The SDK, if it is known.
  std::optional<AppleSDK> SDK;
  /// The other platform of an image for macOS and Catalyst at once.
  std::optional<llvm::Triple> Variant;

  bool isMacOS() const { return Platform == ApplePlatform::MacOS; }
  bool isCatalyst() const {
    return Platform == ApplePlatform::IOS &&
           Environment == AppleEnvironment::Catalyst;
  }
  bool isDriverKit() const { return Platform == ApplePlatform::DriverKit; }
  bool isSimulator() const {
    return Environment == AppleEnvironment::Simulator;
  }
  /// iOS or tvOS, on a device or simulated: their link lines are one.
  bool isIOSBased() const {
    return (Platform == ApplePlatform::IOS ||
            Platform == ApplePlatform::TvOS) &&
           Environment != AppleEnvironment::Catalyst;
  }
  /// The same on a device.
  bool isIOSDevice() const { return isIOSBased() && !isSimulator(); }

  /// Returns \p T with this platform, version and environment.
  llvm::Triple getEffectiveTriple(llvm::Triple T) const;

  /// Returns true for a macOS older than \p V, on any machine of \p T's
  /// architecture.
  bool isMacOSOlderThan(const llvm::VersionTuple &V,
                        const llvm::Triple &T) const;
};

/// Finds the target of a link.
class AppleTargetFinder {
public:
  /// \param T the target's triple.
  /// \param ArchName the architecture by its name in Mach-O.
  /// \param Hosted the link is clang's. Else nothing is taken from the machine:
  ///        SDKROOT is not read, and macOS without a version is the oldest that
  ///        the architecture has.
  AppleTargetFinder(const llvm::Triple &T, llvm::StringRef ArchName,
                    bool Hosted, llvm::vfs::FileSystem &FS, Diagnostics &Diags)
      : T(T), ArchName(ArchName), Hosted(Hosted), FS(FS), Diags(Diags) {}

  /// Reads environment variables; the process's by default.
  std::function<std::optional<std::string>(llvm::StringRef)> GetEnv;

  /// Returns the target by \p Args, to which -isysroot is added if SDKROOT
  /// speaks for it. Reports what is contradictory or wrong, and warns of what
  /// is doubtful. Returns nullopt for an architecture of which nothing tells
  /// the platform, or after an error.
  std::optional<AppleTarget> find(llvm::opt::DerivedArgList &Args);

private:
  /// One of the places that tell the target.
  struct Source;

  std::string getTripleVersion(llvm::Triple::OSType OS);
  std::optional<Source> fromTriple(const llvm::opt::ArgList &Args);
  std::optional<Source> fromTargetOS(const llvm::opt::ArgList &Args);
  std::optional<Source> fromVersionOptions(const llvm::opt::ArgList &Args);
  std::optional<Source> fromEnvironment();
  std::optional<Source> fromSDK(const llvm::opt::ArgList &Args);
  std::optional<Source> fromArchitecture();
  std::optional<Source> select(const llvm::opt::ArgList &Args);
  void setEnvironment(Source &S, llvm::Triple::EnvironmentType Environment,
                      const llvm::VersionTuple &Version);
  void readSDK(llvm::opt::DerivedArgList &Args);
  void checkSDK(const llvm::opt::ArgList &Args, const AppleTarget &Target);
  bool setVersion(const Source &S, AppleTarget &Target);

  const llvm::Triple &T;
  llvm::StringRef ArchName;
  bool Hosted;
  llvm::vfs::FileSystem &FS;
  Diagnostics &Diags;
  std::optional<AppleSDK> SDK;
};

} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_APPLETARGET_H
