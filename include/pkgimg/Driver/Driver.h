//===- Driver.h - From a command line to commands ---------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_DRIVER_DRIVER_H
#define PKGIMG_DRIVER_DRIVER_H

#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Diagnostics.h"
#include "pkgimg/Driver/ToolChain.h"
#include "llvm/ADT/IntrusiveRefCntPtr.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/VirtualFileSystem.h"

#include <memory>
#include <string>

namespace pkgimg {
namespace driver {

/// The driver, in the five stages of clang's: it parses the command line,
/// finds out what the inputs are, binds the steps to the tools of a ToolChain,
/// lets these translate the options into commands, and executes them. Each
/// stage's result can be printed or read back.
///
/// A driver serves one invocation after another, on one thread.
class Driver {
public:
  /// \param ProgramPath the path of pkgimg-link itself, which child processes
  ///        run, and beside which gcc installations and compiler-rt are looked
  ///        for, as clang looks beside itself.
  /// \param Diags where messages go; must outlive the driver.
  /// \param VFS in which the platform's files are looked for; the real file
  ///        system if null. Inputs are always read from the real one.
  Driver(llvm::StringRef ProgramPath, Diagnostics &Diags,
         llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> VFS = nullptr);
  ~Driver();

  /// Parses \p Args, the command line without the program's name, and builds
  /// the commands. Returns null if there is nothing to execute: an option like
  /// --help was served, or an error was reported.
  std::unique_ptr<Compilation>
  buildCompilation(llvm::ArrayRef<const char *> Args);

  /// Runs the commands, or prints them for -###. Returns the exit status: 0,
  /// or 1 after an error, or that of another linker that failed.
  int executeCompilation(Compilation &C);

  /// Whether links with LLD run in this process when the command line does not
  /// say: true for the tool, false (the default) for a library in another
  /// program's process, which LLD could end.
  void setIntegratedLLD(bool Value) { IntegratedLLDDefault = Value; }

  /// Says that the process ends after executeCompilation(), so that a link in
  /// it need not free what it holds. The tool's choice; false by default.
  void setProcessEndsSoon(bool Value) { ProcessEndsSoon = Value; }

  Diagnostics &getDiags() const { return Diags; }
  llvm::vfs::FileSystem &getVFS() const { return *VFS; }

  /// The program that child processes run.
  llvm::StringRef getProgramPath() const { return ProgramPath; }
  /// The folder of the program.
  llvm::StringRef getInstalledDir() const { return Dir; }
  /// clang's resource folder, where compiler-rt lies.
  llvm::StringRef getResourceDir() const { return ResourceDir; }
  /// --sysroot=, or empty.
  llvm::StringRef getSysRoot() const { return SysRoot; }
  /// The -B prefixes, in order.
  llvm::ArrayRef<std::string> getPrefixDirs() const { return PrefixDirs; }
  /// True for --driver-mode=g++: a hosted link has the C++ library.
  bool isCXXMode() const { return CXXMode; }
  /// Whether links with LLD run in this process.
  bool useIntegratedLLD(const llvm::opt::ArgList &Args) const;

  /// Prints the versions, the target and the installation folder.
  void printVersion(llvm::raw_ostream &OS, const ToolChain &TC) const;

private:
  std::unique_ptr<llvm::opt::DerivedArgList>
  translateInputArgs(const llvm::opt::InputArgList &Args) const;
  void readEnvironmentOptions(const llvm::opt::ArgList &Args);
  llvm::Triple computeTargetTriple(const llvm::opt::ArgList &Args) const;
  bool checkOptions(const llvm::opt::ArgList &Args);
  std::shared_ptr<const ToolChain> getToolChain(const llvm::Triple &Target,
                                                const llvm::opt::ArgList &Args);
  bool handleImmediateArgs(const Compilation &C);
  bool buildInputs(Compilation &C, InputInfoList &Inputs);
  void buildJobs(Compilation &C, const InputInfoList &Inputs);
  void buildCodegenOnlyJobs(Compilation &C, const InputInfoList &Inputs);
  void warnUnusedArguments(const Compilation &C);
  bool loadLLVMOptions(const llvm::opt::ArgList &Args);
  bool runCodegenJobs(Compilation &C, llvm::ArrayRef<CodegenCommand *> Jobs);
  void reportMessages(const CompilerMessages &Messages);
  bool runImageJob(Compilation &C, const ImageCommand &Job);

  std::string ProgramPath;
  std::string Dir;
  std::string ResourceDir;
  std::string SysRoot;
  llvm::SmallVector<std::string, 2> PrefixDirs;
  Diagnostics &Diags;
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> VFS;
  bool CXXMode = false;
  bool IntegratedLLDDefault = false;
  bool ProcessEndsSoon = false;
  // Holds the arguments from response files.
  llvm::BumpPtrAllocator Allocator;
};

} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_DRIVER_DRIVER_H
