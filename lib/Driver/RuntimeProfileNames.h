//===- RuntimeProfileNames.h - Words of runtime profiles --------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_RUNTIMEPROFILENAMES_H
#define PKGIMG_LIB_DRIVER_RUNTIMEPROFILENAMES_H

#include "llvm/ADT/StringRef.h"

namespace pkgimg {
namespace driver {

/// What getProfilePlatform() returns.
inline constexpr llvm::StringLiteral PlatformNames[] = {
    "linux",  "freebsd", "macos",   "windows", "android",   "openbsd",
    "netbsd", "solaris", "fuchsia", "haiku",   "dragonfly", "wasm"};

/// What getProfileArch() returns.
inline constexpr llvm::StringLiteral ArchNames[] = {
    "x86_64", "i686", "aarch64", "armv7", "powerpc64le", "riscv64", "wasm32"};

/// The placeholders that exist in every profile, without `${output}`.
inline constexpr llvm::StringLiteral BuiltInPlaceholders[] = {
    "prefix",      "version",       "version-major",    "version-minor",
    "arch",        "multiarch",     "musl-arch",        "dynamic-linker",
    "darwin-arch", "macos-version", "macos-sdk-version"};

} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_RUNTIMEPROFILENAMES_H
