//===- WindowsExports.h - What a DLL exports by default ---------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// lld-link exports what directives in objects and options say, and nothing
/// else. An image from IR without dllexport must export what it defines all the
/// same, as it does on other platforms.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_WINDOWSEXPORTS_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_WINDOWSEXPORTS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/TargetParser/Triple.h"

#include <string>

namespace pkgimg {
namespace driver {
namespace windows {

/// Returns the module definition for lld-link that exports from a DLL what
/// \p Files, COFF objects and archives of them that are linked whole, define
/// for others: nothing where a directive in one of them exports anything, since
/// the linker follows that, or else each external symbol but those that belong
/// to a C runtime and the constants that compilers name by their values.
///
/// Fails for a file that cannot be read or is damaged, and for more exports
/// than a DLL can have; \p Image is the DLL's name in that message.
llvm::Expected<std::string>
makeDefaultExports(llvm::ArrayRef<std::string> Files, llvm::StringRef Image,
                   const llvm::Triple &T);

} // namespace windows
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_WINDOWSEXPORTS_H
