//===- Codegen.cpp - The tool that compiles bitcode -----------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Codegen.h"
#include "CodegenArgs.h"
#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;

/// Returns where the optimization records of \p Input go, or an empty name. In
/// a link the object is a temporary file, and they are beside the image.
static std::string chooseRemarksFile(const Compilation &C, const ArgList &Args,
                                     const InputInfo &Input,
                                     const char *Output) {
  SmallString<128> Base(Output);
  if (!Args.hasArg(OPT_c, OPT_S)) {
    Base = sys::path::parent_path(C.getOutput());
    sys::path::append(Base, sys::path::filename(Input.getFilename()));
  }
  std::string File = tools::getRemarksFile(Args, Base);
  if (!File.empty())
    for (const std::unique_ptr<Command> &Job : C.getJobs())
      if (auto *Other = dyn_cast<CodegenCommand>(Job.get());
          Other && Other->RemarksFile == File) {
        C.getDriver().getDiags().error(
            "the optimization records of two inputs would both be written to "
            "'" +
            File + "'; compile them one by one, or make one image of them");
        return std::string();
      }
  return File;
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
    ArgStringList CmdArgs;
    if (!setCompileOptions(TC, Args, Emit, Options, CmdArgs))
      return;
    CmdArgs.push_back("-o");
    CmdArgs.push_back(To);
    CmdArgs.push_back(Input.getFilename());
    auto Cmd = std::make_unique<CodegenCommand>(
        *this, Args.MakeArgString(D.getProgramPath()), std::move(CmdArgs),
        Input, To, std::move(Options));
    Cmd->WantTimeReport = Args.hasArg(OPT_ftime_report);
    if (To == Output)
      Cmd->RemarksFile = chooseRemarksFile(C, Args, Input, Output);
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
