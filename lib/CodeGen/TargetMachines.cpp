//===- TargetMachines.cpp - Create target machines for modules ------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/TargetMachines.h"
#include "CodeGenErrors.h"
#include "TargetSelection.h"
#include "pkgimg/CodeGen/Targets.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Target/TargetMachine.h"

#include <optional>

using namespace llvm;
using namespace pkgimg;

/// Returns ", did you mean 'x'?" with the entry of \p Known nearest to \p Word,
/// or nothing if none is near.
template <typename RangeT>
static std::string suggest(StringRef Word, const RangeT &Known) {
  StringRef Best;
  unsigned BestDistance = 3; // More edits than this make another word.
  for (const auto &KV : Known) {
    unsigned Distance = Word.edit_distance(KV.Key, true, BestDistance);
    if (Distance < BestDistance) {
      Best = KV.Key;
      BestDistance = Distance;
    }
  }
  return Best.empty() ? std::string()
                      : (", did you mean '" + Best + "'?").str();
}

/// Checks what the user wrote: LLVM itself prints a warning to stderr for an
/// unknown name, and ignores it or asserts.
static Error checkTargetStrings(const TargetSelection &Selection,
                                const CompileOptions &Options) {
  std::unique_ptr<MCSubtargetInfo> STI(
      Selection.TheTarget->createMCSubtargetInfo(Selection.TripleText, "", ""));
  if (!STI)
    return createStringError(std::errc::not_supported,
                             "the target '%s' cannot be compiled for",
                             Selection.TripleText.c_str());
  if (!Options.CPU.empty() && !STI->isCPUStringValid(Options.CPU))
    return createStringError(
        std::errc::invalid_argument, "unknown CPU '%s' for target '%s'%s",
        Options.CPU.c_str(), Selection.TripleText.c_str(),
        suggest(Options.CPU, STI->getAllProcessorDescriptions()).c_str());
  SmallVector<StringRef, 8> Words;
  StringRef(Options.Features).split(Words, ',', -1, /*KeepEmpty=*/false);
  for (StringRef Word : Words) {
    StringRef Name = Word;
    if (!Name.consume_front("+") && !Name.consume_front("-"))
      return createStringError(std::errc::invalid_argument,
                               "feature '%s' must begin with '+' or '-'",
                               Word.str().c_str());
    if (none_of(STI->getAllProcessorFeatures(),
                [&](const SubtargetFeatureKV &KV) { return Name == KV.Key; }))
      return createStringError(
          std::errc::invalid_argument, "unknown feature '%s' for target '%s'%s",
          Name.str().c_str(), Selection.TripleText.c_str(),
          suggest(Name, STI->getAllProcessorFeatures()).c_str());
  }
  return Error::success();
}

Expected<TargetSelection> pkgimg::selectTarget(StringRef TripleText,
                                               const CompileOptions &Options) {
  TargetSelection Result;
  Result.TargetTriple = Triple(Triple::normalize(TripleText));
  Result.TripleText = TripleText.str();
  const Triple &T = Result.TargetTriple;
  if (Error E = getTarget(T).moveInto(Result.TheTarget))
    return E;
  TargetDefaults Defaults = getTargetDefaults(T);
  bool IsDefaultCPU = Options.CPU.empty() || Options.CPU == Defaults.CPU;
  Result.CPU = Options.CPU.empty() ? Defaults.CPU : Options.CPU;
  Result.Features = IsDefaultCPU ? Defaults.Features : "";
  // Linker relaxation is no property of the processor.
  if (!IsDefaultCPU && T.isRISCV())
    Result.Features = "+relax";
  if (!Options.Features.empty())
    Result.Features += (Result.Features.empty() ? "" : ",") + Options.Features;
  Result.ABI = Options.ABI.empty() ? Defaults.ABI : Options.ABI;
  Result.FloatABI = Options.FloatABI == FloatABI::Default ? Defaults.FloatABI
                                                          : Options.FloatABI;
  if (Error E = checkTargetStrings(Result, Options))
    return E;
  return Result;
}

/// LLVM's names of the ABIs of \p T, where a wrong one is not harmless.
static ArrayRef<StringRef> getKnownABIs(const Triple &T) {
  static const StringRef RISCV32[] = {"ilp32", "ilp32f", "ilp32d", "ilp32e"};
  static const StringRef LP64[] = {"lp64", "lp64f", "lp64d", "lp64e"};
  static const StringRef PPC64[] = {"elfv1", "elfv2"};
  static const StringRef ARM[] = {"aapcs", "aapcs-linux", "aapcs-vfp",
                                  "aapcs16", "apcs-gnu"};
  static const StringRef AArch64[] = {"aapcs", "aapcs-soft", "darwinpcs"};
  if (T.isRISCV32())
    return RISCV32;
  if (T.isRISCV64())
    return LP64;
  if (T.isLoongArch64())
    return ArrayRef(LP64).drop_back();
  if (T.isPPC64())
    return PPC64;
  if (T.isARM() || T.isThumb())
    return ARM;
  if (T.isAArch64())
    return AArch64;
  return {};
}

Error pkgimg::selectABI(TargetSelection &Selection, const Module &M,
                        const CompileOptions &Options) {
  if (const auto *Flag =
          dyn_cast_or_null<MDString>(M.getModuleFlag("target-abi"))) {
    std::string ModuleABI = Flag->getString().str();
    // The backends end the process if their option is not the flag's value.
    if (!Options.ABI.empty() && Options.ABI != ModuleABI)
      return createStringError(
          std::errc::invalid_argument,
          "the module is for the ABI '%s', the ABI asked for is '%s'",
          ModuleABI.c_str(), Options.ABI.c_str());
    Selection.ABI = ModuleABI;
  }
  ArrayRef<StringRef> Known = getKnownABIs(Selection.TargetTriple);
  if (!Selection.ABI.empty() && !Known.empty() &&
      !is_contained(Known, Selection.ABI))
    return createStringError(
        std::errc::invalid_argument,
        "unknown ABI '%s' for target '%s', expected one of: %s",
        Selection.ABI.c_str(), Selection.TripleText.c_str(),
        join(Known, ", ").c_str());
  return Error::success();
}

static CodeGenOptLevel getCodeGenLevel(OptimizationLevel Level) {
  // -Os and -Oz have speed level 2.
  switch (Level.getSpeedupLevel()) {
  case 0:
    return CodeGenOptLevel::None;
  case 1:
    return CodeGenOptLevel::Less;
  case 2:
    return CodeGenOptLevel::Default;
  default:
    return CodeGenOptLevel::Aggressive;
  }
}

static TargetOptions getTargetOptions(const TargetSelection &Selection,
                                      const CompileOptions &Options) {
  const Triple &T = Selection.TargetTriple;
  TargetOptions Result;
  Result.FloatABIType = Selection.FloatABI;
  Result.AllowFPOpFusion = FPOpFusion::Standard;
  Result.UseInitArray = true; // LLVM's own default is .ctors.
  Result.DisableIntegratedAS = !Options.IntegratedAs;
  Result.FunctionSections = Options.FunctionSections;
  Result.DataSections = Options.DataSections;
  Result.EmulatedTLS = T.hasDefaultEmulatedTLS();
  Result.EnableTLSDESC = T.hasDefaultTLSDESC();
  // The table of symbols whose address is taken, for --icf=safe.
  Result.EmitAddrsig = (T.isOSBinFormatELF() || T.isOSBinFormatCOFF()) &&
                       !T.isAndroid() && Options.IntegratedAs;
  Result.BinutilsVersion = TargetMachine::parseBinutilsVersion("");
  Result.MCOptions.ABIName = Selection.ABI;
  Result.MCOptions.AsmVerbose = true;
  Result.MCOptions.MCUseDwarfDirectory = MCTargetOptions::EnableDwarfDirectory;
  return Result;
}

Expected<std::unique_ptr<TargetMachine>>
pkgimg::createTargetMachine(const TargetSelection &Selection,
                            const CompileOptions &Options, const Module *M) {
  std::optional<CodeModel::Model> CM;
  // Other backends end the process on a model that they do not know.
  if (M && Selection.TargetTriple.getArch() == Triple::x86_64)
    if (std::optional<CodeModel::Model> Asked = M->getCodeModel();
        Asked == CodeModel::Medium || Asked == CodeModel::Large)
      CM = Asked;
  std::unique_ptr<TargetMachine> TM(Selection.TheTarget->createTargetMachine(
      Selection.TripleText, Selection.CPU, Selection.Features,
      getTargetOptions(Selection, Options), Reloc::PIC_, CM,
      getCodeGenLevel(Options.Level)));
  if (!TM)
    return createStringError(std::errc::not_supported,
                             "LLVM has no code generator for '%s'",
                             Selection.TripleText.c_str());
  if (M)
    if (std::optional<uint64_t> Threshold = M->getLargeDataThreshold())
      TM->setLargeDataThreshold(*Threshold);
  return TM;
}

Expected<std::unique_ptr<TargetMachine>>
pkgimg::createTargetMachine(const Module &M, const CompileOptions &Options) {
  startCodeGen();
  auto Named = [&](Error E) {
    return fileError(M.getModuleIdentifier(), toString(std::move(E)));
  };
  Expected<TargetSelection> Selection =
      selectTarget(M.getTargetTriple(), Options);
  if (!Selection)
    return Named(Selection.takeError());
  if (Error E = selectABI(*Selection, M, Options))
    return Named(std::move(E));
  auto TM = createTargetMachine(*Selection, Options, &M);
  if (!TM)
    return Named(TM.takeError());
  return TM;
}
