//===- CodeSurvey.cpp - What the code of an object is ---------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/CodeSurvey.h"
#include "pkgimg/CodeGen/UsedFeatures.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Object/ObjectFile.h"

#include <map>
#include <memory>
#include <tuple>

using namespace llvm;
using namespace llvm::object;
using namespace pkgimg;

void TargetSurvey::add(const TargetSurvey &Other) {
  std::vector<std::string> Union;
  std::set_union(Used.begin(), Used.end(), Other.Used.begin(), Other.Used.end(),
                 std::back_inserter(Union));
  Used = std::move(Union);
  NumFunctions += Other.NumFunctions;
  CodeSize += Other.CodeSize;
}

namespace {

/// A function in a section, from Start on. Size 0: up to the next one.
struct FunctionExtent {
  uint64_t Start = 0;
  uint64_t Size = 0;
  unsigned Target = 0;
};

/// The functions of each section of code, by the section's index.
using SectionFunctions = std::map<uint64_t, std::vector<FunctionExtent>>;

} // namespace

static Error findFunctions(const ObjectFile &Object, const Triple &T,
                           const StringMap<unsigned> &TargetOf,
                           SectionFunctions &Functions) {
  for (const SymbolRef &Symbol : Object.symbols()) {
    Expected<uint32_t> Flags = Symbol.getFlags();
    if (!Flags)
      return Flags.takeError();
    if (*Flags & (SymbolRef::SF_Undefined | SymbolRef::SF_FormatSpecific))
      continue;
    Expected<section_iterator> Section = Symbol.getSection();
    if (!Section)
      return Section.takeError();
    if (*Section == Object.section_end() || !(*Section)->isText())
      continue;
    Expected<SymbolRef::Type> Type = Symbol.getType();
    if (!Type)
      return Type.takeError();
    if (*Type != SymbolRef::ST_Function)
      continue;
    Expected<StringRef> Name = Symbol.getName();
    if (!Name)
      return Name.takeError();
    Expected<uint64_t> Address = Symbol.getAddress();
    if (!Address)
      return Address.takeError();

    FunctionExtent F;
    F.Start = *Address - (*Section)->getAddress();
    if (T.isARM() || T.isThumb())
      F.Start &= ~uint64_t(1); // The mode.
    if (isa<ELFObjectFileBase>(Object))
      F.Size = ELFSymbolRef(Symbol).getSize();
    if (auto It = TargetOf.find(*Name); It != TargetOf.end())
      F.Target = It->second;
    Functions[(*Section)->getIndex()].push_back(F);
  }
  for (auto &[Index, List] : Functions)
    llvm::sort(List, [](const FunctionExtent &A, const FunctionExtent &B) {
      return std::tie(A.Start, A.Size, A.Target) <
             std::tie(B.Start, B.Size, B.Target);
    });
  return Error::success();
}

Expected<std::vector<TargetSurvey>>
pkgimg::surveyCode(MemoryBufferRef Buffer, const Triple &T,
                   ArrayRef<ResolvedTarget> Targets,
                   const StringMap<unsigned> &TargetOf) {
  Expected<std::unique_ptr<ObjectFile>> Object =
      ObjectFile::createObjectFile(Buffer);
  if (!Object)
    return Object.takeError();

  std::vector<TargetSurvey> Surveys(Targets.size());
  // Where LLVM has no disassembler, the code counts as using all.
  std::vector<std::unique_ptr<UsedFeatureFinder>> Finders(Targets.size());
  for (auto [Finder, Target] : zip_equal(Finders, Targets)) {
    Expected<std::unique_ptr<UsedFeatureFinder>> Made =
        UsedFeatureFinder::create(T, Target);
    if (!Made)
      return Made.takeError();
    Finder = std::move(*Made);
  }

  SectionFunctions Functions;
  if (Error E = findFunctions(**Object, T, TargetOf, Functions))
    return std::move(E);
  for (const SectionRef &Section : (*Object)->sections()) {
    auto List = Functions.find(Section.getIndex());
    if (List == Functions.end())
      continue;
    Expected<StringRef> Content = Section.getContents();
    if (!Content)
      return Content.takeError();
    ArrayRef<uint8_t> Bytes = arrayRefFromStringRef(*Content);
    for (auto [I, F] : enumerate(List->second)) {
      const FunctionExtent *Next =
          I + 1 == List->second.size() ? nullptr : &List->second[I + 1];
      // Aliases, and the assembler's own labels in Mach-O files, name the same
      // code. The last one is that of a clone, if any is.
      if (Next && Next->Start == F.Start && Next->Size == F.Size)
        continue;
      uint64_t End = Next ? Next->Start : Bytes.size();
      if (F.Size)
        End = F.Start + F.Size;
      End = std::min<uint64_t>(End, Bytes.size());
      if (F.Start >= End)
        continue;
      TargetSurvey &S = Surveys[F.Target];
      ++S.NumFunctions;
      S.CodeSize += End - F.Start;
      Finders[F.Target]->addCode(Bytes.slice(F.Start, End - F.Start), F.Start);
    }
  }
  for (auto [Finder, S] : zip_equal(Finders, Surveys))
    if (S.NumFunctions)
      S.Used = Finder->getUsed();
  return Surveys;
}
