//===- Tool.h - Something that makes one output from inputs -----*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_DRIVER_TOOL_H
#define PKGIMG_DRIVER_TOOL_H

#include "pkgimg/Driver/InputInfo.h"
#include "llvm/Option/ArgList.h"

namespace pkgimg {
namespace driver {

class Compilation;
class ToolChain;

/// A step of the driver: the code generator, or a platform's linker. A tool
/// translates the driver's options into the arguments of a command; it runs
/// nothing.
class Tool {
public:
  Tool(const char *Name, const ToolChain &TC) : Name(Name), TC(TC) {}
  virtual ~Tool();

  /// The tool's name in reports, e.g. "gnutools::Linker".
  const char *getName() const { return Name; }
  const ToolChain &getToolChain() const { return TC; }

  /// Adds to \p C the command that makes \p Output from \p Inputs. Options
  /// that take effect are claimed in \p Args; errors go to the driver's
  /// diagnostics, and a command is added all the same where one can be shown.
  virtual void constructJob(Compilation &C, const char *Output,
                            const InputInfoList &Inputs,
                            const llvm::opt::ArgList &Args) const = 0;

private:
  const char *Name;
  const ToolChain &TC;
};

} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_DRIVER_TOOL_H
