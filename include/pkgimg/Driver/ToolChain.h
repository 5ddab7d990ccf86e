//===- ToolChain.h - What the driver knows of one platform ------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_DRIVER_TOOLCHAIN_H
#define PKGIMG_DRIVER_TOOLCHAIN_H

#include "pkgimg/Driver/Job.h"
#include "pkgimg/Driver/Sanitizers.h"
#include "pkgimg/Driver/Tool.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Option/ArgList.h"
#include "llvm/Support/VirtualFileSystem.h"
#include "llvm/TargetParser/Triple.h"

#include <memory>
#include <optional>
#include <string>

namespace pkgimg {
namespace driver {

class Driver;

/// Access to the tools and files of one target. A subclass per platform family
/// knows where its libraries lie and how its linker is called; its constructor
/// fills the path lists. All files are looked for in the driver's virtual file
/// system.
class ToolChain {
public:
  using path_list = llvm::SmallVector<std::string, 16>;

  enum class RuntimeLibType { CompilerRT, Libgcc };
  enum class UnwindLibType { None, CompilerRT, Libgcc };
  enum class CXXStdlibType { Libcxx, Libstdcxx };
  enum class FileType { Object, Static, Shared };

  virtual ~ToolChain();

  const Driver &getDriver() const { return D; }
  const llvm::Triple &getTriple() const { return TheTriple; }
  /// The triple that objects are made for: that of the command line, or with
  /// what other options say of the system and its version.
  virtual llvm::Triple getEffectiveTriple() const { return TheTriple; }
  llvm::Triple::ArchType getArch() const { return TheTriple.getArch(); }
  llvm::vfs::FileSystem &getVFS() const;

  /// Where start files and libraries are looked for, besides the -B prefixes.
  const path_list &getFilePaths() const { return FilePaths; }
  /// Where compiler-rt is looked for.
  const path_list &getLibraryPaths() const { return LibraryPaths; }
  /// Where programs are looked for, before PATH.
  const path_list &getProgramPaths() const { return ProgramPaths; }

  /// The tool that compiles bitcode.
  const Tool &getCodegen() const;
  /// The tool that compiles bitcode to the objects of an image.
  const Tool &getImageCodegen() const;
  /// The tool that links.
  const Tool &getLinker() const;

  /// The syntax of the linker's arguments.
  virtual LinkerFlavor getLinkerFlavor() const { return LinkerFlavor::GNU; }

  /// What the code generator's objects are for this target.
  FileKind getObjectKind() const;

  /// The output's name where the command line has none: clang's "a.out", or
  /// what a loader of the platform insists on.
  virtual llvm::StringRef getDefaultImageName() const { return "a.out"; }

  /// Returns the command line as the platform's tools want it, in which its own
  /// spellings of general options are replaced, or null to take it as it is.
  /// \p Args has the base list that the result must have, too.
  virtual std::unique_ptr<llvm::opt::DerivedArgList>
  translateArgs(const llvm::opt::DerivedArgList &Args) const;

  /// Adds the arguments that link every member of \p Archive, without a change
  /// to how the archives after it are linked.
  virtual void addWholeArchive(const char *Archive,
                               llvm::opt::ArgStringList &CmdArgs) const;

  /// The target's root folder: --sysroot=, or the one that comes with an
  /// installation of the platform's tools; or empty.
  virtual std::string computeSysRoot() const;

  /// Returns the path of the file \p Name in -B prefixes, the resource folder,
  /// and the path lists, or \p Name itself if it is nowhere.
  std::string getFilePath(llvm::StringRef Name) const;

  /// Returns the path of the program \p Name in -B prefixes, the program paths
  /// and PATH, `<triple>-<name>` first, or \p Name itself if it is nowhere.
  std::string getProgramPath(llvm::StringRef Name) const;

  /// Which linker a link runs.
  struct LinkerChoice {
    bool BuiltIn;
    std::string Path; ///< This program, for the built-in LLD.
  };
  /// Chooses by -fuse-ld= and --ld-path=. A linker that does not exist is
  /// reported, and the built-in one returned, so that the command can be shown.
  LinkerChoice getLinkerChoice(const llvm::opt::ArgList &Args) const;

  /// The program that -fuse-ld=\p Name runs, as it is called. An empty name and
  /// "ld" stand for the platform's own linker.
  virtual std::string getLinkerProgramName(llvm::StringRef Name) const;

  /// The compiler's runtime library, by --rtlib= or the platform's default.
  virtual RuntimeLibType
  getRuntimeLibType(const llvm::opt::ArgList &Args) const;
  /// The unwinder, by --unwindlib= or the platform's default.
  virtual UnwindLibType getUnwindLibType(const llvm::opt::ArgList &Args) const;
  /// The C++ library, by -stdlib= or the platform's default.
  virtual CXXStdlibType getCXXStdlibType(const llvm::opt::ArgList &Args) const;

  /// Adds the C++ library, for --driver-mode=g++.
  virtual void addCXXStdlibLibArgs(const llvm::opt::ArgList &Args,
                                   llvm::opt::ArgStringList &CmdArgs) const;

  /// Adds what the platform has in the place of the library that -l calls
  /// \p Name. Returns false if that is an ordinary library.
  virtual bool addReservedLibrary(llvm::StringRef Name,
                                  const llvm::opt::ArgList &Args,
                                  llvm::opt::ArgStringList &CmdArgs) const {
    return false;
  }

  /// Returns the path of compiler-rt's library \p Component ("builtins"), in
  /// the layout with a folder per target if that has it, else in the one with
  /// a folder per system; if neither has it, where it was expected.
  virtual std::string getCompilerRT(const llvm::opt::ArgList &Args,
                                    llvm::StringRef Component,
                                    FileType Type = FileType::Static) const;

  /// The folder of compiler-rt in the layout with a folder per system.
  virtual std::string getCompilerRTPath() const;

  /// The folders of clang's shared runtime libraries, which need not exist.
  virtual path_list getRuntimeLibraryDirs() const;

  /// The checks of -fsanitize= that clang has for the platform. The base has
  /// those that need no runtime of their own.
  virtual SanitizerMask getSupportedSanitizers() const;
  /// The checks that are on unless they are turned off.
  virtual SanitizerMask getDefaultSanitizers() const { return 0; }

  /// Adds the runtime that writes profiles, for -fprofile-generate, --coverage
  /// and the like. The base adds compiler-rt's library alone.
  virtual void addProfileRuntime(const llvm::opt::ArgList &Args,
                                 llvm::opt::ArgStringList &CmdArgs) const;

  /// True if the target is not the machine that the driver runs on, so that
  /// LIBRARY_PATH does not speak of it.
  virtual bool isCrossCompiling() const;

  /// Adds what the platform needs beside a link line that is a runtime's own
  /// (--runtime=), and that the line does not show: files that are made for the
  /// link, and commands after it. \p Cmd is in \p C, and makes \p Output.
  virtual void completeRuntimeLink(Compilation &C, LinkCommand &Cmd,
                                   const char *Output) const {}

protected:
  ToolChain(const Driver &D, const llvm::Triple &T,
            const llvm::opt::ArgList &Args);

  virtual std::unique_ptr<Tool> buildLinker() const = 0;
  virtual RuntimeLibType getDefaultRuntimeLibType() const {
    return RuntimeLibType::Libgcc;
  }
  /// The unwinder for compiler-rt, when none is named.
  virtual UnwindLibType
  getDefaultUnwindLibType(const llvm::opt::ArgList &Args) const;
  virtual CXXStdlibType getDefaultCXXStdlibType() const {
    return CXXStdlibType::Libstdcxx;
  }
  /// The operating system's name in compiler-rt's folders.
  llvm::StringRef getOSLibName() const;
  /// The architecture's name in compiler-rt's files.
  llvm::StringRef getCompilerRTArchName(const llvm::opt::ArgList &Args) const;

  /// Adds \p Path to \p Paths if it exists.
  void addPathIfExists(const llvm::Twine &Path, path_list &Paths) const;

  path_list FilePaths;
  path_list LibraryPaths;
  path_list ProgramPaths;

private:
  std::optional<std::string> findTargetSubDirectory(llvm::StringRef Base) const;
  std::optional<std::string>
  findAndroidSubDirectory(llvm::StringRef Base) const;

  const Driver &D;
  llvm::Triple TheTriple;
  mutable std::unique_ptr<Tool> Codegen;
  mutable std::unique_ptr<Tool> ImageCodegen;
  mutable std::unique_ptr<Tool> Linker;
};

} // namespace driver
} // namespace pkgimg

#endif // PKGIMG_DRIVER_TOOLCHAIN_H
