//===- Runtimes.cpp - Runtimes of sanitizers, profiles and OpenMP ---------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../SanitizerArgs.h"
#include "CommonArgs.h"
#include "pkgimg/Driver/Driver.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;
namespace SK = pkgimg::driver::SanitizerKind;

//===----------------------------------------------------------------------===//
// What each platform has
//===----------------------------------------------------------------------===//

SanitizerMask ToolChain::getSupportedSanitizers() const {
  const llvm::Triple &T = TheTriple;
  const bool IsAArch64 = T.isAArch64(64);
  SanitizerMask Result =
      (SK::Undefined & ~SK::Vptr) | (SK::CFI & ~SK::CFIICall) |
      SK::CFICastStrict | SK::FloatDivideByZero | SK::KCFI |
      SK::UnsignedIntegerOverflow | SK::UnsignedShiftBase |
      SK::ImplicitConversion | SK::Nullability | SK::LocalBounds;
  if (T.isX86() || T.getArch() == llvm::Triple::arm || T.isWasm() ||
      T.isAArch64() || T.isRISCV() || T.isLoongArch64())
    Result |= SK::CFIICall;
  if (T.getArch() == llvm::Triple::x86_64 || IsAArch64 || T.isRISCV())
    Result |= SK::ShadowCallStack;
  if (IsAArch64)
    Result |= SK::MemTag;
  return Result;
}

//===----------------------------------------------------------------------===//
// Sanitizers
//===----------------------------------------------------------------------===//

void tools::addAsNeeded(const ToolChain &TC, ArgStringList &CmdArgs,
                        bool AsNeeded) {
  // Solaris' own linker has other words for it.
  if (TC.getTriple().isOSSolaris())
    CmdArgs.append({"-z", AsNeeded ? "ignore" : "record"});
  else
    CmdArgs.push_back(AsNeeded ? "--as-needed" : "--no-as-needed");
}

/// Adds the folders of clang's shared libraries to the image's search path,
/// where that is asked for.
static void addRuntimeRPath(const ToolChain &TC, const ArgList &Args,
                            ArgStringList &CmdArgs) {
  if (!Args.hasFlag(OPT_frtlib_add_rpath, OPT_fno_rtlib_add_rpath, false))
    return;
  for (const std::string &Dir : TC.getRuntimeLibraryDirs())
    if (TC.getVFS().exists(Dir))
      CmdArgs.append({"-rpath", Args.MakeArgString(Dir)});
}

namespace {
/// Adds parts of compiler-rt to a link.
class RuntimeAdder {
public:
  RuntimeAdder(const ToolChain &TC, const ArgList &Args, ArgStringList &CmdArgs)
      : TC(TC), Args(Args), CmdArgs(CmdArgs) {}

  void addShared(StringRef Name) {
    CmdArgs.push_back(Args.MakeArgString(
        TC.getCompilerRT(Args, Name, ToolChain::FileType::Shared)));
    addRuntimeRPath(TC, Args, CmdArgs);
  }
  void addStatic(StringRef Name) {
    CmdArgs.push_back(Args.MakeArgString(TC.getCompilerRT(Args, Name)));
  }
  void addWhole(StringRef Name) {
    CmdArgs.push_back("--whole-archive");
    addStatic(Name);
    CmdArgs.push_back("--no-whole-archive");
  }
  /// Exports the symbols in the list beside the archive \p Name. Returns false
  /// if there is no list.
  bool addDynamicList(StringRef Name) {
    // Solaris exports all symbols, and its linker does not have the option.
    if (TC.getTriple().isOSSolaris())
      return true;
    std::string List = TC.getCompilerRT(Args, Name) + ".syms";
    if (!TC.getVFS().exists(List))
      return false;
    CmdArgs.push_back(Args.MakeArgString("--dynamic-list=" + List));
    return true;
  }

private:
  const ToolChain &TC;
  const ArgList &Args;
  ArgStringList &CmdArgs;
};
} // namespace

bool tools::addSanitizerRuntimes(const ToolChain &TC, const ArgList &Args,
                                 ArgStringList &CmdArgs) {
  if (!isHosted(Args))
    return false;
  const SanitizerArgs SanArgs(TC, Args);
  // Without -shared, clang adds what an executable needs; of all that is not
  // shared, only relocatable output is ours.
  const bool IsExecutable = Args.hasArg(OPT_r) && !Args.hasArg(OPT_shared);
  const SanitizerArgs::Runtimes R = SanArgs.getRuntimes(IsExecutable);

  for (StringRef Symbol : R.RequiredSymbols)
    CmdArgs.append({"-u", Symbol.data()});
  RuntimeAdder Adder(TC, Args, CmdArgs);
  if (IsExecutable && SanArgs.needFuzzer()) {
    Adder.addWhole("fuzzer");
    if (SanArgs.needFuzzerInterceptors())
      Adder.addWhole("fuzzer_interceptors");
    if (!Args.hasArg(OPT_nostdlibxx))
      TC.addCXXStdlibLibArgs(Args, CmdArgs);
  }
  for (StringRef Name : R.Shared)
    Adder.addShared(Name);
  for (StringRef Name : R.Helpers)
    Adder.addWhole(Name);
  bool ExportAll = false;
  for (StringRef Name : R.Whole) {
    Adder.addWhole(Name);
    ExportAll |= !Adder.addDynamicList(Name);
  }
  for (StringRef Name : R.Static) {
    Adder.addStatic(Name);
    ExportAll |= !Adder.addDynamicList(Name);
  }
  if (ExportAll)
    CmdArgs.push_back("--export-dynamic");
  else if (SanArgs.hasCrossDsoCFI())
    CmdArgs.push_back("--export-dynamic-symbol=__cfi_check");

  if (SanArgs.has(SK::MemTag)) {
    CmdArgs.push_back(
        Args.MakeArgString("--android-memtag-mode=" + SanArgs.getMemtagMode()));
    if (SanArgs.has(SK::MemtagHeap))
      CmdArgs.push_back("--android-memtag-heap");
    if (SanArgs.has(SK::MemtagStack))
      CmdArgs.push_back("--android-memtag-stack");
  }
  return !R.Whole.empty() || !R.Static.empty();
}

void tools::linkSanitizerRuntimeDeps(const ToolChain &TC, const ArgList &,
                                     ArgStringList &CmdArgs) {
  const Triple &T = TC.getTriple();
  addAsNeeded(TC, CmdArgs, false);
  if (!T.isAndroid() && !T.isOHOSFamily()) {
    CmdArgs.push_back("-lpthread");
    if (!T.isOSOpenBSD())
      CmdArgs.push_back("-lrt");
  }
  CmdArgs.push_back("-lm");
  // These have dlopen() in libc, and backtrace() in a library of its own.
  if (T.isOSFreeBSD() || T.isOSNetBSD() || T.isOSOpenBSD())
    CmdArgs.push_back("-lexecinfo");
  else
    CmdArgs.push_back("-ldl");
  if (T.isOSLinux() && !T.isAndroid() && !T.isMusl())
    CmdArgs.push_back("-lresolv");
}

void tools::checkSanitizers(const ToolChain &TC, const ArgList &Args) {
  Diagnostics &Diags = TC.getDriver().getDiags();
  const SanitizerArgs SanArgs(TC, Args, /*Report=*/true);
  if (SanArgs.has(SK::MemTag) && !TC.getTriple().isAndroid())
    Diags.error("unsupported option '-fsanitize=memtag*' for target '" +
                TC.getTriple().str() + "'");
  if (isHosted(Args))
    return;
  // The image would load only into a process that has the runtime by chance.
  auto Refuse = [&](StringRef Option) {
    Diags.error("'" + Option +
                "' needs a runtime library of clang's, which a self-contained "
                "image does not link; add -hosted to link with it, or leave "
                "the option out");
  };
  if (SanArgs.needRuntime())
    for (const Arg *A : Args.filtered(OPT_fsanitize_EQ, OPT_fsanitize_coverage,
                                      OPT_fsanitize_stats, OPT_fmemory_profile,
                                      OPT_fmemory_profile_EQ)) {
      Refuse(A->getAsString(Args));
      break;
    }
  if (needsProfileRuntime(Args) || needsGCovRuntime(Args))
    for (const Arg *A : Args.filtered(
             OPT_fprofile_generate, OPT_fprofile_generate_EQ,
             OPT_fcs_profile_generate, OPT_fcs_profile_generate_EQ,
             OPT_fprofile_instr_generate, OPT_fprofile_instr_generate_EQ,
             OPT_fcreate_profile, OPT_forder_file_instrumentation, OPT_coverage,
             OPT_fprofile_arcs)) {
      Refuse(A->getAsString(Args));
      break;
    }
}

std::string tools::describeRuntimeOption(const ToolChain &TC,
                                         const ArgList &Args,
                                         StringRef Library) {
  StringRef Component = sys::path::filename(Library);
  Component.consume_front("lib");
  if (!Component.consume_front("clang_rt."))
    return "";
  Component = Component.take_until([](char C) { return C == '.' || C == '-'; });
  if (Component == "builtins") {
    if (const Arg *A = Args.getLastArg(OPT_rtlib_EQ))
      return A->getAsString(Args);
    return "the target's default, --rtlib=compiler-rt";
  }
  auto Last = [&](ArrayRef<unsigned> IDs) -> std::string {
    const Arg *Found = nullptr;
    for (const Arg *A : Args)
      for (unsigned ID : IDs)
        if (A->getOption().matches(ID))
          Found = A;
    return Found ? Found->getAsString(Args) : "";
  };
  if (Component.starts_with("profile"))
    return Last({OPT_fprofile_generate, OPT_fprofile_generate_EQ,
                 OPT_fcs_profile_generate, OPT_fcs_profile_generate_EQ,
                 OPT_fprofile_instr_generate, OPT_fprofile_instr_generate_EQ,
                 OPT_fcreate_profile, OPT_forder_file_instrumentation,
                 OPT_coverage, OPT_fprofile_arcs});
  if (Component.starts_with("stats"))
    return Last({OPT_fsanitize_stats});
  if (Component.starts_with("memprof"))
    return Last({OPT_fmemory_profile, OPT_fmemory_profile_EQ});
  return Last({OPT_fsanitize_EQ, OPT_fsanitize_coverage});
}

//===----------------------------------------------------------------------===//
// Profiles
//===----------------------------------------------------------------------===//

bool tools::needsProfileRuntime(const ArgList &Args) {
  return !Args.hasArg(OPT_noprofilelib) &&
         Args.hasArg(OPT_fprofile_generate, OPT_fprofile_generate_EQ,
                     OPT_fcs_profile_generate, OPT_fcs_profile_generate_EQ,
                     OPT_fprofile_instr_generate,
                     OPT_fprofile_instr_generate_EQ, OPT_fcreate_profile,
                     OPT_forder_file_instrumentation);
}

bool tools::needsGCovRuntime(const ArgList &Args) {
  return Args.hasArg(OPT_coverage) ||
         Args.hasFlag(OPT_fprofile_arcs, OPT_fno_profile_arcs, false);
}

void ToolChain::addProfileRuntime(const ArgList &Args,
                                  ArgStringList &CmdArgs) const {
  if (tools::isHosted(Args) &&
      (tools::needsProfileRuntime(Args) || tools::needsGCovRuntime(Args)))
    CmdArgs.push_back(Args.MakeArgString(getCompilerRT(Args, "profile")));
}

void tools::addProfileRuntime(const ToolChain &TC, const ArgList &Args,
                              ArgStringList &CmdArgs) {
  TC.addProfileRuntime(Args, CmdArgs);
}

void tools::addProfileRuntimeWithHook(const ToolChain &TC, const ArgList &Args,
                                      ArgStringList &CmdArgs) {
  if (isHosted(Args) && needsProfileRuntime(Args))
    CmdArgs.push_back("-u__llvm_profile_runtime");
  TC.ToolChain::addProfileRuntime(Args, CmdArgs);
}

//===----------------------------------------------------------------------===//
// OpenMP
//===----------------------------------------------------------------------===//

bool tools::addOpenMPRuntime(const ToolChain &TC, const ArgList &Args,
                             ArgStringList &CmdArgs, bool GompNeedsRT) {
  if (!Args.hasFlag(OPT_fopenmp, OPT_fopenmp_EQ, OPT_fno_openmp, false))
    return false;
  StringRef Name = Args.getLastArgValue(OPT_fopenmp_EQ, "libomp");
  const bool Static =
      Args.hasArg(OPT_static_openmp) && !Args.hasArg(OPT_static);
  if (Static)
    CmdArgs.push_back("-Bstatic");
  // "lib" makes way for "-l".
  CmdArgs.push_back(Args.MakeArgString("-l" + Name.drop_front(3)));
  if (Static)
    CmdArgs.push_back("-Bdynamic");
  if (Name == "libgomp" && GompNeedsRT)
    CmdArgs.push_back("-lrt");
  addRuntimeRPath(TC, Args, CmdArgs);
  SmallString<128> Beside(
      sys::path::parent_path(TC.getDriver().getInstalledDir()));
  sys::path::append(Beside, "lib");
  CmdArgs.push_back(Args.MakeArgString("-L" + Beside));
  return true;
}
