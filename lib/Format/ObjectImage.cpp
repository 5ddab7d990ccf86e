//===- ObjectImage.cpp - objects, read as their image ---------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A link in small, for the words and distances of data alone.
///
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/ObjectImage.h"
#include "ImageFileImpl.h"
#include "InputCheckImpl.h"
#include "ObjectReader.h"
#include "llvm/ADT/CachedHashString.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace pkgimg;

namespace {

/// What relocation makes of one word.
struct RelocatedWord {
  uint64_t Address;
  ImageWord Word;
};

class ObjectImage : public ImageFile {
public:
  ObjectImage(ContainerFormat Format, MemoryBufferRef Buffer,
              const InputSummary &Summary)
      : ImageFile(Format, Buffer.getBufferIdentifier(), Buffer.getBuffer()) {
    Arch = Summary.Arch;
    PointerSize = Summary.Is64 ? 8 : 4;
    IsLittleEndian = Summary.IsLittleEndian;
    TheTriple.setArch(Arch);
    TheTriple.setObjectFormat(Format == ContainerFormat::ELF ? Triple::ELF
                              : Format == ContainerFormat::MachO
                                  ? Triple::MachO
                                  : Triple::COFF);
  }

  Error link(std::vector<Object> Objects);

  CanonicalContent canonicalContent() const override {
    CanonicalContent Content;
    Content.Ranges.push_back({0, Bytes.size(), /*IsZero=*/false});
    return Content;
  }

protected:
  Expected<ImageWord> relocate(uint64_t Address,
                               uint64_t Stored) const override {
    auto It = llvm::lower_bound(
        Words, Address,
        [](const RelocatedWord &W, uint64_t A) { return W.Address < A; });
    if (It != Words.end() && It->Address == Address)
      return It->Word;
    const RelocatedWord *Other = nullptr;
    if (It != Words.end() && It->Address - Address < PointerSize)
      Other = &*It;
    else if (It != Words.begin() &&
             Address - std::prev(It)->Address < PointerSize)
      Other = &*std::prev(It);
    if (Other)
      return createStringError(
          Name + ": the word at address " + hexString(Address) +
          " is relocated in part, at " + hexString(Other->Address) +
          "; expected one relocation for all of it");
    return ImageWord{ImageWord::Constant, Stored, ""};
  }

private:
  /// Returns the address of \p Size bytes after all that is placed, or fails if
  /// there is no such address.
  Expected<uint64_t> reserve(uint64_t Size, uint64_t Alignment);
  Error placeSections(std::vector<Object> &Objects);
  Error resolveSymbols(std::vector<Object> &Objects);
  Error applyRelocations(const Object &Obj);
  Error checkPlaces();

  std::vector<RelocatedWord> Words;
  /// Addresses of the distances that are filled in, until they are checked.
  std::vector<uint64_t> Distances;
  /// A copy of the file with distances filled in, if there are any.
  std::string Patched;
  /// The first address after all sections.
  uint64_t End = 4096;
};

} // namespace

StringRef Object::name(const ByteView &Table, uint64_t Offset) {
  if (Offset >= Table.size())
    return StringRef();
  StringRef Rest = Table.bytes().substr(Offset);
  size_t Size = Rest.take_front(NameBudget).find('\0');
  if (Size != StringRef::npos) {
    NameBudget -= Size;
    return Rest.take_front(Size);
  }
  // The search of what has no end took as long as its size.
  if (Rest.size() > NameBudget)
    Excess = "names";
  NameBudget -= std::min<uint64_t>(NameBudget, Rest.size());
  return StringRef();
}

bool Object::takeRelocations(uint64_t Size) {
  if (Size > RelocationBudget) {
    Excess = "relocations";
    return false;
  }
  RelocationBudget -= Size;
  return true;
}

Expected<uint64_t> ObjectImage::reserve(uint64_t Size, uint64_t Alignment) {
  // checkLinkerInput() limits both far below the address space of 64 bits, but
  // there may be many sections.
  const uint64_t Limit = uint64_t(1) << (PointerSize == 8 ? 62 : 32);
  uint64_t Address = End <= Limit ? alignTo(End, Alignment) : UINT64_MAX;
  if (Address > Limit || Size > Limit - Address)
    return createStringError(
        Name + ": its sections need more than " + hexString(Limit) +
        " bytes of memory, and no such image can be loaded; make them smaller");
  End = Address + Size;
  return Address;
}

Error ObjectImage::placeSections(std::vector<Object> &Objects) {
  for (Object &Obj : Objects)
    for (ObjectSection &S : Obj.Sections) {
      if (!S.IsLoaded)
        continue;
      Expected<uint64_t> Address = reserve(S.MemorySize, S.Alignment);
      if (!Address)
        return Address.takeError();
      S.Address = *Address;
      // Symbols may be in a section of no bytes.
      if (!S.MemorySize)
        continue;
      ImageSegment Segment;
      Segment.Address = S.Address;
      Segment.MemorySize = S.MemorySize;
      Segment.FileOffset = S.FileOffset;
      Segment.FileSize = S.FileSize;
      Segment.IsReadable = true;
      Segment.IsWritable = S.IsWritable;
      Segment.IsExecutable = S.IsExecutable;
      Segments.push_back(Segment);
      ImageSection Section;
      Section.SegmentName = S.SegmentName;
      Section.Name = S.Name.str();
      Section.Address = S.Address;
      Section.Size = S.MemorySize;
      Section.FileOffset = S.FileOffset;
      Section.FileSize = S.FileSize;
      Section.Alignment = S.Alignment;
      Section.IsCode = S.IsExecutable;
      Sections.push_back(std::move(Section));
    }
  return Error::success();
}

/// A definition replaces one of a lower rank: gABI, "Symbol Table", and LLD. 0
/// is none.
static unsigned rankOf(const ObjectSymbol &S) {
  switch (S.Place) {
  case ObjectSymbol::None:
  case ObjectSymbol::Undefined:
    return 0;
  case ObjectSymbol::Common:
    return 2;
  case ObjectSymbol::Absolute:
  case ObjectSymbol::InSection:
    return S.IsWeak ? 1 : 3;
  }
  llvm_unreachable("unknown place");
}

Error ObjectImage::resolveSymbols(std::vector<Object> &Objects) {
  struct Definition {
    ImageSymbol Symbol;
    unsigned Rank;
    bool IsHidden;
    uint64_t Alignment; ///< Of a common symbol.
  };
  // Names share the bytes of the file, so they are no copies. The definitions
  // are in the file's order, whatever the hashes are.
  std::vector<Definition> Definitions;
  DenseMap<CachedHashStringRef, size_t> Globals;
  for (Object &Obj : Objects) {
    Obj.Addresses.resize(Obj.Symbols.size());
    Obj.IsResolved.resize(Obj.Symbols.size());
    for (auto [I, S] : enumerate(Obj.Symbols)) {
      const unsigned Rank = rankOf(S);
      if (!Rank ||
          (S.Place == ObjectSymbol::InSection &&
           !Obj.Sections[S.Section].IsLoaded) ||
          (S.Place == ObjectSymbol::Common && !S.IsGlobal))
        continue;
      ImageSymbol Symbol;
      Symbol.Name = S.Name;
      Symbol.Size = S.Size;
      Symbol.IsFunction = S.IsFunction;
      // Common symbols get their places when it is known which stay.
      if (S.Place == ObjectSymbol::InSection)
        Symbol.Address = Obj.Sections[S.Section].Address + S.Value;
      else if (S.Place == ObjectSymbol::Absolute)
        Symbol.Address = S.Value;
      Obj.Addresses[I] = Symbol.Address;
      if (!S.IsGlobal) {
        Obj.IsResolved[I] = true;
        // Labels of the assembler, and marks of what is code and what data, are
        // nobody's names.
        if (S.Place == ObjectSymbol::InSection && !S.Name.empty() &&
            !S.Name.starts_with(".L") &&
            (S.IsFunction || !S.Name.starts_with("$")))
          Locals.push_back(Symbol);
        continue;
      }
      auto [It, IsNew] =
          Globals.try_emplace(CachedHashStringRef(S.Name), Definitions.size());
      if (IsNew) {
        Definitions.push_back({Symbol, Rank, S.IsHidden, S.Alignment});
        continue;
      }
      Definition &D = Definitions[It->second];
      if (D.Rank < Rank) {
        D = {Symbol, Rank, S.IsHidden, S.Alignment};
      } else if (D.Rank == Rank && S.Place == ObjectSymbol::Common) {
        // One place serves all, and is as large as any of them wants it.
        D.Symbol.Size = std::max(D.Symbol.Size, S.Size);
        D.Alignment = std::max(D.Alignment, S.Alignment);
      }
    }
  }

  std::optional<uint64_t> FirstCommon;
  for (Definition &D : Definitions)
    if (D.Rank == 2) {
      Expected<uint64_t> Address =
          reserve(D.Symbol.Size, std::max<uint64_t>(D.Alignment, 16));
      if (!Address)
        return Address.takeError();
      D.Symbol.Address = *Address;
      if (!FirstCommon)
        FirstCommon = *Address;
    }
  if (FirstCommon && *FirstCommon != End) {
    ImageSegment Segment;
    Segment.Address = *FirstCommon;
    Segment.MemorySize = End - *FirstCommon;
    Segment.IsReadable = Segment.IsWritable = true;
    Segments.push_back(Segment);
  }

  DenseSet<CachedHashStringRef> Undefined;
  for (Object &Obj : Objects)
    for (auto [I, S] : enumerate(Obj.Symbols)) {
      if (!S.IsGlobal || S.Place == ObjectSymbol::None)
        continue;
      auto It = Globals.find(CachedHashStringRef(S.Name));
      if (It != Globals.end()) {
        Obj.Addresses[I] = Definitions[It->second].Symbol.Address;
        Obj.IsResolved[I] = true;
      } else if (!S.Name.empty() &&
                 Undefined.insert(CachedHashStringRef(S.Name)).second) {
        ImageSymbol Symbol;
        Symbol.Name = S.Name;
        Symbol.IsUndefined = true;
        Imports.push_back(Symbol);
      }
    }
  for (const Definition &D : Definitions)
    (D.IsHidden ? Locals : Exports).push_back(D.Symbol);
  return Error::success();
}

Error ObjectImage::applyRelocations(const Object &Obj) {
  for (const ObjectRelocation &R : Obj.Relocations) {
    const ObjectSection &S = Obj.Sections[R.Section];
    unsigned Size = R.Kind == ObjectRelocation::Pointer ? PointerSize : 4;
    if (R.Offset > S.FileSize || Size > S.FileSize - R.Offset || !S.IsLoaded)
      continue;
    uint64_t Place = S.Address + R.Offset;
    // The target, or nothing if another image must have it.
    std::optional<uint64_t> Target;
    if (R.IsSectionSymbol) {
      if (Obj.Sections[R.Symbol].IsLoaded)
        Target = Obj.Sections[R.Symbol].Address;
    } else if (R.Symbol >= Obj.Symbols.size()) {
      return damaged("a relocation of section '" + S.Name + "' has symbol " +
                     Twine(R.Symbol) + " of " + Twine(Obj.Symbols.size()));
    } else if (Obj.IsResolved[R.Symbol]) {
      Target = Obj.Addresses[R.Symbol];
    }

    if (R.Kind == ObjectRelocation::Pointer) {
      ImageWord Word;
      Word.Kind = Target ? ImageWord::Address : ImageWord::Import;
      Word.Value = Target.value_or(0) + uint64_t(R.Addend);
      if (PointerSize == 4)
        Word.Value = uint32_t(Word.Value);
      if (!Target && !R.IsSectionSymbol)
        Word.Symbol = Obj.Symbols[R.Symbol].Name;
      Words.push_back({Place, Word});
      continue;
    }
    uint64_t Minus = Place;
    if (R.Kind == ObjectRelocation::Difference) {
      if (R.Minus >= Obj.Symbols.size() || !Obj.IsResolved[R.Minus])
        continue;
      Minus = Obj.Addresses[R.Minus];
    }
    // A distance to another image is not known before there is a link.
    if (!Target)
      continue;
    int64_t Distance = int64_t(*Target - Minus + uint64_t(R.Addend));
    if (!isInt<32>(Distance))
      return damaged("a distance in section '" + S.Name + "' at offset " +
                     hexString(R.Offset) + " does not fit 32 bits");
    if (Patched.empty())
      Patched = Bytes.str();
    Distances.push_back(Place);
    support::endian::write<uint32_t>(
        &Patched[S.FileOffset + R.Offset], uint32_t(Distance),
        Obj.IsLittleEndian ? endianness::little : endianness::big);
  }
  return Error::success();
}

/// Sorts the words, and finds what is relocated more than once: what it holds
/// would depend on the order.
Error ObjectImage::checkPlaces() {
  llvm::sort(Words, [](const RelocatedWord &A, const RelocatedWord &B) {
    return A.Address < B.Address;
  });
  llvm::sort(Distances);
  auto Distance = Distances.begin();
  uint64_t LastEnd = 0;
  auto Add = [&](uint64_t Address, unsigned Size) -> Error {
    if (Address < LastEnd)
      return damaged("the word at address " + hexString(Address) +
                     " is relocated twice");
    LastEnd = Address + Size;
    return Error::success();
  };
  for (const RelocatedWord &W : Words) {
    for (; Distance != Distances.end() && *Distance <= W.Address; ++Distance)
      if (Error E = Add(*Distance, 4))
        return E;
    if (Error E = Add(W.Address, PointerSize))
      return E;
  }
  for (; Distance != Distances.end(); ++Distance)
    if (Error E = Add(*Distance, 4))
      return E;
  Distances = std::vector<uint64_t>();
  return Error::success();
}

Error ObjectImage::link(std::vector<Object> Objects) {
  if (Error E = placeSections(Objects))
    return E;
  if (Error E = resolveSymbols(Objects))
    return E;
  if (Error E = finishTables())
    return E;
  for (const Object &Obj : Objects)
    if (Error E = applyRelocations(Obj))
      return E;
  if (!Patched.empty())
    Bytes = Patched;
  if (Error E = checkPlaces())
    return E;
  uint64_t LastPage = UINT64_MAX;
  for (const RelocatedWord &W : Words) {
    NumRelocatedPages += W.Address / 4096 != LastPage;
    LastPage = W.Address / 4096;
  }
  NumRelocations = Words.size();
  return Error::success();
}

bool pkgimg::isObjectImage(const InputSummary &Summary) {
  switch (Summary.Kind) {
  case FileKind::ELFObject:
  case FileKind::COFFObject:
  case FileKind::MachOObject:
    return true;
  case FileKind::Archive:
    return Summary.NumObjectMembers && !Summary.NumBitcodeMembers;
  default:
    return false;
  }
}

Expected<std::unique_ptr<ImageFile>>
pkgimg::createObjectImage(MemoryBufferRef Buffer, const InputSummary &Summary) {
  StringRef Name = Buffer.getBufferIdentifier();
  if (!isObjectImage(Summary))
    return createStringError(
        Name +
        ": expected ELF, COFF or Mach-O objects without bitcode, found: " +
        getFileKindName(Summary.Kind) + "; compile to native objects first");

  // An archive that has passed the check is for one machine, but may have
  // several formats.
  std::optional<FileKind> Format;
  std::vector<Object> Objects;
  auto AddObject = [&](StringRef Member, StringRef Bytes) -> Error {
    FileKind Kind = identifyFile(Bytes);
    if (Kind != FileKind::ELFObject && Kind != FileKind::COFFObject &&
        Kind != FileKind::MachOObject)
      return Error::success();
    if (Format && *Format != Kind)
      return createStringError(Name + ": '" + Member + "' is an " +
                               getFileKindName(Kind) +
                               ", and the objects before it are not; make one "
                               "archive per target");
    Format = Kind;
    Object Obj(Bytes, Bytes.data() - Buffer.getBufferStart(),
               Summary.IsLittleEndian);
    if (Kind == FileKind::ELFObject)
      readELFObject(Obj);
    else if (Kind == FileKind::COFFObject)
      readCOFFObject(Obj);
    else
      readMachOObject(Obj);
    if (Obj.Excess)
      return createStringError(Name + ": the " + Obj.Excess + " of '" + Member +
                               "' have more bytes than an object of " +
                               hexString(Bytes.size()) +
                               " can have: they share them; compile it again");
    Objects.push_back(std::move(Obj));
    return Error::success();
  };
  if (Summary.Kind == FileKind::Archive) {
    if (Error E = forEachArchiveMember(Buffer, [&](const ArchiveMember &M) {
          return AddObject(M.Name, M.Bytes);
        }))
      return std::move(E);
  } else if (Error E = AddObject(Name, Buffer.getBuffer())) {
    return std::move(E);
  }
  // Short imports count as native members.
  if (!Format)
    return createStringError(Name + ": expected objects, found imports of DLLs "
                                    "alone; give the package's own objects");

  auto Image = std::make_unique<ObjectImage>(
      *Format == FileKind::ELFObject    ? ContainerFormat::ELF
      : *Format == FileKind::COFFObject ? ContainerFormat::PE
                                        : ContainerFormat::MachO,
      Buffer, Summary);
  if (Error E = Image->link(std::move(Objects)))
    return std::move(E);
  return std::unique_ptr<ImageFile>(std::move(Image));
}
