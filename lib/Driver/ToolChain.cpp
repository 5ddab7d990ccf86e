//===- ToolChain.cpp - What the driver knows of one platform --------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Driver/ToolChain.h"
#include "ToolChains/Codegen.h"
#include "ToolChains/CommonArgs.h"
#include "ToolChains/ImageCodegen.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;

ToolChain::ToolChain(const Driver &D, const llvm::Triple &T, const ArgList &)
    : D(D), TheTriple(T) {
  // The order is that of clang: the folder per target of the resource
  // directory, then libraries beside the program, then the same by system.
  SmallString<128> Runtime(D.getResourceDir());
  sys::path::append(Runtime, "lib");
  if (std::optional<std::string> Path = findTargetSubDirectory(Runtime)) {
    LibraryPaths.push_back(*Path);
  } else if (!TheTriple.isOSDarwin()) {
    // Darwin has libraries for all its architectures in one folder.
    sys::path::append(Runtime, TheTriple.str());
    LibraryPaths.push_back(std::string(Runtime));
  }

  SmallString<128> Beside(D.getInstalledDir());
  sys::path::append(Beside, "..", "lib");
  if (std::optional<std::string> Path = findTargetSubDirectory(Beside))
    FilePaths.push_back(*Path);
  addPathIfExists(D.getResourceDir() + "/lib/" + TheTriple.str(), FilePaths);
  addPathIfExists(D.getResourceDir() + "/lib/" + getOSLibName() + "/" +
                      Triple::getArchTypeName(getArch()),
                  FilePaths);
}

ToolChain::~ToolChain() = default;

vfs::FileSystem &ToolChain::getVFS() const { return D.getVFS(); }

StringRef ToolChain::getOSLibName() const {
  if (TheTriple.isOSDarwin())
    return "darwin";
  switch (TheTriple.getOS()) {
  case Triple::FreeBSD:
    return "freebsd";
  case Triple::NetBSD:
    return "netbsd";
  case Triple::OpenBSD:
    return "openbsd";
  case Triple::Solaris:
    return "sunos";
  default:
    return TheTriple.getOSName();
  }
}

FileKind ToolChain::getObjectKind() const {
  switch (TheTriple.getObjectFormat()) {
  case Triple::COFF:
    return FileKind::COFFObject;
  case Triple::MachO:
    return FileKind::MachOObject;
  case Triple::Wasm:
    return FileKind::WasmObject;
  default:
    return FileKind::ELFObject;
  }
}

std::unique_ptr<DerivedArgList>
ToolChain::translateArgs(const DerivedArgList &) const {
  return nullptr;
}

void ToolChain::addWholeArchive(const char *Archive,
                                ArgStringList &CmdArgs) const {
  // The state is pushed, so that a --whole-archive of the user's stays in
  // force.
  CmdArgs.append({"--push-state", "--whole-archive", Archive, "--pop-state"});
}

std::string ToolChain::computeSysRoot() const { return D.getSysRoot().str(); }

const Tool &ToolChain::getCodegen() const {
  if (!Codegen)
    Codegen = std::make_unique<tools::Codegen>(*this);
  return *Codegen;
}

const Tool &ToolChain::getImageCodegen() const {
  if (!ImageCodegen)
    ImageCodegen = std::make_unique<tools::ImageCodegen>(*this);
  return *ImageCodegen;
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
  if (TheTriple.isAndroid())
    return findAndroidSubDirectory(Base);
  // Runtimes for A and R profile cores are installed under "arm", whatever
  // version of the architecture the triple names.
  if (TheTriple.getArch() == Triple::arm && !TheTriple.isArmMClass()) {
    llvm::Triple Plain = TheTriple;
    Plain.setArch(Triple::arm);
    return Find(Plain.str());
  }
  return std::nullopt;
}

/// Libraries for Android are installed per level of its interface. Those of the
/// newest level that the target has serve it; next, those for no level.
std::optional<std::string>
ToolChain::findAndroidSubDirectory(StringRef Base) const {
  llvm::Triple Plain(TheTriple);
  Plain.setEnvironmentName("android");
  unsigned Level = TheTriple.getEnvironmentVersion().getMajor();
  unsigned Best = 0;
  std::string Name;
  std::error_code EC;
  for (vfs::directory_iterator I = getVFS().dir_begin(Base, EC), E;
       !EC && I != E; I.increment(EC)) {
    StringRef Folder = sys::path::filename(I->path());
    StringRef Suffix = Folder;
    if (!Suffix.consume_front(Plain.str()))
      continue;
    unsigned FolderLevel;
    if (Suffix.empty() && Name.empty()) {
      Name = Folder.str();
    } else if (!Suffix.getAsInteger(10, FolderLevel) && FolderLevel > Best &&
               FolderLevel < Level) {
      Best = FolderLevel;
      Name = Folder.str();
    }
  }
  if (Name.empty())
    return std::nullopt;
  SmallString<128> P(Base);
  sys::path::append(P, Name);
  if (Best == 0)
    D.getDiags().warning("using unversioned Android target directory '" + P +
                             "' for target '" + TheTriple.str() +
                             "'; unversioned directories will not be used in "
                             "the future: give one for each API level",
                         "android-unversioned-fallback");
  return std::string(P);
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
  else
    Path = getLinkerProgramName(Name);
  // A platform may know where its own linker is.
  if (!sys::path::is_absolute(Path))
    Path = getProgramPath(Path);
  if (sys::fs::can_execute(Path))
    return {false, Path};
  D.getDiags().error("invalid linker name in argument '" +
                     FuseLd->getAsString(Args) +
                     "': there is no such program; use -fuse-ld=lld for the "
                     "built-in LLD, or --ld-path= for a program elsewhere");
  return BuiltIn;
}

std::string ToolChain::getLinkerProgramName(StringRef Name) const {
  if (Name.empty() || Name == "ld")
    return "ld";
  return ((TheTriple.isOSDarwin() ? "ld64." : "ld.") + Name).str();
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
  return getDefaultUnwindLibType(Args);
}

ToolChain::UnwindLibType
ToolChain::getDefaultUnwindLibType(const ArgList &) const {
  // Android's own unwinder lies beside compiler-rt in its development kit.
  return TheTriple.isAndroid() ? UnwindLibType::CompilerRT
                               : UnwindLibType::None;
}

ToolChain::CXXStdlibType
ToolChain::getCXXStdlibType(const ArgList &Args) const {
  const Arg *A = Args.getLastArg(OPT_stdlib_EQ);
  StringRef Name = A ? A->getValue() : "platform";
  if (Name == "libc++")
    return CXXStdlibType::Libcxx;
  if (Name == "libstdc++")
    return CXXStdlibType::Libstdcxx;
  return getDefaultCXXStdlibType();
}

void ToolChain::addCXXStdlibLibArgs(const ArgList &Args,
                                    ArgStringList &CmdArgs) const {
  if (getCXXStdlibType(Args) == CXXStdlibType::Libstdcxx) {
    CmdArgs.push_back("-lstdc++");
    return;
  }
  CmdArgs.push_back("-lc++");
  if (Args.hasArg(OPT_fexperimental_library))
    CmdArgs.push_back("-lc++experimental");
}

std::string ToolChain::getCompilerRTPath() const {
  SmallString<128> Path(D.getResourceDir());
  sys::path::append(Path, "lib", getOSLibName());
  return std::string(Path);
}

StringRef ToolChain::getCompilerRTArchName(const ArgList &Args) const {
  switch (getArch()) {
  case llvm::Triple::x86:
    return TheTriple.isAndroid() ? "i686" : "i386";
  case llvm::Triple::x86_64:
    return TheTriple.isX32() ? "x32" : "x86_64";
  case llvm::Triple::arm:
  case llvm::Triple::thumb:
    // The libraries differ by how floating point values are passed, but for
    // Windows, where there is one way.
    return tools::isHardFloatARM(TheTriple, Args) && !TheTriple.isOSWindows()
               ? "armhf"
               : "arm";
  default:
    return llvm::Triple::getArchTypeName(getArch());
  }
}

ToolChain::path_list ToolChain::getRuntimeLibraryDirs() const {
  path_list Dirs;
  StringRef Resource = D.getResourceDir();
  Dirs.push_back((Resource + "/lib/" + TheTriple.str()).str());
  Dirs.push_back((Resource + "/lib/" + getOSLibName() + "/" +
                  Triple::getArchTypeName(getArch()))
                     .str());
  SmallString<128> Beside(D.getInstalledDir());
  sys::path::append(Beside, "..", "lib");
  if (std::optional<std::string> Path = findTargetSubDirectory(Beside))
    Dirs.push_back(*Path);
  return Dirs;
}

std::string ToolChain::getCompilerRT(const ArgList &Args, StringRef Component,
                                     FileType Type) const {
  // Windows' own compiler has its own endings.
  bool MSVCNames = TheTriple.isWindowsMSVCEnvironment() ||
                   TheTriple.isWindowsItaniumEnvironment();
  StringRef Prefix = MSVCNames || Type == FileType::Object ? "" : "lib";
  StringRef Suffix;
  switch (Type) {
  case FileType::Object:
    Suffix = MSVCNames ? ".obj" : ".o";
    break;
  case FileType::Static:
    Suffix = MSVCNames ? ".lib" : ".a";
    break;
  case FileType::Shared:
    Suffix = !TheTriple.isOSWindows()              ? ".so"
             : TheTriple.isWindowsGNUEnvironment() ? ".dll.a"
                                                   : ".lib";
    break;
  }
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
  sys::path::append(PerSystem, Base + "-" + getCompilerRTArchName(Args) +
                                   (TheTriple.isAndroid() ? "-android" : "") +
                                   Suffix);
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
