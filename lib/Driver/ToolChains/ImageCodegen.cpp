//===- ImageCodegen.cpp - The tool that compiles images -------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ImageCodegen.h"
#include "CodegenArgs.h"
#include "pkgimg/CodeGen/CPUTargetSpec.h"
#include "pkgimg/CodeGen/Targets.h"
#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "pkgimg/Format/ImageTables.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Process.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;

/// Sets the CPU targets asked for. What names a processor for a compiler, or is
/// in the environment, does so for an image, too, where there is a choice.
static void setCPUTargets(const ArgList &Args, Diagnostics &Diags,
                          ImageOptions &Options) {
  const Arg *Spec = Args.getLastArg(OPT_cpu_target_EQ);
  const Arg *CPU = Args.getLastArg(OPT_mcpu_EQ, OPT_march_EQ, OPT_mfpu_EQ);
  if (Spec && CPU)
    return Diags.error("'" + CPU->getAsString(Args) + "' and '" +
                       Spec->getAsString(Args) +
                       "' both say what processors the code is for; leave one "
                       "out");
  if (Spec) {
    Options.CPUTargets = Spec->getValue();
    return;
  }
  if (!CPU) {
    Options.DefaultCPUTargets =
        sys::Process::GetEnv("JULIA_CPU_TARGET").value_or("");
    return;
  }
  if (StringRef(CPU->getValue()) == "native") {
    Options.DefaultCPUTargets = "native";
    return;
  }
  const CompileOptions &Compile = Options.Compile;
  Options.DefaultCPUTargets = Compile.CPU.empty() ? "generic" : Compile.CPU;
  if (!Compile.Features.empty())
    Options.DefaultCPUTargets += "," + Compile.Features;
}

/// Returns the CPU targets that the image \p Path was made for.
static Expected<std::string> readTargetString(StringRef Path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> File = MemoryBuffer::getFile(
      Path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!File)
    return createStringError(File.getError(), "cannot open '" + Path + "': " +
                                                  File.getError().message());
  Expected<std::unique_ptr<ImageFile>> Image = ImageFile::create(**File);
  if (!Image)
    return Image.takeError();
  Expected<ImageTables> Tables = readImageTables(**Image);
  if (!Tables)
    return Tables.takeError();
  if (Tables->TargetString.empty())
    return createStringError(
        Path + ": the image does not say what CPU targets it was made for, as "
               "those before Julia 1.13 do not; name them with "
               "--sysimage-cpu-target");
  return Tables->TargetString;
}

static bool setImageOptions(const ArgList &Args, Diagnostics &Diags,
                            ImageOptions &Options) {
  const unsigned ErrorsBefore = Diags.getNumErrors();
  auto Invalid = [&](const Arg *A, const Twine &Expected) {
    Diags.error("invalid value '" + Twine(A->getValue()) + "' in '" +
                A->getAsString(Args) + "'; expected " + Expected);
  };
  if (const Arg *A = Args.getLastArg(OPT_image_abi_EQ)) {
    std::optional<ImageDialect> Dialect = parseDialectName(A->getValue());
    if (!Dialect || *Dialect == ImageDialect::Julia1_9)
      Invalid(A, "pkgimg, or julia-1.10 to julia-1.14");
    else
      Options.Dialect = *Dialect;
  }
  setCPUTargets(Args, Diags, Options);
  if (const Arg *A = Args.getLastArg(OPT_sysimage_cpu_target_EQ))
    Options.SysimageTargets = A->getValue();
  else if (const Arg *A = Args.getLastArg(OPT_sysimage_EQ)) {
    if (Error E =
            readTargetString(A->getValue()).moveInto(Options.SysimageTargets))
      Diags.error(std::move(E));
  }
  if (const Arg *A = Args.getLastArg(OPT_shards_EQ);
      A && (StringRef(A->getValue()).getAsInteger(10, Options.NumShards) ||
            Options.NumShards == 0 || Options.NumShards > 4096))
    Invalid(A, "a number from 1 to 4096");
  Options.WarnUnusedFeatures = Args.hasArg(OPT_Wunused_cpu_features);
  Options.CompressData = Args.hasArg(OPT_compress_image_data);
  Options.CacheDir = Args.getLastArgValue(OPT_cache_dir_EQ);
  Options.CachePolicy = Args.getLastArgValue(OPT_cache_policy_EQ);
  for (const Arg *A : Args.filtered(OPT_mllvm))
    Options.CacheIdentity += std::string(A->getValue()) + '\n';
  Options.Package.Name = Args.getLastArgValue(OPT_package_name_EQ);
  Options.PackageVersion = Args.getLastArgValue(OPT_package_version_EQ);
  if (const Arg *A = Args.getLastArg(OPT_package_uuid_EQ)) {
    if (std::optional<UInt128> UUID = parseUUID(A->getValue()))
      Options.Package.UUID = *UUID;
    else
      Invalid(A, "a UUID like 01234567-89ab-cdef-0123-456789abcdef");
  }
  return Diags.getNumErrors() == ErrorsBefore;
}

void tools::ImageCodegen::constructJob(Compilation &C, const char *Output,
                                       const InputInfoList &Inputs,
                                       const ArgList &Args) const {
  const Driver &D = getToolChain().getDriver();
  if (const Arg *A = Args.getLastArg(OPT_flto_EQ);
      A && !Args.hasArg(OPT_c, OPT_S)) {
    D.getDiags().error("'" + A->getAsString(Args) +
                       "' cannot be used with --image: the code of an image is "
                       "generated before it is linked; leave one of them out");
    return;
  }
  ImageOptions Options;
  ArgStringList CmdArgs;
  if (!setCompileOptions(getToolChain(), Args, getEmitKind(Args),
                         Options.Compile, CmdArgs) ||
      !setImageOptions(Args, D.getDiags(), Options))
    return;
  Args.addAllArgs(CmdArgs, {OPT_Image_Group, OPT_mllvm});
  // As the environment has it.
  if (!Options.DefaultCPUTargets.empty() &&
      !Args.hasArg(OPT_cpu_target_EQ, OPT_mcpu_EQ, OPT_march_EQ, OPT_mfpu_EQ))
    CmdArgs.push_back(
        Args.MakeArgString("--cpu-target=" + Options.DefaultCPUTargets));
  if (!Args.hasArg(OPT_image, OPT_image_abi_EQ))
    CmdArgs.push_back("--image");
  CmdArgs.push_back("-o");
  CmdArgs.push_back(Output);
  for (const InputInfo &Input : Inputs)
    CmdArgs.push_back(Input.getFilename());

  auto Cmd = std::make_unique<ImageCommand>(
      *this, Args.MakeArgString(D.getProgramPath()), std::move(CmdArgs), Inputs,
      Output, std::move(Options));
  Cmd->WantTimeReport = Args.hasArg(OPT_ftime_report);
  Cmd->PrintClones = Args.hasArg(OPT_print_clones);
  Cmd->PrintCodeSize = Args.hasArg(OPT_print_code_size);
  Cmd->DataFile = Args.getLastArgValue(OPT_image_data_EQ);
  Cmd->ReproduceFile = Args.getLastArgValue(OPT__reproduce_EQ);
  Cmd->RemarksFile =
      getRemarksFile(Args, Args.hasArg(OPT_c, OPT_S) ? Output : C.getOutput());
  C.addCommand(std::move(Cmd));
}

Error tools::printCPUTargets(raw_ostream &OS, const ToolChain &TC,
                             const ArgList &Args) {
  ImageOptions Options;
  ArgStringList Ignored;
  Diagnostics &Diags = TC.getDriver().getDiags();
  if (!setCompileOptions(TC, Args, EmitKind::Object, Options.Compile,
                         Ignored) ||
      !setImageOptions(Args, Diags, Options))
    return Error::success();
  startCodeGen();
  CPUTargetContext Context;
  Context.TheTriple = Options.Compile.Target;
  Context.SysimageTargets = Options.SysimageTargets;
  if (Options.CPUTargets == "help")
    return printCPUTargetHelp(OS, Context.TheTriple);
  StringRef Spec = Options.CPUTargets;
  if (Spec.empty())
    Spec = Options.DefaultCPUTargets;
  if (Spec.empty())
    Spec = "generic";
  Expected<std::vector<ResolvedTarget>> Targets =
      parseCPUTargets(Spec, Context);
  if (!Targets)
    return Targets.takeError();
  pkgimg::printCPUTargets(OS, *Targets);
  return Error::success();
}
