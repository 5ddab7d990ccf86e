//===- Macros.h - the macros of yaml2pkgimg ---------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Macros in YAML text, as yaml2obj has them: `[[NAME]]` and
/// `[[NAME=default]]`.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMATYAML_MACROS_H
#define PKGIMG_FORMATYAML_MACROS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace pkgimg {
namespace FormatYAML {

/// Returns \p Text with its macros replaced. \p Definitions are "NAME=value",
/// the last of a name counts. A macro without a definition becomes its default;
/// without one either, it stays, as YAML has lists of lists. A value is not
/// searched for macros. Fails for a definition without '=' or with a name that
/// is no identifier.
llvm::Expected<std::string>
expandMacros(llvm::StringRef Text, llvm::ArrayRef<std::string> Definitions);

/// Returns true if expandMacros() could change \p Text without any definition.
bool hasMacroWithDefault(llvm::StringRef Text);

} // namespace FormatYAML
} // namespace pkgimg

#endif // PKGIMG_FORMATYAML_MACROS_H
