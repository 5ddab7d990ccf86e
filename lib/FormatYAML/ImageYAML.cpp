//===- ImageYAML.cpp - images from YAML -----------------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/FormatYAML/ImageYAML.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::FormatYAML;

uint64_t FormatYAML::getDefaultAlignment(DataDefinition::PlaceType Place,
                                         unsigned PointerSize) {
  switch (Place) {
  case DataDefinition::Text:
    return 16;
  case DataDefinition::ReadOnly:
    return 1;
  case DataDefinition::RelRO:
  case DataDefinition::Data:
    return PointerSize;
  case DataDefinition::Header:
    return 8;
  }
  llvm_unreachable("unknown place");
}

//===----------------------------------------------------------------------===//
// Definitions
//===----------------------------------------------------------------------===//

static Expected<DataDefinition>
toDefinition(const Definition &D, unsigned PointerSize, uint64_t MaxSize) {
  DataDefinition To;
  To.Name = D.Name.Value;
  To.Place = D.Place;
  To.Linkage = D.Linkage.value_or(DataDefinition::Hidden);
  To.Alignment =
      D.Alignment.value_or(getDefaultAlignment(D.Place, PointerSize));
  To.IsFunction = D.IsFunction.value_or(D.Place == DataDefinition::Text);
  if (D.Content)
    To.Bytes = D.Content->Value;
  To.ZeroFill = D.ZeroFill;
  for (const Fixup &F : D.Fixups) {
    DataFixup Fix;
    Fix.Kind = F.Minus ? DataFixup::Difference32 : DataFixup::Pointer;
    Fix.Offset = F.Offset;
    Fix.Target = F.Target.Value;
    if (F.Minus)
      Fix.Minus = F.Minus->Value;
    uint64_t Size = F.Minus ? sizeof(uint32_t) : PointerSize;
    uint64_t End = SaturatingAdd(Fix.Offset, Size);
    if (MaxSize && End > MaxSize)
      return createStringError("the fixup at offset " + Twine(Fix.Offset) +
                               " exceeds the limit of " + Twine(MaxSize) +
                               " bytes");
    if (End > To.Bytes.size())
      To.Bytes.resize(End, '\0');
    if (StringRef(To.Bytes).substr(Fix.Offset, Size).find_first_not_of('\0') !=
        StringRef::npos)
      return createStringError("Content is not zero at offset " +
                               Twine(Fix.Offset) + ", where a fixup is");
    To.Fixups.push_back(std::move(Fix));
  }
  llvm::sort(To.Fixups, [](const DataFixup &A, const DataFixup &B) {
    return A.Offset < B.Offset;
  });
  return To;
}

/// More than loaders can do, and sums of a few do not wrap.
static constexpr uint64_t MaxAlignment = uint64_t(1) << 24;
static constexpr uint64_t MaxMemorySize = uint64_t(1) << 47;

/// Checks that the places of \p Spec can be laid out, and take at most
/// \p MaxSize bytes of a file (0 for any number).
static Error checkSize(const LibrarySpec &Spec, uint64_t MaxSize) {
  struct {
    uint64_t Size = 0, FileSize = 0;
  } Places[5];
  uint64_t Total = 0;
  for (const DataDefinition &D : Spec.Definitions) {
    auto &[Size, FileSize] = Places[D.Place];
    if (D.Alignment > MaxAlignment)
      return createStringError("Definitions: the alignment of '" + D.Name +
                               "' is " + Twine(D.Alignment) +
                               ", expected at most " + Twine(MaxAlignment));
    uint64_t Padding =
        isPowerOf2_64(D.Alignment) ? (0 - Size) & (D.Alignment - 1) : 0;
    Size = SaturatingAdd(Size, Padding, uint64_t(D.Bytes.size()), D.ZeroFill);
    if (Size > MaxMemorySize)
      return createStringError("Definitions: '" + D.Name + "' has " +
                               Twine(D.size()) +
                               " bytes, more than fit into memory");
    // Zeros at the end of what is writable are not in the file.
    if (D.Place != DataDefinition::Data || !D.Bytes.empty()) {
      Total += Size - FileSize;
      FileSize = Size;
    }
    // A place begins at a multiple of its alignment.
    if (MaxSize && (Total > MaxSize || D.Alignment > MaxSize))
      return createStringError("Definitions: '" + D.Name +
                               "' exceeds the limit of " + Twine(MaxSize) +
                               " bytes");
  }
  return Error::success();
}

Expected<LibrarySpec> FormatYAML::toLibrary(const Image &I, uint64_t MaxSize) {
  LibrarySpec Spec;
  Spec.Format = I.Container;
  Spec.TheTriple = Triple(Triple::normalize(I.Triple.Value));
  if (Spec.TheTriple.getArch() == Triple::UnknownArch)
    return createStringError("Triple: '" + I.Triple.Value +
                             "' begins with no architecture that is known");
  Spec.Relocations = I.Relocations;
  if (I.OutputName)
    Spec.OutputName = I.OutputName->Value;
  for (const Text &Name : I.NeededLibraries)
    Spec.NeededLibraries.push_back(Name.Value);
  Spec.LocalSymbols = I.LocalSymbols;

  std::string HeaderBytes;
  if (I.Header) {
    Expected<std::string> Bytes = buildHeader(*I.Header, MaxSize);
    if (!Bytes)
      return createStringError("Header: " + toString(Bytes.takeError()));
    HeaderBytes = std::move(*Bytes);
  }

  unsigned PointerSize = Spec.TheTriple.isArch64Bit() ? 8 : 4;
  std::vector<DataDefinition> Own;
  StringSet<> Names;
  for (auto [Index, D] : enumerate(I.Definitions)) {
    Expected<DataDefinition> To = toDefinition(D, PointerSize, MaxSize);
    if (!To)
      return createStringError("Definitions[" + Twine(Index) +
                               "]: " + toString(To.takeError()));
    Names.insert(To->Name);
    Own.push_back(std::move(*To));
  }

  if (I.Tables) {
    std::optional<FormatYAML::Header> DataHeader;
    if (I.Data)
      DataHeader = I.Data->TheHeader;
    Expected<ImageTablesSpec> Tables =
        toTables(*I.Tables, Spec.TheTriple.getArch(), DataHeader);
    if (!Tables)
      return createStringError("Tables: " + toString(Tables.takeError()));
    StoredData Stored;
    if (I.Data) {
      Expected<StoredData> Bytes =
          buildData(*I.Data, Spec.TheTriple,
                    I.Tables->Dialect == ImageDialect::Julia1_14, MaxSize);
      if (!Bytes)
        return Bytes.takeError();
      Stored = std::move(*Bytes);
      Tables->Data = StringRef(Stored.Bytes);
      Tables->DataChecksum = Stored.Checksum;
      Tables->Compression = I.Data->Compression;
      Tables->DataAlignment = I.Data->Alignment.value_or(0);
    }
    Tables->EmbeddedHeader = std::move(HeaderBytes);
    Expected<std::vector<DataDefinition>> Definitions =
        writeImageTables(*Tables, Spec.TheTriple);
    if (!Definitions)
      return createStringError("Tables: " + toString(Definitions.takeError()));
    for (DataDefinition &D : *Definitions)
      if (!Names.contains(D.Name))
        Spec.Definitions.push_back(std::move(D));
  } else {
    if (I.Data)
      return createStringError("Data: an image without Tables has no place for "
                               "it");
    if (!HeaderBytes.empty()) {
      DataDefinition D;
      D.Place = DataDefinition::Header;
      D.Linkage = DataDefinition::Internal;
      D.Alignment = getDefaultAlignment(D.Place, PointerSize);
      D.Bytes = std::move(HeaderBytes);
      Spec.Definitions.push_back(std::move(D));
    }
  }
  for (DataDefinition &D : Own)
    Spec.Definitions.push_back(std::move(D));
  if (Error E = checkSize(Spec, MaxSize))
    return std::move(E);
  return Spec;
}

//===----------------------------------------------------------------------===//
// Bytes
//===----------------------------------------------------------------------===//

/// Finds where in the file \p Bytes the place \p Ref is.
static Expected<uint64_t> locate(const ImageFile &Image, const SymbolRef &Ref) {
  const ImageSymbol *Symbol = Image.findExport(Ref.Symbol);
  if (!Symbol) {
    auto Locals = Image.localSymbols();
    auto It = llvm::find_if(
        Locals, [&](const ImageSymbol &S) { return S.Name == Ref.Symbol; });
    if (It != Locals.end())
      Symbol = &*It;
  }
  if (!Symbol)
    return createStringError("the image has no symbol '" + Ref.Symbol + "'");
  uint64_t Address = Symbol->Address + uint64_t(Ref.Offset);
  const ImageSegment *S = Image.findSegment(Address);
  if (!S || Address - S->Address >= S->FileSize)
    return createStringError("'" + formatReference(Ref) +
                             "' is not in the file's bytes");
  return S->FileOffset + (Address - S->Address);
}

Expected<std::string> FormatYAML::buildImage(const Image &I, uint64_t MaxSize) {
  Expected<LibrarySpec> Spec = toLibrary(I, MaxSize);
  if (!Spec)
    return Spec.takeError();
  Expected<std::string> Bytes = writeLibrary(*Spec);
  if (!Bytes)
    return Bytes.takeError();
  if (MaxSize && Bytes->size() > MaxSize)
    return createStringError("the image has " + Twine(Bytes->size()) +
                             " bytes, which exceeds the limit of " +
                             Twine(MaxSize));
  if (I.Seal) {
    Expected<ContentDigest> Digest = sealImage(
        MutableArrayRef<char>(Bytes->data(), Bytes->size()), "the image");
    if (!Digest)
      return createStringError("Seal: " + toString(Digest.takeError()));
  }
  bool HasSymbols = llvm::any_of(
      I.TheEdits.Patches, [](const Patch &P) { return P.Symbol.has_value(); });
  std::string Unedited;
  std::unique_ptr<ImageFile> Opened;
  if (HasSymbols) {
    Unedited = *Bytes;
    Expected<std::unique_ptr<ImageFile>> File =
        ImageFile::create(MemoryBufferRef(Unedited, "the image"));
    if (!File)
      return createStringError("Patches: " + toString(File.takeError()));
    Opened = std::move(*File);
  }
  if (Error E =
          applyEdits(I.TheEdits, *Bytes, MaxSize, [&](const SymbolRef &Ref) {
            return locate(*Opened, Ref);
          }))
    return std::move(E);
  return Bytes;
}

//===----------------------------------------------------------------------===//
// Traits
//===----------------------------------------------------------------------===//

void yaml::ScalarEnumerationTraits<ContainerFormat>::enumeration(
    IO &IO, ContainerFormat &Value) {
  IO.enumCase(Value, "ELF", ContainerFormat::ELF);
  IO.enumCase(Value, "MachO", ContainerFormat::MachO);
  IO.enumCase(Value, "PE", ContainerFormat::PE);
}

void yaml::ScalarEnumerationTraits<RelocationStyle>::enumeration(
    IO &IO, RelocationStyle &Value) {
  IO.enumCase(Value, "Default", RelocationStyle::Default);
  IO.enumCase(Value, "REL", RelocationStyle::REL);
  IO.enumCase(Value, "RELA", RelocationStyle::RELA);
  IO.enumCase(Value, "RELR", RelocationStyle::RELR);
  IO.enumCase(Value, "Opcodes", RelocationStyle::Opcodes);
  IO.enumCase(Value, "Chained", RelocationStyle::Chained);
}

void yaml::ScalarEnumerationTraits<DataDefinition::PlaceType>::enumeration(
    IO &IO, DataDefinition::PlaceType &Value) {
  IO.enumCase(Value, "Text", DataDefinition::Text);
  IO.enumCase(Value, "ReadOnly", DataDefinition::ReadOnly);
  IO.enumCase(Value, "RelRO", DataDefinition::RelRO);
  IO.enumCase(Value, "Data", DataDefinition::Data);
  IO.enumCase(Value, "Header", DataDefinition::Header);
}

void yaml::ScalarEnumerationTraits<DataDefinition::LinkageType>::enumeration(
    IO &IO, DataDefinition::LinkageType &Value) {
  IO.enumCase(Value, "Internal", DataDefinition::Internal);
  IO.enumCase(Value, "Hidden", DataDefinition::Hidden);
  IO.enumCase(Value, "Exported", DataDefinition::Exported);
}

void yaml::MappingTraits<Fixup>::mapping(IO &IO, Fixup &F) {
  IO.mapRequired("Offset", F.Offset);
  IO.mapRequired("Target", F.Target);
  IO.mapOptional("Minus", F.Minus);
}

void yaml::MappingTraits<Definition>::mapping(IO &IO, Definition &D) {
  IO.mapRequired("Name", D.Name);
  IO.mapRequired("Place", D.Place);
  IO.mapOptional("Linkage", D.Linkage);
  IO.mapOptional("Alignment", D.Alignment);
  IO.mapOptional("IsFunction", D.IsFunction);
  IO.mapOptional("Content", D.Content);
  IO.mapOptional("ZeroFill", D.ZeroFill, uint64_t(0));
  IO.mapOptional("Fixups", D.Fixups);
}

void yaml::MappingTraits<Image>::mapping(IO &IO, Image &I) {
  IO.mapRequired("Container", I.Container);
  IO.mapRequired("Triple", I.Triple);
  IO.mapOptional("Relocations", I.Relocations, RelocationStyle::Default);
  IO.mapOptional("OutputName", I.OutputName);
  IO.mapOptional("NeededLibraries", I.NeededLibraries);
  IO.mapOptional("LocalSymbols", I.LocalSymbols, true);
  IO.mapOptional("Header", I.Header);
  IO.mapOptional("Seal", I.Seal, false);
  IO.mapOptional("Tables", I.Tables);
  IO.mapOptional("Data", I.Data);
  IO.mapOptional("Definitions", I.Definitions);
  mapEdits(IO, I.TheEdits);
}
