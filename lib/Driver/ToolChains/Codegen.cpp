//===- Codegen.cpp - The tool that compiles bitcode -----------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Codegen.h"
#include "Arch.h"
#include "CommonArgs.h"
#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/ADT/StringExtras.h"
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
static EmitKind getEmitKind(const ArgList &Args) {
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

void tools::Codegen::constructJob(Compilation &C, const char *Output,
                                  const InputInfoList &Inputs,
                                  const ArgList &Args) const {
  const ToolChain &TC = getToolChain();
  const Driver &D = TC.getDriver();
  const InputInfo &Input = Inputs.front();
  if (!Args.hasFlag(OPT_fintegrated_as, OPT_fno_integrated_as, true)) {
    D.getDiags().error("unsupported option '-fno-integrated-as' for '" +
                       Twine(Input.getFilename()) +
                       "': bitcode is assembled in this process, and no other "
                       "assembler is called; leave the option out");
    return;
  }

  auto AddCommand = [&](EmitKind Emit, const char *To) {
    CompileOptions Options;
    Options.Target = getCodegenTriple(TC.getEffectiveTriple());
    // A link is for one target, named or not; -c alone takes the module's own.
    Options.TargetIsExplicit =
        Args.hasArg(OPT_target) || !Args.hasArg(OPT_c, OPT_S);
    Options.Emit = Emit;
    if (!setOptimizationLevel(Args, D.getDiags(), Options))
      return;

    ArgStringList CmdArgs;
    CmdArgs.push_back(
        Emit == EmitKind::Assembly || Emit == EmitKind::IR ? "-S" : "-c");
    if (Emit == EmitKind::Bitcode || Emit == EmitKind::IR)
      CmdArgs.push_back("-emit-llvm");
    CmdArgs.push_back(Args.MakeArgString("--target=" + Options.Target.str()));
    if (const Arg *A = Args.getLastArg(OPT_O))
      A->render(Args, CmdArgs);
    const Triple &T = TC.getTriple();
    if (const Arg *A = Args.getLastArg(OPT_mcpu_EQ)) {
      if (!setCPU(*A, D.getDiags(), Options))
        return;
      A->render(Args, CmdArgs);
    }
    if (const Arg *A = Args.getLastArg(OPT_march_EQ)) {
      if (!setInstructionSet(*A, T, Args, D.getDiags(), Options))
        return;
      A->render(Args, CmdArgs);
    }
    if (const Arg *A = Args.getLastArg(OPT_mfpu_EQ);
        A && (T.isARM() || T.isThumb())) {
      if (!setFPU(*A, Args, D.getDiags(), Options))
        return;
      A->render(Args, CmdArgs);
    }
    Options.FunctionSections =
        Args.hasFlag(OPT_ffunction_sections, OPT_fno_function_sections, false);
    Options.DataSections =
        Args.hasFlag(OPT_fdata_sections, OPT_fno_data_sections, false);
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
    if (const Arg *A = Args.getLastArg(OPT_msoft_float, OPT_mhard_float,
                                       OPT_mfloat_abi_EQ);
        A && (TC.getTriple().isARM() || TC.getTriple().isThumb())) {
      Options.FloatABI = isHardFloatARM(TC.getTriple(), Args) ? FloatABI::Hard
                                                              : FloatABI::Soft;
      A->render(Args, CmdArgs);
    }
    // A memory that threads share needs code that may be run by several.
    if (TC.getTriple().isWasm() && wantPthread(Args)) {
      addFeatures(Options, {"+atomics", "+bulk-memory", "+mutable-globals",
                            "+sign-ext"});
      CmdArgs.push_back("-pthread");
    }
    CmdArgs.push_back("-o");
    CmdArgs.push_back(To);
    CmdArgs.push_back(Input.getFilename());
    auto Cmd = std::make_unique<CodegenCommand>(
        *this, Args.MakeArgString(D.getProgramPath()), std::move(CmdArgs),
        Input, To, std::move(Options));
    Cmd->WantTimeReport = Args.hasArg(OPT_ftime_report);
    C.addCommand(std::move(Cmd));
  };

  // -save-temps: the steps on the way, as files of their own.
  if (const Arg *A = Args.getLastArg(OPT_save_temps_EQ);
      A && Input.isIR() && !Args.hasArg(OPT_c, OPT_S)) {
    StringRef Base = sys::path::stem(Output);
    SmallString<128> Dir;
    if (StringRef(A->getValue()) == "obj")
      Dir = sys::path::parent_path(C.getOutput());
    auto Temp = [&](const Twine &Suffix) {
      SmallString<128> P(Dir);
      sys::path::append(P, Base + Suffix);
      return Args.MakeArgString(P);
    };
    AddCommand(EmitKind::Bitcode, Temp(".opt.bc"));
    AddCommand(EmitKind::Assembly, Temp(".s"));
  }
  AddCommand(getEmitKind(Args), Output);
}
