//===- ELFArgs.h - Parts of ELF linkers' lines -------------------*- C++
//-*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_ELFARGS_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_ELFARGS_H

#include "CommonArgs.h"

namespace pkgimg {
namespace driver {
namespace tools {

/// What the loader of a platform reads to find a symbol.
enum class HashStyle {
  Gnu,  ///< DT_GNU_HASH, which is smaller and quicker.
  SysV, ///< DT_HASH alone.
  Both  ///< Some versions read the one, some the other.
};

/// Returns \p Path below the sysroot.
std::string inSysRoot(const ToolChain &TC, llvm::StringRef Path);

/// Adds --sysroot= as it was given.
void addSysRoot(const ToolChain &TC, const llvm::opt::ArgList &Args,
                llvm::opt::ArgStringList &CmdArgs);

/// Adds -Bstatic for -static, -export-dynamic for -rdynamic, and -shared: an
/// image is a shared library whether -shared is given or not, and -static says
/// which libraries it takes in.
void addImageMode(const llvm::opt::ArgList &Args,
                  llvm::opt::ArgStringList &CmdArgs);

/// Adds -shared, unless an object is to be made.
void addShared(const llvm::opt::ArgList &Args,
               llvm::opt::ArgStringList &CmdArgs);

/// Adds, to a self-contained link, the symbol hash table that the platform's
/// loader reads, and the build ID, by which images are told apart: a note that
/// no loader looks into. clang leaves both to the platform's linker.
void addImageTables(HashStyle Style, const llvm::opt::ArgList &Args,
                    llvm::opt::ArgStringList &CmdArgs);

/// Adds -m \p Emulation.
void addEmulation(llvm::StringRef Emulation, const llvm::opt::ArgList &Args,
                  llvm::opt::ArgStringList &CmdArgs);

/// Says why \p Cmd cannot run, where it cannot: -r with -shared, and an
/// emulation that the built-in LLD does not know. clang prints the names of the
/// platform's own linker, and so does a hosted link.
void addObstacles(LinkCommand &Cmd, const llvm::opt::ArgList &Args);

/// Adds, on RISC-V, -X for the local labels that relaxation needs in objects,
/// and --no-relax.
void addRISCVOptions(const llvm::Triple &T, const llvm::opt::ArgList &Args,
                     llvm::opt::ArgStringList &CmdArgs);

/// Adds -o \p Output and returns its place.
OutputArgument addOutput(const char *Output, llvm::opt::ArgStringList &CmdArgs);

/// Adds `--as-needed \p Library --no-as-needed`.
void addAsNeeded(const char *Library, llvm::opt::ArgStringList &CmdArgs);

/// Adds the start file that turns denormal numbers off. clang adds it to a
/// shared library only if it is asked for by name, as the state is that of the
/// whole process.
void addFastMathRuntime(const ToolChain &TC, const llvm::opt::ArgList &Args,
                        llvm::opt::ArgStringList &CmdArgs);

} // namespace tools
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_ELFARGS_H
