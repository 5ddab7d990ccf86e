//===- Options.h - Option table of pkgimg-link ------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_DRIVER_OPTIONS_H
#define PKGIMG_DRIVER_OPTIONS_H

#include "llvm/Option/OptTable.h"
#include "llvm/Option/Option.h"

namespace pkgimg {
namespace driver {
namespace options {

/// Option flags of ours; they must not overlap with llvm::opt::DriverFlag.
enum Flags {
  /// The option keeps its place among the inputs of the linker.
  LinkerInput = (1 << 4),
  /// The option never gets an unused-argument warning.
  NoArgumentUnused = (1 << 5),
};

enum ID {
  OPT_INVALID = 0, // This is not an option ID.
#define OPTION(...) LLVM_MAKE_OPT_ID(__VA_ARGS__),
#include "pkgimg/Driver/Options.inc"
  LastOption
#undef OPTION
};

} // namespace options

/// Returns the table of all options; it lives as long as the program.
const llvm::opt::OptTable &getDriverOptTable();

} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_DRIVER_OPTIONS_H
