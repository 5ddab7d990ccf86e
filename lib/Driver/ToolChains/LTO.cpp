//===- LTO.cpp - Link-time optimization -----------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The linker's code generator has options of its own, and the driver's are
/// translated to them in the order that clang has.
///
//===----------------------------------------------------------------------===//

#include "Arch.h"
#include "CommonArgs.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Threading.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;

tools::LTOKind tools::getLTOKind(const ArgList &Args) {
  const Arg *A = Args.getLastArg(OPT_flto_EQ, OPT_fno_lto);
  if (!A || A->getOption().matches(OPT_fno_lto))
    return LTOKind::None;
  return StringRef(A->getValue()) == "thin" ? LTOKind::Thin : LTOKind::Full;
}

namespace {
/// Writes the arguments, part by part in clang's order.
class LTOArguments {
public:
  LTOArguments(const ToolChain &TC, const ArgList &Args, ArgStringList &CmdArgs,
               const char *Output)
      : T(TC.getTriple()), D(TC.getDriver()), Args(Args), CmdArgs(CmdArgs),
        Output(Output),
        IsThin(tools::getLTOKind(Args) == tools::LTOKind::Thin) {}

  void add();

private:
  void plugin(const Twine &Option) {
    CmdArgs.push_back(Args.MakeArgString("-plugin-opt=" + Option));
  }
  void unsupported(const Arg &A, const Twine &Expected) {
    D.getDiags().error("invalid value '" + Twine(A.getValue()) + "' in '" +
                       A.getAsString(Args) + "'; expected " + Expected);
  }
  /// Adds "NAME=1" or "NAME=0" for the option or its opposite.
  void addSections(StringRef Name, OptSpecifier On, OptSpecifier Off);
  void addVectorLibrary();
  void addLevel();
  void addParallelism();
  void addDebuggerTuning();
  void addProfiles();
  void addTLS();
  void addStatistics();
  void addBranchAlignment();
  void addRemarks();

  const Triple &T;
  const Driver &D;
  const ArgList &Args;
  ArgStringList &CmdArgs;
  const char *Output;
  bool IsThin;
};
} // namespace

void LTOArguments::addSections(StringRef Name, OptSpecifier On,
                               OptSpecifier Off) {
  if (const Arg *A = Args.getLastArg(On, Off))
    plugin("-" + Name + (A->getOption().matches(On) ? "=1" : "=0"));
}

void LTOArguments::addVectorLibrary() {
  const Arg *A = Args.getLastArg(OPT_fveclib_EQ);
  if (!A)
    return;
  StringRef Name = StringSwitch<StringRef>(A->getValue())
                       .Case("LIBMVEC", "LIBMVEC-X86")
                       .Case("SLEEF", "sleefgnuabi")
                       .Cases("Accelerate", "MASSV", "SVML", "ArmPL",
                              "Darwin_libsystem_m", "none", A->getValue())
                       .Default("");
  if (!Name.empty())
    plugin("-vector-library=" + Name);
}

void LTOArguments::addLevel() {
  const Arg *A = Args.getLastArg(OPT_O);
  if (!A)
    return;
  // The linker has four levels; those for size are between the second and the
  // third, and known from attributes.
  StringRef Level = StringSwitch<StringRef>(A->getValue())
                        .Case("fast", "3")
                        .Case("4", "3")
                        .Case("g", "1")
                        .Cases("s", "z", "2")
                        .Default(A->getValue());
  if (!Level.empty())
    plugin("O" + Level);
}

void LTOArguments::addParallelism() {
  const Arg *A = Args.getLastArg(OPT_flto_jobs_EQ);
  if (!A)
    return;
  if (!get_threadpool_strategy(A->getValue()))
    unsupported(*A, "a number, or all");
  plugin(Twine("jobs=") + A->getValue());
}

void LTOArguments::addDebuggerTuning() {
  const Arg *A = Args.getLastArg(OPT_glldb, OPT_gsce, OPT_gdbx, OPT_ggdb);
  if (!A)
    return;
  StringRef Name = A->getOption().matches(OPT_glldb)  ? "lldb"
                   : A->getOption().matches(OPT_gsce) ? "sce"
                   : A->getOption().matches(OPT_gdbx) ? "dbx"
                                                      : "gdb";
  plugin("-debugger-tune=" + Name);
}

void LTOArguments::addProfiles() {
  if (const Arg *A = Args.getLastArg(OPT_fprofile_sample_use_EQ,
                                     OPT_fno_profile_sample_use);
      A && A->getOption().matches(OPT_fprofile_sample_use_EQ)) {
    if (D.getVFS().exists(A->getValue()))
      plugin(Twine("sample-profile=") + A->getValue());
    else
      D.getDiags().error("no such file or directory: '" + Twine(A->getValue()) +
                         "', which '" + A->getAsString(Args) + "' names");
  }

  const Arg *Generate =
      Args.getLastArg(OPT_fcs_profile_generate, OPT_fcs_profile_generate_EQ,
                      OPT_fno_profile_generate);
  if (Generate && Generate->getOption().matches(OPT_fno_profile_generate))
    Generate = nullptr;
  if (Generate) {
    SmallString<128> Path;
    if (Generate->getOption().matches(OPT_fcs_profile_generate_EQ))
      Path = Generate->getValue();
    sys::path::append(Path, "default_%m.profraw");
    plugin("cs-profile-generate");
    plugin("cs-profile-path=" + Path);
    return;
  }
  const Arg *Use = Args.getLastArg(OPT_fprofile_use, OPT_fprofile_use_EQ,
                                   OPT_fno_profile_use);
  if (!Use || Use->getOption().matches(OPT_fno_profile_use))
    return;
  SmallString<128> Path;
  if (Use->getNumValues())
    Path = Use->getValue();
  ErrorOr<vfs::Status> Status = D.getVFS().status(Path);
  if (Path.empty() || (Status && Status->isDirectory()))
    sys::path::append(Path, "default.profdata");
  plugin("cs-profile-path=" + Path);
}

void LTOArguments::addTLS() {
  if (Args.hasFlag(OPT_femulated_tls, OPT_fno_emulated_tls,
                   T.hasDefaultEmulatedTLS()))
    plugin("-emulated-tls");

  const Arg *A = Args.getLastArg(OPT_mtls_dialect_EQ);
  bool Descriptors = T.hasDefaultTLSDESC();
  if (A) {
    StringRef Dialect = A->getValue();
    const bool IsRISC = T.isRISCV() || T.isLoongArch();
    Descriptors = Dialect == (IsRISC ? "desc" : "gnu2");
    if (!IsRISC && !T.isX86())
      D.getDiags().error("unsupported option '" + A->getSpelling() +
                         "' for target '" + T.str() + "'");
    else if (!Descriptors && Dialect != (IsRISC ? "trad" : "gnu"))
      unsupported(*A, IsRISC ? "trad or desc" : "gnu or gnu2");
  }
  if (Descriptors)
    plugin("-enable-tlsdesc");
}

void LTOArguments::addStatistics() {
  const Arg *A = Args.getLastArg(OPT_save_stats_EQ);
  if (!A)
    return;
  SmallString<128> Path;
  if (StringRef(A->getValue()) == "obj")
    Path = sys::path::parent_path(Output);
  else if (StringRef(A->getValue()) != "cwd")
    return unsupported(*A, "cwd or obj");
  for (const Arg *Input : Args.filtered(OPT_INPUT)) {
    sys::path::append(Path, sys::path::filename(Input->getValue()));
    sys::path::replace_extension(Path, "stats");
    plugin("stats-file=" + Path);
    break;
  }
}

void LTOArguments::addBranchAlignment() {
  if (Args.hasArg(OPT_mbranches_within_32B_boundaries))
    plugin("-x86-branches-within-32B-boundaries");
  if (const Arg *A = Args.getLastArg(OPT_malign_branch_boundary_EQ)) {
    unsigned Boundary;
    if (StringRef(A->getValue()).getAsInteger(10, Boundary) || Boundary < 16 ||
        !isPowerOf2_32(Boundary))
      unsupported(*A, "a power of two from 16");
    else
      plugin("-x86-align-branch-boundary=" + Twine(Boundary));
  }
  if (const Arg *A = Args.getLastArg(OPT_malign_branch_EQ))
    plugin("-x86-align-branch=" + join(A->getValues(), "+"));
  if (const Arg *A = Args.getLastArg(OPT_mpad_max_prefix_size_EQ)) {
    unsigned Size;
    if (StringRef(A->getValue()).getAsInteger(10, Size))
      unsupported(*A, "a number");
    else
      plugin("-x86-pad-max-prefix-size=" + Twine(Size));
  }
}

void LTOArguments::addRemarks() {
  const std::pair<unsigned, StringRef> Shown[] = {
      {OPT_Rpass_EQ, "-pass-remarks="},
      {OPT_Rpass_missed_EQ, "-pass-remarks-missed="},
      {OPT_Rpass_analysis_EQ, "-pass-remarks-analysis="}};
  for (const auto &[ID, Name] : Shown)
    if (const Arg *A = Args.getLastArg(ID))
      plugin(Name + A->getValue());

  const Arg *Save = Args.getLastArg(OPT_fsave_optimization_record_EQ);
  const Arg *File = Args.getLastArg(OPT_foptimization_record_file_EQ);
  const Arg *Passes = Args.getLastArg(OPT_foptimization_record_passes_EQ);
  if ((Save || File || Passes) &&
      Args.hasFlag(OPT_fsave_optimization_record_EQ,
                   OPT_fno_save_optimization_record, File || Passes)) {
    StringRef Format = Save ? Save->getValue() : "yaml";
    plugin(Twine("opt-remarks-filename=") + (File ? File->getValue() : Output) +
           ".opt.ld." + Format);
    if (Passes)
      plugin(Twine("opt-remarks-passes=") + Passes->getValue());
    plugin("opt-remarks-format=" + Format);
  }
  if (Args.hasFlag(OPT_fdiagnostics_show_hotness,
                   OPT_fno_diagnostics_show_hotness, false))
    plugin("opt-remarks-with-hotness");
  if (const Arg *A = Args.getLastArg(OPT_fdiagnostics_hotness_threshold_EQ))
    plugin(Twine("opt-remarks-hotness-threshold=") + A->getValue());
}

void LTOArguments::add() {
  const bool IsFat =
      Args.hasFlag(OPT_ffat_lto_objects, OPT_fno_fat_lto_objects, false);
  const bool IsUnified =
      Args.hasFlag(OPT_funified_lto, OPT_fno_unified_lto, false);
  if (IsFat)
    CmdArgs.push_back("--fat-lto-objects");
  if (Args.hasArg(OPT_gdwarf_aranges))
    plugin("-generate-arange-section");
  addVectorLibrary();
  if (std::string CPU = tools::getTargetCPU(T, Args); !CPU.empty())
    plugin("mcpu=" + CPU);
  addLevel();
  if (Args.hasArg(OPT_gsplit_dwarf_EQ))
    plugin(Twine("dwo_dir=") + Output + "_dwo");
  if (IsThin)
    plugin("thinlto");
  if ((IsThin || IsFat || IsUnified) && Args.hasArg(OPT_fenable_matrix))
    plugin("-enable-matrix");
  addParallelism();
  addSections("global-isel", OPT_fglobal_isel, OPT_fno_global_isel);
  addDebuggerTuning();
  addSections("function-sections", OPT_ffunction_sections,
              OPT_fno_function_sections);
  addSections("data-sections", OPT_fdata_sections, OPT_fno_data_sections);
  if (const Arg *A = Args.getLastArg(OPT_fsplit_machine_functions,
                                     OPT_fno_split_machine_functions);
      A && A->getOption().matches(OPT_fsplit_machine_functions))
    plugin("-split-machine-functions");
  addProfiles();
  if (Args.hasFlag(OPT_fjmc, OPT_fno_jmc, false))
    plugin("-enable-jmc-instrument");
  addTLS();
  if (Args.hasFlag(OPT_fstack_size_section, OPT_fno_stack_size_section, false))
    plugin("-stack-size-section");
  addStatistics();
  if (const Arg *A = Args.getLastArg(OPT_fcrash_diagnostics_dir_EQ))
    plugin(Twine("-crash-diagnostics-dir=") + A->getValue());
  addBranchAlignment();
  addRemarks();
  if (const Arg *A = Args.getLastArg(OPT_moutline, OPT_mno_outline)) {
    if (!A->getOption().matches(OPT_moutline))
      plugin("-enable-machine-outliner=never");
    else if (T.isARM() || T.isThumb() || T.isAArch64())
      plugin("-enable-machine-outliner");
    else
      D.getDiags().warning("'" + T.getArchName() +
                               "' does not support '-moutline'; flag ignored",
                           "option-ignored");
  }
}

void tools::addLTOOptions(const ToolChain &TC, const ArgList &Args,
                          ArgStringList &CmdArgs, const char *Output) {
  if (getLTOKind(Args) != LTOKind::None)
    LTOArguments(TC, Args, CmdArgs, Output).add();
}
