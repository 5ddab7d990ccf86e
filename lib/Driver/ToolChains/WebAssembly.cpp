//===- WebAssembly.cpp - WebAssembly with dynamic linking -----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WebAssembly.h"
#include "CommonArgs.h"
#include "pkgimg/Driver/Compilation.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;
using namespace pkgimg::driver::toolchains;

//===----------------------------------------------------------------------===//
// The linker
//===----------------------------------------------------------------------===//

/// Returns false if -mexec-model= asks for a "command", a module with main(),
/// in place of a "reactor", which is called into.
static bool isReactor(const ToolChain &TC, const ArgList &Args) {
  const Arg *A = Args.getLastArg(OPT_mexec_model_EQ);
  if (!A)
    return true;
  StringRef Model = A->getValue();
  if (Model != "command" && Model != "reactor")
    TC.getDriver().getDiags().error("invalid argument '" + Model + "' to '" +
                                    A->getSpelling() +
                                    "'; expected command or reactor");
  return Model != "command";
}

/// Adds the start file of a hosted link, and its entry point.
static void addEntry(const ToolChain &TC, const ArgList &Args,
                     ArgStringList &CmdArgs, tools::StartFiles &Start) {
  bool Reactor = isReactor(TC, Args);
  if (tools::wantStartFiles(Args)) {
    // Newer C libraries have a file of their own for commands.
    StringRef Command = "crt1-command.o";
    Start.add(Reactor                              ? StringRef("crt1-reactor.o")
              : TC.getFilePath(Command) != Command ? Command
                                                   : StringRef("crt1.o"));
  }
  if (Reactor)
    CmdArgs.append({"--entry", "_initialize"});
}

/// True for the two ways in which ELF users ask for a report of undefined
/// symbols.
static bool isNoUndefined(const Arg &A) {
  return A.getOption().matches(OPT_no_undefined) ||
         (A.getOption().matches(OPT_z) && StringRef(A.getValue()) == "defs");
}

/// Adds what makes a module of dynamic linking. \p Inputs lose the options that
/// have been translated.
static void addDynamicLinking(InputInfoList &Inputs, ArgStringList &CmdArgs) {
  CmdArgs.append({"-shared", "--experimental-pic"});
  size_t Before = Inputs.size();
  // wasm-ld has no such options, but reports undefined symbols by default.
  erase_if(Inputs, [](const InputInfo &Input) {
    if (Input.isFilename() || !isNoUndefined(Input.getInputArg()))
      return false;
    Input.getInputArg().claim();
    return true;
  });
  // The runtime's loader resolves them, functions and data alike: as imports
  // of "env", "GOT.func" and "GOT.mem". A policy of the user's comes later, and
  // so wins.
  if (Inputs.size() == Before)
    CmdArgs.push_back("--unresolved-symbols=import-dynamic");
}

void tools::wasm::Linker::constructJob(Compilation &C, const char *Output,
                                       const InputInfoList &Inputs,
                                       const ArgList &Args) const {
  const ToolChain &TC = getToolChain();
  const bool Hosted = isHosted(Args);
  ArgStringList CmdArgs;
  ToolChain::LinkerChoice Linker = beginLink(TC, Args, CmdArgs);

  CmdArgs.append({"-m", TC.getTriple().isArch64Bit() ? "wasm64" : "wasm32"});
  if (Args.hasArg(OPT_s))
    CmdArgs.push_back("--strip-all");
  Args.addAllArgs(CmdArgs, {OPT_L, OPT_u});

  StartFiles Start(TC, Args, CmdArgs);
  InputInfoList LinkInputs = Inputs;
  if (Hosted)
    addFilePathLibArgs(TC, Args, CmdArgs);
  if (Args.hasArg(OPT_r)) {
    // A relocatable object has neither an entry point nor a memory.
  } else if (Hosted) {
    addEntry(TC, Args, CmdArgs, Start);
    CmdArgs.push_back("-shared");
  } else {
    addDynamicLinking(LinkInputs, CmdArgs);
    // The memory is the runtime's, and shared between its threads.
    if (wantPthread(Args))
      CmdArgs.push_back("--shared-memory");
  }
  addReproduce(Args, CmdArgs);
  if (Args.hasArg(OPT_Z_Xlinker__no_demangle))
    CmdArgs.push_back("--no-demangle");

  addLinkerInputs(TC, LinkInputs, Args, CmdArgs);

  if (wantDefaultLibs(Args)) {
    if (TC.getDriver().isCXXMode() && !Args.hasArg(OPT_nostdlibxx))
      TC.addCXXStdlibLibArgs(Args, CmdArgs);
    if (wantPthread(Args))
      CmdArgs.append({"-lpthread", "--shared-memory"});
    CmdArgs.push_back("-lc");
    addRunTimeLibs(TC, Args, CmdArgs);
  }

  CmdArgs.append({"-o", Output});
  OutputArgument Out{CmdArgs.size() - 1};
  finishLink(C, *this, Linker, std::move(CmdArgs), Out, Inputs,
             std::move(Start.Missing));
}

//===----------------------------------------------------------------------===//
// The toolchain
//===----------------------------------------------------------------------===//

WebAssembly::WebAssembly(const Driver &D, const llvm::Triple &T,
                         const ArgList &Args)
    : ToolChain(D, T, Args) {
  ProgramPaths.push_back(D.getInstalledDir().str());
  // A C library is installed per system, without the vendor. Where there is no
  // system, that would be a folder of a meaningless name. The folder is named
  // whether it exists or not, as clang names it.
  std::string Dir = (D.getSysRoot() + "/lib").str();
  if (T.getOS() != llvm::Triple::UnknownOS)
    Dir += ("/" + T.getArchName() + "-" + T.getOSAndEnvironmentName()).str();
  FilePaths.push_back(std::move(Dir));
}

void WebAssembly::addWholeArchive(const char *Archive,
                                  ArgStringList &CmdArgs) const {
  // wasm-ld has no --push-state.
  CmdArgs.append({"--whole-archive", Archive, "--no-whole-archive"});
}

std::string WebAssembly::getLinkerProgramName(StringRef Name) const {
  if (!Name.empty() && Name != "ld")
    return ("wasm-" + Name).str();
  // Components, which WASI has from its version 0.2 on, have a linker of their
  // own around wasm-ld.
  return getTriple().getOSName() == "wasip2" ? "wasm-component-ld" : "wasm-ld";
}

void WebAssembly::addCXXStdlibLibArgs(const ArgList &Args,
                                      ArgStringList &CmdArgs) const {
  ToolChain::addCXXStdlibLibArgs(Args, CmdArgs);
  if (getCXXStdlibType(Args) == CXXStdlibType::Libcxx)
    CmdArgs.push_back("-lc++abi");
}

std::unique_ptr<Tool> WebAssembly::buildLinker() const {
  return std::make_unique<tools::wasm::Linker>(*this);
}
