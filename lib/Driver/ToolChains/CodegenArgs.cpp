//===- CodegenArgs.cpp - Options for compiling IR -------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodegenArgs.h"
#include "Arch.h"
#include "CommonArgs.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/AArch64TargetParser.h"
#include "llvm/TargetParser/ARMTargetParser.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/RISCVISAInfo.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;

/// What -c, -S and -emit-llvm ask for; an object where a link follows.
EmitKind tools::getEmitKind(const ArgList &Args) {
  bool Text = Args.hasArg(OPT_S);
  const bool Compiles = Args.hasArg(OPT_c, OPT_S);
  if (Args.hasArg(OPT_emit_llvm) && Compiles)
    return Text ? EmitKind::IR : EmitKind::Bitcode;
  // The linker generates the code for link-time optimization.
  if (!Compiles && tools::getLTOKind(Args) != tools::LTOKind::None)
    return EmitKind::Bitcode;
  return Text ? EmitKind::Assembly : EmitKind::Object;
}

static const char *getSuffix(EmitKind Emit) {
  switch (Emit) {
  case EmitKind::Object:
    return ".o";
  case EmitKind::Assembly:
    return ".s";
  case EmitKind::Bitcode:
    return ".bc";
  case EmitKind::IR:
    return ".ll";
  }
  llvm_unreachable("unknown kind of output");
}

const char *tools::getCodegenSuffix(const ArgList &Args) {
  return getSuffix(getEmitKind(Args));
}

/// Sets the optimization level by the last -O. The default is -O2: an image is
/// made once and run often.
static bool setOptimizationLevel(const ArgList &Args, Diagnostics &Diags,
                                 CompileOptions &Options) {
  const Arg *A = Args.getLastArg(OPT_O);
  StringRef Level = A ? A->getValue() : "2";
  if (Level.empty() || Level == "1" || Level == "g")
    Options.Level = OptimizationLevel::O1;
  else if (Level == "0")
    Options.Level = OptimizationLevel::O0;
  else if (Level == "2")
    Options.Level = OptimizationLevel::O2;
  // What "fast" adds to it is in the bitcode: compilers decide on it.
  else if (Level == "3" || Level == "4" || Level == "fast")
    Options.Level = OptimizationLevel::O3;
  else if (Level == "s")
    Options.Level = OptimizationLevel::Os;
  else if (Level == "z")
    Options.Level = OptimizationLevel::Oz;
  else {
    Diags.error("invalid value '" + Level + "' in '" + A->getAsString(Args) +
                "'; expected -O0, -O1, -O2, -O3, -Ofast, -Og, -Os or "
                "-Oz");
    return false;
  }
  return true;
}

/// Sets the processor that \p A names; `native` is this machine's.
static bool setCPU(const Arg &A, Diagnostics &Diags, CompileOptions &Options) {
  Options.CPU = A.getValue();
  if (Options.CPU != "native")
    return true;
  Triple Host(sys::getProcessTriple());
  if (Host.getArch() != Options.Target.getArch()) {
    Diags.error("unsupported argument 'native' to option '" + A.getSpelling() +
                "' for target '" + Options.Target.str() +
                "': this machine is " + Host.getArchName() +
                "; name a processor of the target");
    return false;
  }
  Options.CPU = sys::getHostCPUName().str();
  // The name alone would promise what a virtual machine hides.
  std::vector<std::string> Features;
  for (const auto &F : sys::getHostCPUFeatures())
    Features.push_back((F.second ? "+" : "-") + F.first().str());
  llvm::sort(Features);
  Options.Features = join(Features, ",");
  return true;
}

/// Adds \p More to the features.
static void addFeatures(CompileOptions &Options, ArrayRef<std::string> More) {
  for (StringRef Feature : More)
    Options.Features += (Options.Features.empty() ? "" : ",") + Feature.str();
}

/// Sets what -march= names: a processor on some architectures, a version of
/// the instruction set and its extensions on others.
static bool setInstructionSet(const Arg &A, const Triple &T,
                              const ArgList &Args, Diagnostics &Diags,
                              CompileOptions &Options) {
  StringRef Name = A.getValue();
  if (Name == "native")
    return setCPU(A, Diags, Options);
  auto Unknown = [&](const Twine &Why) {
    Diags.error("invalid value '" + Name + "' in '" + A.getAsString(Args) +
                "': " + Why);
    return false;
  };
  if (T.isRISCV()) {
    Expected<std::unique_ptr<RISCVISAInfo>> Info =
        RISCVISAInfo::parseArchString(Name,
                                      /*EnableExperimentalExtension=*/true);
    if (!Info)
      return Unknown(toString(Info.takeError()));
    addFeatures(Options, (*Info)->toFeatures());
    return true;
  }
  if (T.isAArch64()) {
    SmallVector<StringRef, 8> Parts;
    Name.split(Parts, '+');
    const AArch64::ArchInfo *Info = AArch64::parseArch(Parts.front());
    if (!Info)
      return Unknown("expected an architecture like armv8.2-a, and extensions "
                     "behind '+'");
    AArch64::ExtensionSet Extensions;
    Extensions.addArchDefaults(*Info);
    for (StringRef Part : ArrayRef(Parts).drop_front())
      if (!Extensions.parseModifier(Part))
        return Unknown("'" + Part + "' is no extension of the architecture");
    std::vector<std::string> Features;
    Extensions.toLLVMFeatureList(Features);
    addFeatures(Options, Features);
    return true;
  }
  // A named processor wins.
  if ((T.isARM() || T.isThumb()) && Name != "native") {
    if (Options.CPU.empty())
      Options.CPU = tools::getTargetCPU(T, Args);
    return !Options.CPU.empty() ||
           Unknown("expected an architecture like armv7-a");
  }
  // The last name of a processor counts.
  return Args.getLastArg(OPT_mcpu_EQ, OPT_march_EQ) != &A ||
         setCPU(A, Diags, Options);
}

/// Sets the floating point unit of 32-bit ARM.
static bool setFPU(const Arg &A, const ArgList &Args, Diagnostics &Diags,
                   CompileOptions &Options) {
  std::vector<StringRef> Features;
  if (!ARM::getFPUFeatures(ARM::parseFPU(A.getValue()), Features)) {
    Diags.error("invalid value '" + Twine(A.getValue()) + "' in '" +
                A.getAsString(Args) +
                "'; expected a floating point unit like vfpv3 or neon");
    return false;
  }
  for (StringRef Feature : Features)
    addFeatures(Options, Feature.str());
  return true;
}

/// Returns the target as the code generators name it: Windows on ARM has code
/// in Thumb mode alone, which a triple like armv7-w64-mingw32 does not say.
static Triple getCodegenTriple(Triple T) {
  StringRef Version = T.getArchName();
  if (T.getArch() == Triple::arm && T.isOSWindows() &&
      Version.consume_front("arm"))
    T.setArchName(("thumb" + (Version.empty() ? "v7" : Version)).str());
  return T;
}

std::string tools::getRemarksFile(const ArgList &Args, StringRef Output) {
  const Arg *File = Args.getLastArg(OPT_foptimization_record_file_EQ);
  if (!Args.hasFlag(OPT_fsave_optimization_record_EQ,
                    OPT_fno_save_optimization_record, File != nullptr))
    return std::string();
  if (File)
    return File->getValue();
  SmallString<128> Path(Output);
  sys::path::replace_extension(Path, "opt.yaml");
  return std::string(Path);
}

bool tools::isImageWanted(const ArgList &Args) {
  // Not claimed: without a module, they have no effect.
  for (OptSpecifier ID :
       {OPT_image, OPT_image_abi_EQ, OPT_cpu_target_EQ, OPT_image_data_EQ})
    if (Args.hasArgNoClaim(ID))
      return true;
  return false;
}

/// Sets what the runtime's flags of the same names say of the code.
static void setRuntimeFlags(const ArgList &Args, CompileOptions &Options,
                            ArgStringList &CmdArgs) {
  if (const Arg *A = Args.getLastArg(OPT_check_bounds_EQ)) {
    Options.CheckBounds = StringSwitch<CacheFlags::BoundsChecks>(A->getValue())
                              .Case("yes", CacheFlags::BoundsYes)
                              .Case("no", CacheFlags::BoundsNo)
                              .Default(CacheFlags::BoundsAuto);
    A->render(Args, CmdArgs);
  }
  if (const Arg *A = Args.getLastArg(OPT_inline_EQ)) {
    Options.Inline = StringRef(A->getValue()) == "yes";
    A->render(Args, CmdArgs);
  }
  if (const Arg *A =
          Args.getLastArg(OPT_g0, OPT_g1, OPT_g2, OPT_g_Flag, OPT_ggdb)) {
    if (A->getOption().matches(OPT_g0))
      Options.DebugLevel = 0;
    else
      Options.DebugLevel = A->getOption().matches(OPT_g1) ? 1 : 2;
    A->render(Args, CmdArgs);
  }
}

/// Sets what every function is to have for debuggers, profilers and unwinders.
static void setFrames(const ArgList &Args, CompileOptions &Options,
                      ArgStringList &CmdArgs) {
  if (const Arg *A = Args.getLastArg(OPT_fomit_frame_pointer,
                                     OPT_fno_omit_frame_pointer)) {
    if (A->getOption().matches(OPT_fomit_frame_pointer))
      Options.FramePointers = FramePointerKind::None;
    else if (Args.hasFlag(OPT_momit_leaf_frame_pointer,
                          OPT_mno_omit_leaf_frame_pointer, false))
      Options.FramePointers = FramePointerKind::NonLeaf;
    else
      Options.FramePointers = FramePointerKind::All;
    A->render(Args, CmdArgs);
    if (Options.FramePointers == FramePointerKind::NonLeaf)
      CmdArgs.push_back("-momit-leaf-frame-pointer");
  }
  if (Args.hasFlag(OPT_funwind_tables, OPT_fno_unwind_tables, false)) {
    Options.UnwindTables = true;
    CmdArgs.push_back("-funwind-tables");
  }
}
/// Sets what is to be said of the optimizer's work.
static void setRemarks(const ArgList &Args, CompileOptions &Options,
                       ArgStringList &CmdArgs) {
  auto Set = [&](OptSpecifier ID, std::string &Pattern) {
    if (const Arg *A = Args.getLastArg(ID)) {
      Pattern = A->getValue();
      A->render(Args, CmdArgs);
    }
  };
  Set(OPT_Rpass_EQ, Options.RemarksPassed);
  Set(OPT_Rpass_missed_EQ, Options.RemarksMissed);
  Set(OPT_Rpass_analysis_EQ, Options.RemarksAnalysis);
}

bool tools::setCompileOptions(const ToolChain &TC, const ArgList &Args,
                              EmitKind Emit, CompileOptions &Options,
                              ArgStringList &CmdArgs) {
  Diagnostics &Diags = TC.getDriver().getDiags();
  Options.Target = getCodegenTriple(TC.getEffectiveTriple());
  // A link is for one target, named or not; -c alone takes the module's own.
  Options.TargetIsExplicit =
      Args.hasArg(OPT_target) || !Args.hasArg(OPT_c, OPT_S);
  Options.Emit = Emit;
  if (!setOptimizationLevel(Args, Diags, Options))
    return false;

  CmdArgs.push_back(Emit == EmitKind::Assembly || Emit == EmitKind::IR ? "-S"
                                                                       : "-c");
  if (Emit == EmitKind::Bitcode || Emit == EmitKind::IR)
    CmdArgs.push_back("-emit-llvm");
  CmdArgs.push_back(Args.MakeArgString("--target=" + Options.Target.str()));
  if (const Arg *A = Args.getLastArg(OPT_O))
    A->render(Args, CmdArgs);
  const Triple &T = TC.getTriple();
  if (const Arg *A = Args.getLastArg(OPT_mcpu_EQ)) {
    if (!setCPU(*A, Diags, Options))
      return false;
    A->render(Args, CmdArgs);
  }
  if (const Arg *A = Args.getLastArg(OPT_march_EQ)) {
    if (!setInstructionSet(*A, T, Args, Diags, Options))
      return false;
    A->render(Args, CmdArgs);
  }
  if (const Arg *A = Args.getLastArg(OPT_mfpu_EQ);
      A && (T.isARM() || T.isThumb())) {
    if (!setFPU(*A, Args, Diags, Options))
      return false;
    A->render(Args, CmdArgs);
  }
  Options.FunctionSections =
      Args.hasFlag(OPT_ffunction_sections, OPT_fno_function_sections, false);
  Options.DataSections =
      Args.hasFlag(OPT_fdata_sections, OPT_fno_data_sections, false);
  if (Options.FunctionSections)
    CmdArgs.push_back("-ffunction-sections");
  if (Options.DataSections)
    CmdArgs.push_back("-fdata-sections");
  // A triple of its own for the other instruction set of 32-bit ARM.
  if (T.isARM() && Args.hasFlag(OPT_mthumb, OPT_mno_thumb, false)) {
    StringRef Version = T.getArchName();
    Version.consume_front("arm");
    Options.Target.setArchName(("thumb" + Version).str());
  }
  // MIPS has it in the triple.
  if (const Arg *A = Args.getLastArg(OPT_mabi_EQ);
      A && !TC.getTriple().isMIPS()) {
    Options.ABI = A->getValue();
    A->render(Args, CmdArgs);
  }
  if (const Arg *A =
          Args.getLastArg(OPT_msoft_float, OPT_mhard_float, OPT_mfloat_abi_EQ);
      A && (TC.getTriple().isARM() || TC.getTriple().isThumb())) {
    Options.FloatABI =
        isHardFloatARM(TC.getTriple(), Args) ? FloatABI::Hard : FloatABI::Soft;
    A->render(Args, CmdArgs);
  }
  // A memory that threads share needs code that may be run by several.
  if (TC.getTriple().isWasm() && wantPthread(Args)) {
    addFeatures(Options,
                {"+atomics", "+bulk-memory", "+mutable-globals", "+sign-ext"});
    CmdArgs.push_back("-pthread");
  }
  setRuntimeFlags(Args, Options, CmdArgs);
  setFrames(Args, Options, CmdArgs);
  setRemarks(Args, Options, CmdArgs);
  for (const Arg *A : Args.filtered(OPT_fpass_plugin_EQ)) {
    Options.PassPlugins.push_back(A->getValue());
    A->render(Args, CmdArgs);
  }
  return true;
}
