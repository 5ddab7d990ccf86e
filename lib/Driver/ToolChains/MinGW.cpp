//===- MinGW.cpp - Windows with MinGW's conventions -----------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MinGW.h"
#include "../SanitizerArgs.h"
#include "CommonArgs.h"
#include "GCCInstallation.h"
#include "WindowsInputs.h"
#include "WindowsSupport.h"
#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;
using namespace pkgimg::driver::toolchains;

//===----------------------------------------------------------------------===//
// mingw::Linker
//===----------------------------------------------------------------------===//

/// The linker's name of the target, for -m. Null for one that it has not.
static const char *getEmulation(const Triple &T) {
  switch (T.getArch()) {
  case Triple::x86:
    return "i386pe";
  case Triple::x86_64:
    return "i386pep";
  case Triple::arm:
  case Triple::thumb:
    return "thumb2pe";
  case Triple::aarch64:
    return T.isWindowsArm64EC() ? "arm64ecpe" : "arm64pe";
  default:
    return nullptr;
  }
}

/// Returns true if a -l of the user's begins with one of \p Prefixes.
static bool linksLibrary(const ArgList &Args, ArrayRef<StringRef> Prefixes) {
  for (const Arg *A : Args.filtered(OPT_l))
    for (StringRef Prefix : Prefixes)
      if (StringRef(A->getValue()).starts_with(Prefix))
        return true;
  return false;
}

/// Adds gcc's or LLVM's runtime library, and the layers of the C library that
/// MinGW puts on Windows' own.
void tools::mingw::Linker::addLibGCC(const ArgList &Args,
                                     ArgStringList &CmdArgs) const {
  const ToolChain &TC = getToolChain();
  if (Args.hasArg(OPT_mthreads))
    CmdArgs.push_back("-lmingwthrd");
  CmdArgs.push_back("-lmingw32");
  if (TC.getRuntimeLibType(Args) == ToolChain::RuntimeLibType::CompilerRT) {
    addRunTimeLibs(TC, Args, CmdArgs);
  } else {
    // As clang: the shared libgcc for C++, and for what is called -shared.
    const bool Static = Args.hasArg(OPT_static_libgcc, OPT_static);
    const bool Plain = !TC.getDriver().isCXXMode() && Args.hasArg(OPT_mdll) &&
                       !Args.hasArg(OPT_shared);
    if (Static || Plain)
      CmdArgs.append({"-lgcc", "-lgcc_eh"});
    else
      CmdArgs.append({"-lgcc_s", "-lgcc"});
  }
  CmdArgs.append({"-lmoldname", "-lmingwex"});
  // Whoever names a C library of Windows means it in the place of this one.
  if (!linksLibrary(Args, {"msvcr", "ucrt", "crtdll"}))
    CmdArgs.push_back("-lmsvcrt");
}

/// Adds the library of OpenMP that -fopenmp= names, as MinGW calls it.
static void addOpenMP(const ArgList &Args, ArgStringList &CmdArgs) {
  if (!Args.hasFlag(OPT_fopenmp, OPT_fopenmp_EQ, OPT_fno_openmp, false))
    return;
  StringRef Name = Args.getLastArgValue(OPT_fopenmp_EQ, "libomp");
  if (Name == "libomp")
    CmdArgs.push_back("-lomp");
  else if (Name == "libiomp5")
    CmdArgs.push_back("-liomp5md");
  else if (Name == "libgomp")
    CmdArgs.push_back("-lgomp");
}

/// Finds among \p CmdArgs the options that name other outputs than the image.
static void findSideOutputs(const ArgStringList &CmdArgs,
                            SmallVectorImpl<OutputArgument> &Outputs) {
  for (size_t I = 0; I != CmdArgs.size(); ++I) {
    StringRef Argument = CmdArgs[I];
    for (StringRef Option :
         {"--out-implib", "--output-def", "-out-implib", "-output-def"}) {
      if (Argument == Option && I + 1 != CmdArgs.size()) {
        Outputs.push_back({++I});
        break;
      }
      if (Argument.starts_with(Option) &&
          Argument.substr(Option.size()).starts_with("=")) {
        Outputs.push_back({I, Option.size() + 1});
        break;
      }
    }
  }
}

void tools::mingw::Linker::constructJob(Compilation &C, const char *Output,
                                        const InputInfoList &Inputs,
                                        const ArgList &Args) const {
  const ToolChain &TC = getToolChain();
  const Driver &D = TC.getDriver();
  const Triple &T = TC.getTriple();
  const bool Hosted = isHosted(Args);
  const bool Static = Args.hasArg(OPT_static);
  const bool WantStartFiles =
      Hosted && !Args.hasArg(OPT_nostdlib, OPT_nostartfiles);
  const bool WantLibs = Hosted && !Args.hasArg(OPT_nostdlib, OPT_nodefaultlibs);

  ArgStringList CmdArgs;
  ToolChain::LinkerChoice Choice = beginLink(TC, Args, CmdArgs);

  // The order below is clang's.
  if (!D.getSysRoot().empty())
    CmdArgs.push_back(Args.MakeArgString("--sysroot=" + D.getSysRoot()));
  if (Args.hasArg(OPT_s))
    CmdArgs.push_back("-s");

  const char *Emulation = getEmulation(T);
  if (!Emulation) {
    D.getDiags().error("cannot link for the target '" + T.str() +
                       "': the linker has no emulation for its architecture");
    return;
  }
  CmdArgs.append({"-m", Emulation});
  if (const Arg *A = Args.getLastArg(OPT_mwindows, OPT_mconsole)) {
    CmdArgs.push_back("--subsystem");
    CmdArgs.push_back(A->getOption().matches(OPT_mwindows) ? "windows"
                                                           : "console");
  }
  if (Args.hasArg(OPT_r) && Choice.BuiltIn)
    D.getDiags().error("unsupported option '-r' for target '" + T.str() +
                       "': LLD links no COFF objects into one; put them into "
                       "an archive");

  // An image is a DLL, whether -shared is given or not.
  CmdArgs.push_back(Args.hasArg(OPT_mdll) ? "--dll" : "--shared");
  CmdArgs.push_back(Static ? "-Bstatic" : "-Bdynamic");
  CmdArgs.push_back("-e");
  if (!Hosted)
    // What LLD takes by itself, too. Its driver takes an underscore off on x86,
    // which the symbol has by the conventions of C.
    CmdArgs.push_back(windows::getDefaultEntry(T).data());
  else
    CmdArgs.push_back(T.getArch() == Triple::x86 ? "_DllMainCRTStartup@12"
                                                 : "DllMainCRTStartup");
  CmdArgs.push_back("--enable-auto-image-base");
  if (Args.hasArg(OPT_Z_Xlinker__no_demangle))
    CmdArgs.push_back("--no-demangle");
  // Data of a DLL that are not declared dllimport need code of the C runtime
  // that relocates them when the image is loaded. A self-contained image has no
  // such code, and the error is better here than in the process that loads it.
  if (!Args.hasFlag(OPT_fauto_import, OPT_fno_auto_import, Hosted)) {
    CmdArgs.push_back("--disable-auto-import");
    if (!Hosted)
      CmdArgs.push_back("--disable-runtime-pseudo-reloc");
  }
  if (!Hosted) {
    // Objects of one image may repeat helpers, as Julia's do.
    CmdArgs.push_back("--allow-multiple-definition");
    CmdArgs.push_back("--no-insert-timestamp");
  }
  if (const Arg *A = Args.getLastArg(OPT_mguard_EQ)) {
    StringRef Guard = A->getValue();
    if (Guard == "none")
      CmdArgs.push_back("--no-guard-cf");
    else if (Guard == "cf" || Guard == "cf-nochecks")
      CmdArgs.push_back("--guard-cf");
    else
      D.getDiags().error("unsupported argument '" + Guard +
                         "' to option '-mguard='; expected none, cf or "
                         "cf-nochecks");
  }

  CmdArgs.push_back("-o");
  const OutputArgument OutputName{CmdArgs.size()};
  CmdArgs.push_back(Output);
  Args.AddLastArg(CmdArgs, OPT_r);
  Args.AddLastArg(CmdArgs, OPT_s);
  Args.AddAllArgs(CmdArgs, OPT_u);

  // The checks of addresses start before what they check.
  const bool WithAddressChecks =
      WantLibs && SanitizerArgs(TC, Args).has(SanitizerKind::Address);
  auto GetRuntime = [&](StringRef Component, ToolChain::FileType Type) {
    return Args.MakeArgString(TC.getCompilerRT(Args, Component, Type));
  };
  if (WithAddressChecks)
    CmdArgs.push_back(GetRuntime("asan_dynamic", ToolChain::FileType::Shared));

  StartFiles Start(TC, Args, CmdArgs);
  if (WantStartFiles) {
    Start.add("dllcrt2.o");
    Start.add("crtbegin.o");
  }
  Args.AddAllArgs(CmdArgs, OPT_L);
  if (Hosted) {
    addFilePathLibArgs(TC, Args, CmdArgs);
    for (StringRef Path : TC.getLibraryPaths())
      if (TC.getVFS().exists(Path))
        CmdArgs.push_back(Args.MakeArgString("-L" + Path));
    if (std::string Path = TC.getCompilerRTPath(); TC.getVFS().exists(Path))
      CmdArgs.push_back(Args.MakeArgString("-L" + Path));
  }
  addReproduce(Args, CmdArgs);

  auto Prepared = std::make_shared<windows::LinkInputs>(C, TC, Output);
  addLinkerInputs(TC, Prepared->translate(Inputs, Args, CmdArgs), Args,
                  CmdArgs);

  // LLD takes the options of a hosted link from clang; by itself it optimizes
  // bitcode with what the bitcode says.
  if (Hosted)
    addLTOOptions(TC, Args, CmdArgs, Output);

  if (WantLibs && D.isCXXMode() && !Args.hasArg(OPT_nostdlibxx)) {
    const bool OnlyThisStatic = Args.hasArg(OPT_static_libstdcxx) && !Static;
    if (OnlyThisStatic)
      CmdArgs.push_back("-Bstatic");
    TC.addCXXStdlibLibArgs(Args, CmdArgs);
    if (OnlyThisStatic)
      CmdArgs.push_back("-Bdynamic");
  }
  if (WantLibs) {
    // Windows' store has one library in the place of the system's.
    bool HasWindowsApp = false;
    for (const Arg *A : Args.filtered(OPT_l))
      HasWindowsApp |= StringRef(A->getValue()) == "windowsapp";
    if (Static)
      CmdArgs.push_back("--start-group");
    if (Args.hasArg(OPT_fstack_protector, OPT_fstack_protector_strong,
                    OPT_fstack_protector_all))
      CmdArgs.append({"-lssp_nonshared", "-lssp"});
    addOpenMP(Args, CmdArgs);
    addLibGCC(Args, CmdArgs);
    if (wantPthread(Args))
      CmdArgs.push_back("-lpthread");
    if (WithAddressChecks) {
      const char *Thunk =
          GetRuntime("asan_dynamic_runtime_thunk", ToolChain::FileType::Static);
      CmdArgs.append({GetRuntime("asan_dynamic", ToolChain::FileType::Shared),
                      Thunk, "--require-defined",
                      T.getArch() == Triple::x86 ? "___asan_seh_interceptor"
                                                 : "__asan_seh_interceptor",
                      "--whole-archive", Thunk, "--no-whole-archive"});
    }
    addProfileRuntime(TC, Args, CmdArgs);
    if (!HasWindowsApp) {
      if (Args.hasArg(OPT_mwindows))
        CmdArgs.append({"-lgdi32", "-lcomdlg32"});
      CmdArgs.append({"-ladvapi32", "-lshell32", "-luser32", "-lkernel32"});
    }
    if (Static) {
      CmdArgs.push_back("--end-group");
    } else {
      addLibGCC(Args, CmdArgs);
      if (!HasWindowsApp)
        CmdArgs.push_back("-lkernel32");
    }
  }
  if (WantStartFiles)
    Start.add("crtend.o");
  // Last, so that any other definition comes first.
  if (!Hosted)
    CmdArgs.push_back(Prepared->addEntryStub());
  Prepared->readExportOptions(CmdArgs);

  SmallVector<OutputArgument, 2> SideOutputs;
  findSideOutputs(CmdArgs, SideOutputs);
  LinkCommand &Cmd = finishLink(C, *this, Choice, std::move(CmdArgs),
                                OutputName, Inputs, std::move(Start.Missing));
  for (OutputArgument Other : SideOutputs)
    Cmd.addSideOutput(Other);
  Cmd.Prepare = [Prepared] { return Prepared->prepare(); };
  // clang does not ask for it, and LLD writes the time into the image. Before
  // all others, so that the user's choice counts.
  if (Hosted)
    Cmd.UnshownArguments.push_back("--no-insert-timestamp");
}

//===----------------------------------------------------------------------===//
// toolchains::MinGW
//===----------------------------------------------------------------------===//

namespace {
/// Where the files of a MinGW installation for one target are looked for.
class Installation {
public:
  Installation(const Driver &D, const Triple &T, const ArgList &Args)
      : D(D), Arch(T.getArchName().str()) {
    // The triple as the user wrote it is in the folders' names.
    const Arg *A = Args.getLastArg(OPT_target);
    Triple Literal(A ? std::string(A->getValue())
                     : sys::getDefaultTargetTriple());
    Literal.setArchName(T.getArchName());
    Names = {Literal.str(), T.str(), Arch + "-w64-mingw32",
             Arch + "-w64-mingw32ucrt"};
  }

  /// Whether something says that the target is spelt as it is here.
  bool isCertain() {
    if (!D.getSysRoot().empty() || findBeside())
      return true;
    return !looksLikeSysroot() && findGCC();
  }

  /// Fills the folders, in order.
  void find(bool HasBaseLib, ToolChain::path_list &Paths) {
    const std::string InstallBase =
        sys::path::parent_path(D.getInstalledDir()).str();
    if (!D.getSysRoot().empty())
      Base = D.getSysRoot().str();
    else if (!findBeside() && (looksLikeSysroot() || !findGCC()))
      Base = InstallBase;
    Base += sys::path::get_separator();

    // gcc's folder comes first, even if there is none: clang has it so.
    Paths.push_back(findGCCLibDir());
    std::string Inner = SubDir;
    if (exists(Base + SubDir + "/sys-root/mingw"))
      Inner = SubDir + "/sys-root/mingw";
    Paths.push_back(Base + Inner + "/lib");
    Paths.push_back(Base + Inner + "/mingw/lib");
    if (HasBaseLib)
      Paths.push_back(Base + "lib");
  }

private:
  bool exists(const Twine &Path) const { return D.getVFS().exists(Path); }

  bool isDirectory(const Twine &Path) const {
    ErrorOr<vfs::Status> Status = D.getVFS().status(Path);
    return Status && Status->isDirectory();
  }

  /// A folder with the target's name, beside that of the program.
  bool findBeside() {
    StringRef Root = sys::path::parent_path(D.getInstalledDir());
    for (StringRef Name : Names)
      if (isDirectory(Root + "/" + Name)) {
        Base = Root.str();
        SubDir = Name.str();
        return true;
      }
    return false;
  }

  /// The program itself is installed in a sysroot.
  bool looksLikeSysroot() const {
    StringRef Root = sys::path::parent_path(D.getInstalledDir());
    return exists(Root + "/include/_mingw.h") &&
           exists(Root + "/lib/libkernel32.a");
  }

  /// A cross gcc in PATH shows where its files are.
  bool findGCC() {
    std::optional<std::string> Path = sys::Process::GetEnv("PATH");
    if (!Path)
      return false;
    SmallVector<StringRef, 16> Dirs;
    StringRef(*Path).split(Dirs, sys::EnvPathSeparator, -1,
                           /*KeepEmpty=*/false);
    std::vector<std::string> Programs;
    for (StringRef Name : Names)
      Programs.push_back((Name + "-gcc").str());
    Programs.push_back("mingw32-gcc");
    for (StringRef Program : Programs)
      for (StringRef Dir : Dirs)
        for (StringRef Ending : {"", ".exe"}) {
          ErrorOr<vfs::Status> Status =
              D.getVFS().status(Dir + "/" + Program + Ending);
          if (!Status || Status->isDirectory() ||
              !(Status->getPermissions() & sys::fs::all_exe))
            continue;
          Base = sys::path::parent_path(Dir).str();
          return true;
        }
    return false;
  }

  std::string findGCCLibDir() {
    if (SubDir.empty())
      SubDir = Arch + "-w64-mingw32";
    std::vector<std::string> Candidates = Names;
    Candidates.push_back("mingw32");
    for (StringRef Lib : {"lib", "lib64"})
      for (const std::string &Name : Candidates) {
        SmallString<128> Dir(Base);
        sys::path::append(Dir, Lib, "gcc", Name);
        std::optional<GCCVersion> Best;
        std::string Found;
        std::error_code EC;
        for (vfs::directory_iterator I = D.getVFS().dir_begin(Dir, EC), E;
             !EC && I != E; I.increment(EC)) {
          std::optional<GCCVersion> V =
              GCCVersion::parse(sys::path::filename(I->path()));
          if (!V || (Best && !(*Best < *V)))
            continue;
          Best = V;
          Found = I->path().str();
        }
        if (Best) {
          SubDir = Name;
          return Found;
        }
      }
    return "";
  }

  const Driver &D;
  std::string Arch;
  std::vector<std::string> Names;
  std::string Base;
  std::string SubDir;
};
} // namespace

MinGW::MinGW(const Driver &D, const llvm::Triple &T, const ArgList &Args)
    : ToolChain(D, T, Args), IsHosted(tools::isHosted(Args)) {
  ProgramPaths.push_back(D.getInstalledDir().str());
  // A self-contained link has no use for an installation.
  if (IsHosted || Args.hasArg(OPT_print_search_dirs, OPT_print_file_name_EQ))
    findRuntime(Args);
}

void MinGW::findRuntime(const ArgList &Args) {
  // The general library folder of an installation is the target's own only
  // where it is the host's, too, or the user has pointed at it.
  llvm::Triple Host(sys::getProcessTriple());
  bool IsNative = Host.isOSWindows() && Host.getArch() == getArch();
  Installation(getDriver(), getTriple(), Args)
      .find(IsNative || !getDriver().getSysRoot().empty(), FilePaths);
}

void MinGW::fixTripleArch(const Driver &D, llvm::Triple &T,
                          const ArgList &Args) {
  SmallVector<StringRef, 3> Names;
  if (T.getArch() == llvm::Triple::x86)
    Names = {"i386", "i586", "i686"};
  else if (T.getArch() == llvm::Triple::arm ||
           T.getArch() == llvm::Triple::thumb)
    Names = {"armv7"};
  else
    return;
  if (Installation(D, T, Args).isCertain())
    return;
  for (StringRef Name : Names) {
    llvm::Triple Candidate(T);
    Candidate.setArchName(Name);
    if (Installation(D, Candidate, Args).isCertain()) {
      T = Candidate;
      return;
    }
  }
}

SanitizerMask MinGW::getSupportedSanitizers() const {
  return ToolChain::getSupportedSanitizers() | SanitizerKind::Address |
         SanitizerKind::PointerCompare | SanitizerKind::PointerSubtract |
         SanitizerKind::Vptr;
}

StringRef MinGW::getDefaultImageName() const {
  return IsHosted ? "a.exe" : "a.dll";
}

std::unique_ptr<DerivedArgList>
MinGW::translateArgs(const DerivedArgList &Args) const {
  // gcc, and clang after it, let no output be without an ending.
  const Arg *Output = Args.getLastArg(OPT_o);
  if (!IsHosted || !Output || sys::path::has_extension(Output->getValue()))
    return nullptr;
  auto Result = std::make_unique<DerivedArgList>(Args.getBaseArgs());
  for (Arg *A : Args) {
    if (A == Output)
      Result->AddSeparateArg(&A->getBaseArg(), A->getOption(),
                             Args.MakeArgString(Twine(A->getValue()) + ".exe"));
    // What the driver has translated before belongs to the earlier list.
    else if (&A->getBaseArg() == A)
      Result->append(A);
    else if (A->getNumValues() == 0)
      Result->AddFlagArg(&A->getBaseArg(), A->getOption());
    else
      Result->AddSeparateArg(&A->getBaseArg(), A->getOption(), A->getValue());
  }
  return Result;
}

void MinGW::completeRuntimeLink(Compilation &C, LinkCommand &Cmd,
                                const char *Output) const {
  if (!Cmd.isBuiltIn())
    return;
  // The runtime's objects or its start files have the entry point, and these
  // win over an archive; what its compiler has not made has none.
  auto Prepared = std::make_shared<windows::LinkInputs>(C, *this, Output);
  Cmd.UnshownArguments = {"--no-insert-timestamp", Prepared->addEntryStub()};
  Cmd.Prepare = [Prepared] { return Prepared->prepare(); };
}

void MinGW::addWholeArchive(const char *Archive, ArgStringList &CmdArgs) const {
  // LLD's front end for MinGW has no stack of states.
  CmdArgs.append({"--whole-archive", Archive, "--no-whole-archive"});
}

std::unique_ptr<Tool> MinGW::buildLinker() const {
  return std::make_unique<tools::mingw::Linker>(*this);
}
