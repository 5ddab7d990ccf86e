//===- CommonArgs.h - Arguments that several linkers share ------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_DRIVER_TOOLCHAINS_COMMONARGS_H
#define PKGIMG_LIB_DRIVER_TOOLCHAINS_COMMONARGS_H

#include "pkgimg/Driver/InputInfo.h"
#include "pkgimg/Driver/ToolChain.h"
#include "llvm/Option/ArgList.h"

#include <string>

namespace pkgimg {
namespace driver {

class Compilation;

namespace tools {

/// \name Questions to the command line
/// @{

/// Returns true for -hosted: the C runtime is linked as clang links it.
bool isHosted(const llvm::opt::ArgList &Args);

/// Returns true if a hosted link wants the platform's start files: not with
/// -nostdlib, -nostartfiles or -r.
bool wantStartFiles(const llvm::opt::ArgList &Args);

/// Returns true if a hosted link wants the platform's libraries: not with
/// -nostdlib, -nodefaultlibs or -r.
bool wantDefaultLibs(const llvm::opt::ArgList &Args);

/// Returns true for -pthread and its other spelling.
bool wantPthread(const llvm::opt::ArgList &Args);

/// How code for 32-bit ARM passes floating point values.
enum class ARMFloatABI { Soft, SoftFP, Hard };
/// Returns it by -mfloat-abi= and the like, or else by the triple.
ARMFloatABI getARMFloatABI(const llvm::Triple &T,
                           const llvm::opt::ArgList &Args);

/// Returns true if code for 32-bit ARM passes floating point values in
/// registers, by -mfloat-abi= and the like, or else by the triple.
bool isHardFloatARM(const llvm::Triple &T, const llvm::opt::ArgList &Args);

/// How code is optimized across the inputs.
enum class LTOKind { None, Full, Thin };
/// Returns what the last of -flto, -flto=full, -flto=thin and -fno-lto says.
/// Values that it does not have are reported by the driver.
LTOKind getLTOKind(const llvm::opt::ArgList &Args);

/// Returns true for the options that write a profile of the program when it
/// ends: -fprofile-generate, -fprofile-instr-generate and the like. Their
/// runtime's start must be asked for, as the profile is written by itself.
bool needsProfileRuntime(const llvm::opt::ArgList &Args);

/// Returns true for --coverage and -fprofile-arcs: gcc's kind of profile, with
/// the same runtime library.
bool needsGCovRuntime(const llvm::opt::ArgList &Args);

/// @}
/// \name Parts of a linker's command line
/// @{

/// Adds the linker's inputs in order: the folders of LIBRARY_PATH for a native
/// hosted link, files, and positional options. Archives are linked whole.
void addLinkerInputs(const ToolChain &TC, const InputInfoList &Inputs,
                     const llvm::opt::ArgList &Args,
                     llvm::opt::ArgStringList &CmdArgs);

/// Adds -L for each of the toolchain's file paths.
void addFilePathLibArgs(const ToolChain &TC, const llvm::opt::ArgList &Args,
                        llvm::opt::ArgStringList &CmdArgs);

/// Adds the compiler's runtime library and the unwinder.
void addRunTimeLibs(const ToolChain &TC, const llvm::opt::ArgList &Args,
                    llvm::opt::ArgStringList &CmdArgs);

/// Adds the C++ library and the C library's mathematical part, in C++ mode, for
/// linkers with GNU ld's -Bstatic and -Bdynamic. Reports a wrong -stdlib=.
void addCXXLibs(const ToolChain &TC, const llvm::opt::ArgList &Args,
                llvm::opt::ArgStringList &CmdArgs);

/// Adds what -gz asks of an ELF linker.
void addCompressDebugSections(const ToolChain &TC,
                              const llvm::opt::ArgList &Args,
                              llvm::opt::ArgStringList &CmdArgs);

/// Adds -Wl,--no-demangle where clang passes over it, which a link of our own
/// need not do.
void addNoDemangle(const llvm::opt::ArgList &Args,
                   llvm::opt::ArgStringList &CmdArgs);

/// Adds what --reproduce= asks of LLD, whose spelling is --reproduce=.
void addReproduce(const llvm::opt::ArgList &Args,
                  llvm::opt::ArgStringList &CmdArgs);

/// Adds what link-time optimization asks of an ELF linker, where there is any:
/// the -plugin-opt= arguments, in clang's order, after the -L and before the
/// inputs. \p Output is the image's name, for the files beside it.
void addLTOOptions(const ToolChain &TC, const llvm::opt::ArgList &Args,
                   llvm::opt::ArgStringList &CmdArgs, const char *Output);

/// Adds the runtimes of sanitizers, before the inputs. Returns true if the
/// system libraries that they use are to be linked, with
/// linkSanitizerRuntimeDeps() before the compiler's runtime library.
bool addSanitizerRuntimes(const ToolChain &TC, const llvm::opt::ArgList &Args,
                          llvm::opt::ArgStringList &CmdArgs);

/// Adds the system libraries that the runtimes of sanitizers use.
void linkSanitizerRuntimeDeps(const ToolChain &TC,
                              const llvm::opt::ArgList &Args,
                              llvm::opt::ArgStringList &CmdArgs);

/// Reports -fsanitize= options that contradict each other or the platform, and
/// in a self-contained link those of sanitizers and profiles that need a
/// runtime library.
void checkSanitizers(const ToolChain &TC, const llvm::opt::ArgList &Args);

/// Returns the option for which a link has compiler-rt's file \p Library, or
/// an empty string if that is none of compiler-rt.
std::string describeRuntimeOption(const ToolChain &TC,
                                  const llvm::opt::ArgList &Args,
                                  llvm::StringRef Library);

/// Adds the library of OpenMP that -fopenmp= names, for a hosted link. Returns
/// true if it needs threads. \p GompNeedsRT says whether gcc's library takes
/// clocks and timers from a library of their own.
bool addOpenMPRuntime(const ToolChain &TC, const llvm::opt::ArgList &Args,
                      llvm::opt::ArgStringList &CmdArgs,
                      bool GompNeedsRT = true);

/// Adds the runtime that writes profiles, after the inputs; the same as
/// TC.addProfileRuntime().
void addProfileRuntime(const ToolChain &TC, const llvm::opt::ArgList &Args,
                       llvm::opt::ArgStringList &CmdArgs);

/// The same for platforms where the runtime's start has to be asked for, since
/// nothing refers to it.
void addProfileRuntimeWithHook(const ToolChain &TC,
                               const llvm::opt::ArgList &Args,
                               llvm::opt::ArgStringList &CmdArgs);

/// Adds --as-needed or --no-as-needed, in the words of the platform's linker.
void addAsNeeded(const ToolChain &TC, llvm::opt::ArgStringList &CmdArgs,
                 bool AsNeeded);

/// Start files of a hosted shared library, by compiler-rt or gcc, and which of
/// them are nowhere.
class StartFiles {
public:
  StartFiles(const ToolChain &TC, const llvm::opt::ArgList &Args,
             llvm::opt::ArgStringList &CmdArgs)
      : TC(TC), Args(Args), CmdArgs(CmdArgs) {}

  /// Adds the file \p Name of the C library, as it is if it is not found.
  void add(llvm::StringRef Name);

  /// Adds compiler-rt's object \p Component where that is the runtime library
  /// and has it, or else the compiler's file \p Name.
  void addOfCompiler(llvm::StringRef Component, llvm::StringRef Name);

  /// The files that are nowhere, which the linker cannot open.
  llvm::SmallVector<std::string, 2> Missing;

private:
  const ToolChain &TC;
  const llvm::opt::ArgList &Args;
  llvm::opt::ArgStringList &CmdArgs;
};

/// @}

/// Begins the command line of a link with LLD's \p Flavor, where that is built
/// in, and returns the linker to run.
ToolChain::LinkerChoice beginLink(const ToolChain &TC,
                                  const llvm::opt::ArgList &Args,
                                  llvm::opt::ArgStringList &CmdArgs);

/// Adds the command \p CmdArgs, which begins as beginLink() has left it, and
/// returns it. \p Output is the place of the image's name, and \p Missing the
/// start files that were not found.
LinkCommand &finishLink(Compilation &C, const Tool &Creator,
                        const ToolChain::LinkerChoice &Choice,
                        llvm::opt::ArgStringList CmdArgs, OutputArgument Output,
                        const InputInfoList &Inputs,
                        llvm::SmallVector<std::string, 2> Missing = {});

} // namespace tools
} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_LIB_DRIVER_TOOLCHAINS_COMMONARGS_H
