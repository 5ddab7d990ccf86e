//===- Diagnostics.h - Errors and warnings of the driver --------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the driver says to its user, in the form in which clang says it:
/// `<program>: error: <message>`.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_DRIVER_DIAGNOSTICS_H
#define PKGIMG_DRIVER_DIAGNOSTICS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace pkgimg {
namespace driver {

/// Prints and counts errors and warnings. Not thread-safe: a job that runs on
/// another thread collects its messages and the driver's thread reports them.
class Diagnostics {
public:
  /// \param OS where messages go; must outlive this object.
  /// \param ProgramName the prefix of each message.
  Diagnostics(llvm::raw_ostream &OS, llvm::StringRef ProgramName);

  void error(const llvm::Twine &Message);

  /// Reports each error that \p E holds, and consumes it.
  void error(llvm::Error E);

  /// \param Group the warning's name as `-W<group>` has it, or empty. Under
  ///        -Werror the warning is an error, under -w it is not printed.
  void warning(const llvm::Twine &Message, llvm::StringRef Group = "");

  /// Adds to the message before it.
  void note(const llvm::Twine &Message);

  void setWarningsAsErrors(bool Value) { WarningsAsErrors = Value; }
  void setSuppressWarnings(bool Value) { SuppressWarnings = Value; }
  /// Colors are on for a terminal, unless NO_COLOR is set; this overrides it.
  void setUseColors(bool Value);

  bool hasErrors() const { return NumErrors != 0; }
  unsigned getNumErrors() const { return NumErrors; }
  llvm::StringRef getProgramName() const { return ProgramName; }
  llvm::raw_ostream &getStream() { return OS; }

private:
  void print(llvm::raw_ostream::Colors Color, llvm::StringRef Kind,
             const llvm::Twine &Message);

  llvm::raw_ostream &OS;
  std::string ProgramName;
  unsigned NumErrors = 0;
  bool WarningsAsErrors = false;
  bool SuppressWarnings = false;
  bool UseColors;
};

} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_DRIVER_DIAGNOSTICS_H
