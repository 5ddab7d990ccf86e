//===- MSVC.cpp - Windows with Microsoft's C runtime ----------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MSVC.h"
#include "../SanitizerArgs.h"
#include "CommonArgs.h"
#include "WindowsExports.h"
#include "WindowsInputs.h"
#include "WindowsSupport.h"
#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/StringSaver.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;
using namespace pkgimg::driver::toolchains;

//===----------------------------------------------------------------------===//
// The linker
//===----------------------------------------------------------------------===//

/// Returns the value if \p Arg is lld-link's option \p Name with one, or null.
static const char *getOptionValue(const char *Arg, StringRef Name) {
  StringRef Text = Arg;
  if ((Text.consume_front("-") || Text.consume_front("/")) &&
      Text.consume_front_insensitive(Name) && Text.consume_front(":"))
    return Text.data();
  return nullptr;
}

static bool hasOption(const ArgStringList &CmdArgs, StringRef Name) {
  return any_of(CmdArgs, [&](const char *Arg) {
    return getOptionValue(Arg, Name) != nullptr;
  });
}

/// Adds a positional option.
static void addOption(const Arg &A, bool Hosted, const ArgList &Args,
                      ArgStringList &CmdArgs) {
  if (A.getOption().matches(OPT_l)) {
    StringRef Name = A.getValue();
    CmdArgs.push_back(
        Args.MakeArgString(Name + (Name.ends_with(".lib") ? "" : ".lib")));
  } else if (Hosted || A.getOption().matches(OPT_Wl_COMMA) ||
             A.getOption().matches(OPT_Xlinker)) {
    // clang passes on the rest, too, and leaves it to the linker to say what it
    // does not know.
    A.renderAsInput(Args, CmdArgs);
  } else if (A.getOption().matches(OPT_e)) {
    CmdArgs.push_back(Args.MakeArgString(Twine("-entry:") + A.getValue()));
  } else if (!A.getOption().matches(OPT_no_undefined)) {
    // No undefined symbol is left in a DLL. What other options ask for has no
    // like here, and is reported as unused.
    return;
  }
  A.claim();
}

/// Adds the linker's inputs.
static void addInputs(const ToolChain &TC, const InputInfoList &Inputs,
                      const ArgList &Args, ArgStringList &CmdArgs) {
  for (const InputInfo &Input : Inputs) {
    if (!Input.isFilename())
      addOption(Input.getInputArg(), tools::isHosted(Args), Args, CmdArgs);
    else if (Input.isArchive())
      TC.addWholeArchive(Input.getFilename(), CmdArgs);
    else if (!tools::isHosted(Args) &&
             windows::isModuleDefinitionName(Input.getFilename()))
      CmdArgs.push_back(
          Args.MakeArgString(Twine("-def:") + Input.getFilename()));
    else
      CmdArgs.push_back(Input.getFilename());
  }
}

/// Adds what sanitizers need in a DLL. AddressSanitizer's part there calls into
/// the runtime of the executable, or of a DLL of its own.
static void addSanitizers(const ToolChain &TC, const ArgList &Args,
                          ArgStringList &CmdArgs) {
  const SanitizerArgs Checks(TC, Args);
  // A fuzzer's counters must stay side by side.
  if (Checks.needFuzzer())
    CmdArgs.append({"-debug", "-incremental:no"});
  if (!Checks.has(SanitizerKind::Address))
    return;
  auto Add = [&](StringRef Prefix, StringRef Component) {
    CmdArgs.push_back(
        Args.MakeArgString(Prefix + TC.getCompilerRT(Args, Component)));
  };
  CmdArgs.append({"-debug", "-incremental:no"});
  if (!Args.hasFlag(OPT_shared_libsan, OPT_static_libsan, false)) {
    Add("", "asan_dll_thunk");
    return;
  }
  Add("", "asan_dynamic");
  Add("", "asan_dynamic_runtime_thunk");
  // It handles exceptions, and so must not be left out.
  CmdArgs.push_back(TC.getArch() == llvm::Triple::x86
                        ? "-include:___asan_seh_interceptor"
                        : "-include:__asan_seh_interceptor");
  Add("-wholearchive:", "asan_dynamic_runtime_thunk");
}

/// Adds what clang's driver passes, up to the inputs.
static void addHostedArgs(const MSVC &TC, const char *Output,
                          const ArgList &Args, ArgStringList &CmdArgs) {
  if (tools::wantStartFiles(Args))
    CmdArgs.append({"-defaultlib:libcmt", "-defaultlib:oldnames"});
  TC.addKitLibPaths(Args, CmdArgs);
  for (StringRef Dir : Args.getAllArgValues(OPT_L))
    CmdArgs.push_back(Args.MakeArgString("-libpath:" + Dir));
  auto AddIfExists = [&](StringRef Dir) {
    if (TC.getVFS().exists(Dir))
      CmdArgs.push_back(Args.MakeArgString("-libpath:" + Dir));
  };
  for (StringRef Dir : TC.getLibraryPaths())
    AddIfExists(Dir);
  AddIfExists(TC.getCompilerRTPath());

  CmdArgs.push_back("-nologo");
  if (Args.hasArg(OPT_fms_hotpatch))
    CmdArgs.push_back("-functionpadmin");
  if (!Args.hasFlag(OPT_mincremental_linker_compatible,
                    OPT_mno_incremental_linker_compatible, true))
    CmdArgs.push_back("-Brepro");
  CmdArgs.push_back("-dll");
  SmallString<128> ImportLibrary(Output);
  sys::path::replace_extension(ImportLibrary, "lib");
  CmdArgs.push_back(Args.MakeArgString("-implib:" + ImportLibrary));
  addSanitizers(TC, Args, CmdArgs);
  if (!Args.hasArg(OPT_nostdlib))
    tools::addRunTimeLibs(TC, Args, CmdArgs);
}

/// Returns lld-link's argument for the machine of \p T, which it would take
/// from the first object instead.
static const char *getMachineArg(const llvm::Triple &T) {
  switch (windows::getMachine(T)) {
  case COFF::IMAGE_FILE_MACHINE_I386:
    return "-machine:x86";
  case COFF::IMAGE_FILE_MACHINE_AMD64:
    return "-machine:x64";
  case COFF::IMAGE_FILE_MACHINE_ARMNT:
    return "-machine:arm";
  case COFF::IMAGE_FILE_MACHINE_ARM64EC:
    return "-machine:arm64ec";
  default:
    return "-machine:arm64";
  }
}

/// Adds what makes a DLL without anything of the system, up to the inputs.
static void addSelfContainedArgs(const ToolChain &TC, const ArgList &Args,
                                 ArgStringList &CmdArgs) {
  // Nothing of the environment, and none of the libraries that a compiler has
  // named in the objects.
  CmdArgs.append({"-lldignoreenv", "-nodefaultlib"});
  for (StringRef Dir : Args.getAllArgValues(OPT_L))
    CmdArgs.push_back(Args.MakeArgString("-libpath:" + Dir));
  for (StringRef Symbol : Args.getAllArgValues(OPT_u))
    CmdArgs.push_back(Args.MakeArgString("-include:" + Symbol));
  CmdArgs.push_back("-nologo");
  if (Args.hasArg(OPT_fms_hotpatch))
    CmdArgs.push_back("-functionpadmin");
  if (Args.hasFlag(OPT_mno_incremental_linker_compatible,
                   OPT_mincremental_linker_compatible, true))
    CmdArgs.push_back("-Brepro");
  CmdArgs.push_back("-dll");
  // Compilers refer to this symbol of the C runtime from each object that
  // computes with floating-point numbers, and never use its address.
  CmdArgs.push_back(TC.getArch() == llvm::Triple::x86
                        ? "-alternatename:__fltused=___ImageBase"
                        : "-alternatename:_fltused=__ImageBase");
}

/// Writes the definition of what the image exports by default.
static Error writeDefaultExports(StringRef Definition,
                                 ArrayRef<std::string> Files, StringRef Image,
                                 const llvm::Triple &T) {
  Expected<std::string> Text = windows::makeDefaultExports(Files, Image, T);
  if (!Text)
    return Text.takeError();
  std::error_code EC;
  raw_fd_ostream OS(Definition, EC);
  if (!EC) {
    OS << *Text;
    OS.close();
    EC = OS.error();
    OS.clear_error();
  }
  if (EC)
    return createStringError(EC, "cannot write '" + Definition +
                                     "': " + EC.message());
  return Error::success();
}

/// Adds the inputs of a self-contained link, and what depends on the options
/// that the user has passed to the linker. Returns what is to be done before
/// the linker runs.
static std::function<Error()>
addSelfContainedInputs(Compilation &C, const ToolChain &TC, const char *Output,
                       const InputInfoList &Inputs, const ArgList &Args,
                       ArgStringList &CmdArgs) {
  // DLLs get import libraries. Exports are counted below, by this linker's
  // rules.
  auto Imports = std::make_shared<windows::LinkInputs>(C, TC, Output);
  ArgStringList Folders;
  Args.addAllArgs(Folders, {OPT_L});
  addInputs(TC, Imports->translate(Inputs, Args, Folders), Args, CmdArgs);
  Imports->readExportOptions({"--exclude-all-symbols"});

  // The entry point of a DLL starts the C runtime, and there is none. The
  // loader takes a DLL without one as it is.
  if (!hasOption(CmdArgs, "entry"))
    CmdArgs.push_back("-noentry");
  // A runtime looks the symbols up by name, so an import library, which the
  // linker would write beside the image, is made on demand alone.
  if (!hasOption(CmdArgs, "implib"))
    CmdArgs.push_back("-noimplib");
  if (hasOption(CmdArgs, "def") || hasOption(CmdArgs, "export"))
    return [Imports] { return Imports->prepare(); };

  const char *Definition = C.makeTemporary("exports.def");
  CmdArgs.push_back(Args.MakeArgString(Twine("-def:") + Definition));
  std::vector<std::string> Files;
  for (const InputInfo &Input : Inputs)
    if (Input.isFilename() && Input.getKind() != FileKind::PEImage)
      Files.push_back(Input.getFilename());
  return [=, Files = std::move(Files), T = TC.getTriple()]() -> Error {
    if (Error E = writeDefaultExports(Definition, Files, Output, T))
      return E;
    return Imports->prepare();
  };
}

void tools::visualstudio::Linker::constructJob(Compilation &C,
                                               const char *Output,
                                               const InputInfoList &Inputs,
                                               const ArgList &Args) const {
  const auto &TC = static_cast<const MSVC &>(getToolChain());
  const bool Hosted = isHosted(Args);
  ArgStringList CmdArgs;
  ToolChain::LinkerChoice Linker = beginLink(TC, Args, CmdArgs);

  CmdArgs.push_back(Args.MakeArgString(Twine("-out:") + Output));
  OutputArgument Out{CmdArgs.size() - 1, strlen("-out:")};
  if (Args.hasArg(OPT_marm64x))
    CmdArgs.push_back("-machine:arm64x");
  else if (!Hosted || TC.getTriple().isWindowsArm64EC())
    CmdArgs.push_back(getMachineArg(TC.getTriple()));

  if (Hosted)
    addHostedArgs(TC, Output, Args, CmdArgs);
  else
    addSelfContainedArgs(TC, Args, CmdArgs);
  if (const Arg *A = Args.getLastArg(OPT__reproduce_EQ))
    CmdArgs.push_back(Args.MakeArgString(Twine("-reproduce:") + A->getValue()));
  std::function<Error()> Prepare;
  if (Hosted) {
    addInputs(TC, Inputs, Args, CmdArgs);
    addProfileRuntime(TC, Args, CmdArgs);
  } else {
    Prepare = addSelfContainedInputs(C, TC, Output, Inputs, Args, CmdArgs);
  }
  LinkCommand &Cmd =
      finishLink(C, *this, Linker, std::move(CmdArgs), Out, Inputs);
  Cmd.Prepare = std::move(Prepare);
  // LLD would put the time into the image, and clang does not ask for anything
  // else. Whoever wants the time says so.
  if (Hosted && !Args.hasArg(OPT_mincremental_linker_compatible))
    Cmd.UnshownArguments.push_back("-Brepro");
  for (size_t I = 0; I != Cmd.getArguments().size(); ++I) {
    const char *Arg = Cmd.getArguments()[I];
    if (const char *Value = getOptionValue(Arg, "implib"))
      Cmd.addSideOutput({I, size_t(Value - Arg)});
  }
}

//===----------------------------------------------------------------------===//
// The toolchain
//===----------------------------------------------------------------------===//

static std::optional<StringRef> getValue(const ArgList &Args, OptSpecifier ID) {
  if (const Arg *A = Args.getLastArg(ID))
    return StringRef(A->getValue());
  return std::nullopt;
}

MSVC::MSVC(const Driver &D, const llvm::Triple &T, const ArgList &Args)
    : ToolChain(D, T, Args), IsHosted(tools::isHosted(Args)),
      SDKDir(getValue(Args, OPT_windows_sdk_root)),
      SDKVersion(getValue(Args, OPT_windows_sdk_version)),
      WinSysRoot(getValue(Args, OPT_windows_sys_root)) {
  ProgramPaths.push_back(D.getInstalledDir().str());
  if (!IsHosted)
    return;
  // The command line first, then the variables of a command prompt, then what
  // is installed.
  std::optional<StringRef> Version = getValue(Args, OPT_visualc_tools_version);
  findVCToolChainViaCommandLine(getVFS(),
                                getValue(Args, OPT_visualc_tools_root), Version,
                                WinSysRoot, VCToolsPath, Layout) ||
      findVCToolChainViaEnvironment(getVFS(), VCToolsPath, Layout) ||
      findVCToolChainViaSetupConfig(getVFS(), Version, VCToolsPath, Layout) ||
      findVCToolChainViaRegistry(VCToolsPath, Layout);
}

void MSVC::addWholeArchive(const char *Archive, ArgStringList &CmdArgs) const {
  CmdArgs.push_back(
      StringSaver(Strings).save(Twine("-wholearchive:") + Archive).data());
}

std::string MSVC::getLinkerProgramName(StringRef Name) const {
  if (!Name.empty() && Name != "ld" && !Name.equals_insensitive("link"))
    return Name.str();
  // Microsoft's own, which has the name of another program elsewhere.
  SmallString<128> Path(llvm::getSubDirectoryPath(SubDirectoryType::Bin, Layout,
                                                  VCToolsPath, getArch()));
  sys::path::append(Path, "link.exe");
  return getVFS().exists(Path) ? std::string(Path) : "link.exe";
}

std::string MSVC::getVCLibPath(StringRef Parent) const {
  return llvm::getSubDirectoryPath(SubDirectoryType::Lib, Layout, VCToolsPath,
                                   getArch(), Parent);
}

std::optional<std::string> MSVC::getUniversalCRTLibPath() const {
  std::string Kit, Version;
  if (!getUniversalCRTSdkDir(getVFS(), SDKDir, SDKVersion, WinSysRoot, Kit,
                             Version))
    return std::nullopt;
  if (!SDKDir && !WinSysRoot && SDKVersion)
    Version = SDKVersion->str();
  StringRef Arch = archToWindowsSDKArch(getArch());
  if (Arch.empty())
    return std::nullopt;
  SmallString<128> Path(Kit);
  sys::path::append(Path, "Lib", Version, "ucrt", Arch);
  return std::string(Path);
}

std::optional<std::string> MSVC::getWindowsSDKLibPath() const {
  std::string Kit, IncludeVersion, LibVersion;
  int Major = 0;
  if (!getWindowsSDKDir(getVFS(), SDKDir, SDKVersion, WinSysRoot, Kit, Major,
                        IncludeVersion, LibVersion))
    return std::nullopt;
  if (Major >= 10 && !SDKDir && !WinSysRoot && SDKVersion)
    LibVersion = SDKVersion->str();
  SmallString<128> Path(Kit);
  sys::path::append(Path, "Lib");
  if (Major >= 8)
    sys::path::append(Path, LibVersion, "um");
  std::string Result;
  if (!appendArchToWindowsSDKLibPath(Major, Path, getArch(), Result))
    return std::nullopt;
  return Result;
}

void MSVC::addKitLibPaths(const ArgList &Args, ArgStringList &CmdArgs) const {
  auto Add = [&](const Twine &Dir) {
    CmdArgs.push_back(Args.MakeArgString("-libpath:" + Dir));
  };
  // With LIB, the linker knows the folders by itself; options come before it.
  const bool HasLib = sys::Process::GetEnv("LIB").has_value();
  if (WinSysRoot) {
    // The kit for debuggers has the names of architectures of old.
    SmallString<128> Path(*WinSysRoot);
    sys::path::append(Path, "DIA SDK", "lib", archToLegacyVCArch(getArch()));
    Add(Path);
  }
  if (!HasLib || Args.hasArg(OPT_visualc_tools_root, OPT_windows_sys_root)) {
    Add(getVCLibPath());
    Add(getVCLibPath("atlmfc"));
  }
  if (!HasLib || Args.hasArg(OPT_windows_sdk_root, OPT_windows_sys_root)) {
    if (useUniversalCRT(Layout, VCToolsPath, getArch(), getVFS()))
      if (std::optional<std::string> Path = getUniversalCRTLibPath())
        Add(*Path);
    if (std::optional<std::string> Path = getWindowsSDKLibPath())
      Add(*Path);
  }
}

SanitizerMask MSVC::getSupportedSanitizers() const {
  return (ToolChain::getSupportedSanitizers() | SanitizerKind::Address |
          SanitizerKind::PointerCompare | SanitizerKind::PointerSubtract |
          SanitizerKind::Fuzzer | SanitizerKind::FuzzerNoLink) &
         ~SanitizerKind::CFIMFCall;
}

std::unique_ptr<Tool> MSVC::buildLinker() const {
  return std::make_unique<tools::visualstudio::Linker>(*this);
}
