//===- Darwin.cpp - macOS and Apple's other platforms ---------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Darwin.h"
#include "../SanitizerArgs.h"
#include "CommonArgs.h"
#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/ARMTargetParser.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg;
using namespace pkgimg::driver;
using namespace pkgimg::driver::toolchains;
using namespace pkgimg::driver::tools;
using namespace pkgimg::driver::options;

//===----------------------------------------------------------------------===//
// Architectures
//===----------------------------------------------------------------------===//

bool tools::darwin::setTripleArch(Triple &T, StringRef ArchName) {
  // It may be a part of the triple, which changes.
  const std::string Kept = ArchName.str();
  const StringRef Name = Kept;
  Triple::ArchType Arch =
      StringSwitch<Triple::ArchType>(Name)
          .Cases("i386", "i486", "i486SX", "i586", "i686", Triple::x86)
          .Cases("pentium", "pentpro", "pentIIm3", "pentIIm5", "pentium4",
                 Triple::x86)
          .Cases("x86_64", "x86_64h", Triple::x86_64)
          .Cases("arm", "armv4t", "armv5", "armv6", "armv6m", Triple::arm)
          .Cases("armv7", "armv7em", "armv7k", "armv7m", "armv7s", Triple::arm)
          .Case("xscale", Triple::arm)
          .Cases("arm64", "arm64e", Triple::aarch64)
          .Case("arm64_32", Triple::aarch64_32)
          .Default(Triple::UnknownArch);
  if (Arch == Triple::UnknownArch)
    return false;
  T.setArch(Arch);
  T.setArchName(Name);
  if (Name == "armv6m" || Name == "armv7m" || Name == "armv7em") {
    T.setOS(Triple::UnknownOS);
    T.setObjectFormat(Triple::MachO);
  }
  return true;
}

/// Returns Mach-O's name of the ARM architecture that -march= calls \p March.
static StringRef getARMNameOfMarch(StringRef March) {
  return StringSwitch<StringRef>(March)
      .Case("armv6k", "armv6")
      .Case("armv5tej", "armv5")
      .Cases("armv6m", "xscale", "armv4t", "armv7", March)
      .Cases("armv7a", "armv7-a", "armv7r", "armv7-r", "armv7")
      .Cases("armv7em", "armv7e-m", "armv7em")
      .Cases("armv7k", "armv7-k", "armv7k")
      .Cases("armv7m", "armv7-m", "armv7m")
      .Cases("armv7s", "armv7-s", "armv7s")
      .Default("");
}

/// Returns Mach-O's name of the architecture of the ARM processor \p CPU.
static StringRef getARMNameOfCPU(StringRef CPU) {
  ARM::ArchKind Kind = ARM::parseCPUArch(CPU);
  if (Kind == ARM::ArchKind::INVALID)
    return "";
  // Mach-O has no names for the variants of versions 5, 6 and 7-A.
  StringRef Name = ARM::getArchName(Kind);
  bool Variant = Name.starts_with("armv5") || Name.ends_with("v7a") ||
                 (Name.starts_with("armv6") && !Name.ends_with("6m"));
  return Variant ? Name.take_front(5) : Name;
}

StringRef MachO::getMachOArchName(const ArgList &Args) const {
  const Triple &T = getTriple();
  switch (T.getArch()) {
  case Triple::aarch64:
    return T.isArm64e() ? "arm64e" : "arm64";
  case Triple::aarch64_32:
    return "arm64_32";
  case Triple::arm:
  case Triple::thumb: {
    StringRef Name = T.getArchName();
    if (Name == "arm")
      return "armv4t";
    StringRef Known =
        StringSwitch<StringRef>(Name)
            .Cases("armv4t", "armv5", "armv6", "armv6m", "armv7", Name)
            .Cases("armv7em", "armv7k", "armv7m", "armv7s", "xscale", Name)
            .Default("");
    if (Known.empty())
      if (const Arg *A = Args.getLastArg(OPT_march_EQ))
        Known = getARMNameOfMarch(A->getValue());
    if (Known.empty())
      if (const Arg *A = Args.getLastArg(OPT_mcpu_EQ))
        Known = getARMNameOfCPU(A->getValue());
    // Thumb is code of the same processors.
    if (Known.empty() && Name.consume_front("thumb"))
      Known = getARMNameOfMarch(Args.MakeArgString("arm" + Name));
    return Known.empty() ? "arm" : Known;
  }
  default:
    return T.getArchName();
  }
}

//===----------------------------------------------------------------------===//
// The linker
//===----------------------------------------------------------------------===//

namespace {
/// An option that is passed to the linker: all of them as they are given, or
/// the last alone.
struct PassedOption {
  ID Option;
  bool All = false;
};

/// The command line of one link, part by part.
class LinkLine {
public:
  LinkLine(const MachO &TC, const ArgList &Args,
           const ToolChain::LinkerChoice &Choice, ArgStringList &CmdArgs)
      : TC(TC), D(TC.getDriver()), Args(Args), CmdArgs(CmdArgs),
        Hosted(isHosted(Args)),
        IsLLD(Choice.BuiltIn ||
              sys::path::stem(Choice.Path).starts_with("ld64.lld")) {}

  void readLinkerVersion();
  void addGeneral();
  void addKind(StringRef Output);
  void addPassedOptions();
  void addSelfContained();
  void addHostedCodegen(StringRef Output, const InputInfoList &Inputs);
  void addMarks();
  void addLibraries(const InputInfoList &Inputs);
  void addSearchPaths();

  /// The system's library, if the link has it and it is nowhere.
  SmallVector<std::string, 2> Missing;

private:
  bool isAtLeast(unsigned Version) const {
    return LinkerVersion >= VersionTuple(Version);
  }
  void add(const Twine &S) { CmdArgs.push_back(Args.MakeArgString(S)); }
  void addArch();
  void pass(ArrayRef<PassedOption> Options);
  void reject(ArrayRef<OptSpecifier> Options, StringRef Why);
  void checkSystemLibrary();

  const MachO &TC;
  const Driver &D;
  const ArgList &Args;
  ArgStringList &CmdArgs;
  const bool Hosted;
  const bool IsLLD;
  VersionTuple LinkerVersion;
};
} // namespace

void LinkLine::readLinkerVersion() {
  const Arg *A = Args.getLastArg(OPT_mlinker_version_EQ);
  if (A && LinkerVersion.tryParse(A->getValue()))
    D.getDiags().error("invalid version number in '" + A->getAsString(Args) +
                       "'; expected numbers with dots between them");
}

void LinkLine::addArch() {
  StringRef Name = TC.getMachOArchName(Args);
  CmdArgs.push_back("-arch");
  add(Name);
  if (Name == "arm")
    CmdArgs.push_back("-force_cpusubtype_ALL");
}

void LinkLine::pass(ArrayRef<PassedOption> Options) {
  for (const PassedOption &P : Options) {
    if (P.All)
      Args.AddAllArgs(CmdArgs, OptSpecifier(unsigned(P.Option)));
    else
      Args.AddLastArg(CmdArgs, OptSpecifier(unsigned(P.Option)));
  }
}

void LinkLine::reject(ArrayRef<OptSpecifier> Options, StringRef Why) {
  for (OptSpecifier ID : Options)
    if (const Arg *A = Args.getLastArg(ID)) {
      D.getDiags().error("invalid argument '" + A->getAsString(Args) + "' " +
                         Why);
      return;
    }
}

/// What stands first: how the linker works.
void LinkLine::addGeneral() {
  if ((isAtLeast(100) || IsLLD) && !Args.hasArg(OPT_Z_Xlinker__no_demangle))
    CmdArgs.push_back("-demangle");
  if (Args.hasArg(OPT_rdynamic) && (isAtLeast(137) || IsLLD))
    CmdArgs.push_back("-export_dynamic");
  if (Args.hasFlag(OPT_fapplication_extension, OPT_fno_application_extension,
                   false))
    CmdArgs.push_back("-application_extension");
  if (isAtLeast(133) && !IsLLD) {
    // Apple's linker loads the code generator of the compiler beside it.
    SmallString<128> Library(sys::path::parent_path(D.getInstalledDir()));
    sys::path::append(Library, "lib", "libLTO.dylib");
    CmdArgs.push_back("-lto_library");
    add(Library);
  }
  // Merging equal functions takes time, which -O0 and -O1 are to save. Unlike
  // in clang, a link with bitcode is not one at -O0 by default.
  if (isAtLeast(262)) {
    const Arg *A = Args.getLastArg(OPT_O);
    StringRef Level = A ? A->getValue() : "";
    if (Level == "0" || Level == "1")
      CmdArgs.push_back("-no_deduplicate");
  }
  Args.AddAllArgs(CmdArgs, OPT_static);
  if (Args.hasArg(OPT_mkernel, OPT_fapple_kext) && TC.isKernelStatic())
    CmdArgs.push_back("-static");
  else if (!Args.hasArg(OPT_static))
    CmdArgs.push_back("-dynamic");
}

/// What the output is, and for which architecture.
void LinkLine::addKind(StringRef Output) {
  const Arg *Bundle = Args.getLastArg(OPT_bundle);
  if (Bundle && !Args.hasArg(OPT_dynamiclib)) {
    addArch();
    pass({{OPT_force_cpusubtype_ALL},
          {OPT_bundle},
          {OPT_bundle_loader, true},
          {OPT_client_name, true}});
    reject({OPT_compatibility_version, OPT_current_version, OPT_install_name},
           "only allowed with '-dynamiclib'; leave out -bundle, or the option");
    pass({{OPT_force_flat_namespace},
          {OPT_keep_private_externs},
          {OPT_private_bundle}});
    return;
  }
  // An image is a dynamic library, whether -dynamiclib is given or not.
  CmdArgs.push_back("-dylib");
  reject({OPT_bundle, OPT_bundle_loader, OPT_client_name,
          OPT_force_flat_namespace, OPT_keep_private_externs,
          OPT_private_bundle},
         "not allowed with '-dynamiclib'; an image is a dynamic library unless "
         "-bundle is given alone");
  Args.AddAllArgsTranslated(CmdArgs, OPT_compatibility_version,
                            "-dylib_compatibility_version");
  Args.AddAllArgsTranslated(CmdArgs, OPT_current_version,
                            "-dylib_current_version");
  addArch();
  Args.AddAllArgsTranslated(CmdArgs, OPT_install_name, "-dylib_install_name");
  // Without a name the library would have the path at which it was made. In
  // the loader's run path it works wherever it is put.
  if (!Hosted && !Args.hasArg(OPT_install_name)) {
    CmdArgs.push_back("-dylib_install_name");
    add("@rpath/" + sys::path::filename(Output));
  }
}

void LinkLine::addPassedOptions() {
  pass({{OPT_all_load}, {OPT_allowable_client, true}, {OPT_bind_at_load}});
  const AppleTarget *Target = TC.getAppleTarget();
  if (Target && Target->isIOSBased())
    pass({{OPT_arch_errors_fatal}});
  pass({{OPT_dead_strip},
        {OPT_no_dead_strip_inits_and_terms},
        {OPT_dylib_file, true},
        {OPT_dynamic},
        {OPT_exported_symbols_list, true},
        {OPT_flat_namespace},
        {OPT_force_load, true},
        {OPT_headerpad_max_install_names, true},
        {OPT_image_base, true},
        {OPT_init, true}});

  // The visionOS linker never had the older options.
  if (isAtLeast(520) || IsLLD ||
      (Target && Target->Platform == ApplePlatform::XROS))
    TC.addPlatformVersion(Args, CmdArgs);
  else
    TC.addMinVersion(Args, CmdArgs);

  pass({{OPT_nomultidefs},
        {OPT_multi_module},
        {OPT_single_module},
        {OPT_multiply_defined, true},
        {OPT_multiply_defined_unused, true}});
  if (const Arg *A = Args.getLastArg(OPT_fpie, OPT_fno_pie))
    CmdArgs.push_back(A->getOption().matches(OPT_fpie) ? "-pie" : "-no_pie");
  if (Args.hasArg(OPT_mkernel, OPT_fapple_kext))
    CmdArgs.append({"-mllvm", "-disable-atexit-based-global-dtor-lowering"});
  pass({{OPT_prebind},
        {OPT_noprebind},
        {OPT_nofixprebinding},
        {OPT_prebind_all_twolevel_modules},
        {OPT_read_only_relocs},
        {OPT_sectcreate, true},
        {OPT_sectorder, true},
        {OPT_seg1addr, true},
        {OPT_segprot, true},
        {OPT_segaddr, true},
        {OPT_segs_read_only_addr, true},
        {OPT_segs_read_write_addr, true},
        {OPT_seg_addr_table, true},
        {OPT_seg_addr_table_filename, true},
        {OPT_sub_library, true},
        {OPT_sub_umbrella, true}});

  if (!D.getSysRoot().empty()) {
    CmdArgs.push_back("-syslibroot");
    add(D.getSysRoot());
  } else if (const Arg *A = Args.getLastArg(OPT_isysroot)) {
    CmdArgs.push_back("-syslibroot");
    CmdArgs.push_back(A->getValue());
  }

  pass({{OPT_twolevel_namespace},
        {OPT_twolevel_namespace_hints},
        {OPT_umbrella, true},
        {OPT_undefined, true},
        {OPT_unexported_symbols_list, true},
        {OPT_weak_reference_mismatches, true},
        {OPT_X_Flag},
        {OPT_y, true},
        {OPT_w},
        {OPT_pagezero_size, true},
        {OPT_segs_read_, true},
        {OPT_seglinkedit},
        {OPT_noseglinkedit},
        {OPT_sectalign, true},
        {OPT_sectobjectsymbols, true},
        {OPT_segcreate, true},
        {OPT_why_load},
        {OPT_whatsloaded},
        {OPT_dylinker_install_name, true},
        {OPT_dylinker},
        {OPT_Mach}});
}

/// What makes a link work without an SDK.
void LinkLine::addSelfContained() {
  if (!Args.hasArg(OPT_undefined)) {
    CmdArgs.append({"-undefined", "dynamic_lookup"});
    // Chained fixups, LLD's default from macOS 13 on, bind each symbol when the
    // image is loaded: it could not be where a function is missing that it
    // never calls. Apple's linker does without them for such images, too.
    if (IsLLD)
      CmdArgs.push_back("-no_fixup_chains");
  }
  // A libSystem.tbd among the inputs is to be loaded only if something of it is
  // used.
  CmdArgs.push_back("-dead_strip_dylibs");
  // The debug map names the objects by their paths on this machine. It is for
  // who asks for it.
  if (!Args.hasFlag(OPT_g_Flag, OPT_g0, false))
    CmdArgs.push_back("-S");
}

/// Options for code that the linker generates.
void LinkLine::addHostedCodegen(StringRef Output, const InputInfoList &Inputs) {
  if (const Arg *A = Args.getLastArg(OPT_moutline, OPT_mno_outline)) {
    if (A->getOption().matches(OPT_mno_outline))
      CmdArgs.append({"-mllvm", "-enable-machine-outliner=never"});
    else if (TC.getMachOArchName(Args) == "arm64")
      CmdArgs.append({"-mllvm", "-enable-machine-outliner"});
  }
  CmdArgs.append({"-mllvm", "-enable-linkonceodr-outlining"});

  const Arg *Stats = Args.getLastArg(OPT_save_stats_EQ);
  if (!Stats)
    return;
  StringRef Where = Stats->getValue();
  if (Where != "cwd" && Where != "obj") {
    D.getDiags().error("invalid value '" + Where + "' in '" +
                       Stats->getAsString(Args) + "'; expected cwd or obj");
    return;
  }
  // The file is called after the first input.
  SmallString<128> Path(Where == "obj" ? sys::path::parent_path(Output) : "");
  for (const InputInfo &Input : Inputs) {
    if (!Input.isFilename())
      continue;
    sys::path::append(Path, sys::path::filename(Input.getFilename()));
    break;
  }
  sys::path::replace_extension(Path, "stats");
  CmdArgs.push_back("-mllvm");
  add("-lto-stats-file=" + Path);
}

void LinkLine::addMarks() {
  for (const Arg *A : Args.filtered(OPT_d_Flag, OPT_s, OPT_t, OPT_Z_Flag, OPT_u,
                                    OPT_undefined)) {
    A->claim();
    A->render(Args, CmdArgs);
  }
  if (Args.hasArg(OPT_ObjC))
    CmdArgs.push_back("-ObjC");
}

/// A hosted link without an SDK gets an error that says so, instead of LLD's
/// about a library.
void LinkLine::checkSystemLibrary() {
  SmallVector<std::string, 8> Dirs;
  StringRef Root = D.getSysRoot();
  if (Root.empty())
    Root = Args.getLastArgValue(OPT_isysroot);
  for (StringRef Dir : Args.getAllArgValues(OPT_L)) {
    Dirs.push_back(Dir.str());
    if (!Root.empty() && sys::path::is_absolute(Dir))
      Dirs.push_back((Root + Dir).str());
  }
  for (StringRef Dir : {"/usr/lib", "/usr/local/lib"})
    Dirs.push_back((Root + Dir).str());
  for (StringRef Dir : Dirs)
    for (StringRef Suffix : {".tbd", ".dylib", ".a"})
      if (TC.getVFS().exists(Dir + "/libSystem" + Suffix))
        return;
  Missing.push_back("libSystem.tbd");
}

void LinkLine::addLibraries(const InputInfoList &Inputs) {
  if (Hosted && !Args.hasArg(OPT_nostdlib, OPT_nostartfiles))
    TC.addStartFiles(Args, CmdArgs);
  Args.AddAllArgs(CmdArgs, OPT_L);
  addReproduce(Args, CmdArgs);
  addLinkerInputs(TC, Inputs, Args, CmdArgs);
  if (!Hosted)
    return;

  const bool NoLibs = Args.hasArg(OPT_nostdlib, OPT_nodefaultlibs);
  if (!NoLibs)
    addOpenMPRuntime(TC, Args, CmdArgs, /*GompNeedsRT=*/false);
  addProfileRuntime(TC, Args, CmdArgs);
  if (D.isCXXMode() && !NoLibs && !Args.hasArg(OPT_nostdlibxx))
    TC.addCXXStdlibLibArgs(Args, CmdArgs);
  if (!NoLibs) {
    size_t Before = CmdArgs.size();
    TC.addRuntimeLibs(Args, CmdArgs);
    for (StringRef Arg : ArrayRef(CmdArgs).drop_front(Before))
      if (Arg == "-lSystem")
        checkSystemLibrary();
    // It is in libSystem.
    Args.ClaimAllArgs(OPT_pthread);
  } else if (Args.hasArg(OPT_fapple_link_rtlib)) {
    TC.addCompilerRT(Args, "builtins", CmdArgs);
  }
}

void LinkLine::addSearchPaths() {
  Args.AddAllArgs(CmdArgs, OPT_T);
  Args.AddAllArgs(CmdArgs, OPT_F);
  for (const Arg *A : Args.filtered(OPT_iframework)) {
    A->claim();
    add(Twine("-F") + A->getValue());
  }
  if (!Hosted)
    return;
  if (!Args.hasArg(OPT_nostdlib, OPT_nodefaultlibs))
    if (const Arg *A = Args.getLastArg(OPT_fveclib_EQ);
        A && StringRef(A->getValue()) == "Accelerate")
      CmdArgs.append({"-framework", "Accelerate"});

  // Linkers before 605.1 do not know where DriverKit has its libraries.
  const Arg *Root = Args.getLastArg(OPT_isysroot);
  if (TC.getTriple().isDriverKit() && Root &&
      LinkerVersion < VersionTuple(605, 1)) {
    for (auto [Flag, Dir] : {std::pair("-L", "/usr/lib"),
                             std::pair("-F", "/System/Library/Frameworks")}) {
      SmallString<128> P(Root->getValue());
      sys::path::append(P, "System", "DriverKit", Dir);
      if (TC.getVFS().exists(P))
        add(Flag + P);
    }
  }
}

/// True if bitcode is compiled, to objects that go when the link is done.
static bool compilesInputs(const Compilation &C) {
  return any_of(C.getJobs(), [](const std::unique_ptr<Command> &Job) {
    return isa<CodegenCommand>(Job.get());
  });
}

/// Adds, for -g, the command that collects the debug information from the
/// objects into OUTPUT.dSYM, if dsymutil is found. The image alone has only the
/// objects' names.
static void addDsymutil(Compilation &C, const Tool &Creator,
                        const char *Output) {
  const ArgList &Args = C.getArgs();
  const ToolChain &TC = Creator.getToolChain();
  const bool IsFile =
      StringRef(Output) != "-" &&
      (!sys::fs::exists(Output) || sys::fs::is_regular_file(Twine(Output)));
  if (!Args.hasFlag(OPT_g_Flag, OPT_g0, false) || !IsFile)
    return;
  SmallString<128> Program(TC.getProgramPath("dsymutil"));
  if (!sys::fs::can_execute(Program)) {
    if (compilesInputs(C) && !Args.hasArg(OPT_save_temps_EQ))
      TC.getDriver().getDiags().warning(
          "dsymutil was not found, so the debug information of the bitcode "
          "inputs is lost; install it, name its folder with -B, or keep the "
          "objects with -save-temps",
          "no-dsymutil");
    return;
  }
  // It runs in another folder.
  sys::fs::make_absolute(Program);
  ArgStringList CmdArgs = {"-o", Args.MakeArgString(Twine(Output) + ".dSYM"),
                           Output};
  C.addCommand(std::make_unique<ExternalCommand>(
      Creator, Args.MakeArgString(Program), std::move(CmdArgs),
      /*Output=*/OutputArgument{1}, /*Image=*/2));
}

void tools::darwin::Linker::constructJob(Compilation &C, const char *Output,
                                         const InputInfoList &Inputs,
                                         const ArgList &Args) const {
  const auto &TC = static_cast<const MachO &>(getToolChain());
  const bool Hosted = isHosted(Args);
  ArgStringList CmdArgs;
  ToolChain::LinkerChoice Choice = beginLink(TC, Args, CmdArgs);
  if (!Hosted && Args.hasArg(OPT_r))
    TC.getDriver().getDiags().error(
        "unsupported option '-r' for target '" + TC.getTriple().str() +
        "': LLD makes no relocatable Mach-O objects; link the inputs in one "
        "step");

  // The order is clang's.
  LinkLine Line(TC, Args, Choice, CmdArgs);
  Line.readLinkerVersion();
  Line.addGeneral();
  Line.addKind(Output);
  Line.addPassedOptions();
  if (Hosted)
    Line.addHostedCodegen(Output, Inputs);
  else
    Line.addSelfContained();
  Line.addMarks();
  CmdArgs.push_back("-o");
  const OutputArgument OutputName{CmdArgs.size()};
  CmdArgs.push_back(Output);
  Line.addLibraries(Inputs);
  Line.addSearchPaths();
  LinkCommand &Cmd = finishLink(C, *this, Choice, std::move(CmdArgs),
                                OutputName, Inputs, std::move(Line.Missing));
  // It would make an arm64 image of them.
  if (Choice.BuiltIn && TC.getMachOArchName(Args) == "arm64e")
    Cmd.Obstacles.push_back(
        "cannot link for arm64e: LLD has no support for its "
        "signed pointers; link for arm64, or name a linker "
        "that has with --ld-path=");

  // As clang does it, a hosted link of objects alone leaves them their debug
  // information.
  if (!Hosted || compilesInputs(C))
    addDsymutil(C, *this, Output);
}

//===----------------------------------------------------------------------===//
// MachO
//===----------------------------------------------------------------------===//

MachO::MachO(const Driver &D, const llvm::Triple &T, const ArgList &Args)
    : ToolChain(D, T, Args) {
  ProgramPaths.push_back(D.getInstalledDir().str());
}

std::unique_ptr<Tool> MachO::buildLinker() const {
  return std::make_unique<tools::darwin::Linker>(*this);
}

void MachO::completeRuntimeLink(Compilation &C, LinkCommand &,
                                const char *Output) const {
  addDsymutil(C, getLinker(), Output);
}

void MachO::addWholeArchive(const char *Archive, ArgStringList &CmdArgs) const {
  CmdArgs.append({"-force_load", Archive});
}

/// Returns the option that `-Xarch_arch option` holds, or null after an error.
static Arg *parseXarch(const Driver &D, const InputArgList &Args, Arg *A,
                       DerivedArgList &DAL) {
  const OptTable &Opts = getDriverOptTable();
  unsigned Index = Args.MakeIndex(A->getValue(1));
  unsigned Next = Index;
  std::unique_ptr<Arg> Parsed = Opts.ParseOneArg(Args, Next);
  // One argument is all that there is.
  if (!Parsed || Next > Index + 1) {
    D.getDiags().error("invalid Xarch argument: '" + A->getAsString(Args) +
                       "', options requiring arguments are unsupported; give "
                       "the value in the same argument");
    return nullptr;
  }
  // The driver has read these already.
  const Option &O = Parsed->getOption();
  if (O.matches(OPT_UNKNOWN) || O.matches(OPT_Xarch_) || O.matches(OPT_arch) ||
      O.matches(OPT_Action_Group) || O.matches(OPT_Target_Group)) {
    D.getDiags().error("invalid Xarch argument: '" + A->getAsString(Args) +
                       "', not all driver options can be forwarded via Xarch "
                       "argument");
    return nullptr;
  }
  Parsed->setBaseArg(A);
  Arg *Result = Parsed.release();
  DAL.AddSynthesizedArg(Result);
  return Result;
}

std::unique_ptr<DerivedArgList>
MachO::translateArgs(const DerivedArgList &Args) const {
  const Driver &D = getDriver();
  auto DAL = std::make_unique<DerivedArgList>(Args.getBaseArgs());

  const Arg *FirstArch = nullptr;
  for (const Arg *A : Args.filtered(OPT_arch)) {
    A->claim();
    if (FirstArch && StringRef(FirstArch->getValue()) != A->getValue()) {
      D.getDiags().error("cannot link for '" + FirstArch->getAsString(Args) +
                         "' and '" + A->getAsString(Args) +
                         "' at once; link once for each, and join the images "
                         "with lipo");
      break;
    }
    llvm::Triple Named = getTriple();
    if (!tools::darwin::setTripleArch(Named, A->getValue()))
      D.getDiags().error("invalid arch name '" + A->getAsString(Args) +
                         "'; expected arm64, arm64e, x86_64 or another of "
                         "Apple's names");
    FirstArch = A;
  }

  for (Arg *A : Args) {
    if (A->getOption().matches(OPT_Xarch_)) {
      StringRef Arch = A->getValue(0);
      // What is for another architecture is no mistake.
      A->claim();
      if (Arch != getTriple().getArchName() && Arch != getMachOArchName(Args))
        continue;
      A = parseXarch(D, Args.getBaseArgs(), A, *DAL);
      if (!A)
        continue;
    }
    if (A->getOption().matches(OPT_shared)) {
      DAL->AddFlagArg(A, getDriverOptTable().getOption(OPT_dynamiclib));
      continue;
    }
    DAL->append(A);
  }
  return DAL;
}

ToolChain::RuntimeLibType MachO::getRuntimeLibType(const ArgList &Args) const {
  // There is no libgcc for these systems any more.
  return RuntimeLibType::CompilerRT;
}

/// Returns the path of compiler-rt's library \p Component, whose name ends with
/// that of the \p System. The builtins have that alone.
static std::string getCompilerRTFile(const ToolChain &TC, StringRef Folder,
                                     StringRef Component, StringRef System,
                                     ToolChain::FileType Type) {
  std::string Name = "libclang_rt";
  for (StringRef Part : {Component == "builtins" ? "" : Component, System})
    if (!Part.empty())
      Name += ((Name == "libclang_rt" ? "." : "_") + Part).str();
  Name += Type == ToolChain::FileType::Shared ? "_dynamic.dylib" : ".a";
  SmallString<128> P(TC.getDriver().getResourceDir());
  sys::path::append(P, "lib", Folder, Name);
  return std::string(P);
}

std::string MachO::getCompilerRT(const ArgList &, StringRef Component,
                                 FileType Type) const {
  return getCompilerRTFile(*this, "darwin/macho_embedded", Component, "", Type);
}

void MachO::addCompilerRT(const ArgList &Args, StringRef Component,
                          ArgStringList &CmdArgs) const {
  std::string Path = getCompilerRT(Args, Component);
  if (getVFS().exists(Path))
    CmdArgs.push_back(Args.MakeArgString(Path));
}

void MachO::addRuntimeLibs(const ArgList &Args, ArgStringList &CmdArgs) const {
  addCompilerRT(
      Args,
      (Twine(tools::isHardFloatARM(getTriple(), Args) ? "hard" : "soft") +
       (Args.hasArg(OPT_fPIC) ? "_pic" : "_static"))
          .str(),
      CmdArgs);
}

//===----------------------------------------------------------------------===//
// Darwin
//===----------------------------------------------------------------------===//

std::unique_ptr<DerivedArgList>
Darwin::translateArgs(const DerivedArgList &Args) const {
  std::unique_ptr<DerivedArgList> DAL = MachO::translateArgs(Args);
  Diagnostics &Diags = getDriver().getDiags();
  unsigned Errors = Diags.getNumErrors();
  AppleTargetFinder Finder(getTriple(), getMachOArchName(*DAL),
                           tools::isHosted(*DAL), getVFS(), Diags);
  Target = Finder.find(*DAL);
  if (!Target && Errors == Diags.getNumErrors())
    Diags.error("cannot tell for which system an image for '" +
                getTriple().str() +
                "' is; name it and its version with --target=, for instance "
                "--target=arm64-apple-macos11.0");
  return DAL;
}

bool Darwin::isKernelStatic() const {
  return Target && Target->Platform != ApplePlatform::WatchOS &&
         Target->Platform != ApplePlatform::XROS && !Target->isDriverKit() &&
         !(Target->isIOSBased() && Target->Version >= VersionTuple(6));
}

llvm::Triple Darwin::getEffectiveTriple() const {
  return Target ? Target->getEffectiveTriple(getTriple()) : getTriple();
}

/// The ending of compiler-rt's names for \p Target.
static StringRef getSystemSuffix(const AppleTarget &Target) {
  bool Sim = Target.isSimulator();
  switch (Target.Platform) {
  case ApplePlatform::MacOS:
    return "osx";
  case ApplePlatform::IOS:
    return Target.isCatalyst() ? "osx" : Sim ? "iossim" : "ios";
  case ApplePlatform::TvOS:
    return Sim ? "tvossim" : "tvos";
  case ApplePlatform::WatchOS:
    return Sim ? "watchossim" : "watchos";
  case ApplePlatform::XROS:
    return Sim ? "xrossim" : "xros";
  case ApplePlatform::DriverKit:
    return "driverkit";
  }
  llvm_unreachable("unknown platform");
}

std::string Darwin::getCompilerRT(const ArgList &, StringRef Component,
                                  FileType Type) const {
  return getCompilerRTFile(*this, "darwin", Component,
                           Target ? getSystemSuffix(*Target) : "osx", Type);
}

bool Darwin::addReservedLibrary(StringRef Name, const ArgList &Args,
                                ArgStringList &CmdArgs) const {
  // -lcc_kext is compiler-rt for the kernel, which macOS has under that name.
  if (Name != "cc_kext" || !Target || !tools::isHosted(Args))
    return false;
  if (Target->isDriverKit())
    return true;
  bool IsDevice = Target->Environment == AppleEnvironment::Device;
  SmallString<128> P(getDriver().getResourceDir());
  sys::path::append(P, "lib", "darwin", "libclang_rt.cc_kext");
  if (IsDevice && !Target->isMacOS())
    P += ("_" + getSystemSuffix(*Target)).str();
  P += ".a";
  if (getVFS().exists(P))
    CmdArgs.push_back(Args.MakeArgString(P));
  return true;
}

void Darwin::addCXXStdlibLibArgs(const ArgList &Args,
                                 ArgStringList &CmdArgs) const {
  if (getCXXStdlibType(Args) == CXXStdlibType::Libcxx)
    return ToolChain::addCXXStdlibLibArgs(Args, CmdArgs);
  // SDKs of old have libstdc++ only under its full name.
  SmallVector<std::string, 2> Roots;
  if (const Arg *A = Args.getLastArg(OPT_isysroot))
    Roots.push_back(A->getValue());
  Roots.push_back("/");
  for (StringRef Root : Roots) {
    SmallString<128> Plain(Root), Versioned(Root);
    sys::path::append(Plain, "usr", "lib", "libstdc++.dylib");
    sys::path::append(Versioned, "usr", "lib", "libstdc++.6.dylib");
    if (!getVFS().exists(Plain) && getVFS().exists(Versioned)) {
      CmdArgs.push_back(Args.MakeArgString(Versioned));
      return;
    }
  }
  CmdArgs.push_back("-lstdc++");
}

static StringRef getLinkerPlatformName(const AppleTarget &Target) {
  bool Sim = Target.isSimulator();
  switch (Target.Platform) {
  case ApplePlatform::MacOS:
    return "macos";
  case ApplePlatform::IOS:
    return Target.isCatalyst() ? "mac catalyst" : Sim ? "ios-simulator" : "ios";
  case ApplePlatform::TvOS:
    return Sim ? "tvos-simulator" : "tvos";
  case ApplePlatform::WatchOS:
    return Sim ? "watchos-simulator" : "watchos";
  case ApplePlatform::XROS:
    return Sim ? "xros-simulator" : "xros";
  case ApplePlatform::DriverKit:
    return "driverkit";
  }
  llvm_unreachable("unknown platform");
}

/// The other platform of an image for macOS and Catalyst at once.
static AppleTarget getVariantTarget(const AppleTarget &Target) {
  AppleTarget Other;
  Other.SDK = Target.SDK;
  if (Target.Variant->isMacOSX()) {
    Target.Variant->getMacOSXVersion(Other.Version);
  } else {
    Other.Platform = ApplePlatform::IOS;
    Other.Environment = AppleEnvironment::Catalyst;
    Other.Version = Target.Variant->getiOSVersion();
  }
  return Other;
}

/// The version of \p Target, or the oldest that \p T's architecture has.
static VersionTuple getDeploymentVersion(const AppleTarget &Target,
                                         const llvm::Triple &T) {
  return std::max(Target.Version, T.getMinimumSupportedOSVersion());
}

void Darwin::addPlatformVersion(const ArgList &Args,
                                ArgStringList &CmdArgs) const {
  if (!Target)
    return;
  auto Add = [&](const AppleTarget &Platform, const llvm::Triple &T) {
    AppleTarget P = Platform;
    P.Version = P.Version.withoutBuild();
    // Devices had no pointer authentication before.
    if ((P.Platform == ApplePlatform::IOS ||
         P.Platform == ApplePlatform::TvOS) &&
        getTriple().getArchName() == "arm64e" && P.Version.getMajor() < 14)
      P.Version = VersionTuple(14, 0);
    VersionTuple Version = getDeploymentVersion(P, T);

    VersionTuple SDKVersion;
    if (P.isCatalyst()) {
      // The version of iOS's interface that the macOS SDK has.
      SDKVersion = VersionTuple(13, 1);
      if (P.SDK)
        if (std::optional<VersionTuple> V = P.SDK->MacOSToCatalyst.map(
                P.SDK->Version.withoutBuild(), SDKVersion))
          SDKVersion = *V;
    } else if (P.SDK) {
      SDKVersion = P.SDK->Version.withoutBuild();
      if (!SDKVersion.getMinor())
        SDKVersion = VersionTuple(SDKVersion.getMajor(), 0);
    } else {
      // The system treats 0.0.0 as something very old.
      SDKVersion = Version;
    }
    CmdArgs.push_back("-platform_version");
    CmdArgs.push_back(getLinkerPlatformName(P).data());
    CmdArgs.push_back(Args.MakeArgString(Version.getAsString()));
    CmdArgs.push_back(Args.MakeArgString(SDKVersion.getAsString()));
  };
  Add(*Target, getEffectiveTriple());
  if (Target->Variant)
    Add(getVariantTarget(*Target), *Target->Variant);
}

/// The option by which linkers took the oldest version before.
static StringRef getMinVersionOption(const AppleTarget &Target) {
  bool Sim = Target.isSimulator();
  switch (Target.Platform) {
  case ApplePlatform::MacOS:
    return "-macosx_version_min";
  case ApplePlatform::IOS:
    return Target.isCatalyst() ? "-maccatalyst_version_min"
           : Sim               ? "-ios_simulator_version_min"
                               : "-iphoneos_version_min";
  case ApplePlatform::TvOS:
    return Sim ? "-tvos_simulator_version_min" : "-tvos_version_min";
  case ApplePlatform::WatchOS:
    return Sim ? "-watchos_simulator_version_min" : "-watchos_version_min";
  case ApplePlatform::DriverKit:
    return "-driverkit_version_min";
  case ApplePlatform::XROS:
    break;
  }
  llvm_unreachable("visionOS has -platform_version alone");
}

void Darwin::addMinVersion(const ArgList &Args, ArgStringList &CmdArgs) const {
  if (!Target)
    return;
  auto Add = [&](const AppleTarget &P, const llvm::Triple &T) {
    CmdArgs.push_back(getMinVersionOption(P).data());
    CmdArgs.push_back(
        Args.MakeArgString(getDeploymentVersion(P, T).getAsString()));
  };
  Add(*Target, getEffectiveTriple());
  if (Target->Variant)
    Add(getVariantTarget(*Target), *Target->Variant);
}

void Darwin::addStartFiles(const ArgList &Args, ArgStringList &CmdArgs) const {
  if (!Target)
    return;
  const llvm::Triple &T = getTriple();
  const bool OldIOS =
      Target->isIOSDevice() && Target->NativeVersion < VersionTuple(3, 1);
  auto IsMacOSBefore = [&](unsigned Minor) {
    return Target->isMacOS() &&
           Target->isMacOSOlderThan(VersionTuple(10, Minor), T);
  };
  if (Args.hasArg(OPT_bundle) && !Args.hasArg(OPT_dynamiclib)) {
    bool Static =
        Args.hasArg(OPT_static) ||
        (isKernelStatic() && Args.hasArg(OPT_mkernel, OPT_fapple_kext));
    if (!Static && (OldIOS || IsMacOSBefore(6)))
      CmdArgs.push_back("-lbundle1.o");
  } else if (OldIOS || IsMacOSBefore(5)) {
    CmdArgs.push_back("-ldylib1.o");
  } else if (IsMacOSBefore(6)) {
    CmdArgs.push_back("-ldylib1.10.5.o");
  }
  if (Args.hasArg(OPT_shared_libgcc) && IsMacOSBefore(5))
    CmdArgs.push_back(Args.MakeArgString(getFilePath("crt3.o")));
}

SanitizerMask Darwin::getSupportedSanitizers() const {
  namespace SK = SanitizerKind;
  SanitizerMask Result = ToolChain::getSupportedSanitizers() | SK::Address |
                         SK::PointerCompare | SK::PointerSubtract | SK::Leak |
                         SK::Fuzzer | SK::FuzzerNoLink | SK::ObjCCast;
  if (!Target)
    return Result;
  const bool IsMac = Target->isMacOS() || Target->isCatalyst();
  const bool X86_64 = getArch() == llvm::Triple::x86_64;
  // The C++ libraries of old have no support for type checks.
  const bool OldCXX =
      (IsMac && Target->isMacOSOlderThan(VersionTuple(10, 9), getTriple())) ||
      (Target->isIOSDevice() && Target->NativeVersion < VersionTuple(5));
  if (!OldCXX)
    Result |= SK::Vptr;
  const bool ThreadSim =
      Target->isSimulator() && Target->Platform != ApplePlatform::XROS;
  if ((X86_64 || getArch() == llvm::Triple::aarch64) && (IsMac || ThreadSim))
    Result |= SK::Thread;
  if (X86_64)
    Result |= SK::NumericalStability;
  return Result;
}

/// Adds the runtimes of sanitizers. Returns false after an error.
bool Darwin::addSanitizerRuntimes(const ArgList &Args,
                                  ArgStringList &CmdArgs) const {
  const SanitizerArgs SanArgs(*this, Args);
  if (StringRef Name = SanArgs.getStaticDarwinRuntime(); !Name.empty()) {
    getDriver().getDiags().error("static " + Name +
                                 " runtime is not supported on darwin; leave "
                                 "-static-libsan out");
    return false;
  }
  for (const SanitizerArgs::DarwinRuntime &R : SanArgs.getDarwinRuntimes()) {
    std::string Path = getCompilerRT(
        Args, R.Name, R.Shared ? FileType::Shared : FileType::Static);
    CmdArgs.push_back(Args.MakeArgString(Path));
    // The library is found beside the program, or where it is now.
    if (R.Shared)
      CmdArgs.append({"-rpath", "@executable_path", "-rpath",
                      Args.MakeArgString(sys::path::parent_path(Path))});
  }
  return true;
}

/// True if the command line lists the symbols to export.
static bool listsExports(const ArgList &Args) {
  for (const Arg *A : Args) {
    if (A->getOption().matches(OPT_exported_symbols_list))
      return true;
    if ((A->getOption().matches(OPT_Wl_COMMA) ||
         A->getOption().matches(OPT_Xlinker)) &&
        (A->containsValue("-exported_symbols_list") ||
         A->containsValue("-exported_symbol")))
      return true;
  }
  return false;
}

void Darwin::addProfileRuntime(const ArgList &Args,
                               ArgStringList &CmdArgs) const {
  const bool ForGCov = tools::needsGCovRuntime(Args);
  if (!ForGCov && !tools::needsProfileRuntime(Args))
    return;
  CmdArgs.push_back(Args.MakeArgString(getCompilerRT(Args, "profile")));
  if (!ForGCov) {
    // The counters can be mapped from a file, so they begin and end with a
    // page, of 16 KiB at most.
    for (const char *Section :
         {"__llvm_prf_cnts", "__llvm_prf_bits", "__llvm_prf_data"})
      CmdArgs.append({"-sectalign", "__DATA", Section, "0x4000"});
    return;
  }
  // gcov's functions are called from outside.
  if (listsExports(Args))
    for (const char *Symbol : {"___gcov_dump", "___gcov_reset",
                               "_writeout_fn_list", "_reset_fn_list"})
      CmdArgs.append({"-exported_symbol", Symbol});
}

void Darwin::addRuntimeLibs(const ArgList &Args, ArgStringList &CmdArgs) const {
  Diagnostics &Diags = getDriver().getDiags();
  if (!Target)
    return;
  if (const Arg *A = Args.getLastArg(OPT_rtlib_EQ);
      A && StringRef(A->getValue()) == "libgcc")
    Diags.error("unsupported runtime library 'libgcc' for platform 'darwin'; "
                "leave --rtlib= out");

  // A static program calls no library of the system.
  const bool ForceBuiltins = Args.hasArg(OPT_fapple_link_rtlib);
  if (Args.hasArg(OPT_static, OPT_fapple_kext, OPT_mkernel)) {
    if (ForceBuiltins)
      addCompilerRT(Args, "builtins", CmdArgs);
    return;
  }
  if (const Arg *A = Args.getLastArg(OPT_static_libgcc)) {
    Diags.error("unsupported option '" + A->getAsString(Args) +
                "' for Apple platforms, which have no libgcc; leave it out");
    return;
  }

  if (!addSanitizerRuntimes(Args, CmdArgs))
    return;
  if (!Target->isDriverKit())
    CmdArgs.push_back("-lSystem");
  else if (!Args.hasArg(OPT_nodriverkitlib))
    CmdArgs.append({"-framework", "DriverKit"});
  // Before iOS 5 the unwinder was in a library of its own.
  if (Target->isIOSDevice() && Target->NativeVersion < VersionTuple(5) &&
      getArch() != llvm::Triple::aarch64)
    CmdArgs.push_back("-lgcc_s.1");
  addCompilerRT(Args, "builtins", CmdArgs);
}
