//===- ToolChain.cpp - What the driver knows of one platform --------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Driver/ToolChain.h"
#include "ToolChains/Codegen.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;

/// The operating system's name in compiler-rt's folders.
static StringRef getOSLibName(const Triple &T) {
  return T.isOSDarwin() ? "darwin" : Triple::getOSTypeName(T.getOS());
}

ToolChain::ToolChain(const Driver &D, const llvm::Triple &T, const ArgList &)
    : D(D), TheTriple(T) {
  // The order is that of clang: the folder per target of the resource
  // directory, then libraries beside the program, then the same by system.
  SmallString<128> Runtime(D.getResourceDir());
  sys::path::append(Runtime, "lib");
  if (std::optional<std::string> Path = findTargetSubDirectory(Runtime)) {
    LibraryPaths.push_back(*Path);
  } else {
    sys::path::append(Runtime, TheTriple.str());
    LibraryPaths.push_back(std::string(Runtime));
  }

  SmallString<128> Beside(D.getInstalledDir());
  sys::path::append(Beside, "..", "lib");
  if (std::optional<std::string> Path = findTargetSubDirectory(Beside))
    FilePaths.push_back(*Path);
  addPathIfExists(D.getResourceDir() + "/lib/" + TheTriple.str(), FilePaths);
  addPathIfExists(D.getResourceDir() + "/lib/" + getOSLibName(TheTriple) + "/" +
                      Triple::getArchTypeName(getArch()),
                  FilePaths);
}

ToolChain::~ToolChain() = default;

vfs::FileSystem &ToolChain::getVFS() const { return D.getVFS(); }

const Tool &ToolChain::getCodegen() const {
  if (!Codegen)
    Codegen = std::make_unique<tools::Codegen>(*this);
  return *Codegen;
}

const Tool &ToolChain::getLinker() const {
  if (!Linker)
    Linker = buildLinker();
  return *Linker;
}

void ToolChain::addPathIfExists(const Twine &Path, path_list &Paths) const {
  std::string P = Path.str();
  if (getVFS().exists(P))
    Paths.push_back(std::move(P));
}

std::optional<std::string>
ToolChain::findTargetSubDirectory(StringRef Base) const {
  auto Find = [&](StringRef Name) -> std::optional<std::string> {
    SmallString<128> P(Base);
    sys::path::append(P, Name);
    if (getVFS().exists(P))
      return std::string(P);
    return std::nullopt;
  };
  if (std::optional<std::string> P = Find(TheTriple.str()))
    return P;
  // Runtimes for A and R profile cores are installed under "arm", whatever
  // version of the architecture the triple names.
  if (TheTriple.getArch() == Triple::arm && !TheTriple.isArmMClass()) {
    llvm::Triple Plain = TheTriple;
    Plain.setArch(Triple::arm);
    return Find(Plain.str());
  }
  return std::nullopt;
}

std::string ToolChain::getFilePath(StringRef Name) const {
  auto Find = [&](StringRef Dir, StringRef More = "") {
    SmallString<128> P(Dir);
    if (!More.empty())
      sys::path::append(P, More);
    sys::path::append(P, Name);
    return getVFS().exists(P) ? std::string(P) : std::string();
  };
  auto Search = [&](ArrayRef<std::string> Dirs) -> std::string {
    for (StringRef Dir : Dirs) {
      if (Dir.empty())
        continue;
      // As in gcc, a leading '=' stands for the sysroot.
      std::string InSysRoot;
      if (Dir.consume_front("=")) {
        InSysRoot = (D.getSysRoot() + Dir).str();
        Dir = InSysRoot;
      }
      std::string P = Find(Dir);
      if (!P.empty())
        return P;
    }
    return "";
  };

  std::string P = Search(D.getPrefixDirs());
  if (P.empty())
    P = Find(D.getResourceDir());
  if (P.empty())
    P = Find(getCompilerRTPath());
  if (P.empty())
    P = Find(D.getInstalledDir(), "..");
  if (P.empty())
    P = Search(LibraryPaths);
  if (P.empty())
    P = Search(FilePaths);
  return P.empty() ? Name.str() : P;
}

std::string ToolChain::getProgramPath(StringRef Name) const {
  std::string Prefixed = (TheTriple.str() + "-" + Name).str();

  // -B takes a folder, or the beginning of a path.
  for (StringRef Prefix : D.getPrefixDirs()) {
    SmallString<128> P(Prefix);
    if (sys::fs::is_directory(Prefix))
      sys::path::append(P, Name);
    else
      P += Name;
    if (sys::fs::can_execute(P))
      return std::string(P);
  }
  for (StringRef Candidate : {StringRef(Prefixed), Name}) {
    for (StringRef Dir : ProgramPaths) {
      SmallString<128> P(Dir);
      sys::path::append(P, Candidate);
      if (sys::fs::can_execute(P))
        return std::string(P);
    }
    if (ErrorOr<std::string> P = sys::findProgramByName(Candidate))
      return *P;
  }
  return Name.str();
}

ToolChain::LinkerChoice ToolChain::getLinkerChoice(const ArgList &Args) const {
  LinkerChoice BuiltIn{true, D.getProgramPath().str()};
  const Arg *FuseLd = Args.getLastArg(OPT_fuse_ld_EQ);

  if (const Arg *A = Args.getLastArg(OPT_ld_path_EQ)) {
    std::string Path = A->getValue();
    if (!Path.empty() && sys::path::parent_path(Path).empty())
      Path = getProgramPath(Path);
    if (!Path.empty() && sys::fs::can_execute(Path))
      return {false, Path};
    D.getDiags().error("invalid linker name in argument '" +
                       A->getAsString(Args) +
                       "': there is no such program; give its path, or leave "
                       "the option out to link with the built-in LLD");
    return BuiltIn;
  }

  StringRef Name = FuseLd ? FuseLd->getValue() : "lld";
  if (Name == "lld")
    return BuiltIn;
  std::string Path;
  if (sys::path::is_absolute(Name))
    Path = Name.str();
  else if (Name.empty() || Name == "ld")
    Path = getProgramPath("ld");
  else
    Path = getProgramPath(
        ((TheTriple.isOSDarwin() ? "ld64." : "ld.") + Name).str());
  if (sys::fs::can_execute(Path))
    return {false, Path};
  D.getDiags().error("invalid linker name in argument '" +
                     FuseLd->getAsString(Args) +
                     "': there is no such program; use -fuse-ld=lld for the "
                     "built-in LLD, or --ld-path= for a program elsewhere");
  return BuiltIn;
}

ToolChain::RuntimeLibType
ToolChain::getRuntimeLibType(const ArgList &Args) const {
  const Arg *A = Args.getLastArg(OPT_rtlib_EQ);
  StringRef Name = A ? A->getValue() : "platform";
  if (Name == "compiler-rt")
    return RuntimeLibType::CompilerRT;
  if (Name == "libgcc")
    return RuntimeLibType::Libgcc;
  return getDefaultRuntimeLibType();
}

ToolChain::UnwindLibType
ToolChain::getUnwindLibType(const ArgList &Args) const {
  const Arg *A = Args.getLastArg(OPT_unwindlib_EQ);
  StringRef Name = A ? A->getValue() : "platform";
  if (Name == "none")
    return UnwindLibType::None;
  if (Name == "libunwind")
    return UnwindLibType::CompilerRT;
  if (Name == "libgcc")
    return UnwindLibType::Libgcc;
  if (getRuntimeLibType(Args) == RuntimeLibType::Libgcc)
    return UnwindLibType::Libgcc;
  return getDefaultUnwindLibType();
}

ToolChain::UnwindLibType ToolChain::getDefaultUnwindLibType() const {
  return UnwindLibType::None;
}

std::string ToolChain::getCompilerRTPath() const {
  SmallString<128> Path(D.getResourceDir());
  sys::path::append(Path, "lib", getOSLibName(TheTriple));
  return std::string(Path);
}

/// The architecture's name in compiler-rt's files.
static StringRef getCompilerRTArchName(const Triple &T) {
  switch (T.getArch()) {
  case Triple::x86:
    return T.isAndroid() ? "i686" : "i386";
  case Triple::x86_64:
    return T.isX32() ? "x32" : "x86_64";
  case Triple::arm:
  case Triple::thumb:
    return T.getEnvironmentName().ends_with("hf") ? "armhf" : "arm";
  default:
    return Triple::getArchTypeName(T.getArch());
  }
}

std::string ToolChain::getCompilerRT(StringRef Component, FileType Type) const {
  StringRef Prefix = Type == FileType::Object ? "" : "lib";
  StringRef Suffix = Type == FileType::Object   ? ".o"
                     : Type == FileType::Static ? ".a"
                                                : ".so";
  std::string Base = (Prefix + "clang_rt." + Component).str();

  std::string Expected;
  for (StringRef Dir : LibraryPaths) {
    SmallString<128> P(Dir);
    sys::path::append(P, Base + Suffix);
    if (getVFS().exists(P))
      return std::string(P);
    if (Expected.empty())
      Expected = std::string(P);
  }
  SmallString<128> PerSystem(getCompilerRTPath());
  sys::path::append(PerSystem,
                    Base + "-" + getCompilerRTArchName(TheTriple) + Suffix);
  if (Expected.empty() || getVFS().exists(PerSystem))
    return std::string(PerSystem);
  return Expected;
}

bool ToolChain::isCrossCompiling() const {
  llvm::Triple Host(sys::getProcessTriple());
  if (Host.isArmMClass() != TheTriple.isArmMClass())
    return true;
  auto Fold = [](llvm::Triple::ArchType A) {
    if (A == Triple::thumb)
      return Triple::arm;
    if (A == Triple::thumbeb)
      return Triple::armeb;
    return A;
  };
  return Fold(Host.getArch()) != Fold(TheTriple.getArch());
}
