//===- MachOImageTest.cpp - Mach-O images, and their writer ---------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../lib/Format/MachOSignature.h"
#include "pkgimg/Format/ImageFile.h"
#include "pkgimg/Format/InputCheck.h"
#include "pkgimg/Format/LibraryWriter.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/BinaryFormat/MachO.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/LEB128.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <random>

using namespace llvm;
using namespace llvm::MachO;
using namespace pkgimg;

namespace {

/// An image, and a copy of its bytes of their exact size, so that a sanitizer
/// sees reads outside.
struct OpenedImage {
  std::unique_ptr<char[]> Bytes;
  std::unique_ptr<ImageFile> Image;
  std::string Message;
};

OpenedImage open(StringRef Bytes, Triple::ArchType Arch = Triple::UnknownArch) {
  OpenedImage O;
  O.Bytes.reset(new char[Bytes.size()]);
  memcpy(O.Bytes.get(), Bytes.data(), Bytes.size());
  Expected<std::unique_ptr<ImageFile>> Image = ImageFile::create(
      MemoryBufferRef(StringRef(O.Bytes.get(), Bytes.size()), "lib"), Arch);
  if (Image)
    O.Image = std::move(*Image);
  else
    O.Message = toString(Image.takeError());
  return O;
}

/// Opens bytes that must be an image.
OpenedImage openGood(StringRef Bytes,
                     Triple::ArchType Arch = Triple::UnknownArch) {
  OpenedImage O = open(Bytes, Arch);
  EXPECT_TRUE(O.Image) << O.Message;
  return O;
}

void expectError(StringRef Bytes, StringRef Message,
                 Triple::ArchType Arch = Triple::UnknownArch) {
  OpenedImage O = open(Bytes, Arch);
  EXPECT_FALSE(O.Image) << "expected: " << Message.str();
  EXPECT_TRUE(StringRef(O.Message).contains(Message))
      << "expected: " << Message.str() << "\nfound: " << O.Message;
  EXPECT_TRUE(StringRef(O.Message).starts_with("lib")) << O.Message;
}

std::string uleb(uint64_t V) {
  std::string S;
  raw_string_ostream OS(S);
  encodeULEB128(V, OS);
  return S;
}

std::string sleb(int64_t V) {
  std::string S;
  raw_string_ostream OS(S);
  encodeSLEB128(V, OS);
  return S;
}

std::string op(unsigned Byte, StringRef Rest = StringRef()) {
  return std::string(1, char(Byte)) + Rest.str();
}

/// A string with its NUL.
std::string cstr(StringRef S) { return S.str() + std::string(1, '\0'); }

/// Appends numbers.
class Writer {
public:
  explicit Writer(bool IsLittleEndian = true)
      : Order(IsLittleEndian ? endianness::little : endianness::big) {}
  Writer &u8(uint8_t V) { return number(V); }
  Writer &u16(uint16_t V) { return number(V); }
  Writer &u32(uint32_t V) { return number(V); }
  Writer &u64(uint64_t V) { return number(V); }
  Writer &bytes(StringRef S) {
    Out += S;
    return *this;
  }
  std::string Out;

private:
  template <typename T> Writer &number(T V) {
    char Bytes[sizeof(T)];
    support::endian::write<T>(Bytes, V, Order);
    Out.append(Bytes, sizeof(T));
    return *this;
  }
  endianness Order;
};

/// Changes a file of the writer.
class Editor {
public:
  explicit Editor(std::string File) : Bytes(std::move(File)) {
    uint32_t Magic = support::endian::read32le(Bytes.data());
    IsLittleEndian = Magic == MH_MAGIC || Magic == MH_MAGIC_64;
    Is64 = Magic == MH_MAGIC_64 || Magic == MH_CIGAM_64;
  }

  uint32_t get32(size_t At) const {
    return support::endian::read<uint32_t>(Bytes.data() + At, order());
  }
  uint64_t getWord(size_t At) const {
    return Is64 ? support::endian::read<uint64_t>(Bytes.data() + At, order())
                : get32(At);
  }
  Editor &set32(size_t At, uint32_t V) {
    support::endian::write<uint32_t>(&Bytes[At], V, order());
    return *this;
  }
  Editor &setWord(size_t At, uint64_t V) {
    if (!Is64)
      return set32(At, uint32_t(V));
    support::endian::write<uint64_t>(&Bytes[At], V, order());
    return *this;
  }
  size_t headerSize() const { return Is64 ? 32 : 28; }
  unsigned wordSize() const { return Is64 ? 8 : 4; }

  /// The offset of the load command \p Kind with number \p Nth.
  size_t command(uint32_t Kind, unsigned Nth = 0) const {
    size_t At = headerSize();
    for (uint32_t I = 0; I != get32(16); ++I, At += get32(At + 4))
      if (get32(At) == Kind && Nth-- == 0)
        return At;
    ADD_FAILURE() << "no load command " << Kind;
    return 0;
  }
  size_t segment(StringRef Name) const {
    for (unsigned I = 0;; ++I) {
      size_t At = command(segmentKind(), I);
      if (At == 0 || StringRef(Bytes).substr(At + 8, 16).rtrim('\0') == Name)
        return At;
    }
  }
  /// The number of a segment, as opcodes have it.
  unsigned segmentNumber(StringRef Name) const {
    for (unsigned I = 0;; ++I)
      if (command(segmentKind(), I) == segment(Name))
        return I;
  }
  uint32_t segmentKind() const { return Is64 ? LC_SEGMENT_64 : LC_SEGMENT; }
  /// The field \p Index of a segment: vmaddr, vmsize, fileoff, filesize.
  size_t segmentWord(StringRef Name, unsigned Index) const {
    return segment(Name) + 24 + Index * wordSize();
  }
  /// The field \p Index of it: maxprot, initprot, nsects, flags.
  size_t segmentField(StringRef Name, unsigned Index) const {
    return segment(Name) + 24 + 4 * wordSize() + Index * 4;
  }
  size_t section(StringRef Segment, unsigned Index) const {
    return segment(Segment) + (Is64 ? 72 : 56) + Index * (Is64 ? 80 : 68);
  }
  /// The field \p Index after a section's size: offset, align, reloff, nreloc,
  /// flags, reserved1, reserved2.
  size_t sectionField(StringRef Segment, unsigned Section,
                      unsigned Index) const {
    return section(Segment, Section) + 32 + 2 * wordSize() + Index * 4;
  }

  /// Appends \p Table, and sets its place at the field \p At of a command.
  Editor &setTable(size_t At, StringRef Table) {
    set32(At, Bytes.size());
    set32(At + 4, Table.size());
    Bytes += Table;
    return *this;
  }

  /// Moves the image to \p Address. Stored words stay.
  Editor &moveTo(uint64_t Address) {
    for (uint32_t I = 0, At = headerSize(); I != get32(16);
         ++I, At += get32(At + 4)) {
      if (get32(At) != segmentKind())
        continue;
      setWord(At + 24, getWord(At + 24) + Address);
      uint32_t Count = get32(At + 24 + 4 * wordSize() + 8);
      for (uint32_t S = 0; S != Count; ++S) {
        size_t P = At + (Is64 ? 72 : 56) + S * (Is64 ? 80 : 68) + 32;
        setWord(P, getWord(P) + Address);
      }
    }
    return *this;
  }

  /// Makes a load command one that no reader looks at.
  Editor &hide(uint32_t Kind) { return set32(command(Kind), 0x7777); }

  std::string Bytes;
  bool IsLittleEndian, Is64;

private:
  endianness order() const {
    return IsLittleEndian ? endianness::little : endianness::big;
  }
};

DataDefinition define(StringRef Name, DataDefinition::PlaceType Place,
                      StringRef Bytes, DataDefinition::LinkageType Linkage,
                      uint64_t Alignment = 1) {
  DataDefinition D;
  D.Name = Name.str();
  D.Place = Place;
  D.Bytes = Bytes.str();
  D.Linkage = Linkage;
  D.Alignment = Alignment;
  D.IsFunction = Place == DataDefinition::Text;
  return D;
}

void addPointer(DataDefinition &D, uint64_t Offset, StringRef Symbol,
                int64_t Addend = 0) {
  DataFixup F;
  F.Offset = Offset;
  F.Target = {Symbol.str(), Addend};
  D.Fixups.push_back(F);
}

/// A library with something in each place.
LibrarySpec makeSpec(StringRef TripleName,
                     RelocationStyle Style = RelocationStyle::Default) {
  LibrarySpec Spec;
  Spec.Format = ContainerFormat::MachO;
  Spec.TheTriple = Triple(TripleName);
  Spec.Relocations = Style;
  Spec.OutputName = "@rpath/Foo.dylib";
  Spec.NeededLibraries = {"/usr/lib/libSystem.B.dylib", "@rpath/libbar.dylib"};
  unsigned W = Spec.TheTriple.isArch64Bit() ? 8 : 4;
  auto &D = Spec.Definitions;
  D.push_back(define("run", DataDefinition::Text, "\xc3\xc3\xc3\xc3",
                     DataDefinition::Exported, 4));
  D.push_back(define("helper", DataDefinition::Text, "\x90\xc3",
                     DataDefinition::Hidden, 2));
  D.push_back(define("numbers", DataDefinition::ReadOnly, "0123456789",
                     DataDefinition::Exported));
  DataFixup Distance;
  Distance.Kind = DataFixup::Difference32;
  Distance.Offset = 4;
  Distance.Target = {"run", 2};
  Distance.Minus = {"distance", 4};
  D.push_back(define("distance", DataDefinition::ReadOnly, std::string(8, 0),
                     DataDefinition::Internal, 4));
  D.back().Fixups.push_back(Distance);
  D.push_back(define("table", DataDefinition::RelRO, std::string(6 * W, 0),
                     DataDefinition::Exported, W));
  addPointer(D.back(), 0, "run");
  addPointer(D.back(), W, "ext", 3);
  addPointer(D.back(), 2 * W, "numbers", 4);
  addPointer(D.back(), 4 * W, "ext", 40000);
  addPointer(D.back(), 5 * W, "other", -8);
  D.push_back(define("state", DataDefinition::Data, std::string(40 * W, 0),
                     DataDefinition::Hidden, W));
  D.back().ZeroFill = 100;
  addPointer(D.back(), 0, "table", W);
  // Farther than a link of a 32-bit chain.
  addPointer(D.back(), 38 * W, "state");
  addPointer(D.back(), 39 * W, "ext");
  D.push_back(
      define("zeros", DataDefinition::Data, "", DataDefinition::Exported, 8));
  D.back().ZeroFill = 40000;
  D.push_back(define("", DataDefinition::Header, std::string(64, 'h'),
                     DataDefinition::Internal, 8));
  return Spec;
}

std::string write(const LibrarySpec &Spec) {
  Expected<std::string> Bytes = writeLibrary(Spec);
  if (Bytes)
    return *Bytes;
  ADD_FAILURE() << toString(Bytes.takeError());
  return std::string();
}

void expectWriteError(const LibrarySpec &Spec, StringRef Message) {
  Expected<std::string> Bytes = writeLibrary(Spec);
  if (Bytes) {
    ADD_FAILURE() << "expected: " << Message.str();
    return;
  }
  std::string Found = toString(Bytes.takeError());
  EXPECT_TRUE(StringRef(Found).contains(Message)) << Found;
}

/// What the digest of an image is over.
std::string contentOf(const ImageFile &Image) {
  CanonicalContent C = Image.canonicalContent();
  std::string Text = C.Summary;
  for (const CanonicalContent::Range &R : C.Ranges) {
    EXPECT_LE(R.Offset, Image.bytes().size());
    EXPECT_LE(R.Size, Image.bytes().size() - R.Offset);
    if (R.IsZero)
      Text.append(R.Size, '\0');
    else
      Text += Image.bytes().substr(R.Offset, R.Size);
  }
  return Text;
}

std::string contentOf(StringRef Bytes) {
  OpenedImage O = openGood(Bytes);
  return O.Image ? contentOf(*O.Image) : std::string();
}

ImageWord word(const ImageFile &Image, uint64_t Address) {
  Expected<ImageWord> W = Image.readWord(Address, "the word");
  if (W)
    return *W;
  ADD_FAILURE() << toString(W.takeError());
  return ImageWord();
}

void expectAddress(const ImageFile &Image, uint64_t Address, uint64_t Value) {
  ImageWord W = word(Image, Address);
  EXPECT_EQ(W.Kind, ImageWord::Address) << utohexstr(Address);
  EXPECT_EQ(W.Value, Value) << utohexstr(Address);
}

void expectImport(const ImageFile &Image, uint64_t Address, StringRef Symbol,
                  int64_t Addend) {
  ImageWord W = word(Image, Address);
  EXPECT_EQ(W.Kind, ImageWord::Import) << utohexstr(Address);
  EXPECT_EQ(W.Symbol, Symbol);
  EXPECT_EQ(int64_t(W.Value), Addend);
}

void expectConstant(const ImageFile &Image, uint64_t Address, uint64_t Value) {
  ImageWord W = word(Image, Address);
  EXPECT_EQ(W.Kind, ImageWord::Constant) << utohexstr(Address);
  EXPECT_EQ(W.Value, Value) << utohexstr(Address);
}

std::vector<std::string> namesOf(ArrayRef<ImageSymbol> Symbols) {
  std::vector<std::string> Names;
  for (const ImageSymbol &S : Symbols)
    Names.push_back(S.Name.str());
  return Names;
}

using Strings = std::vector<std::string>;

struct Variant {
  const char *TripleName;
  RelocationStyle Style;
};

const Variant Variants[] = {
    {"x86_64-apple-macosx10.15", RelocationStyle::Default},
    {"x86_64-apple-macosx13", RelocationStyle::Opcodes},
    {"x86_64-apple-macosx13", RelocationStyle::Chained},
    {"i386-apple-macosx10.6", RelocationStyle::Default},
    {"i386-apple-macosx10.6", RelocationStyle::Chained},
    {"arm64-apple-macosx11", RelocationStyle::Default},
    {"arm64-apple-macosx11", RelocationStyle::Opcodes},
    {"powerpc-apple-macosx10.4", RelocationStyle::Default},
    {"powerpc64-apple-macosx10.5", RelocationStyle::Opcodes},
};

//===----------------------------------------------------------------------===//
// Writing and reading
//===----------------------------------------------------------------------===//

TEST(MachOImage, RoundTrip) {
  for (const Variant &V : Variants) {
    SCOPED_TRACE(V.TripleName);
    SCOPED_TRACE(int(V.Style));
    LibrarySpec Spec = makeSpec(V.TripleName, V.Style);
    std::string Bytes = write(Spec);
    EXPECT_EQ(Bytes, write(Spec));
    OpenedImage O = openGood(Bytes);
    ASSERT_TRUE(O.Image);
    const ImageFile &I = *O.Image;
    const unsigned W = Spec.TheTriple.isArch64Bit() ? 8 : 4;
    const bool IsChained = V.Style == RelocationStyle::Chained ||
                           (V.Style == RelocationStyle::Default &&
                            Spec.TheTriple.getArch() == Triple::aarch64);

    EXPECT_EQ(I.format(), ContainerFormat::MachO);
    EXPECT_EQ(I.name(), "lib");
    EXPECT_EQ(I.bytes().size(), Bytes.size());
    EXPECT_EQ(I.arch(), Spec.TheTriple.getArch());
    EXPECT_EQ(I.pointerSize(), W);
    EXPECT_EQ(I.isLittleEndian(), Spec.TheTriple.isLittleEndian());
    EXPECT_EQ(I.outputName(), "@rpath/Foo.dylib");
    EXPECT_EQ(I.neededLibraries(),
              ArrayRef<StringRef>(
                  {"/usr/lib/libSystem.B.dylib", "@rpath/libbar.dylib"}));

    ASSERT_EQ(I.segments().size(), 4u);
    const ImageSegment *Text = &I.segments()[0], *Const = &I.segments()[1],
                       *Data = &I.segments()[2], *Link = &I.segments()[3];
    EXPECT_EQ(Text->Name, "__TEXT");
    EXPECT_TRUE(Text->IsReadable && Text->IsExecutable && !Text->IsWritable);
    EXPECT_EQ(Text->Address, 0u);
    EXPECT_EQ(Const->Name, "__DATA_CONST");
    EXPECT_TRUE(Const->IsWritable && !Const->IsExecutable);
    EXPECT_EQ(Data->Name, "__DATA");
    EXPECT_GT(Data->MemorySize, Data->FileSize);
    EXPECT_EQ(Link->Name, "__LINKEDIT");
    EXPECT_TRUE(Link->IsReadable && !Link->IsWritable && !Link->IsExecutable);
    EXPECT_EQ(Link->FileOffset + Link->FileSize, Bytes.size());

    std::vector<std::string> SectionNames;
    for (const ImageSection &S : I.sections()) {
      SectionNames.push_back((S.SegmentName + "," + S.Name).str());
      EXPECT_EQ(S.FileSize, S.Name == "__bss" ? 0 : S.Size);
    }
    EXPECT_EQ(SectionNames, Strings({"__TEXT,__text", "__TEXT,__const",
                                     "__TEXT,__pkgimg", "__DATA_CONST,__const",
                                     "__DATA,__data", "__DATA,__bss"}));

    EXPECT_EQ(namesOf(I.exports()),
              Strings({"numbers", "run", "table", "zeros"}));
    EXPECT_EQ(namesOf(I.imports()), Strings({"ext", "other"}));
    EXPECT_EQ(namesOf(I.localSymbols()),
              Strings({"helper", "distance", "state"}));
    EXPECT_TRUE(I.imports()[0].IsUndefined);
    const ImageSymbol *Run = I.findExport("run");
    const ImageSymbol *Numbers = I.findExport("numbers");
    const ImageSymbol *Table = I.findExport("table");
    const ImageSymbol *Zeros = I.findExport("zeros");
    ASSERT_TRUE(Run && Numbers && Table && Zeros);
    EXPECT_TRUE(Run->IsFunction);
    EXPECT_FALSE(Numbers->IsFunction);
    EXPECT_TRUE(I.localSymbols()[0].IsFunction);
    EXPECT_FALSE(I.findExport("_run"));
    EXPECT_FALSE(I.findExport("helper"));

    uint64_t T = Table->Address;
    uint64_t State = I.localSymbols()[2].Address;
    uint64_t Distance = I.localSymbols()[1].Address;
    EXPECT_EQ(cantFail(I.read(Numbers->Address, 10, "it")), "0123456789");
    std::string Stored = cantFail(I.read(Distance + 4, 4, "it")).str();
    EXPECT_EQ(support::endian::read<int32_t>(
                  Stored.data(),
                  I.isLittleEndian() ? endianness::little : endianness::big),
              int32_t(Run->Address + 2 - Distance - 4));
    expectAddress(I, T, Run->Address);
    expectImport(I, T + W, "ext", 3);
    expectAddress(I, T + 2 * W, Numbers->Address + 4);
    expectConstant(I, T + 3 * W, 0);
    expectImport(I, T + 4 * W, "ext", 40000);
    expectImport(I, T + 5 * W, "other", -8);
    expectAddress(I, State, T + W);
    expectAddress(I, State + 38 * W, State);
    expectImport(I, State + 39 * W, "ext", 0);
    expectConstant(I, Zeros->Address + 39992, 0);
    EXPECT_EQ(I.numRelocations(), 8u);
    EXPECT_EQ(I.numRelocatedPages(), 2u);

    ASSERT_TRUE(I.embeddedHeader());
    EXPECT_EQ(*I.embeddedHeader(), std::string(64, 'h'));

    // Linkers may read it.
    if (W == 8 && I.isLittleEndian()) {
      Expected<InputSummary> S =
          checkLinkerInput(MemoryBufferRef(StringRef(Bytes), "lib"));
      ASSERT_TRUE(bool(S)) << toString(S.takeError());
      EXPECT_EQ(S->Arch, I.arch());
    } else {
      cantFail(checkLinkerInput(MemoryBufferRef(StringRef(Bytes), "lib")));
    }
    Editor E(Bytes);
    E.command(IsChained ? LC_DYLD_CHAINED_FIXUPS : LC_DYLD_INFO_ONLY);
  }
}

TEST(MachOImage, WithoutSomePlaces) {
  LibrarySpec Spec;
  Spec.Format = ContainerFormat::MachO;
  Spec.TheTriple = Triple("x86_64-apple-macosx12");
  OpenedImage Empty = openGood(write(Spec));
  ASSERT_TRUE(Empty.Image);
  EXPECT_EQ(Empty.Image->outputName(), "");
  EXPECT_TRUE(Empty.Image->exports().empty());
  EXPECT_TRUE(Empty.Image->sections().empty());
  EXPECT_EQ(Empty.Image->segments().size(), 2u);
  EXPECT_FALSE(Empty.Image->embeddedHeader());
  EXPECT_EQ(Empty.Image->numRelocations(), 0u);

  Spec.Definitions.push_back(
      define("only", DataDefinition::Data, "", DataDefinition::Exported));
  expectWriteError(Spec, "'only' has no bytes");
  Spec.Definitions[0].ZeroFill = 7;
  OpenedImage Zeros = openGood(write(Spec));
  ASSERT_TRUE(Zeros.Image);
  ASSERT_EQ(Zeros.Image->segments().size(), 3u);
  EXPECT_EQ(Zeros.Image->segments()[1].FileSize, 0u);
  uint64_t Address = Zeros.Image->exports()[0].Address;
  EXPECT_TRUE(Zeros.Image->isMapped(Address, 7));
  Expected<StringRef> Read = Zeros.Image->read(Address, 1, "it");
  EXPECT_FALSE(bool(Read));
  consumeError(Read.takeError());

  Spec.LocalSymbols = false;
  Spec.Definitions[0].Linkage = DataDefinition::Hidden;
  OpenedImage Stripped = openGood(write(Spec));
  ASSERT_TRUE(Stripped.Image);
  EXPECT_TRUE(Stripped.Image->localSymbols().empty());
  EXPECT_TRUE(Stripped.Image->exports().empty());
}

/// Random libraries: what was asked for is what is read.
TEST(MachOImage, Property) {
  std::mt19937_64 Random(20240611);
  auto Pick = [&](uint64_t N) { return Random() % N; };
  for (unsigned Round = 0; Round != 120; ++Round) {
    const Variant &V = Variants[Round % std::size(Variants)];
    SCOPED_TRACE(Round);
    SCOPED_TRACE(V.TripleName);
    LibrarySpec Spec = makeSpec(V.TripleName, V.Style);
    const unsigned W = Spec.TheTriple.isArch64Bit() ? 8 : 4;
    Spec.Definitions.clear();
    size_t Count = 1 + Pick(40);
    std::vector<std::string> Names;
    for (size_t I = 0; I != Count; ++I) {
      // Names with much in common make a deep trie.
      std::string Name(Pick(6), 'a');
      Name += "n" + std::to_string(I);
      Names.push_back(Name);
      auto Place = DataDefinition::PlaceType(Pick(4));
      std::string Bytes;
      size_t Size = 4 * (1 + Pick(Pick(8) ? 20 : 3000));
      for (size_t B = 0; B != Size; ++B)
        Bytes += char(Pick(256));
      Spec.Definitions.push_back(define(Name, Place, Bytes,
                                        DataDefinition::LinkageType(Pick(3)),
                                        uint64_t(1) << (2 + Pick(3))));
      if (Place == DataDefinition::Data && Pick(2))
        Spec.Definitions.back().ZeroFill = Pick(9000);
    }
    struct Pointer {
      size_t Definition;
      uint64_t Offset;
      SymbolRef Target;
    };
    std::vector<Pointer> Pointers;
    for (size_t I = 0; I != Count; ++I) {
      DataDefinition &D = Spec.Definitions[I];
      if (D.Place != DataDefinition::RelRO && D.Place != DataDefinition::Data)
        continue;
      // Words may not be in two pages.
      D.Alignment = std::max<uint64_t>(D.Alignment, W);
      for (uint64_t At = W * Pick(4); At + W <= D.Bytes.size();
           At += W * (1 + Pick(Pick(9) ? 4 : 200))) {
        std::string Symbol =
            Pick(3) ? Names[Pick(Count)] : "import" + std::to_string(Pick(5));
        bool IsImport = StringRef(Symbol).starts_with("import");
        int64_t Offset = IsImport
                             ? int64_t(Pick(3) ? Pick(300) : Pick(1u << 20)) -
                                   (Pick(4) ? 0 : 5000)
                             : 0;
        memset(&D.Bytes[At], 0, W);
        addPointer(D, At, Symbol, Offset);
        Pointers.push_back({I, At, {Symbol, Offset}});
      }
    }
    OpenedImage O = openGood(write(Spec));
    ASSERT_TRUE(O.Image);
    const ImageFile &I = *O.Image;
    std::map<std::string, uint64_t> Addresses;
    for (const ImageSymbol &S : I.exports())
      Addresses[S.Name.str()] = S.Address;
    EXPECT_EQ(I.exports().size() + I.localSymbols().size(), Count);
    for (const ImageSymbol &S : I.localSymbols())
      Addresses[S.Name.str()] = S.Address;
    EXPECT_EQ(Addresses.size(), Count);
    for (size_t N = 0; N != Count; ++N) {
      const DataDefinition &D = Spec.Definitions[N];
      EXPECT_EQ(I.findExport(D.Name) != nullptr,
                D.Linkage == DataDefinition::Exported);
      EXPECT_EQ(Addresses[D.Name] % D.Alignment, 0u);
      EXPECT_TRUE(I.isMapped(Addresses[D.Name], D.size()));
      if (D.Fixups.empty()) {
        EXPECT_EQ(cantFail(I.read(Addresses[D.Name], D.Bytes.size(), "it")),
                  D.Bytes);
      }
    }
    EXPECT_EQ(I.numRelocations(), Pointers.size());
    std::map<uint64_t, bool> Relocated;
    for (const Pointer &P : Pointers) {
      uint64_t At = Addresses[Spec.Definitions[P.Definition].Name] + P.Offset;
      Relocated[At] = true;
      if (Addresses.count(P.Target.Symbol))
        expectAddress(I, At, Addresses[P.Target.Symbol]);
      else
        expectImport(I, At, P.Target.Symbol, P.Target.Offset);
    }
    // No other word is relocated.
    for (const ImageSegment &S : I.segments())
      for (uint64_t At = S.Address; At + W <= S.Address + S.FileSize; At += W)
        if (!Relocated.count(At))
          EXPECT_EQ(word(I, At).Kind, ImageWord::Constant);
    ASSERT_FALSE(::testing::Test::HasFailure());
  }
}

TEST(MachOLibraryWriter, Errors) {
  LibrarySpec Spec = makeSpec("armv7-apple-ios9");
  expectWriteError(Spec, "does not know the machine of 'armv7-apple-ios9', "
                         "expected x86_64, i386, arm64 or powerpc");
  Spec = makeSpec("arm64e-apple-macosx13");
  expectWriteError(Spec, "does not sign pointers, which arm64e has");
  Spec = makeSpec("x86_64-unknown-linux-gnu");
  expectWriteError(Spec, "does not know the system of "
                         "'x86_64-unknown-linux-gnu', expected one of Apple's");
  Spec = makeSpec("powerpc-apple-macosx10.4", RelocationStyle::Chained);
  expectWriteError(Spec, "chained fixups are for little-endian targets");
  Spec = makeSpec("x86_64-apple-macosx13", RelocationStyle::RELR);
  expectWriteError(Spec, "in a style of ELF");
  Spec = makeSpec("x86_64-apple-macosx70000");
  expectWriteError(Spec, "does not fit LC_BUILD_VERSION");

  Spec = makeSpec("x86_64-apple-macosx13");
  Spec.Definitions[0].Alignment = 0x2000;
  expectWriteError(Spec, "aligned to 8192 bytes, more than a page of 4096");
  Spec = makeSpec("x86_64-apple-macosx13");
  Spec.Definitions[6].ZeroFill = uint64_t(1) << 62;
  expectWriteError(Spec, "more than a library can have");
  Spec = makeSpec("i386-apple-macosx10.6");
  Spec.Definitions[6].ZeroFill = uint64_t(1) << 33;
  expectWriteError(Spec, "more than the offsets of Mach-O hold");

  Spec = makeSpec("x86_64-apple-macosx13", RelocationStyle::Chained);
  Spec.Definitions[4].Fixups[0].Target.Offset = int64_t(1) << 40;
  expectWriteError(Spec, "which is too far for chained fixups");
  Spec = makeSpec("x86_64-apple-macosx13", RelocationStyle::Chained);
  Spec.Definitions[4].Fixups[0].Offset = 1;
  Spec.Definitions[4].Fixups.resize(1);
  expectWriteError(Spec, "not aligned to 4 bytes");
}

TEST(MachOLibraryWriter, WideAddends) {
  LibrarySpec Spec = makeSpec("arm64-apple-macosx13");
  Spec.Definitions[4].Fixups[1].Target.Offset = INT64_MIN;
  Spec.Definitions[4].Fixups[3].Target.Offset = INT64_MAX;
  OpenedImage O = openGood(write(Spec));
  ASSERT_TRUE(O.Image);
  uint64_t T = O.Image->findExport("table")->Address;
  expectImport(*O.Image, T + 8, "ext", INT64_MIN);
  expectImport(*O.Image, T + 32, "ext", INT64_MAX);
  expectImport(*O.Image, T + 40, "other", -8);
}

//===----------------------------------------------------------------------===//
// The target
//===----------------------------------------------------------------------===//

TEST(MachOImage, Triples) {
  std::pair<const char *, const char *> Cases[] = {
      {"arm64-apple-macosx11", "arm64-apple-macosx11.0.0"},
      // There is no older one for the machine.
      {"arm64-apple-macosx10.15", "arm64-apple-macosx11.0.0"},
      {"x86_64-apple-macosx10.15.4", "x86_64-apple-macosx10.15.4"},
      {"x86_64-apple-darwin20", "x86_64-apple-macosx11.0.0"},
      {"i386-apple-macosx10.6", "i386-apple-macosx10.6.0"},
      {"powerpc-apple-macosx10.4", "powerpc-apple-macosx10.4.0"},
      {"powerpc64-apple-macosx10.5", "powerpc64-apple-macosx10.5.0"},
      {"arm64-apple-ios15.2", "arm64-apple-ios15.2.0"},
      {"arm64-apple-ios15-simulator", "arm64-apple-ios15.0.0-simulator"},
      {"x86_64-apple-ios14.1-macabi", "x86_64-apple-ios14.1.0-macabi"},
      {"arm64-apple-tvos15", "arm64-apple-tvos15.0.0"},
      {"x86_64-apple-tvos15-simulator", "x86_64-apple-tvos15.0.0-simulator"},
      {"arm64-apple-watchos8", "arm64-apple-watchos8.0.0"},
      {"x86_64-apple-watchos8-simulator",
       "x86_64-apple-watchos8.0.0-simulator"},
      {"arm64-apple-xros1.2", "arm64-apple-xros1.2.0"},
      {"arm64-apple-xros1-simulator", "arm64-apple-xros1.0.0-simulator"},
      {"arm64-apple-driverkit22", "arm64-apple-driverkit22.0.0"},
  };
  for (auto [Asked, Found] : Cases) {
    OpenedImage O = openGood(write(makeSpec(Asked)));
    ASSERT_TRUE(O.Image);
    EXPECT_EQ(O.Image->triple().str(), Found) << Asked;
  }

  Editor E(write(makeSpec("x86_64-apple-macosx12")));
  size_t Version = E.command(LC_BUILD_VERSION);
  auto TripleOf = [&] {
    OpenedImage O = openGood(E.Bytes);
    return O.Image ? O.Image->triple().str() : std::string();
  };
  E.set32(Version + 8, 5);
  EXPECT_EQ(TripleOf(), "x86_64-apple-bridgeos12.0.0");
  E.set32(Version + 8, 77);
  EXPECT_EQ(TripleOf(), "x86_64-apple-darwin");
  E.set32(Version, 0x7777);
  EXPECT_EQ(TripleOf(), "x86_64-apple-darwin");
  E.set32(Version + 8, 10 << 16 | 9 << 8 | 1);
  E.set32(Version, LC_VERSION_MIN_MACOSX);
  EXPECT_EQ(TripleOf(), "x86_64-apple-macosx10.9.1");
  E.set32(Version, LC_VERSION_MIN_IPHONEOS);
  EXPECT_EQ(TripleOf(), "x86_64-apple-ios10.9.1-simulator");
  E.set32(Version, LC_VERSION_MIN_TVOS);
  EXPECT_EQ(TripleOf(), "x86_64-apple-tvos10.9.1-simulator");
  E.set32(Version, LC_VERSION_MIN_WATCHOS);
  EXPECT_EQ(TripleOf(), "x86_64-apple-watchos10.9.1-simulator");
  E.set32(8, 8);
  EXPECT_EQ(TripleOf(), "x86_64h-apple-watchos10.9.1-simulator");

  E = Editor(write(makeSpec("arm64-apple-macosx12")));
  Version = E.command(LC_BUILD_VERSION);
  E.set32(Version, LC_VERSION_MIN_IPHONEOS).set32(Version + 8, 9 << 16);
  EXPECT_EQ(TripleOf(), "arm64-apple-ios9.0.0");
  E.set32(Version, LC_VERSION_MIN_TVOS);
  EXPECT_EQ(TripleOf(), "arm64-apple-tvos9.0.0");
  E.set32(Version, LC_VERSION_MIN_WATCHOS);
  EXPECT_EQ(TripleOf(), "arm64-apple-watchos9.0.0");
  E.set32(8, 0x80000002);
  EXPECT_EQ(TripleOf(), "arm64e-apple-watchos9.0.0");

  // The machines that the writer does not know.
  E = Editor(write(makeSpec("i386-apple-macosx10.6")));
  E.set32(4, CPU_TYPE_ARM64_32);
  EXPECT_EQ(TripleOf(), "arm64_32-apple-macosx10.6.0");
  std::pair<uint32_t, const char *> ARMs[] = {
      {0, "arm"},     {5, "armv4t"},  {6, "armv6"},   {7, "armv5e"},
      {9, "armv7"},   {11, "armv7s"}, {12, "armv7k"}, {14, "armv6m"},
      {15, "armv7m"}, {16, "armv7em"}};
  for (auto [Subtype, Name] : ARMs) {
    E.set32(4, CPU_TYPE_ARM).set32(8, Subtype);
    EXPECT_EQ(TripleOf(), std::string(Name) + "-apple-macosx10.6.0");
  }
}

TEST(MachOImage, Bundle) {
  Editor E(write(makeSpec("x86_64-apple-macosx12")));
  E.set32(12, MH_BUNDLE).hide(LC_ID_DYLIB);
  OpenedImage O = openGood(E.Bytes);
  ASSERT_TRUE(O.Image);
  EXPECT_EQ(O.Image->outputName(), "");
  EXPECT_EQ(O.Image->exports().size(), 4u);
}

/// Libraries are placed at 0; one that is not keeps its addresses.
TEST(MachOImage, OtherAddress) {
  for (const Variant &V : Variants) {
    SCOPED_TRACE(V.TripleName);
    std::string Bytes = write(makeSpec(V.TripleName, V.Style));
    OpenedImage Old = openGood(Bytes);
    Editor E(Bytes);
    const uint64_t Base = 0x1000000;
    E.moveTo(Base);
    OpenedImage O = openGood(E.Bytes);
    ASSERT_TRUE(Old.Image && O.Image);
    uint64_t Table = Old.Image->findExport("table")->Address;
    EXPECT_EQ(O.Image->findExport("table")->Address, Base + Table);
    uint64_t Run = Old.Image->findExport("run")->Address;
    // Chains of 64 bits count from the header; the others have addresses.
    bool IsOffset = E.Is64 && (V.Style == RelocationStyle::Chained ||
                               (V.Style == RelocationStyle::Default &&
                                O.Image->arch() == Triple::aarch64));
    expectAddress(*O.Image, Base + Table, IsOffset ? Base + Run : Run);
  }
}

//===----------------------------------------------------------------------===//
// Canonical content
//===----------------------------------------------------------------------===//

TEST(MachOImage, CanonicalContentStays) {
  for (const Variant &V : Variants) {
    SCOPED_TRACE(V.TripleName);
    SCOPED_TRACE(int(V.Style));
    LibrarySpec Spec = makeSpec(V.TripleName, V.Style);
    const std::string Bytes = write(Spec);
    const std::string Content = contentOf(Bytes);
    ASSERT_FALSE(Content.empty());

    // Another name, and no symbols for debuggers.
    LibrarySpec Other = Spec;
    for (size_t Size : {0, 1, 7, 100, 1024}) {
      Other.OutputName = std::string(Size, 'x');
      std::string OtherBytes = write(Other);
      EXPECT_NE(OtherBytes, Bytes);
      EXPECT_TRUE(contentOf(OtherBytes) == Content) << Size;
    }
    Other = Spec;
    Other.LocalSymbols = false;
    EXPECT_NE(write(Other), Bytes);
    EXPECT_TRUE(contentOf(write(Other)) == Content);

    // Another UUID, or none; no symbol table at all.
    Editor E(Bytes);
    for (unsigned I = 0; I != 16; ++I)
      E.Bytes[E.command(LC_UUID) + 8 + I] ^= 0x55;
    EXPECT_TRUE(contentOf(E.Bytes) == Content);
    E.hide(LC_UUID);
    EXPECT_TRUE(contentOf(E.Bytes) == Content);
    E.hide(LC_DYSYMTAB).hide(LC_SYMTAB);
    EXPECT_TRUE(contentOf(E.Bytes) == Content);

    // What is between the load commands and the first section.
    size_t Padding = E.headerSize() + E.get32(20);
    E.Bytes[Padding] = 'x';
    E.Bytes[E.get32(E.sectionField("__TEXT", 0, 0)) - 1] = 'x';
    EXPECT_TRUE(contentOf(E.Bytes) == Content);

    // Another embedded header.
    size_t Header = E.get32(E.sectionField("__TEXT", 2, 0));
    E.Bytes[Header] = E.Bytes[Header + 63] = 'x';
    EXPECT_TRUE(contentOf(E.Bytes) == Content);

    // Another signature, none, or a new one.
    if (Spec.TheTriple.getArch() == Triple::aarch64) {
      uint32_t At = E.get32(E.command(LC_CODE_SIGNATURE) + 8);
      E.Bytes[At + 200] ^= 1;
      EXPECT_TRUE(contentOf(E.Bytes) == Content);
      E.hide(LC_CODE_SIGNATURE);
      EXPECT_TRUE(contentOf(E.Bytes) == Content);
      size_t Size = E.segmentWord("__LINKEDIT", 3);
      E.setWord(Size, E.getWord(Size) - (E.Bytes.size() - At));
      E.Bytes.resize(At);
      EXPECT_TRUE(contentOf(E.Bytes) == Content);
    }
    size_t End = E.headerSize() + E.get32(20);
    Writer Command(E.IsLittleEndian);
    Command.u32(LC_CODE_SIGNATURE).u32(16).u32(E.Bytes.size()).u32(100);
    E.Bytes.replace(End, 16, Command.Out);
    E.set32(16, E.get32(16) + 1).set32(20, E.get32(20) + 16);
    E.Bytes.append(100, 's');
    EXPECT_TRUE(contentOf(E.Bytes) == Content);
  }
}

TEST(MachOImage, CanonicalContentChanges) {
  for (const Variant &V : Variants) {
    SCOPED_TRACE(V.TripleName);
    SCOPED_TRACE(int(V.Style));
    LibrarySpec Spec = makeSpec(V.TripleName, V.Style);
    const std::string Bytes = write(Spec);
    const std::string Content = contentOf(Bytes);
    auto ExpectOther = [&](const LibrarySpec &S) {
      EXPECT_TRUE(contentOf(write(S)) != Content);
    };
    LibrarySpec Other = Spec;
    Other.NeededLibraries[1] += "x";
    ExpectOther(Other);
    Other = Spec;
    std::swap(Other.NeededLibraries[0], Other.NeededLibraries[1]);
    ExpectOther(Other);
    Other = Spec;
    Other.Definitions[0].Bytes[0] = 0;
    ExpectOther(Other);
    Other = Spec;
    Other.Definitions[2].Name = "numberz";
    Other.Definitions[4].Fixups[2].Target.Symbol = "numberz";
    ExpectOther(Other);
    Other = Spec;
    Other.Definitions[1].Linkage = DataDefinition::Exported;
    ExpectOther(Other);
    Other = Spec;
    Other.Definitions[4].Fixups[0].Target.Symbol = "numbers";
    ExpectOther(Other);
    Other = Spec;
    Other.Definitions[4].Fixups[1].Target.Offset = 4;
    ExpectOther(Other);
    Other = Spec;
    Other.Definitions[4].Fixups[1].Target.Symbol = "other";
    ExpectOther(Other);
    Other = Spec;
    Other.Definitions[4].Fixups.pop_back();
    ExpectOther(Other);
    Other = Spec;
    Other.Definitions[6].ZeroFill += 0x10000;
    ExpectOther(Other);

    auto ExpectOtherWith = [&](function_ref<void(Editor &)> Change) {
      Editor E(Bytes);
      Change(E);
      EXPECT_TRUE(contentOf(E.Bytes) != Content);
    };
    ExpectOtherWith([](Editor &E) { E.set32(8, 8); });
    ExpectOtherWith([](Editor &E) {
      E.set32(E.command(LC_BUILD_VERSION) + 8, PLATFORM_IOS);
    });
    ExpectOtherWith(
        [](Editor &E) { E.set32(E.command(LC_BUILD_VERSION) + 12, 0xfffff); });
    ExpectOtherWith([](Editor &E) {
      E.set32(E.command(LC_LOAD_DYLIB), LC_LOAD_WEAK_DYLIB);
    });
    ExpectOtherWith([](Editor &E) { E.set32(E.segmentField("__DATA", 0), 7); });
    ExpectOtherWith([](Editor &E) { E.set32(E.segmentField("__DATA", 1), 7); });
    ExpectOtherWith(
        [](Editor &E) { E.set32(E.segmentField("__DATA_CONST", 3), 0); });
    // The loader runs what such a section points to.
    ExpectOtherWith([](Editor &E) {
      E.set32(E.sectionField("__DATA", 0, 4), S_MOD_INIT_FUNC_POINTERS);
    });
    ExpectOtherWith([](Editor &E) {
      // In place of a command of the same size.
      E.set32(E.command(LC_UUID), E.Is64 ? LC_ROUTINES_64 : LC_ROUTINES);
    });
  }
}

TEST(MachOImage, CanonicalRanges) {
  OpenedImage O = openGood(write(makeSpec("x86_64-apple-macosx12")));
  ASSERT_TRUE(O.Image);
  const ImageFile &I = *O.Image;
  uint64_t First = I.sections()[0].FileOffset;
  uint64_t Header = I.sections()[2].FileOffset;
  const ImageSegment &Text = I.segments()[0], &Const = I.segments()[1],
                     &Data = I.segments()[2];
  struct {
    uint64_t Offset, Size;
    bool IsZero;
  } Expected[] = {
      {0, First, true},
      {First, Header - First, false},
      {Header, 64, true},
      {Header + 64, Text.FileSize - Header - 64, false},
      {Const.FileOffset, Const.FileSize, false},
      {Data.FileOffset, Data.FileSize, false},
  };
  CanonicalContent C = I.canonicalContent();
  ASSERT_EQ(C.Ranges.size(), std::size(Expected));
  for (size_t N = 0; N != C.Ranges.size(); ++N) {
    EXPECT_EQ(C.Ranges[N].Offset, Expected[N].Offset);
    EXPECT_EQ(C.Ranges[N].Size, Expected[N].Size);
    EXPECT_EQ(C.Ranges[N].IsZero, Expected[N].IsZero);
  }
}

//===----------------------------------------------------------------------===//
// Fixups: opcodes
//===----------------------------------------------------------------------===//

/// A library with opcodes, whose tables can be replaced.
class OpcodeFile : public Editor {
public:
  explicit OpcodeFile(StringRef TripleName = "x86_64-apple-macosx12")
      : Editor(write(makeSpec(TripleName, RelocationStyle::Opcodes))) {
    Data = getWord(segmentWord("__DATA", 0));
    DataOffset = getWord(segmentWord("__DATA", 2));
    DataSize = getWord(segmentWord("__DATA", 3));
    Number = segmentNumber("__DATA");
    rebase("").bind("");
    // Words that tell where they are.
    for (unsigned I = 0; I != 40; ++I)
      setWord(DataOffset + I * wordSize(), 0x100 + I);
  }

  OpcodeFile &rebase(StringRef Table) { return table(8, Table); }
  OpcodeFile &bind(StringRef Table) { return table(16, Table); }
  OpcodeFile &weak(StringRef Table) { return table(24, Table); }
  OpcodeFile &lazy(StringRef Table) { return table(32, Table); }
  OpcodeFile &trie(StringRef Table) { return table(40, Table); }

  /// Opcodes that set the place to \p Offset of __DATA.
  std::string rebaseAt(uint64_t Offset) const {
    return op(REBASE_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB | Number, uleb(Offset));
  }
  std::string bindAt(uint64_t Offset) const {
    return op(BIND_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB | Number, uleb(Offset));
  }

  /// The words of __DATA that are addresses.
  std::vector<unsigned> rebased() const {
    std::vector<unsigned> Found;
    OpenedImage O = openGood(Bytes);
    for (unsigned I = 0; O.Image && I != 40; ++I) {
      ImageWord W = word(*O.Image, Data + I * wordSize());
      if (W.Kind == ImageWord::Constant)
        continue;
      EXPECT_EQ(W.Kind, ImageWord::Address);
      EXPECT_EQ(W.Value, 0x100 + I);
      Found.push_back(I);
    }
    return Found;
  }

  uint64_t Data, DataOffset, DataSize;
  unsigned Number;

private:
  OpcodeFile &table(unsigned Field, StringRef Table) {
    setTable(command(LC_DYLD_INFO_ONLY) + Field, Table);
    return *this;
  }
};

using Words = std::vector<unsigned>;

std::string pointerType() {
  return op(REBASE_OPCODE_SET_TYPE_IMM | REBASE_TYPE_POINTER);
}
std::string bindType() {
  return op(BIND_OPCODE_SET_TYPE_IMM | BIND_TYPE_POINTER);
}
std::string symbol(StringRef Name, unsigned Flags = 0) {
  return op(BIND_OPCODE_SET_SYMBOL_TRAILING_FLAGS_IMM | Flags, cstr(Name));
}
std::string library(unsigned Ordinal) {
  return op(BIND_OPCODE_SET_DYLIB_ORDINAL_IMM | Ordinal);
}
std::string special(int Ordinal) {
  return op(BIND_OPCODE_SET_DYLIB_SPECIAL_IMM | (Ordinal & 0xf));
}

TEST(MachOImage, RebaseOpcodes) {
  for (const char *TripleName :
       {"x86_64-apple-macosx12", "i386-apple-macosx10.6",
        "powerpc-apple-macosx10.4", "powerpc64-apple-macosx10.5"}) {
    SCOPED_TRACE(TripleName);
    OpcodeFile F(TripleName);
    const unsigned W = F.wordSize();
    EXPECT_EQ(F.rebased(), Words());
    F.rebase(pointerType() + F.rebaseAt(W) +
             op(REBASE_OPCODE_DO_REBASE_IMM_TIMES | 2) +
             op(REBASE_OPCODE_ADD_ADDR_ULEB, uleb(2 * W)) +
             op(REBASE_OPCODE_DO_REBASE_ULEB_TIMES, uleb(3)) +
             op(REBASE_OPCODE_ADD_ADDR_IMM_SCALED | 2) +
             op(REBASE_OPCODE_DO_REBASE_ADD_ADDR_ULEB, uleb(4 * W)) +
             op(REBASE_OPCODE_DO_REBASE_ULEB_TIMES_SKIPPING_ULEB,
                uleb(3) + uleb(W)) +
             op(REBASE_OPCODE_DONE) + op(0xff));
    EXPECT_EQ(F.rebased(), Words({1, 2, 5, 6, 7, 10, 15, 17, 19}));
    OpenedImage O = openGood(F.Bytes);
    ASSERT_TRUE(O.Image);
    EXPECT_EQ(O.Image->numRelocations(), 9u);
    EXPECT_EQ(O.Image->numRelocatedPages(), 1u);

    // Backwards, by sums that wrap around at the size of a pointer.
    uint64_t Back = W == 8 ? uint64_t(0) - 4 * W : uint32_t(0) - 4 * W;
    F.rebase(pointerType() + F.rebaseAt(9 * W) +
             op(REBASE_OPCODE_DO_REBASE_IMM_TIMES | 1) +
             op(REBASE_OPCODE_ADD_ADDR_ULEB, uleb(Back)) +
             op(REBASE_OPCODE_DO_REBASE_IMM_TIMES | 1));
    EXPECT_EQ(F.rebased(), Words({6, 9}));
    // No opcode at all after the last bytes, and counts of 0.
    F.rebase(pointerType() + F.rebaseAt(0) +
             op(REBASE_OPCODE_DO_REBASE_IMM_TIMES) +
             op(REBASE_OPCODE_DO_REBASE_ULEB_TIMES, uleb(0)));
    EXPECT_EQ(F.rebased(), Words());
  }
}

TEST(MachOImage, UnalignedWords) {
  OpcodeFile F;
  F.rebase(pointerType() + F.rebaseAt(3) +
           op(REBASE_OPCODE_DO_REBASE_IMM_TIMES | 2));
  OpenedImage O = openGood(F.Bytes);
  ASSERT_TRUE(O.Image);
  EXPECT_EQ(O.Image->numRelocations(), 2u);
  EXPECT_EQ(word(*O.Image, F.Data).Kind, ImageWord::Constant);
  EXPECT_EQ(word(*O.Image, F.Data + 3).Kind, ImageWord::Address);
  EXPECT_EQ(word(*O.Image, F.Data + 11).Kind, ImageWord::Address);

  F.rebase(pointerType() + F.rebaseAt(0) +
           op(REBASE_OPCODE_DO_REBASE_IMM_TIMES | 1) + F.rebaseAt(7) +
           op(REBASE_OPCODE_DO_REBASE_IMM_TIMES | 1));
  expectError(F.Bytes, "are both relocated, and overlap");
}

/// Text relocations of 32-bit code.
TEST(MachOImage, TextRebases) {
  OpcodeFile F("i386-apple-macosx10.6");
  unsigned Text = F.segmentNumber("__TEXT");
  uint64_t At = F.getWord(F.section("__TEXT", 0) + 32);
  F.rebase(op(REBASE_OPCODE_SET_TYPE_IMM | REBASE_TYPE_TEXT_ABSOLUTE32) +
           op(REBASE_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB | Text, uleb(At + 1)) +
           op(REBASE_OPCODE_DO_REBASE_IMM_TIMES | 1));
  OpenedImage O = openGood(F.Bytes);
  ASSERT_TRUE(O.Image);
  EXPECT_EQ(word(*O.Image, At + 1).Kind, ImageWord::Address);
  EXPECT_EQ(word(*O.Image, At).Kind, ImageWord::Constant);
}

TEST(MachOImage, RebaseErrors) {
  OpcodeFile F;
  auto Expect = [&](const std::string &Table, StringRef Message) {
    F.rebase(Table);
    expectError(F.Bytes, Message);
  };
  const std::string Once = op(REBASE_OPCODE_DO_REBASE_IMM_TIMES | 1);
  const std::string Start = pointerType() + F.rebaseAt(0);
  Expect(op(0x90), "is 0x90, which is not defined");
  Expect(Start + op(0xf3), "is 0xf3, which is not defined");
  Expect(pointerType() + Once, "comes before one that sets the segment");
  Expect(F.rebaseAt(0) + Once, "has the type 0, expected a pointer (1)");
  Expect(op(REBASE_OPCODE_SET_TYPE_IMM | 3) + F.rebaseAt(0) + Once,
         "has the type 3, expected a pointer (1)");
  // Only 32-bit code has it.
  Expect(op(REBASE_OPCODE_SET_TYPE_IMM | 2) + F.rebaseAt(0) + Once,
         "has the type 2, expected a pointer (1)");
  Expect(op(REBASE_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB | 4, uleb(0)),
         "is for segment 4 of 4");
  Expect(op(REBASE_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB | 2),
         "ends outside the table");
  Expect(Start + op(REBASE_OPCODE_DO_REBASE_ULEB_TIMES, "\x80"),
         "ends outside the table");
  Expect(Start + op(REBASE_OPCODE_ADD_ADDR_ULEB, "\xff\xff"),
         "ends outside the table");
  Expect(Start + op(REBASE_OPCODE_DO_REBASE_ULEB_TIMES_SKIPPING_ULEB, "\x02"),
         "ends outside the table");
  Expect(Start + Once + F.rebaseAt(0) + Once,
         "the word at " + ("0x" + utohexstr(F.Data, true)) +
             " is relocated twice");
  Expect(Start + op(REBASE_OPCODE_DO_REBASE_ULEB_TIMES, uleb(UINT64_MAX)),
         "it has more fixups than the");
  Expect(Start +
             op(REBASE_OPCODE_DO_REBASE_ULEB_TIMES, uleb(F.DataSize / 8 + 1)),
         "of the segment '__DATA', which has 0x1000 bytes in the file");
  Expect(Start + op(REBASE_OPCODE_DO_REBASE_ULEB_TIMES_SKIPPING_ULEB,
                    uleb(2) + uleb(UINT64_MAX)),
         "are both relocated, and overlap");
  Expect(pointerType() + F.rebaseAt(F.DataSize - 7) + Once,
         "of the segment '__DATA'");
  Expect(pointerType() + F.rebaseAt(UINT64_MAX) + Once,
         "of the segment '__DATA'");
  Expect(pointerType() +
             op(REBASE_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB | 3, uleb(0)) + Once,
         "is for a word of '__LINKEDIT'");
}

TEST(MachOImage, BindOpcodes) {
  for (const char *TripleName :
       {"x86_64-apple-macosx12", "i386-apple-macosx10.6",
        "powerpc-apple-macosx10.4"}) {
    SCOPED_TRACE(TripleName);
    OpcodeFile F(TripleName);
    const unsigned W = F.wordSize();
    F.bind(bindType() + library(1) + symbol("_first") + F.bindAt(0) +
           op(BIND_OPCODE_DO_BIND) + op(BIND_OPCODE_SET_ADDEND_SLEB, sleb(-5)) +
           op(BIND_OPCODE_DO_BIND) +
           op(BIND_OPCODE_SET_DYLIB_ORDINAL_ULEB, uleb(2)) +
           symbol("second", BIND_SYMBOL_FLAGS_WEAK_IMPORT) +
           op(BIND_OPCODE_SET_ADDEND_SLEB, sleb(0)) +
           op(BIND_OPCODE_ADD_ADDR_ULEB, uleb(W)) +
           op(BIND_OPCODE_DO_BIND_ADD_ADDR_ULEB, uleb(2 * W)) +
           op(BIND_OPCODE_DO_BIND_ADD_ADDR_IMM_SCALED | 1) +
           special(BIND_SPECIAL_DYLIB_FLAT_LOOKUP) + symbol("_first") +
           op(BIND_OPCODE_DO_BIND_ULEB_TIMES_SKIPPING_ULEB, uleb(3) + uleb(W)) +
           symbol("_unused") + op(BIND_OPCODE_DONE) + op(0xff));
    OpenedImage O = openGood(F.Bytes);
    ASSERT_TRUE(O.Image);
    expectImport(*O.Image, F.Data, "first", 0);
    expectImport(*O.Image, F.Data + W, "first", -5);
    expectConstant(*O.Image, F.Data + 2 * W, 0x102);
    expectImport(*O.Image, F.Data + 3 * W, "second", 0);
    expectConstant(*O.Image, F.Data + 4 * W, 0x104);
    expectConstant(*O.Image, F.Data + 5 * W, 0x105);
    expectImport(*O.Image, F.Data + 6 * W, "second", 0);
    expectConstant(*O.Image, F.Data + 7 * W, 0x107);
    expectImport(*O.Image, F.Data + 8 * W, "first", 0);
    expectImport(*O.Image, F.Data + 10 * W, "first", 0);
    expectImport(*O.Image, F.Data + 12 * W, "first", 0);
    expectConstant(*O.Image, F.Data + 13 * W, 0x10d);
    EXPECT_EQ(namesOf(O.Image->imports()), Strings({"first", "second"}));
    EXPECT_EQ(O.Image->numRelocations(), 7u);

    // What is defined here, where no library is meant.
    uint64_t Run = O.Image->findExport("run")->Address;
    F.bind(bindType() + F.bindAt(0) + special(BIND_SPECIAL_DYLIB_SELF) +
           op(BIND_OPCODE_SET_ADDEND_SLEB, sleb(2)) + symbol("_run") +
           op(BIND_OPCODE_DO_BIND) + symbol("_nowhere") +
           op(BIND_OPCODE_DO_BIND) + library(0) + symbol("_run") +
           op(BIND_OPCODE_DO_BIND) + library(1) + op(BIND_OPCODE_DO_BIND) +
           special(BIND_SPECIAL_DYLIB_MAIN_EXECUTABLE) +
           op(BIND_OPCODE_DO_BIND) + special(BIND_SPECIAL_DYLIB_FLAT_LOOKUP) +
           op(BIND_OPCODE_DO_BIND) + special(BIND_SPECIAL_DYLIB_WEAK_LOOKUP) +
           op(BIND_OPCODE_DO_BIND));
    O = openGood(F.Bytes);
    ASSERT_TRUE(O.Image);
    expectAddress(*O.Image, F.Data, Run + 2);
    expectImport(*O.Image, F.Data + W, "nowhere", 2);
    expectAddress(*O.Image, F.Data + 2 * W, Run + 2);
    expectImport(*O.Image, F.Data + 3 * W, "run", 2);
    expectImport(*O.Image, F.Data + 4 * W, "run", 2);
    expectImport(*O.Image, F.Data + 5 * W, "run", 2);
    expectAddress(*O.Image, F.Data + 6 * W, Run + 2);
    EXPECT_EQ(namesOf(O.Image->imports()), Strings({"nowhere", "run"}));
  }
}

// Each change of the library makes a target, whose name is the one before.
TEST(MachOImage, ManyTargetsOfOneName) {
  OpcodeFile F;
  std::string Table = bindType() + symbol(std::string(1 << 16, 'x'));
  for (unsigned I = 0; I != 1 << 12; ++I)
    Table += library(1 + I % 2) + F.bindAt(I % 8 * 8) + op(BIND_OPCODE_DO_BIND);
  F.bind(Table);
  expectError(F.Bytes, "the names of its symbols have more than");
}

TEST(MachOImage, WeakAndLazyBinds) {
  OpcodeFile F;
  F.rebase(pointerType() + F.rebaseAt(0) +
           op(REBASE_OPCODE_DO_REBASE_IMM_TIMES | 4));
  F.bind(bindType() + library(1) + symbol("_new") + F.bindAt(32) +
         op(BIND_OPCODE_DO_BIND));
  // A definition that is not weak has a name, and no word.
  F.weak(symbol("_strong", BIND_SYMBOL_FLAGS_NON_WEAK_DEFINITION) +
         symbol("_run") + bindType() + F.bindAt(8) + op(BIND_OPCODE_DO_BIND) +
         symbol("_new") + F.bindAt(32) + op(BIND_OPCODE_DO_BIND) +
         op(BIND_OPCODE_DONE));
  F.lazy(F.bindAt(16) + library(2) + symbol("_puts") + op(BIND_OPCODE_DO_BIND) +
         op(BIND_OPCODE_DONE) + F.bindAt(24) + library(2) + symbol("_exit") +
         op(BIND_OPCODE_DO_BIND) + op(BIND_OPCODE_DONE) + op(BIND_OPCODE_DONE));
  OpenedImage O = openGood(F.Bytes);
  ASSERT_TRUE(O.Image);
  uint64_t Run = O.Image->findExport("run")->Address;
  expectAddress(*O.Image, F.Data, 0x100);
  expectAddress(*O.Image, F.Data + 8, Run);
  expectImport(*O.Image, F.Data + 16, "puts", 0);
  expectImport(*O.Image, F.Data + 24, "exit", 0);
  expectImport(*O.Image, F.Data + 32, "new", 0);
  EXPECT_EQ(namesOf(O.Image->imports()), Strings({"new", "puts", "exit"}));
  EXPECT_EQ(O.Image->numRelocations(), 5u);

  // The order of the file's tables does not matter, their content does.
  std::string Content = contentOf(*O.Image);
  OpcodeFile G = F;
  G.lazy(F.bindAt(16) + library(1) + symbol("_puts") + op(BIND_OPCODE_DO_BIND) +
         op(BIND_OPCODE_DONE) + F.bindAt(24) + library(2) + symbol("_exit") +
         op(BIND_OPCODE_DO_BIND));
  EXPECT_TRUE(contentOf(G.Bytes) != Content);
}

TEST(MachOImage, BindErrors) {
  OpcodeFile F;
  auto Expect = [&](const std::string &Table, StringRef Message) {
    F.bind(Table);
    expectError(F.Bytes, Message);
  };
  const std::string Do = op(BIND_OPCODE_DO_BIND);
  const std::string Start = bindType() + library(1) + symbol("_s");
  Expect(op(0xd0), "is 0xd0, which is not defined");
  Expect(op(0xf0), "is 0xf0, which is not defined");
  Expect(Start + Do, "comes before one that sets the segment");
  Expect(bindType() + library(1) + F.bindAt(0) + Do,
         "comes before one that sets the symbol");
  Expect(bindType() + symbol("_s") + F.bindAt(0) + Do,
         "comes before one that sets the library");
  Expect(library(1) + symbol("_s") + F.bindAt(0) + Do,
         "has the type 0, expected a pointer (1)");
  Expect(Start + op(BIND_OPCODE_SET_TYPE_IMM | 2) + F.bindAt(0) + Do,
         "has the type 2, expected a pointer (1)");
  Expect(Start + op(BIND_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB | 4, uleb(0)),
         "is for segment 4 of 4");
  Expect(Start + op(BIND_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB | 3, uleb(0)) + Do,
         "is for a word of '__LINKEDIT'");
  Expect(bindType() + library(3) + symbol("_s") + F.bindAt(0) + Do,
         "the symbol '_s' is of library 3, but the image needs 2");
  Expect(bindType() + special(-4) + symbol("_s") + F.bindAt(0) + Do,
         "the symbol '_s' is of library -4, but the image needs 2");
  Expect(bindType() +
             op(BIND_OPCODE_SET_DYLIB_ORDINAL_ULEB, uleb(uint64_t(1) << 32)),
         "ends outside the table");
  Expect(op(BIND_OPCODE_SET_SYMBOL_TRAILING_FLAGS_IMM, "_name"),
         "ends outside the table");
  Expect(op(BIND_OPCODE_SET_ADDEND_SLEB, "\xff"), "ends outside the table");
  Expect(Start + F.bindAt(F.DataSize - 7) + Do, "of the segment '__DATA'");
  Expect(Start + F.bindAt(0) +
             op(BIND_OPCODE_DO_BIND_ULEB_TIMES_SKIPPING_ULEB,
                uleb(UINT64_MAX) + uleb(0)),
         "it has more fixups than the");
  Expect(Start + F.bindAt(0) + Do + F.bindAt(0) + Do, "is bound twice");
  Expect(Start + F.bindAt(0) + Do + F.bindAt(4) + Do,
         "are both bound, and overlap");
  F.rebase(pointerType() + F.rebaseAt(0) +
           op(REBASE_OPCODE_DO_REBASE_IMM_TIMES | 1));
  Expect(Start + F.bindAt(4) + Do, "are relocated and bound, and overlap");
  F.lazy(library(1) + symbol("_s") + F.bindAt(16) + Do);
  Expect(Start + F.bindAt(16) + Do, "is bound twice");
}

//===----------------------------------------------------------------------===//
// Fixups: chains
//===----------------------------------------------------------------------===//

/// A library with chained fixups, which are those of its members.
class ChainedFile : public Editor {
public:
  struct Import {
    std::string Name;
    int Ordinal = -2;
    bool IsWeak = false;
    int64_t Addend = 0;
  };

  explicit ChainedFile(StringRef TripleName = "x86_64-apple-macosx12",
                       uint64_t Base = 0)
      : Editor(write(makeSpec(TripleName, RelocationStyle::Chained))),
        Base(Base) {
    moveTo(Base);
    Data = getWord(segmentWord("__DATA", 0));
    DataOffset = getWord(segmentWord("__DATA", 2));
    SegmentOffset = Data - Base;
    for (unsigned I = 0; I != 40; ++I)
      word(I * wordSize(), 0);
    Original = Bytes;
  }

  ChainedFile &word(uint64_t Offset, uint64_t Value) {
    setWord(DataOffset + Offset, Value);
    return *this;
  }

  std::string payload() const {
    Writer Starts, Table, Names;
    Starts.u32(SegmentCount).u32(0).u32(0).u32(24).u32(0).u32(0);
    Starts.u32(StartsSize ? StartsSize : 22 + Pages.size() * 2);
    Starts.u16(PageSize).u16(Format).u64(SegmentOffset).u32(MaxPointer);
    Starts.u16(PageCount == ~0u ? Pages.size() : PageCount);
    for (uint16_t P : Pages)
      Starts.u16(P);
    Names.u8(0);
    for (const Import &I : Imports) {
      uint64_t Name = BadName ? 0x7fffff : Names.Out.size();
      Names.bytes(cstr(I.Name));
      if (ImportsFormat == DYLD_CHAINED_IMPORT_ADDEND64) {
        Table.u64(Name << 32 | uint64_t(I.IsWeak) << 16 | uint16_t(I.Ordinal));
        Table.u64(I.Addend);
        continue;
      }
      Table.u32(Name << 9 | uint32_t(I.IsWeak) << 8 | uint8_t(I.Ordinal));
      if (ImportsFormat == DYLD_CHAINED_IMPORT_ADDEND)
        Table.u32(I.Addend);
    }
    Writer Out;
    uint32_t At = 28 + Starts.Out.size();
    Out.u32(Version).u32(StartsOffset ? StartsOffset : 28).u32(At);
    Out.u32(At + Table.Out.size());
    Out.u32(ImportsCount == ~0u ? Imports.size() : ImportsCount);
    Out.u32(ImportsFormat).u32(SymbolsFormat);
    return Out.Out + Starts.Out + Table.Out + Names.Out;
  }

  std::string file() const {
    Editor E(Bytes);
    E.setTable(E.command(LC_DYLD_CHAINED_FIXUPS) + 8, payload());
    return E.Bytes;
  }

  uint64_t Base, Data, DataOffset;
  std::string Original;
  uint32_t Version = 0, StartsOffset = 0, SegmentCount = 4, StartsSize = 0;
  uint32_t ImportsFormat = DYLD_CHAINED_IMPORT, SymbolsFormat = 0;
  uint32_t ImportsCount = ~0u, PageCount = ~0u;
  uint16_t PageSize = 0x1000, Format = DYLD_CHAINED_PTR_64;
  uint64_t SegmentOffset;
  uint32_t MaxPointer = 0;
  bool BadName = false;
  std::vector<uint16_t> Pages = {0};
  std::vector<Import> Imports = {{"_zero"}, {"one"}};
};

uint64_t rebase64(uint64_t Target, uint64_t High, uint64_t Next) {
  return Target | High << 36 | Next << 51;
}
uint64_t bind64(uint64_t Import, uint64_t Addend, uint64_t Next) {
  return Import | Addend << 24 | Next << 51 | uint64_t(1) << 63;
}

TEST(MachOImage, Chained64) {
  const uint64_t Base = 0x200000000;
  ChainedFile F("x86_64-apple-macosx12", Base);
  F.Imports = {{"_zero", 1}, {"one", 2}, {"_run", 0}, {"_run", -3}, {"_run"}};
  F.Pages = {8};
  // The stride is 4: words may lie between those of 8 bytes.
  F.word(8, rebase64(0x123456789, 0, 3));
  F.word(20, rebase64(Base & 0xfffffffff, 0xab, 2));
  F.word(28, bind64(0, 255, 3));
  F.word(40, bind64(1, 0, 2));
  F.word(48, bind64(2, 7, 2));
  F.word(56, bind64(3, 0, 2));
  F.word(64, bind64(4, 0, 0));
  for (uint16_t Format : {DYLD_CHAINED_PTR_64, DYLD_CHAINED_PTR_64_OFFSET}) {
    F.Format = Format;
    uint64_t Slide = Format == DYLD_CHAINED_PTR_64_OFFSET ? Base : 0;
    OpenedImage O = openGood(F.file());
    ASSERT_TRUE(O.Image);
    uint64_t Run = O.Image->findExport("run")->Address;
    EXPECT_GT(Run, Base);
    expectConstant(*O.Image, F.Data, 0);
    expectAddress(*O.Image, F.Data + 8, 0x123456789 + Slide);
    expectAddress(*O.Image, F.Data + 20, (Base + Slide) | uint64_t(0xab) << 56);
    expectImport(*O.Image, F.Data + 28, "zero", 255);
    expectImport(*O.Image, F.Data + 40, "one", 0);
    expectAddress(*O.Image, F.Data + 48, Run + 7);
    expectAddress(*O.Image, F.Data + 56, Run);
    expectImport(*O.Image, F.Data + 64, "run", 0);
    EXPECT_EQ(namesOf(O.Image->imports()), Strings({"zero", "one", "run"}));
    EXPECT_EQ(O.Image->numRelocations(), 7u);
    EXPECT_EQ(O.Image->numRelocatedPages(), 1u);
  }
}

TEST(MachOImage, ChainedImportFormats) {
  ChainedFile F;
  F.Imports = {{"_a", 1, true, 1000}, {"_b", -1, false, -7}, {"_a", 2}};
  F.word(0, bind64(0, 5, 2)).word(8, bind64(1, 0, 2)).word(16, bind64(2, 1, 0));
  for (uint32_t Format : {DYLD_CHAINED_IMPORT, DYLD_CHAINED_IMPORT_ADDEND,
                          DYLD_CHAINED_IMPORT_ADDEND64}) {
    bool HasAddends = Format != DYLD_CHAINED_IMPORT;
    F.ImportsFormat = Format;
    OpenedImage O = openGood(F.file());
    ASSERT_TRUE(O.Image);
    expectImport(*O.Image, F.Data, "a", HasAddends ? 1005 : 5);
    expectImport(*O.Image, F.Data + 8, "b", HasAddends ? -7 : 0);
    expectImport(*O.Image, F.Data + 16, "a", 1);
    EXPECT_EQ(namesOf(O.Image->imports()), Strings({"a", "b"}));

    // The summary has all of it.
    std::string Content = contentOf(*O.Image);
    for (int Change = 0; Change != 4; ++Change) {
      ChainedFile G = F;
      if (Change == 0)
        G.Imports[0].IsWeak = false;
      else if (Change == 1)
        G.Imports[0].Ordinal = 2;
      else if (Change == 2)
        G.Imports[0].Name = "_c";
      else
        G.Imports[0].Addend = 1001;
      EXPECT_EQ(contentOf(G.file()) == Content, Change == 3 && !HasAddends);
    }
  }
  F.ImportsFormat = DYLD_CHAINED_IMPORT_ADDEND64;
  F.Imports[0].Addend = INT64_MAX - 4;
  OpenedImage O = openGood(F.file());
  ASSERT_TRUE(O.Image);
  expectImport(*O.Image, F.Data, "a", INT64_MIN);
}

TEST(MachOImage, ChainedARM64E) {
  const uint64_t Base = 0x100000000;
  struct {
    uint16_t Format;
    unsigned Stride;
    bool IsOffset;
    unsigned OrdinalBits;
  } Cases[] = {
      {DYLD_CHAINED_PTR_ARM64E, 8, false, 16},
      {DYLD_CHAINED_PTR_ARM64E_KERNEL, 4, true, 16},
      {DYLD_CHAINED_PTR_ARM64E_USERLAND, 8, true, 16},
      {DYLD_CHAINED_PTR_ARM64E_FIRMWARE, 4, false, 16},
      {DYLD_CHAINED_PTR_ARM64E_USERLAND24, 8, true, 24},
  };
  ChainedFile F("arm64-apple-macosx12", Base);
  F.PageSize = 0x4000;
  for (const auto &C : Cases) {
    SCOPED_TRACE(C.Format);
    F.Format = C.Format;
    F.Imports.assign(2, {"_zero"});
    if (C.OrdinalBits == 24)
      F.Imports.resize(0x10001, {"_zero"});
    uint64_t Last = F.Imports.size() - 1;
    F.Imports[Last].Name = "_last";
    uint64_t Next = (16 / C.Stride);
    const uint64_t Bind = uint64_t(1) << 62, Auth = uint64_t(1) << 63;
    F.word(0, 0x7123456789a | uint64_t(0xcd) << 43 | Next << 51);
    F.word(16, Last | uint64_t(0x7fffe) << 32 | Bind | Next << 51);
    F.word(32,
           uint64_t(0x12345678) | uint64_t(0x1beef) << 32 | Auth | Next << 51);
    F.word(48, Last | uint64_t(0x2beef) << 32 | Auth | Bind);
    OpenedImage O = openGood(F.file());
    ASSERT_TRUE(O.Image);
    expectAddress(*O.Image, F.Data,
                  (0x7123456789a + (C.IsOffset ? Base : 0)) | uint64_t(0xcd)
                                                                  << 56);
    expectImport(*O.Image, F.Data + 16, "last", -2);
    expectAddress(*O.Image, F.Data + 32, Base + 0x12345678);
    expectImport(*O.Image, F.Data + 48, "last", 0);
    EXPECT_EQ(O.Image->numRelocations(), 4u);

    // How a pointer is signed is part of the summary.
    CanonicalContent Before = O.Image->canonicalContent();
    F.word(48, Last | uint64_t(0x3beef) << 32 | Auth | Bind);
    O = openGood(F.file());
    ASSERT_TRUE(O.Image);
    EXPECT_TRUE(O.Image->canonicalContent().Summary != Before.Summary);
  }
}

uint32_t rebase32(uint32_t Target, uint32_t Next) {
  return Target | Next << 26;
}
uint32_t bind32(uint32_t Import, uint32_t Addend, uint32_t Next) {
  return Import | Addend << 20 | Next << 26 | 1u << 31;
}

TEST(MachOImage, Chained32) {
  ChainedFile F("i386-apple-macosx10.6");
  F.Format = DYLD_CHAINED_PTR_32;
  F.MaxPointer = 0x100000;
  // A list of three starts behind those of the one page.
  F.PageCount = 1;
  F.Pages = {0x8000 | 2, 0xffff, 4, 0x40, 0x8000 | 0x60};
  F.word(4, rebase32(0x1234, 2)).word(12, bind32(1, 63, 0));
  // Numbers that are no pointers are biased by the middle of the rest.
  const uint32_t Bias = (0x4000000 + 0x100000) / 2;
  F.word(0x40, rebase32(Bias + 5, 1)).word(0x44, rebase32(Bias - 1, 0));
  F.word(0x60, rebase32(0x100000, 0));
  OpenedImage O = openGood(F.file());
  ASSERT_TRUE(O.Image);
  expectAddress(*O.Image, F.Data + 4, 0x1234);
  expectImport(*O.Image, F.Data + 12, "one", 63);
  expectConstant(*O.Image, F.Data + 0x40, 5);
  expectConstant(*O.Image, F.Data + 0x44, 0xffffffff);
  expectAddress(*O.Image, F.Data + 0x60, 0x100000);
  EXPECT_EQ(O.Image->numRelocations(), 5u);

  F.Pages = {0x8000 | 2, 0xffff, 4, 0x40, 0x60};
  expectError(F.file(), "have a list of starts for page 0 that does not end");
  F.Pages = {0x8000 | 2, 0xffff, 4, 0x40, 0x8000 | 4};
  expectError(F.file(), "is relocated twice");
  F.Pages = {0x8000 | 100};
  expectError(F.file(), "have a list of starts for page 0 that does not end");
}

TEST(MachOImage, ChainedErrors) {
  auto Expect = [&](function_ref<void(ChainedFile &)> Change, StringRef Message,
                    StringRef TripleName = "x86_64-apple-macosx12") {
    ChainedFile F(TripleName);
    if (!F.Is64)
      F.Format = DYLD_CHAINED_PTR_32;
    Change(F);
    expectError(F.file(), Message);
  };
  openGood(ChainedFile().file());
  Expect([](ChainedFile &F) { F.Version = 1; }, "are of version 1, expected 0");
  Expect([](ChainedFile &F) { F.SymbolsFormat = 1; },
         "have the format 1 (zlib), expected 0 (not compressed); link the "
         "image again without compression");
  Expect([](ChainedFile &F) { F.SymbolsFormat = 2; },
         "have the format 2, expected 0 (not compressed)");
  Expect([](ChainedFile &F) { F.ImportsFormat = 4; },
         "have the format 4, expected 1 to 3");
  Expect([](ChainedFile &F) { F.ImportsCount = 0xfffffffe; },
         "have 4294967294 imports, which are outside their table");
  Expect([](ChainedFile &F) { F.BadName = true; },
         "is at 0x7fffff, expected a string that ends in their table");
  Expect([](ChainedFile &F) { F.Imports[0].Ordinal = 3; },
         "the symbol '_zero' is of library 3, but the image needs 2");
  Expect([](ChainedFile &F) { F.Imports[0].Ordinal = 0xf0; },
         "the symbol '_zero' is of library 240, but the image needs 2");
  Expect([](ChainedFile &F) { F.Imports[0].Ordinal = -4; },
         "the symbol '_zero' is of library -4, but the image needs 2");
  Expect([](ChainedFile &F) { F.StartsOffset = 0x10000; },
         "are outside their table");
  Expect([](ChainedFile &F) { F.SegmentCount = 5; },
         "are for 5 segments, but the image has 4");
  Expect([](ChainedFile &F) { F.SegmentCount = 0x40000000; },
         "are outside their table");
  Expect([](ChainedFile &F) { F.StartsSize = 21; },
         "have 21 bytes, expected 22 or more");
  Expect([](ChainedFile &F) { F.StartsSize = 0x10000; },
         "have 65536 bytes, expected 22 or more");
  Expect([](ChainedFile &F) { F.PageSize = 0x2000; },
         "have pages of 0x2000 bytes, expected 0x1000 or 0x4000");
  Expect([](ChainedFile &F) { F.SegmentOffset += 8; },
         "are for the segment at");
  Expect([](ChainedFile &F) { F.PageCount = 2; },
         "have 2 pages, but room for 1");
  for (uint16_t Format : {0, 3, 4, 5, 8, 11, 13, 14, 0xffff})
    Expect([=](ChainedFile &F) { F.Format = Format; },
           "which no dynamic library of 64 bits has");
  for (uint16_t Format : {1, 2, 4, 6, 12})
    Expect([=](ChainedFile &F) { F.Format = Format; },
           "which no dynamic library of 32 bits has", "i386-apple-macosx10.6");
  Expect([](ChainedFile &F) { F.Pages = {0xffc}; },
         "is not inside its page of 0x1000 bytes");
  Expect([](ChainedFile &F) { F.Pages = {0x7fff}; },
         "is not inside its page of 0x1000 bytes");
  Expect([](ChainedFile &F) { F.word(0, rebase64(0, 0, 0xfff)); },
         "is not inside its page of 0x1000 bytes");
  Expect([](ChainedFile &F) { F.Pages = {0xffff, 0}; },
         "of the segment '__DATA', which has 0x1000 bytes in the file");
  Expect([](ChainedFile &F) { F.word(0, bind64(2, 0, 0)); },
         "is for import 2 of 2");
  Expect([](ChainedFile &F) { F.word(0, rebase64(0, 0, 1)); },
         "are both relocated, and overlap");

  // Two segments with one table, and with two that overlap.
  ChainedFile F;
  std::string Payload = F.payload();
  support::endian::write32le(&Payload[28 + 8], 24);
  Editor E(F.Bytes);
  size_t Field = E.command(LC_DYLD_CHAINED_FIXUPS) + 8;
  E.setTable(Field, Payload);
  expectError(E.Bytes, "the chained fixups of two segments overlap");
  E.setTable(Field, StringRef(F.payload()).take_front(27));
  expectError(E.Bytes, "needs 28 bytes, found 27");
  E.setTable(Field, "");
  EXPECT_EQ(openGood(E.Bytes).Image->numRelocations(), 0u);
  E.set32(E.command(LC_UUID), LC_DYLD_CHAINED_FIXUPS);
  expectError(E.Bytes, "there is a second LC_DYLD_CHAINED_FIXUPS");

  Editor Big(write(makeSpec("powerpc-apple-macosx10.4")));
  Big.hide(LC_DYLD_INFO_ONLY)
      .set32(Big.command(LC_UUID), LC_DYLD_CHAINED_FIXUPS);
  Big.set32(Big.command(LC_DYLD_CHAINED_FIXUPS) + 8, 0);
  Big.set32(Big.command(LC_DYLD_CHAINED_FIXUPS) + 12, 64);
  expectError(Big.Bytes, "chained fixups are for little-endian targets");
}

//===----------------------------------------------------------------------===//
// Fixups: relocations of old files
//===----------------------------------------------------------------------===//

/// A library without LC_DYLD_INFO.
class ClassicFile : public OpcodeFile {
public:
  explicit ClassicFile(StringRef TripleName) : OpcodeFile(TripleName) {
    hide(LC_DYLD_INFO_ONLY);
    Command = command(LC_DYSYMTAB);
  }

  struct Relocation {
    uint32_t Address, Symbol;
    unsigned Log2Size = ~0u, Type = 0;
    bool IsExtern = false, IsPCRel = false;
  };

  ClassicFile &relocations(bool IsExternal, ArrayRef<Relocation> List) {
    Writer W(IsLittleEndian);
    for (const Relocation &R : List) {
      uint32_t Size = R.Log2Size == ~0u ? (Is64 ? 3 : 2) : R.Log2Size;
      W.u32(R.Address);
      if (IsLittleEndian)
        W.u32(R.Symbol | uint32_t(R.IsPCRel) << 24 | Size << 25 |
              uint32_t(R.IsExtern) << 27 | R.Type << 28);
      else
        W.u32(R.Symbol << 8 | uint32_t(R.IsPCRel) << 7 | Size << 5 |
              uint32_t(R.IsExtern) << 4 | R.Type);
    }
    return counted(IsExternal ? 64 : 72, W.Out, List.size());
  }
  ClassicFile &indirect(ArrayRef<uint32_t> List) {
    Writer W(IsLittleEndian);
    for (uint32_t I : List)
      W.u32(I);
    return counted(56, W.Out, List.size());
  }
  ClassicFile &counted(unsigned Field, StringRef Table, uint32_t Count) {
    setTable(Command + Field, Table);
    set32(Command + Field + 4, Count);
    return *this;
  }

  /// What relocations count from.
  uint64_t base() const {
    return Is64 ? getWord(segmentWord("__DATA_CONST", 0)) : 0;
  }

  size_t Command;
};

const char *const ClassicTriples[] = {
    "x86_64-apple-macosx10.5", "i386-apple-macosx10.5",
    "powerpc-apple-macosx10.4", "powerpc64-apple-macosx10.5"};

TEST(MachOImage, ClassicSymbols) {
  for (const char *TripleName : ClassicTriples) {
    SCOPED_TRACE(TripleName);
    ClassicFile F(TripleName);
    OpenedImage O = openGood(F.Bytes);
    ASSERT_TRUE(O.Image);
    EXPECT_EQ(namesOf(O.Image->exports()),
              Strings({"numbers", "run", "table", "zeros"}));
    EXPECT_TRUE(O.Image->findExport("run")->IsFunction);
    EXPECT_FALSE(O.Image->findExport("table")->IsFunction);
    EXPECT_EQ(namesOf(O.Image->imports()), Strings({"ext", "other"}));
    EXPECT_EQ(namesOf(O.Image->localSymbols()),
              Strings({"helper", "distance", "state"}));
    EXPECT_EQ(O.Image->numRelocations(), 0u);
    F.hide(LC_DYSYMTAB);
    openGood(F.Bytes);
  }
}

TEST(MachOImage, ClassicRelocations) {
  for (const char *TripleName : ClassicTriples) {
    SCOPED_TRACE(TripleName);
    ClassicFile F(TripleName);
    const unsigned W = F.wordSize();
    uint32_t At = F.Data - F.base();
    F.relocations(false, {{At, 1}, {At + 3 * W, 1}, {At + 4 * W, 0}});
    // Symbols 7 and 4 are _ext and _run.
    F.relocations(true,
                  {{At + W, 7, ~0u, 0, true}, {At + 2 * W, 4, ~0u, 0, true}});
    F.setWord(F.DataOffset + W, uint64_t(-6));
    OpenedImage O = openGood(F.Bytes);
    ASSERT_TRUE(O.Image);
    expectAddress(*O.Image, F.Data, 0x100);
    expectImport(*O.Image, F.Data + W, "ext", -6);
    expectAddress(*O.Image, F.Data + 2 * W,
                  O.Image->findExport("run")->Address + 0x102);
    expectAddress(*O.Image, F.Data + 3 * W, 0x103);
    // R_ABS.
    expectConstant(*O.Image, F.Data + 4 * W, 0x104);
    EXPECT_EQ(O.Image->numRelocations(), 4u);
    EXPECT_EQ(namesOf(O.Image->imports()), Strings({"ext", "other"}));
    if (W == 4) {
      // Scattered: what the word points to is in the second word.
      Writer R(F.IsLittleEndian);
      R.u32(0xa0000000 | At).u32(0x100);
      F.counted(72, R.Out, 1);
      O = openGood(F.Bytes);
      ASSERT_TRUE(O.Image);
      expectAddress(*O.Image, F.Data, 0x100);
    }
  }
}

TEST(MachOImage, ClassicLibraries) {
  ClassicFile F("x86_64-apple-macosx10.5");
  uint32_t At = F.Data - F.base();
  F.relocations(true, {{At, 7, ~0u, 0, true}});
  size_t Symbol = F.get32(F.command(LC_SYMTAB) + 8) + 7 * 16;
  auto Describe = [&](uint16_t V) {
    support::endian::write16le(&F.Bytes[Symbol + 6], V);
    return contentOf(F.Bytes);
  };
  // The ordinal counts in a two-level name space.
  std::string First = Describe(1 << 8), Second = Describe(2 << 8);
  EXPECT_NE(First, Second);
  EXPECT_NE(Describe(EXECUTABLE_ORDINAL << 8), Describe(0xfe << 8));
  EXPECT_NE(Describe(1 << 8 | N_WEAK_REF), First);
  support::endian::write16le(&F.Bytes[Symbol + 6], 3 << 8);
  expectError(F.Bytes, "the symbol '_ext' is of library 3");
  F.set32(24, MH_DYLDLINK);
  EXPECT_EQ(Describe(1 << 8), Describe(2 << 8));
}

TEST(MachOImage, ClassicIndirectSymbols) {
  for (const char *TripleName : ClassicTriples) {
    SCOPED_TRACE(TripleName);
    ClassicFile F(TripleName);
    const unsigned W = F.wordSize();
    std::vector<uint32_t> List(41, INDIRECT_SYMBOL_ABS);
    List[1] = 7;
    List[2] = INDIRECT_SYMBOL_LOCAL;
    List[3] = 4;
    List[4] = INDIRECT_SYMBOL_LOCAL | INDIRECT_SYMBOL_ABS;
    F.indirect(List);
    F.set32(F.sectionField("__DATA", 0, 4), S_NON_LAZY_SYMBOL_POINTERS);
    F.set32(F.sectionField("__DATA", 0, 5), 1);
    OpenedImage O = openGood(F.Bytes);
    ASSERT_TRUE(O.Image);
    expectImport(*O.Image, F.Data, "ext", 0);
    expectAddress(*O.Image, F.Data + W, 0x101);
    expectAddress(*O.Image, F.Data + 2 * W,
                  O.Image->findExport("run")->Address);
    expectConstant(*O.Image, F.Data + 3 * W, 0x103);
    EXPECT_EQ(O.Image->numRelocations(), 3u);

    // Lazy pointers are moved until they are bound.
    F.set32(F.sectionField("__DATA", 0, 4), S_LAZY_SYMBOL_POINTERS);
    F.relocations(false, {{uint32_t(F.Data - F.base()), 1}});
    O = openGood(F.Bytes);
    ASSERT_TRUE(O.Image);
    expectImport(*O.Image, F.Data, "ext", 0);
    EXPECT_EQ(O.Image->numRelocations(), 3u);

    F.set32(F.sectionField("__DATA", 0, 5), 2);
    expectError(F.Bytes, "has 40 pointers from entry 2 of a table of 41");
    F.set32(F.sectionField("__DATA", 0, 5), 0xffffffff);
    expectError(F.Bytes, "pointers from entry 4294967295");
    F.set32(F.sectionField("__DATA", 0, 5), 1);
    List[1] = 9;
    F.indirect(List);
    expectError(F.Bytes, "is for symbol 9 of 9");
    F.set32(F.sectionField("__DATA", 0, 4),
            S_SYMBOL_STUBS | S_ATTR_SELF_MODIFYING_CODE);
    expectError(F.Bytes, "has code that modifies itself");
    F.set32(F.Command + 60, 0xffffffff);
    expectError(F.Bytes, "the table of 4294967295 indirect symbols");
  }
}

// Sections that overlap, of entries that make no fixup.
TEST(MachOImage, ClassicOverlappingSections) {
  const uint32_t Size = 0x1000, Count = 12;
  for (uint32_t Used : {1u, Count}) {
    ClassicFile F("x86_64-apple-macosx10.4");
    F.indirect(std::vector<uint32_t>(Size / 8, INDIRECT_SYMBOL_ABS));
    uint64_t Address = 0;
    OpenedImage Before = openGood(F.Bytes);
    ASSERT_TRUE(Before.Image);
    for (const ImageSegment &S : Before.Image->segments())
      Address = alignTo(S.Address + S.MemorySize, 0x1000);
    const uint64_t Offset = F.Bytes.size();
    F.Bytes.append(Size, '\0');
    auto Name = [](StringRef S) {
      return S.str() + std::string(16 - S.size(), '\0');
    };
    Writer W;
    W.u32(LC_SEGMENT_64).u32(72 + Count * 80).bytes(Name("__MORE"));
    W.u64(Address).u64(Size).u64(Offset).u64(Size);
    W.u32(VM_PROT_READ).u32(VM_PROT_READ).u32(Used).u32(0);
    for (uint32_t I = 0; I != Count; ++I) {
      W.bytes(Name("__got")).bytes(Name("__MORE")).u64(Address).u64(Size);
      W.u32(Offset).u32(0).u32(0).u32(0).u32(S_NON_LAZY_SYMBOL_POINTERS);
      W.u32(0).u32(0).u32(0);
    }
    const size_t End = F.headerSize() + F.get32(20);
    F.set32(16, F.get32(16) + 1).set32(20, F.get32(20) + W.Out.size());
    memcpy(&F.Bytes[End], W.Out.data(), W.Out.size());
    if (Used == Count)
      expectError(F.Bytes, "it has more fixups than the");
    else
      openGood(F.Bytes);
  }
}

TEST(MachOImage, ClassicErrors) {
  for (const char *TripleName : ClassicTriples) {
    SCOPED_TRACE(TripleName);
    ClassicFile F(TripleName);
    uint32_t At = F.Data - F.base();
    auto Local = [&](ClassicFile::Relocation R, StringRef Message) {
      F.relocations(false, {R});
      expectError(F.Bytes, Message);
    };
    Local({At, 1, 1}, "is of type 0 and 2 bytes, expected a pointer (type 0)");
    Local({At, 1, ~0u, 1}, "is of type 1 and");
    Local({At, 1, ~0u, 0, true}, "expected a pointer");
    Local({At, 1, ~0u, 0, false, true}, "expected a pointer");
    Local({0x70000000, 1}, "which is in no segment");
    F.relocations(false, {{At, 1}, {At, 1}});
    expectError(F.Bytes, "is relocated twice");
    F.counted(72, "", 0xffffffff);
    expectError(F.Bytes, "the 4294967295 local relocations at offset");
    F.relocations(false, {});

    auto External = [&](ClassicFile::Relocation R, StringRef Message) {
      F.relocations(true, {R});
      expectError(F.Bytes, Message);
    };
    External({At, 7}, "expected a pointer");
    External({At, 7, 0, 0, true}, "is of type 0 and 1 bytes");
    External({At, 9, ~0u, 0, true}, "is for symbol 9 of 9");
    External({0x70000000, 7, ~0u, 0, true}, "which is in no segment");
    F.counted(64, "", 0xffffffff);
    expectError(F.Bytes, "the 4294967295 external relocations at offset");
  }
}

//===----------------------------------------------------------------------===//
// Exports and symbols
//===----------------------------------------------------------------------===//

/// A node of an export trie: its symbol, and its edges with their offsets.
std::string trieNode(StringRef Symbol,
                     std::vector<std::pair<std::string, uint64_t>> Edges = {}) {
  std::string Node = uleb(Symbol.size()) + Symbol.str();
  Node += char(Edges.size());
  for (const auto &[Text, Offset] : Edges)
    Node += cstr(Text) + uleb(Offset);
  return Node;
}

TEST(MachOImage, ExportTrie) {
  OpcodeFile F;
  uint64_t Text = F.getWord(F.section("__TEXT", 0) + 32);
  std::vector<std::pair<std::string, std::string>> Symbols = {
      {"_code", uleb(0) + uleb(Text + 1)},
      {"_weak", uleb(EXPORT_SYMBOL_FLAGS_WEAK_DEFINITION) + uleb(0x1234)},
      {"_thread", uleb(EXPORT_SYMBOL_FLAGS_KIND_THREAD_LOCAL) + uleb(8)},
      {"_stub",
       uleb(EXPORT_SYMBOL_FLAGS_STUB_AND_RESOLVER) + uleb(0x20) + uleb(0x30)},
      {"_absolute", uleb(EXPORT_SYMBOL_FLAGS_KIND_ABSOLUTE) + uleb(7)},
      {"_again", uleb(EXPORT_SYMBOL_FLAGS_REEXPORT) + uleb(1) + cstr("_old")},
      {"plain", uleb(0) + uleb(3)},
      {"code", uleb(0) + uleb(4)},
      {"_", uleb(0) + uleb(5)},
  };
  // The leaves begin at 256, where all offsets have two bytes.
  std::string Leaves;
  std::vector<std::pair<std::string, uint64_t>> Edges;
  for (const auto &[Name, Info] : Symbols) {
    Edges.push_back({Name, 256 + Leaves.size()});
    Leaves += trieNode(Info);
  }
  std::string Root = trieNode("", Edges);
  Root.resize(256);
  F.trie(Root + Leaves);
  OpenedImage O = openGood(F.Bytes);
  ASSERT_TRUE(O.Image);
  EXPECT_EQ(namesOf(O.Image->exports()),
            Strings({"code", "plain", "stub", "thread", "weak"}));
  EXPECT_EQ(O.Image->findExport("code")->Address, Text + 1);
  EXPECT_TRUE(O.Image->findExport("code")->IsFunction);
  EXPECT_EQ(O.Image->findExport("weak")->Address, 0x1234u);
  EXPECT_FALSE(O.Image->findExport("weak")->IsFunction);
  EXPECT_EQ(O.Image->findExport("stub")->Address, 0x20u);
  EXPECT_EQ(O.Image->findExport("plain")->Address, 3u);

  // The offsets are from the header.
  F.moveTo(0x1000000);
  O = openGood(F.Bytes);
  ASSERT_TRUE(O.Image);
  EXPECT_EQ(O.Image->findExport("weak")->Address, 0x1001234u);

  // LC_DYLD_EXPORTS_TRIE comes first; one without bytes has no symbols.
  F.set32(F.command(LC_UUID), LC_DYLD_EXPORTS_TRIE);
  F.setTable(F.command(LC_DYLD_EXPORTS_TRIE) + 8, "");
  O = openGood(F.Bytes);
  ASSERT_TRUE(O.Image);
  EXPECT_TRUE(O.Image->exports().empty());
}

TEST(MachOImage, ExportTrieErrors) {
  OpcodeFile F;
  auto Expect = [&](const std::string &Trie, StringRef Message) {
    F.trie(Trie);
    expectError(F.Bytes, Message);
  };
  const std::string Symbol = uleb(0) + uleb(0);
  // To itself; a cycle; two to one.
  Expect(trieNode("", {{"a", 0}}), "of the export trie has two edges to it");
  Expect(trieNode("", {{"a", 5}}) + trieNode("", {{"b", 0}}),
         "has two edges to it");
  Expect(trieNode("", {{"a", 8}, {"b", 8}}) + trieNode(Symbol),
         "has two edges to it");
  Expect(trieNode("", {{"a", 100}}), "is outside it");
  Expect(trieNode("", {{"a", UINT64_MAX}}), "is outside it");
  Expect("\x05", "ends outside it");
  Expect(std::string("\0\x02", 2) + cstr("a") + "\x05", "ends outside it");
  Expect(std::string("\0\x01", 2) + "abc", "ends outside it");
  Expect(trieNode("\x80"), "has a symbol that ends outside it");
  Expect(trieNode(uleb(0)), "has a symbol that ends outside it");
  std::string Twice = trieNode("", {{"_a", 10}, {"_a", 14}});
  Expect(Twice + trieNode(Symbol) + trieNode(Symbol),
         "the symbol 'a' is exported twice");
  F.moveTo(0x1000);
  Expect(trieNode("", {{"_a", 6}}) + trieNode(uleb(0) + uleb(UINT64_MAX)),
         "which is outside the address space");

  // A name that grows at each of many nodes: in all, quadratic.
  std::string Long;
  for (unsigned I = 0; I != 3000; ++I) {
    // Node: 3 bytes of symbol, 1 of the count, 102 of the edge, 3 of offset.
    std::string Node =
        uleb(2) + Symbol + std::string(1, '\1') + cstr(std::string(100, 'x'));
    uint64_t Next = Long.size() + Node.size() + 3;
    Node += char((Next & 0x7f) | 0x80);
    Node += char(((Next >> 7) & 0x7f) | 0x80);
    Node += char(Next >> 14);
    Long += Node;
  }
  Long += trieNode(Symbol);
  Expect(Long, "the names of its symbols have more than");
}

TEST(MachOImage, SymbolTable) {
  OpcodeFile F;
  size_t Symtab = F.command(LC_SYMTAB);
  size_t Symbols = F.get32(Symtab + 8);
  auto SetType = [&](unsigned Index, uint8_t Type) {
    F.Bytes[Symbols + Index * 16 + 4] = char(Type);
  };
  auto Names = [&] {
    OpenedImage O = openGood(F.Bytes);
    return O.Image ? namesOf(O.Image->localSymbols()) : Strings();
  };
  SetType(0, 0x24); // N_FUN, for debuggers.
  EXPECT_EQ(Names(), Strings({"distance", "state"}));
  SetType(0, N_ABS);
  EXPECT_EQ(Names(), Strings({"distance", "state"}));
  SetType(0, N_SECT | N_EXT | N_PEXT);
  EXPECT_EQ(Names(), Strings({"helper", "distance", "state"}));
  // The trie says what is exported.
  SetType(0, N_SECT | N_EXT);
  EXPECT_EQ(Names(), Strings({"distance", "state"}));
  F.set32(Symbols + 16, 0);
  EXPECT_EQ(Names(), Strings({"state"}));

  F.Bytes[Symbols + 2 * 16 + 5] = 7;
  expectError(F.Bytes, "symbol 2 ('_state') is in section 7, expected 1 to 6");
  F.Bytes[Symbols + 2 * 16 + 5] = 0;
  expectError(F.Bytes, "is in section 0, expected 1 to 6");
  uint32_t Size = F.get32(Symtab + 20);
  F.set32(Symbols + 2 * 16, Size);
  expectError(F.Bytes, "the name of symbol 2 at offset");
  F.set32(Symbols + 2 * 16, 1);
  F.set32(Symtab + 20, 3);
  expectError(F.Bytes, "expected a string that ends in the string table of 0x3 "
                       "bytes");
  F.set32(Symtab + 20, 0xffffffff);
  expectError(F.Bytes, "the data of LC_SYMTAB");
  F.set32(Symtab + 12, 0xffffffff);
  expectError(F.Bytes, "has 4294967295 symbols, but the file ends at");
}

/// Many symbols that share the end of one long name.
TEST(MachOImage, SharedNames) {
  OpcodeFile F;
  size_t Symtab = F.command(LC_SYMTAB);
  Writer Table;
  const unsigned Count = 20000;
  for (unsigned I = 0; I != Count; ++I)
    Table.u32(1 + I).u8(N_SECT).u8(1).u16(0).u64(0);
  F.setTable(Symtab + 8, Table.Out).set32(Symtab + 12, Count);
  F.setTable(Symtab + 16, cstr("") + cstr(std::string(1 << 20, 'x')));
  expectError(F.Bytes, "the names of its symbols have more than");
  // Without an end.
  F.setTable(Symtab + 16, cstr("") + std::string(1 << 20, 'x'));
  expectError(F.Bytes, "expected a string that ends in the string table");
}

//===----------------------------------------------------------------------===//
// Hostile headers and commands
//===----------------------------------------------------------------------===//

TEST(MachOImage, HeaderErrors) {
  const std::string Bytes = write(makeSpec("x86_64-apple-macosx12"));
  auto Expect = [&](function_ref<void(Editor &)> Change, StringRef Message) {
    Editor E(Bytes);
    Change(E);
    expectError(E.Bytes, Message);
  };
  Expect([](Editor &E) { E.set32(12, MH_OBJECT); },
         "expected a shared library (ELF, Mach-O or PE), found: Mach-O object");
  Expect([](Editor &E) { E.set32(12, MH_DYLIB_STUB); },
         "expected a dynamic library (6) or a bundle (8) as the file type at "
         "offset 0xc, found 9");
  Expect([](Editor &E) { E.set32(4, 1); }, "the CPU type at offset 0x4 is 0x1");
  Expect([](Editor &E) { E.set32(4, CPU_TYPE_POWERPC64); },
         "in the byte order that powerpc64 does not have");
  Expect([](Editor &E) { E.set32(4, CPU_TYPE_I386); },
         "the header is that of 64 bits, but the CPU type at offset 0x4 is "
         "0x7");
  Expect([](Editor &E) { E.set32(16, E.get32(16) + 1); },
         "is outside their table");
  Expect([](Editor &E) { E.set32(20, E.get32(20) - 4); }, "has the size");
  Expect([](Editor &E) { E.set32(20, 0xffffffff); },
         "the load commands at offset 0x20 need 0xffffffff bytes");
  for (uint32_t Size : {0u, 4u, 7u, 22u, 0xfffffff8u})
    Expect([=](Editor &E) { E.set32(E.command(LC_UUID) + 4, Size); },
           "has the size " + std::to_string(Size) +
               ", expected a multiple of 4 from 8 to");
  expectError(StringRef(Bytes).take_front(31), "needs 32 bytes");
}

TEST(MachOImage, CommandErrors) {
  const std::string Opcodes =
      write(makeSpec("x86_64-apple-macosx12", RelocationStyle::Opcodes));
  const std::string Chained =
      write(makeSpec("x86_64-apple-macosx12", RelocationStyle::Chained));
  auto Expect = [&](function_ref<void(Editor &)> Change, StringRef Message,
                    bool IsChained = false) {
    Editor E(IsChained ? Chained : Opcodes);
    Change(E);
    expectError(E.Bytes, Message);
  };
  Expect([](Editor &E) { E.hide(LC_ID_DYLIB); },
         "has no LC_ID_DYLIB, which gives its name");
  Expect([](Editor &E) { E.set32(E.command(LC_LOAD_DYLIB), LC_ID_DYLIB); },
         "there is a second LC_ID_DYLIB");
  for (uint32_t Offset : {0u, 11u, 0x1000u, 0xffffffffu}) {
    Expect([=](Editor &E) { E.set32(E.command(LC_ID_DYLIB) + 8, Offset); },
           "the name in LC_ID_DYLIB at offset");
    Expect([=](Editor &E) { E.set32(E.command(LC_LOAD_DYLIB) + 8, Offset); },
           "the name in the library command at offset");
  }
  // A name without its NUL.
  Expect(
      [](Editor &E) {
        size_t At = E.command(LC_LOAD_DYLIB);
        uint32_t Size = E.get32(At + 4);
        memset(&E.Bytes[At + 24], 'x', Size - 24);
      },
      "expected a string that ends inside its");
  // Commands that are too small for their kind, in place of a library's.
  std::pair<uint32_t, const char *> Sizes[] = {
      {LC_DYLD_INFO, "LC_DYLD_INFO at offset"},
      {LC_DYSYMTAB, "LC_DYSYMTAB at offset"},
  };
  for (auto [Kind, Message] : Sizes)
    Expect(
        [Kind = Kind](Editor &E) {
          // In 24 bytes.
          size_t At = E.command(LC_UUID);
          if (Kind == LC_DYLD_INFO)
            E.hide(LC_DYLD_INFO_ONLY);
          else
            E.hide(Kind);
          E.set32(At, Kind);
          memset(&E.Bytes[At + 8], 0, 16);
        },
        Message);
  for (uint32_t Kind : {LC_SYMTAB, LC_BUILD_VERSION})
    Expect(
        [=](Editor &E) {
          // In 16 bytes.
          E.hide(Kind);
          E.set32(E.command(LC_DYLD_EXPORTS_TRIE), Kind);
        },
        Kind == LC_SYMTAB ? "LC_SYMTAB at offset" : "LC_BUILD_VERSION",
        /*IsChained=*/true);
  Expect([](Editor &E) { E.set32(E.command(LC_UUID), LC_SYMTAB); },
         "there is a second LC_SYMTAB");
  Expect(
      [](Editor &E) {
        size_t At = E.command(LC_LOAD_DYLIB);
        E.set32(At, LC_DYLD_INFO);
      },
      "there is a second LC_DYLD_INFO");
  Expect(
      [](Editor &E) {
        // In the padding.
        size_t At = E.headerSize() + E.get32(20);
        E.set32(At, LC_DYSYMTAB).set32(At + 4, 80);
        E.set32(16, E.get32(16) + 1).set32(20, E.get32(20) + 80);
      },
      "there is a second LC_DYSYMTAB");
  for (unsigned Field = 8; Field != 48; Field += 8)
    Expect(
        [=](Editor &E) {
          size_t At = E.command(LC_DYLD_INFO_ONLY) + Field;
          E.set32(At, E.Bytes.size() - 1).set32(At + 4, 2);
        },
        "the data of LC_DYLD_INFO at offset");
  for (uint32_t Kind : {LC_DYLD_EXPORTS_TRIE, LC_DYLD_CHAINED_FIXUPS})
    Expect([=](Editor &E) { E.set32(E.command(Kind) + 12, 0x7fffffff); },
           "bytes, but the file ends at", /*IsChained=*/true);
  Expect(
      [](Editor &E) {
        E.set32(E.command(LC_UUID), LC_DYLD_CHAINED_FIXUPS);
        E.set32(E.command(LC_DYLD_CHAINED_FIXUPS) + 8, 0);
        E.set32(E.command(LC_DYLD_CHAINED_FIXUPS) + 12, 0);
      },
      "expected one of LC_DYLD_INFO and LC_DYLD_CHAINED_FIXUPS, found both");
}

TEST(MachOImage, SegmentErrors) {
  for (const char *TripleName :
       {"x86_64-apple-macosx12", "i386-apple-macosx10.6",
        "powerpc-apple-macosx10.4"}) {
    SCOPED_TRACE(TripleName);
    const std::string Bytes = write(makeSpec(TripleName));
    auto Expect = [&](function_ref<void(Editor &)> Change, StringRef Message) {
      Editor E(Bytes);
      Change(E);
      expectError(E.Bytes, Message);
    };
    Expect(
        [](Editor &E) {
          E.set32(E.segment("__DATA"), E.Is64 ? LC_SEGMENT : LC_SEGMENT_64);
        },
        "which the header is");
    Expect(
        [](Editor &E) {
          E.setWord(E.segmentWord("__DATA", 0), uint64_t(0) - 0x1000);
        },
        "ends outside the address space");
    Expect(
        [](Editor &E) {
          E.setWord(E.segmentWord("__LINKEDIT", 1),
                    E.getWord(E.segmentWord("__LINKEDIT", 3)) - 1);
        },
        "bytes in the file and");
    Expect(
        [](Editor &E) {
          E.setWord(E.segmentWord("__DATA", 2), E.Bytes.size() - 1);
        },
        "but the file ends at");
    Expect(
        [](Editor &E) {
          E.setWord(E.segmentWord("__LINKEDIT", 2), UINT64_MAX);
        },
        "but the file ends at");
    Expect([](Editor &E) { E.set32(E.segmentField("__DATA", 2), 0x10000000); },
           "counts 268435456 sections, but has room for 2");
    Expect(
        [](Editor &E) {
          E.setWord(E.segmentWord("__LINKEDIT", 0),
                    E.getWord(E.segmentWord("__DATA", 0)));
        },
        "two segments overlap at");
    Expect(
        [](Editor &E) {
          E.setWord(E.segmentWord("__LINKEDIT", 2),
                    E.getWord(E.segmentWord("__DATA_CONST", 2)));
        },
        "overlap in the file at");
    Expect([](Editor &E) { E.set32(E.segmentField("__LINKEDIT", 1), 3); },
           "expected one segment '__LINKEDIT' that can only be read, found one "
           "with other protection");
    Expect(
        [](Editor &E) {
          size_t At = E.segment("__DATA_CONST");
          memcpy(&E.Bytes[At + 8], "__LINKEDIT\0\0", 12);
          E.set32(E.segmentField("__LINKEDIT", 1), 1);
        },
        "expected one segment '__LINKEDIT' that can only be read, found two");
    Expect(
        [](Editor &E) {
          // Its sections would be first to complain.
          E.set32(E.segmentField("__TEXT", 2), 0);
          E.setWord(E.segmentWord("__TEXT", 3), 0x100);
        },
        "expected a segment that begins at offset 0x0 and holds the load "
        "commands");
    auto Section = [](Editor &E, unsigned Word) {
      return E.section("__DATA", 0) + 32 + Word * E.wordSize();
    };
    Expect([&](Editor &E) { E.setWord(Section(E, 0), 0); },
           "is not in its segment");
    Expect([&](Editor &E) { E.setWord(Section(E, 1), UINT64_MAX); },
           "is not in its segment");
    Expect(
        [](Editor &E) {
          size_t At = E.sectionField("__DATA", 0, 0);
          E.set32(At, E.get32(At) + 8);
        },
        "expected it at");
    Expect(
        [](Editor &E) { E.set32(E.sectionField("__DATA", 1, 4), S_REGULAR); },
        "inside its segment");
    Expect(
        [](Editor &E) {
          // The first section where the load commands are.
          E.set32(E.sectionField("__TEXT", 0, 0), 0x40);
          E.setWord(E.section("__TEXT", 0) + 32, 0x40);
        },
        "overlaps the load commands");
    Expect(
        [](Editor &E) {
          memcpy(&E.Bytes[E.section("__TEXT", 1)], "__pkgimg", 8);
        },
        "there is a second section __TEXT,__pkgimg");
    Expect(
        [](Editor &E) { E.set32(E.sectionField("__TEXT", 2, 4), S_ZEROFILL); },
        "the section __TEXT,__pkgimg has no bytes in the file");
  }
}

TEST(MachOImage, EmptySegment) {
  Editor E(write(makeSpec("x86_64-apple-macosx12", RelocationStyle::Opcodes)));
  E.set32(E.segmentField("__DATA", 2), 0);
  E.setWord(E.segmentWord("__DATA", 1), 0)
      .setWord(E.segmentWord("__DATA", 3), 0);
  E.setWord(E.segmentWord("__DATA", 0), 0x10);
  E.hide(LC_SYMTAB).hide(LC_DYLD_INFO_ONLY).hide(LC_DYSYMTAB);
  OpenedImage O = openGood(E.Bytes);
  ASSERT_TRUE(O.Image);
  EXPECT_EQ(O.Image->segments().size(), 3u);
}

TEST(MachOImage, ReadErrors) {
  OpenedImage O = openGood(write(makeSpec("x86_64-apple-macosx12")));
  ASSERT_TRUE(O.Image);
  const ImageSegment &Data = O.Image->segments()[2];
  for (uint64_t At :
       {Data.Address + Data.MemorySize - 7, uint64_t(1) << 40, UINT64_MAX}) {
    Expected<ImageWord> W = O.Image->readWord(At, "the word");
    EXPECT_FALSE(bool(W));
    consumeError(W.takeError());
  }
}

//===----------------------------------------------------------------------===//
// Universal files
//===----------------------------------------------------------------------===//

struct FatSlice {
  uint32_t CPUType, CPUSubtype;
  std::string Bytes;
};

std::string makeUniversal(ArrayRef<FatSlice> Slices, bool Is64) {
  Writer Header(false);
  Header.u32(Is64 ? FAT_MAGIC_64 : FAT_MAGIC).u32(Slices.size());
  uint64_t Offset = 0x4000;
  std::string Body;
  for (const FatSlice &S : Slices) {
    Header.u32(S.CPUType).u32(S.CPUSubtype);
    if (Is64)
      Header.u64(Offset + Body.size()).u64(S.Bytes.size()).u32(14).u32(0);
    else
      Header.u32(Offset + Body.size()).u32(S.Bytes.size()).u32(14);
    Body += S.Bytes;
    Body.resize(alignTo(Body.size(), 0x4000));
  }
  Header.Out.resize(Offset);
  return Header.Out + Body;
}

TEST(MachOImage, Universal) {
  FatSlice X86 = {CPU_TYPE_X86_64, 3,
                  write(makeSpec("x86_64-apple-macosx10.15"))};
  FatSlice ARM = {CPU_TYPE_ARM64, 0, write(makeSpec("arm64-apple-macosx11"))};
  FatSlice PPC = {CPU_TYPE_POWERPC, 0,
                  write(makeSpec("powerpc-apple-macosx10.4"))};
  for (bool Is64 : {false, true}) {
    std::string Bytes = makeUniversal({X86, ARM, PPC}, Is64);
    for (auto [Arch, Slice] : {std::make_pair(Triple::x86_64, &X86),
                               std::make_pair(Triple::aarch64, &ARM),
                               std::make_pair(Triple::ppc, &PPC)}) {
      OpenedImage O = openGood(Bytes, Arch);
      ASSERT_TRUE(O.Image);
      EXPECT_EQ(O.Image->arch(), Arch);
      EXPECT_TRUE(O.Image->bytes() == Slice->Bytes);
      EXPECT_TRUE(contentOf(*O.Image) == contentOf(Slice->Bytes));
      ASSERT_TRUE(O.Image->embeddedHeader());
    }
    EXPECT_EQ(openGood(Bytes, Triple::aarch64).Image->name(), "lib(arm64)");
    expectError(Bytes, "the universal file has slices for x86_64, arm64, "
                       "powerpc; name the architecture that is meant");
    expectError(Bytes,
                "expected a slice for i386, found those for x86_64, "
                "arm64, powerpc",
                Triple::x86);
    // One slice needs no name.
    EXPECT_TRUE(openGood(makeUniversal({ARM}, Is64)).Image);
    expectError(makeUniversal({ARM}, Is64), "expected a slice for x86_64",
                Triple::x86_64);
    expectError(makeUniversal({}, Is64), "the universal file has no slices");
    // The slice for any processor, wherever it is.
    FatSlice Special = {CPU_TYPE_ARM64, CPU_SUBTYPE_ARM64E, ARM.Bytes};
    EXPECT_EQ(openGood(makeUniversal({Special, ARM}, Is64), Triple::aarch64)
                  .Image->name(),
              "lib(arm64)");
    EXPECT_EQ(openGood(makeUniversal({ARM, Special}, Is64), Triple::aarch64)
                  .Image->name(),
              "lib(arm64)");
    EXPECT_EQ(openGood(makeUniversal({X86, Special}, Is64), Triple::aarch64)
                  .Image->name(),
              "lib(arm64e)");
    FatSlice Haswell = {CPU_TYPE_X86_64, CPU_SUBTYPE_X86_64_H, X86.Bytes};
    EXPECT_EQ(openGood(makeUniversal({Haswell, X86}, Is64), Triple::x86_64)
                  .Image->name(),
              "lib(x86_64)");

    FatSlice Wrong = {CPU_TYPE_ARM64, 0, X86.Bytes};
    expectError(makeUniversal({Wrong}, Is64),
                "has the CPU type 0x1000007, but its entry has 0x100000c");
    FatSlice Text = {CPU_TYPE_ARM64, 0, "hello"};
    expectError(makeUniversal({Text}, Is64),
                "lib(arm64): expected a Mach-O dynamic library, found: text "
                "file");
    FatSlice None = {CPU_TYPE_ARM64, 0, ""};
    expectError(makeUniversal({None}, Is64), "found: empty file");
    std::string Nested = makeUniversal({ARM}, Is64);
    expectError(makeUniversal({{CPU_TYPE_ARM64, 0, Nested}}, Is64),
                "found: Mach-O universal file");
    expectError(StringRef(Bytes).take_front(0x5000),
                "lib: the slice for arm64 at offset", Triple::aarch64);
    expectError(StringRef(Bytes).take_front(40), "the table of slices",
                Triple::aarch64);
    std::string Many = makeUniversal({}, Is64);
    support::endian::write32be(&Many[4], 40);
    expectError(Many, "unknown, unknown, ...; name the architecture");
  }
}

TEST(MachOImage, Slices) {
  auto List = [](StringRef Bytes) {
    Expected<std::vector<ImageSlice>> Slices =
        listImageSlices(MemoryBufferRef(Bytes, "lib"));
    if (!Slices)
      return toString(Slices.takeError());
    std::string Text;
    for (const ImageSlice &S : *Slices)
      Text += (S.Name + ":" + Triple::getArchTypeName(S.Arch) + ":" +
               Twine(S.Offset) + "+" + Twine(S.Size) + " ")
                  .str();
    return Text;
  };
  const uint32_t Types[][2] = {
      {CPU_TYPE_ARM64, CPU_SUBTYPE_ARM64_ALL},
      {CPU_TYPE_ARM64, CPU_SUBTYPE_ARM64E | 0x80000000},
      {CPU_TYPE_X86_64, CPU_SUBTYPE_X86_64_ALL},
      {CPU_TYPE_X86_64, CPU_SUBTYPE_X86_64_H},
      {0x1234, 0}};
  for (bool Is64 : {false, true}) {
    std::vector<FatSlice> Slices;
    for (auto [Type, Subtype] : Types)
      Slices.push_back({Type, Subtype, "hello"});
    std::string Bytes = makeUniversal(Slices, Is64);
    EXPECT_EQ(List(Bytes), "arm64:aarch64:16384+5 arm64e:aarch64:32768+5 "
                           "x86_64:x86_64:49152+5 x86_64h:x86_64:65536+5 "
                           "unknown:unknown:81920+5 ");
    EXPECT_EQ(List(makeUniversal({}, Is64)), "");
    // Its end is for those to see who read it.
    EXPECT_EQ(List(StringRef(Bytes).take_front(0x4002)), List(Bytes));
    EXPECT_NE(List(StringRef(Bytes).take_front(40)).find("table of slices"),
              std::string::npos);
    support::endian::write32be(&Bytes[Is64 ? 8 + 12 : 8 + 8], 0x7fff);
    EXPECT_EQ(List(Bytes), "lib: the slices of the universal file at offsets "
                           "0x7fff and 0x8000 overlap; the file is damaged: "
                           "make it again");
    expectError(Bytes, "overlap", Triple::aarch64);
  }
  std::string ARM = write(makeSpec("arm64-apple-macosx11"));
  std::string PPC = write(makeSpec("powerpc-apple-macosx10.4"));
  EXPECT_EQ(List(ARM), "arm64:aarch64:0+" + std::to_string(ARM.size()) + " ");
  EXPECT_EQ(List(PPC), "powerpc:powerpc:0+" + std::to_string(PPC.size()) + " ");
  EXPECT_EQ(List("hello"), ":unknown:0+5 ");
}

// A file for one machine is not taken for another.
TEST(MachOImage, OtherArch) {
  std::string ARM = write(makeSpec("arm64-apple-macosx11"));
  openGood(ARM, Triple::aarch64);
  expectError(ARM, "lib: the file is for aarch64, expected x86_64; give",
              Triple::x86_64);
  Editor ARM64E(ARM);
  ARM64E.set32(8, CPU_SUBTYPE_ARM64E);
  openGood(ARM64E.Bytes, Triple::aarch64);
}

//===----------------------------------------------------------------------===//
// Signatures
//===----------------------------------------------------------------------===//

/// A signed library.
class SignedFile : public Editor {
public:
  SignedFile() : Editor(write(makeSpec("arm64-apple-macosx11"))) {
    Signature = get32(command(LC_CODE_SIGNATURE) + 8);
    Directory = Signature + 20;
  }

  uint32_t getBE(size_t At) const {
    return support::endian::read32be(Bytes.data() + At);
  }
  SignedFile &setBE(size_t At, uint32_t V) {
    support::endian::write32be(&Bytes[At], V);
    return *this;
  }

  std::string renew(uint64_t Offset, uint64_t Size) {
    return toString(
        renewAdHocSignature(MutableArrayRef<char>(Bytes.data(), Bytes.size()),
                            "lib", Offset, Size));
  }

  /// Adds an entry of type \p Type, and 32 bytes for it. Returns their offset.
  size_t addPart(uint32_t Type) {
    uint32_t Size = getBE(Signature + 4);
    std::string Old = Bytes.substr(Directory, Signature + Size - Directory);
    Bytes.resize(Directory);
    setBE(Signature + 4, Size + 40).setBE(Signature + 8, 2);
    setBE(Signature + 16, 28);
    Writer Entry(false);
    Entry.u32(Type).u32(Size + 8);
    Bytes += Entry.Out + Old + std::string(32, '\0');
    Directory += 8;
    set32(command(LC_CODE_SIGNATURE) + 12, Size + 40);
    return Signature + Size + 8;
  }

  /// True if the hash of each page is right.
  bool isValid() const {
    uint64_t Limit = getBE(Directory + 32);
    uint64_t Hashes = Directory + getBE(Directory + 16);
    uint64_t Log2PageSize = uint8_t(Bytes[Directory + 39]);
    uint64_t PageSize = Log2PageSize ? uint64_t(1) << Log2PageSize : Limit;
    uint64_t Count = getBE(Directory + 28);
    EXPECT_EQ(Count, divideCeil(Limit, PageSize));
    for (uint64_t I = 0; I != Count; ++I) {
      uint64_t At = I * PageSize;
      auto Hash = SHA256::hash(arrayRefFromStringRef(
          StringRef(Bytes).substr(At, std::min(PageSize, Limit - At))));
      if (memcmp(Hash.data(), Bytes.data() + Hashes + I * 32, 32) != 0)
        return false;
    }
    return true;
  }

  size_t Signature, Directory;
};

TEST(MachOSignature, Writer) {
  SignedFile F;
  EXPECT_TRUE(F.isValid());
  EXPECT_EQ(F.getBE(F.Signature), CSMAGIC_EMBEDDED_SIGNATURE);
  EXPECT_EQ(F.getBE(F.Directory + 32), F.Signature);
  EXPECT_EQ(F.Signature % 16, 0u);
  EXPECT_STREQ(&F.Bytes[F.Directory + F.getBE(F.Directory + 20)],
               "@rpath/Foo.dylib");
  LibrarySpec Spec = makeSpec("arm64-apple-macosx11");
  Spec.OutputName.clear();
  EXPECT_NE(write(Spec).find(cstr("image")), std::string::npos);
}

TEST(MachOSignature, Renew) {
  SignedFile F;
  const size_t Limit = F.Signature;
  std::mt19937_64 Random(7);
  for (unsigned Round = 0; Round != 60; ++Round) {
    uint64_t Size = 1 + Random() % (Round % 3 ? 20 : 9000);
    uint64_t Offset = Random() % (Limit - Size);
    // The load commands say where the signature is.
    if (Offset < 0x4000)
      Offset += 0x4000;
    for (uint64_t I = 0; I != Size; ++I)
      F.Bytes[Offset + I] ^= 1 + Random() % 255;
    EXPECT_FALSE(F.isValid());
    EXPECT_EQ(F.renew(Offset, Size), "");
    EXPECT_TRUE(F.isValid());
  }
  // Nothing changed, or only what no hash is over.
  std::string Before = F.Bytes;
  EXPECT_EQ(F.renew(0, 0), "");
  EXPECT_EQ(F.renew(F.Bytes.size(), 0), "");
  EXPECT_EQ(F.renew(0, F.Bytes.size()), "");
  EXPECT_EQ(F.renew(F.Signature, F.Bytes.size() - F.Signature), "");
  EXPECT_TRUE(F.Bytes == Before);

  // One page of all bytes.
  SignedFile One;
  One.Bytes[One.Directory + 39] = 0;
  One.setBE(One.Directory + 28, 1);
  EXPECT_FALSE(One.isValid());
  EXPECT_EQ(One.renew(0x5000, 1), "");
  EXPECT_TRUE(One.isValid());

  // A signer's empty wrapper.
  SignedFile Wrapped;
  size_t End = Wrapped.addPart(CSSLOT_SIGNATURESLOT);
  Wrapped.setBE(End, CSMAGIC_BLOBWRAPPER).setBE(End + 4, 8);
  Wrapped.Bytes[0x5000] ^= 1;
  // The load commands have changed, too.
  EXPECT_EQ(Wrapped.renew(0, 0x5001), "");
  EXPECT_TRUE(Wrapped.isValid());
  Wrapped.setBE(End + 4, 9);
  Before = Wrapped.Bytes;
  EXPECT_TRUE(StringRef(Wrapped.renew(0x5000, 1))
                  .contains("lib: the signature has a certificate of its "
                            "owner"));
  EXPECT_TRUE(Wrapped.Bytes == Before);
}

TEST(MachOSignature, Unsigned) {
  for (const char *TripleName :
       {"x86_64-apple-macosx12", "i386-apple-macosx10.6",
        "powerpc-apple-macosx10.4"}) {
    std::string Bytes = write(makeSpec(TripleName));
    std::string Before = Bytes;
    EXPECT_EQ(toString(renewAdHocSignature(
                  MutableArrayRef<char>(Bytes.data(), Bytes.size()), "lib", 0,
                  Bytes.size())),
              "");
    EXPECT_TRUE(Bytes == Before);
    std::string Message = toString(
        renewAdHocSignature(MutableArrayRef<char>(Bytes.data(), Bytes.size()),
                            "lib", 1, Bytes.size()));
    EXPECT_TRUE(StringRef(Message).contains("the changed range at offset 0x1"))
        << Message;
  }
  std::string Text = "hello";
  EXPECT_TRUE(StringRef(toString(renewAdHocSignature(
                            MutableArrayRef<char>(Text.data(), Text.size()),
                            "lib", 0, 1)))
                  .contains("lib: expected a Mach-O dynamic library, found"));
}

TEST(MachOSignature, Errors) {
  auto Expect = [](function_ref<void(SignedFile &)> Change, StringRef Message) {
    SignedFile F;
    F.Bytes[0x5000] ^= 1;
    Change(F);
    std::string Before = F.Bytes;
    std::string Found = F.renew(0x5000, 1);
    EXPECT_TRUE(StringRef(Found).contains(Message))
        << "expected: " << Message.str() << "\nfound: " << Found;
    EXPECT_TRUE(F.Bytes == Before);
  };
  Expect([](SignedFile &F) { F.setBE(F.Directory + 12, 0); },
         "is not ad hoc; sign the file again");
  Expect([](SignedFile &F) { F.Bytes[F.Directory + 37] = 1; },
         "has hashes of type 1 and 32 bytes, expected SHA-256 (type 2)");
  Expect([](SignedFile &F) { F.Bytes[F.Directory + 36] = 20; },
         "has hashes of type 2 and 20 bytes");
  Expect([](SignedFile &F) { F.setBE(F.Directory + 44, 100); },
         "has a table of scattered pages");
  Expect([](SignedFile &F) { F.setBE(F.Directory, 0); },
         "expected a code directory with the magic number 0xfade0c02");
  Expect([](SignedFile &F) { F.setBE(F.Directory + 4, 43); },
         "expected a code directory with the magic number");
  Expect([](SignedFile &F) { F.setBE(F.Directory + 4, 0x100000); },
         "has 0x100000 bytes; it ends at");
  Expect([](SignedFile &F) { F.setBE(F.Directory + 28, 1); },
         "has 1 hashes at");
  Expect([](SignedFile &F) { F.setBE(F.Directory + 16, 0xfffffff0); },
         "hashes at 0xfffffff0");
  Expect([](SignedFile &F) { F.setBE(F.Directory + 32, F.Signature + 1); },
         "expected those before the signature");
  Expect([](SignedFile &F) { F.setBE(F.Directory + 56, 1); },
         "expected those before the signature");
  Expect([](SignedFile &F) { F.Bytes[F.Directory + 39] = 32; },
         "has pages of 2^32 bytes");
  Expect([](SignedFile &F) { F.setBE(F.Signature, 0); },
         "expected a signature with the magic number 0xfade0cc0");
  Expect([](SignedFile &F) { F.setBE(F.Signature + 4, 0x100000); },
         "has 1 parts and 0x100000 bytes");
  Expect([](SignedFile &F) { F.setBE(F.Signature + 8, 0x20000000); },
         "has 536870912 parts");
  Expect([](SignedFile &F) { F.setBE(F.Signature + 8, 0); },
         "has no code directory");
  Expect([](SignedFile &F) { F.setBE(F.Signature + 16, 0xffffffff); },
         "is outside it");
  Expect(
      [](SignedFile &F) {
        F.addPart(0);
        F.setBE(F.Signature + 24, 28);
      },
      "has two code directories of type 0x0");
  // Another kind of hash beside that which can be renewed.
  Expect(
      [](SignedFile &F) {
        size_t At = F.addPart(CSSLOT_ALTERNATE_CODEDIRECTORIES);
        F.setBE(At, CSMAGIC_CODEDIRECTORY).setBE(At + 4, 32);
      },
      "expected a code directory with the magic number");
  Expect(
      [](SignedFile &F) {
        F.set32(F.command(LC_CODE_SIGNATURE) + 12, 0x7fffffff);
      },
      "the signature at offset");
  Expect(
      [](SignedFile &F) {
        size_t At = F.command(LC_UUID);
        F.set32(At + 8, 0).set32(At + 12, 0).set32(At, LC_CODE_SIGNATURE);
      },
      "is the second, or has less than 16 bytes");
  Expect([](SignedFile &F) { F.set32(F.command(LC_UUID) + 4, 4); },
         "does not end in the table of load commands");
  Expect([](SignedFile &F) { F.set32(16, 0xffffffff); },
         "does not end in the table of load commands");
}

//===----------------------------------------------------------------------===//
// Damage
//===----------------------------------------------------------------------===//

/// Opens \p Bytes, and asks for all that an image can tell.
void exercise(StringRef Bytes) {
  Expected<std::unique_ptr<ImageFile>> Image =
      ImageFile::create(MemoryBufferRef(Bytes, "lib"));
  if (!Image) {
    consumeError(Image.takeError());
    return;
  }
  const ImageFile &I = **Image;
  CanonicalContent C = I.canonicalContent();
  for (const CanonicalContent::Range &R : C.Ranges)
    ASSERT_TRUE(R.Offset <= Bytes.size() && R.Size <= Bytes.size() - R.Offset);
  for (const ImageSegment &S : I.segments()) {
    ASSERT_LE(S.FileSize, Bytes.size());
    for (uint64_t At = 0; At < std::min<uint64_t>(S.FileSize, 400);
         At += I.pointerSize()) {
      Expected<ImageWord> W = I.readWord(S.Address + At, "the word");
      if (!W)
        consumeError(W.takeError());
    }
  }
  for (ArrayRef<ImageSymbol> List :
       {I.exports(), I.imports(), I.localSymbols()})
    for (const ImageSymbol &S : List)
      ASSERT_FALSE(S.Name.empty() && List.data() == I.exports().data());
}

/// The parts of a file that are not just zeros up to a page's end.
std::vector<size_t> interestingBytes(StringRef Bytes) {
  std::vector<size_t> Found;
  size_t LastContent = 0;
  for (size_t I = 0; I != Bytes.size(); ++I) {
    if (Bytes[I])
      LastContent = I;
    if (Bytes[I] == 0 && I - LastContent > 64)
      continue;
    Found.push_back(I);
  }
  return Found;
}

TEST(MachOImage, Truncated) {
  for (const Variant &V : Variants) {
    SCOPED_TRACE(V.TripleName);
    std::string Bytes = write(makeSpec(V.TripleName, V.Style));
    size_t Step = &V == Variants ? 1 : 7;
    for (size_t Size = 0; Size < Bytes.size(); Size += Step) {
      std::unique_ptr<char[]> Copy(new char[Size]);
      memcpy(Copy.get(), Bytes.data(), Size);
      Expected<std::unique_ptr<ImageFile>> Image = ImageFile::create(
          MemoryBufferRef(StringRef(Copy.get(), Size), "lib"));
      ASSERT_FALSE(bool(Image)) << Size;
      consumeError(Image.takeError());
    }
  }
}

TEST(MachOImage, FlippedBits) {
  for (const Variant &V : Variants) {
    std::string Bytes = write(makeSpec(V.TripleName, V.Style));
    std::unique_ptr<char[]> Copy(new char[Bytes.size()]);
    memcpy(Copy.get(), Bytes.data(), Bytes.size());
    std::vector<size_t> Offsets = interestingBytes(Bytes);
    // All of one file.
    if (&V == Variants) {
      Offsets.resize(Bytes.size());
      std::iota(Offsets.begin(), Offsets.end(), 0);
    }
    for (size_t At : Offsets)
      for (unsigned Bit = 0; Bit != 8; ++Bit) {
        Copy[At] ^= 1 << Bit;
        exercise(StringRef(Copy.get(), Bytes.size()));
        Copy[At] ^= 1 << Bit;
      }
  }
}

TEST(MachOImage, FlippedClassic) {
  for (const char *TripleName : ClassicTriples) {
    ClassicFile F(TripleName);
    uint32_t At = F.Data - F.base();
    F.relocations(false, {{At, 1}, {At + 80, 1}});
    F.relocations(true, {{At + 8, 7, ~0u, 0, true}});
    std::vector<uint32_t> List(40, INDIRECT_SYMBOL_ABS);
    List[5] = 7;
    F.indirect(List);
    F.set32(F.sectionField("__DATA", 0, 4), S_LAZY_SYMBOL_POINTERS);
    openGood(F.Bytes);
    std::unique_ptr<char[]> Copy(new char[F.Bytes.size()]);
    memcpy(Copy.get(), F.Bytes.data(), F.Bytes.size());
    for (size_t I : interestingBytes(F.Bytes))
      for (unsigned Bit = 0; Bit != 8; ++Bit) {
        Copy[I] ^= 1 << Bit;
        exercise(StringRef(Copy.get(), F.Bytes.size()));
        Copy[I] ^= 1 << Bit;
      }
  }
}

/// Random bytes in the tables.
TEST(MachOImage, RandomTables) {
  std::mt19937_64 Random(99);
  OpcodeFile F;
  ChainedFile G;
  for (unsigned Round = 0; Round != 3000; ++Round) {
    std::string Table;
    size_t Size = Random() % 60;
    for (size_t I = 0; I != Size; ++I)
      // Opcodes with small operands reach farther.
      Table += char(Random() % 3 ? Random() : Random() % 9);
    size_t Before = F.Bytes.size();
    switch (Round % 5) {
    case 0:
      F.rebase(pointerType() + F.rebaseAt(8) + Table);
      break;
    case 1:
      F.bind(bindType() + library(1) + symbol("_s") + F.bindAt(8) + Table);
      break;
    case 2:
      F.weak(bindType() + symbol("_s") + F.bindAt(8) + Table);
      break;
    case 3:
      F.lazy(library(1) + symbol("_s") + F.bindAt(8) + Table);
      break;
    default:
      F.trie(Table);
      break;
    }
    exercise(F.Bytes);
    F.rebase("").bind("").weak("").lazy("").trie("");
    F.Bytes.resize(Before);

    for (unsigned I = 0; I != 3; ++I) {
      std::string Payload = G.payload();
      Payload[Random() % Payload.size()] = char(Random());
      G.word(Random() % 64 * 4, Random());
      Editor E(G.Bytes);
      E.setTable(E.command(LC_DYLD_CHAINED_FIXUPS) + 8, Payload);
      exercise(E.Bytes);
    }
    if (Round % 16 == 0)
      G.Bytes = G.Original;
  }
}

TEST(MachOSignature, Damage) {
  SignedFile F;
  F.Bytes[0x5000] ^= 1;
  const std::string Before = F.Bytes;
  for (size_t At = F.Signature; At != F.Signature + 160; ++At)
    for (unsigned Bit = 0; Bit != 8; ++Bit) {
      F.Bytes[At] ^= 1 << Bit;
      std::string Changed = F.Bytes;
      std::string Message = F.renew(0x5000, 1);
      if (!Message.empty())
        EXPECT_TRUE(F.Bytes == Changed);
      F.Bytes = Before;
    }
  for (size_t Size = 0; Size < F.Bytes.size(); Size += 1 + Size / 50) {
    std::unique_ptr<char[]> Copy(new char[Size]);
    memcpy(Copy.get(), Before.data(), Size);
    consumeError(renewAdHocSignature(MutableArrayRef<char>(Copy.get(), Size),
                                     "lib", 0, Size));
  }
}

} // namespace
