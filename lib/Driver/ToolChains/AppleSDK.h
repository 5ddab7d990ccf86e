//===- AppleSDK.h - What an SDK says of itself ------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_APPLESDK_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_APPLESDK_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/VersionTuple.h"
#include "llvm/Support/VirtualFileSystem.h"

#include <map>
#include <optional>

namespace pkgimg {
namespace driver {

/// Which version of one system corresponds to a version of another. Versions
/// that differ by trailing zeros are the same.
class AppleVersionMap {
public:
  void add(const llvm::VersionTuple &From, const llvm::VersionTuple &To) {
    Versions[From] = To;
  }
  bool empty() const { return Versions.empty(); }

  /// Returns what corresponds to \p Version; \p Minimum for a version older
  /// than all that are known. A version that is not listed goes by its major
  /// number. Returns nullopt if there is no answer: for that, and for a version
  /// newer than all.
  std::optional<llvm::VersionTuple>
  map(const llvm::VersionTuple &Version,
      const llvm::VersionTuple &Minimum) const;

private:
  std::map<llvm::VersionTuple, llvm::VersionTuple> Versions;
};

/// The part of an SDK's SDKSettings.json that a link depends on.
struct AppleSDK {
  /// The SDK's version, with as many numbers as it is written with.
  llvm::VersionTuple Version;
  /// Versions of iOS's interface on the Mac (Mac Catalyst) by versions of
  /// macOS, and the other way round; empty where the SDK has none.
  AppleVersionMap MacOSToCatalyst;
  AppleVersionMap CatalystToMacOS;

  /// Reads the settings of the SDK in the folder \p Root. Returns nullopt if it
  /// has none, and an error if they are not understood: no JSON, or without
  /// "Version" or "MaximumDeploymentTarget".
  static llvm::Expected<std::optional<AppleSDK>> read(llvm::vfs::FileSystem &FS,
                                                      llvm::StringRef Root);

  /// Returns the name of the SDK that the path \p Root leads to, without its
  /// ending: "MacOSX15.0" for "/SDKs/MacOSX15.0.sdk/"; or empty.
  static llvm::StringRef getName(llvm::StringRef Root);
};

} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_APPLESDK_H
