//===- PEImageTest.cpp - reading and writing DLLs -------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../lib/Format/PEChecksum.h"
#include "pkgimg/Format/ImageFile.h"
#include "pkgimg/Format/InputCheck.h"
#include "pkgimg/Format/LibraryWriter.h"
#include "pkgimg/Format/PEExports.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/BinaryFormat/COFF.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "gtest/gtest.h"

#include <map>
#include <random>
#include <set>

using namespace llvm;
using namespace pkgimg;
using namespace llvm::support::endian;

namespace {

const char *const Triples[] = {"i686-w64-windows-gnu", "x86_64-pc-windows-msvc",
                               "aarch64-pc-windows-msvc",
                               "thumbv7-pc-windows-msvc"};

using Place = DataDefinition::PlaceType;

DataDefinition
define(StringRef Name, Place P, StringRef Bytes,
       DataDefinition::LinkageType Linkage = DataDefinition::Exported) {
  DataDefinition D;
  D.Name = Name.str();
  D.Place = P;
  D.Linkage = Linkage;
  D.Bytes = Bytes.str();
  D.Alignment = P == DataDefinition::RelRO || P == DataDefinition::Data ? 8 : 1;
  D.IsFunction = P == DataDefinition::Text;
  return D;
}

DataFixup pointer(uint64_t Offset, StringRef Symbol, int64_t Addend = 0) {
  DataFixup F;
  F.Offset = Offset;
  F.Target = {Symbol.str(), Addend};
  return F;
}

/// A DLL with one of everything.
LibrarySpec makeSpec(StringRef TripleName = "x86_64-pc-windows-msvc") {
  LibrarySpec Spec;
  Spec.Format = ContainerFormat::PE;
  Spec.TheTriple = Triple(TripleName);
  Spec.OutputName = "own.dll";
  Spec.NeededLibraries = {"first.dll", "second.dll"};
  const unsigned W = Spec.TheTriple.isArch64Bit() ? 8 : 4;
  Spec.Definitions = {
      define("function", DataDefinition::Text, "\xc3\xc3\xc3\xc3"),
      define("constant", DataDefinition::ReadOnly, "constant bytes"),
      define("table", DataDefinition::RelRO, std::string(5 * W, '\0')),
      define("variable", DataDefinition::Data, std::string(2 * W, '\0')),
      define("a_hidden_variable", DataDefinition::Data, "hidden",
             DataDefinition::Hidden),
      define("internal", DataDefinition::ReadOnly, "internal",
             DataDefinition::Internal)};
  Spec.Definitions[2].Fixups = {pointer(0, "function"), pointer(W, "import_b"),
                                pointer(2 * W, "import_a"),
                                pointer(4 * W, "variable", 3)};
  Spec.Definitions[3].Fixups = {pointer(W, "import_b")};
  Spec.Definitions[4].ZeroFill = 10000;
  DataDefinition Header = define("", DataDefinition::Header, "header of ours");
  Spec.Definitions.push_back(Header);
  return Spec;
}

std::string write(const LibrarySpec &Spec) {
  Expected<std::string> Bytes = writeLibrary(Spec);
  if (Bytes)
    return std::move(*Bytes);
  ADD_FAILURE() << toString(Bytes.takeError());
  return std::string();
}

/// An image and the bytes that it refers to.
struct OpenImage {
  std::unique_ptr<std::string> Bytes;
  std::unique_ptr<ImageFile> Image;

  explicit operator bool() const { return bool(Image); }
  ImageFile *operator->() const { return Image.get(); }
  ImageFile &operator*() const { return *Image; }
};

/// The bytes of a DLL, to be changed, with the places of its headers.
struct DLL {
  std::string Bytes;

  explicit DLL(const LibrarySpec &Spec) : Bytes(write(Spec)) {}
  explicit DLL(StringRef TripleName = "x86_64-pc-windows-msvc")
      : DLL(makeSpec(TripleName)) {}

  static constexpr size_t Header = 0x44, Optional = Header + 20;
  bool is64() const { return get16(Optional) == 0x20b; }
  unsigned wordSize() const { return is64() ? 8 : 4; }
  size_t fixedSize() const { return is64() ? 112 : 96; }
  size_t directory(unsigned I) const { return Optional + fixedSize() + I * 8; }
  size_t section(unsigned I) const { return directory(16) + I * 40; }
  size_t section(StringRef Name) const {
    for (unsigned I = 0; I != get16(Header + 2); ++I)
      if (StringRef(&Bytes[section(I)], 8).starts_with(Name))
        return section(I);
    ADD_FAILURE() << "no section " << Name.str();
    return 0;
  }
  /// The offset of what is at \p Address.
  size_t at(uint32_t Address) const {
    for (unsigned I = 0; I != get16(Header + 2); ++I) {
      size_t S = section(I);
      if (Address >= get32(S + 12) && Address - get32(S + 12) < get32(S + 16))
        return get32(S + 20) + Address - get32(S + 12);
    }
    ADD_FAILURE() << "no address " << Address;
    return 0;
  }
  size_t directoryContent(unsigned I) const { return at(get32(directory(I))); }

  uint16_t get16(size_t At) const { return read16le(&Bytes[At]); }
  uint32_t get32(size_t At) const { return read32le(&Bytes[At]); }
  DLL &put16(size_t At, uint16_t V) {
    write16le(&Bytes[At], V);
    return *this;
  }
  DLL &put32(size_t At, uint32_t V) {
    write32le(&Bytes[At], V);
    return *this;
  }
  DLL &putWord(size_t At, uint64_t V) {
    if (!is64())
      return put32(At, V);
    write64le(&Bytes[At], V);
    return *this;
  }

  Expected<std::unique_ptr<ImageFile>> tryOpen() const {
    return ImageFile::create(MemoryBufferRef(Bytes, "x.dll"));
  }
  /// The image refers to a copy, so that this may be a temporary.
  OpenImage open() const {
    OpenImage Out;
    Out.Bytes = std::make_unique<std::string>(Bytes);
    Expected<std::unique_ptr<ImageFile>> Image =
        ImageFile::create(MemoryBufferRef(*Out.Bytes, "x.dll"));
    if (Image)
      Out.Image = std::move(*Image);
    else
      ADD_FAILURE() << toString(Image.takeError());
    return Out;
  }
  std::string error() const {
    Expected<std::unique_ptr<ImageFile>> Image = tryOpen();
    return Image ? "no error" : toString(Image.takeError());
  }
};

/// What the digest is over, with zeros where nothing counts.
std::string canonical(const ImageFile &Image) {
  CanonicalContent Content = Image.canonicalContent();
  std::string Out = Content.Summary;
  uint64_t Total = 0;
  for (const CanonicalContent::Range &R : Content.Ranges) {
    EXPECT_LE(R.Offset, Image.bytes().size());
    EXPECT_LE(R.Size, Image.bytes().size() - R.Offset);
    Total += R.Size;
    if (R.IsZero)
      Out.append(R.Size, '\0');
    else
      Out += Image.bytes().substr(R.Offset, R.Size);
  }
  EXPECT_LE(Total, Image.bytes().size());
  return Out;
}
std::string canonical(const DLL &D) {
  OpenImage Image = D.open();
  return Image ? canonical(*Image) : "failure";
}

/// Calls all that an image offers, with whatever it holds.
void exercise(const ImageFile &Image) {
  (void)canonical(Image);
  for (const ImageSegment &S : Image.segments()) {
    EXPECT_EQ(Image.findSegment(S.Address), &S);
    consumeError(Image.read(S.Address, S.FileSize, "a segment").takeError());
    uint64_t Size = std::min<uint64_t>(S.MemorySize, 4096);
    for (uint64_t I = 0; I < Size; I += 3) {
      Expected<ImageWord> Word = Image.readWord(S.Address + I, "a word");
      if (!Word)
        consumeError(Word.takeError());
      else if (Word->Kind == ImageWord::Import)
        EXPECT_NE(Word->Symbol.data(), nullptr);
    }
  }
  for (const ImageSymbol &S : Image.exports())
    EXPECT_EQ(Image.findExport(S.Name), &S);
  EXPECT_LE(Image.imports().size(), Image.bytes().size());
  EXPECT_LE(Image.numRelocatedPages(), 2 * Image.numRelocations());
}

} // namespace

//===----------------------------------------------------------------------===//
// Round trips
//===----------------------------------------------------------------------===//

TEST(PEImage, EachField) {
  for (const char *TripleName : Triples) {
    SCOPED_TRACE(TripleName);
    LibrarySpec Spec = makeSpec(TripleName);
    DLL D(Spec);
    OpenImage Image = D.open();
    ASSERT_TRUE(bool(Image));
    const unsigned W = D.wordSize();
    const bool IsThumb = Spec.TheTriple.getArch() == Triple::thumb;
    EXPECT_EQ(Image->format(), ContainerFormat::PE);
    EXPECT_EQ(Image->name(), "x.dll");
    EXPECT_EQ(Image->bytes(), D.Bytes);
    EXPECT_EQ(Image->arch(), Spec.TheTriple.getArch());
    EXPECT_EQ(Image->triple().getArch(), Spec.TheTriple.getArch());
    EXPECT_EQ(Image->triple().getOS(), Triple::Win32);
    EXPECT_EQ(Image->triple().getEnvironment(), Triple::UnknownEnvironment);
    EXPECT_EQ(Image->pointerSize(), W);
    EXPECT_TRUE(Image->isLittleEndian());
    EXPECT_EQ(Image->outputName(), "own.dll");
    ASSERT_EQ(Image->neededLibraries().size(), 2u);
    EXPECT_EQ(Image->neededLibraries()[0], "first.dll");
    EXPECT_EQ(Image->neededLibraries()[1], "second.dll");
    ASSERT_TRUE(Image->embeddedHeader().has_value());
    EXPECT_EQ(*Image->embeddedHeader(), "header of ours");
    EXPECT_EQ(Image->embeddedHeader()->data() - Image->bytes().data(),
              ptrdiff_t(D.get32(D.section(".pkgimg") + 20)));

    // Sections and segments.
    const char *Names[] = {".text", ".data", ".pkgimg", ".rdata", ".reloc"};
    ASSERT_EQ(Image->sections().size(), 5u);
    ASSERT_EQ(Image->segments().size(), 6u);
    EXPECT_EQ(Image->segments()[0].Name, "headers");
    EXPECT_EQ(Image->segments()[0].Address, 0u);
    for (unsigned I = 0; I != 5; ++I) {
      const ImageSection &Section = Image->sections()[I];
      const ImageSegment &Segment = Image->segments()[I + 1];
      EXPECT_EQ(Section.Name, Names[I]);
      EXPECT_EQ(Segment.Name, Names[I]);
      EXPECT_EQ(Section.Address, 0x1000 + (I < 2 ? I : I + 2) * 0x1000);
      EXPECT_EQ(Section.Address, Segment.Address);
      EXPECT_EQ(Section.Size, Segment.MemorySize);
      EXPECT_EQ(Section.FileOffset, Segment.FileOffset);
      EXPECT_EQ(Section.FileSize, Segment.FileSize);
      EXPECT_TRUE(Segment.IsReadable);
      EXPECT_EQ(Segment.IsExecutable, I == 0);
      EXPECT_EQ(Segment.IsWritable, I == 1);
    }
    EXPECT_EQ(Image->segments()[1].MemorySize, 4u);
    EXPECT_EQ(Image->segments()[1].FileSize, 4u);
    EXPECT_EQ(Image->segments()[2].MemorySize, alignTo(2 * W, 8) + 10006);
    EXPECT_EQ(Image->segments()[2].FileSize, 512u);

    // Symbols.
    ASSERT_EQ(Image->exports().size(), 4u);
    const char *Exports[] = {"constant", "function", "table", "variable"};
    for (unsigned I = 0; I != 4; ++I) {
      EXPECT_EQ(Image->exports()[I].Name, Exports[I]);
      EXPECT_EQ(Image->exports()[I].IsFunction, I == 1);
      EXPECT_FALSE(Image->exports()[I].IsUndefined);
    }
    EXPECT_EQ(Image->findExport("function")->Address, 0x1000u + IsThumb);
    EXPECT_EQ(Image->findExport("variable")->Address, 0x2000u);
    EXPECT_EQ(Image->findExport("internal"), nullptr);
    ASSERT_EQ(Image->localSymbols().size(), 2u);
    EXPECT_EQ(Image->localSymbols()[0].Name, "a_hidden_variable");
    EXPECT_EQ(Image->localSymbols()[0].Address, 0x2000 + alignTo(2 * W, 8));
    EXPECT_EQ(Image->localSymbols()[1].Name, "internal");
    Expected<StringRef> Text =
        Image->read(Image->localSymbols()[1].Address, 8, "internal");
    ASSERT_TRUE(bool(Text)) << toString(Text.takeError());
    EXPECT_EQ(*Text, "internal");

    // Words.
    const uint64_t Table = Image->findExport("table")->Address;
    auto Word = [&](uint64_t Address) {
      Expected<ImageWord> Value = Image->readWord(Address, "a word");
      if (Value)
        return *Value;
      ADD_FAILURE() << toString(Value.takeError());
      return ImageWord();
    };
    EXPECT_EQ(Word(Table).Kind, ImageWord::Address);
    EXPECT_EQ(Word(Table).Value, 0x1000u + IsThumb);
    EXPECT_EQ(Word(Table + W).Kind, ImageWord::Import);
    EXPECT_EQ(Word(Table + W).Symbol, "import_b");
    EXPECT_EQ(Word(Table + W).Value, 0u);
    EXPECT_EQ(Word(Table + 2 * W).Symbol, "import_a");
    EXPECT_EQ(Word(Table + 3 * W).Kind, ImageWord::Constant);
    EXPECT_EQ(Word(Table + 3 * W).Value, 0u);
    EXPECT_EQ(Word(Table + 4 * W).Kind, ImageWord::Address);
    EXPECT_EQ(Word(Table + 4 * W).Value, 0x2003u);
    EXPECT_EQ(Word(0x2000 + W).Symbol, "import_b");
    EXPECT_EQ(Word(0x4000).Kind, ImageWord::Constant);
    EXPECT_EQ(Word(0x4000).Value, 0u);
    for (uint64_t Address : {Table + 1, Table + W + 1, 0x2000 + 2 * W - 1ul})
      EXPECT_EQ(toString(Image->readWord(Address, "a word").takeError()),
                "x.dll: the word at address 0x" +
                    StringRef(utohexstr(Address, true)).str() +
                    " is relocated in part; the file is damaged: make the "
                    "image again");
    EXPECT_EQ(Image->numRelocations(), 5u);
    EXPECT_EQ(Image->numRelocatedPages(), 2u);
    ASSERT_EQ(Image->imports().size(), 3u);
    for (unsigned I = 0; I != 3; ++I) {
      EXPECT_TRUE(Image->imports()[I].IsUndefined);
      EXPECT_EQ(Image->imports()[I].Name, I == 2 ? "import_a" : "import_b");
    }

    // The other readers.
    MemoryBufferRef Buffer(D.Bytes, "x.dll");
    Expected<InputSummary> Summary = checkLinkerInput(Buffer);
    ASSERT_TRUE(bool(Summary)) << toString(Summary.takeError());
    EXPECT_EQ(Summary->Arch, Spec.TheTriple.getArch());
    Expected<PEExportTable> Other = readPEExports(Buffer);
    ASSERT_TRUE(bool(Other)) << toString(Other.takeError());
    EXPECT_EQ(Other->DLLName, "own.dll");
    ASSERT_EQ(Other->Exports.size(), 4u);
    for (unsigned I = 0; I != 4; ++I) {
      EXPECT_EQ(Other->Exports[I].Name, Exports[I]);
      EXPECT_EQ(Other->Exports[I].IsData, I != 1);
    }
    EXPECT_EQ(write(Spec), D.Bytes);
  }
}

TEST(PEImage, Nothing) {
  LibrarySpec Spec;
  Spec.Format = ContainerFormat::PE;
  for (const char *TripleName : Triples) {
    Spec.TheTriple = Triple(TripleName);
    DLL D(Spec);
    OpenImage Image = D.open();
    ASSERT_TRUE(bool(Image));
    EXPECT_EQ(Image->outputName(), "image.dll");
    EXPECT_TRUE(Image->exports().empty());
    EXPECT_TRUE(Image->imports().empty());
    EXPECT_TRUE(Image->neededLibraries().empty());
    EXPECT_TRUE(Image->localSymbols().empty());
    EXPECT_FALSE(Image->embeddedHeader().has_value());
    EXPECT_EQ(Image->numRelocations(), 0u);
    EXPECT_EQ(Image->sections().size(), 1u);
    Expected<InputSummary> Summary =
        checkLinkerInput(MemoryBufferRef(D.Bytes, "x.dll"));
    EXPECT_TRUE(bool(Summary)) << toString(Summary.takeError());
  }
}

TEST(PEImage, DefaultLibrary) {
  LibrarySpec Spec = makeSpec();
  Spec.NeededLibraries.clear();
  OpenImage Image = DLL(Spec).open();
  ASSERT_TRUE(bool(Image));
  ASSERT_EQ(Image->neededLibraries().size(), 1u);
  EXPECT_EQ(Image->neededLibraries()[0], "runtime.dll");
  // Libraries without an import have a descriptor, too.
  for (DataDefinition &D : Spec.Definitions)
    D.Fixups.clear();
  Spec.NeededLibraries = {"first.dll", "second.dll"};
  DLL D(Spec);
  Image = D.open();
  ASSERT_TRUE(bool(Image));
  ASSERT_EQ(Image->neededLibraries().size(), 2u);
  EXPECT_TRUE(Image->imports().empty());
}

// Random libraries come back as they were written.
TEST(PEImage, RoundTrip) {
  std::mt19937_64 Random(20240611);
  for (unsigned Round = 0; Round != 300; ++Round) {
    SCOPED_TRACE(Round);
    LibrarySpec Spec;
    Spec.Format = ContainerFormat::PE;
    Spec.TheTriple = Triple(Triples[Round % 4]);
    const bool IsThumb = Round % 4 == 3;
    const unsigned W = Spec.TheTriple.isArch64Bit() ? 8 : 4;
    for (unsigned I = 0, E = Random() % 4; I != E; ++I)
      Spec.NeededLibraries.push_back("lib" + std::to_string(I) + ".dll");
    if (Random() % 2)
      Spec.OutputName = std::string(1 + Random() % 20, 'n');
    const unsigned N = 1 + Random() % 30;
    for (unsigned I = 0; I != N; ++I) {
      std::string Bytes(Random() % 200, '\0');
      for (char &C : Bytes)
        C = char(Random());
      DataDefinition D =
          define("symbol" + std::string(Random() % 9, 'x') + std::to_string(I),
                 Place(Random() % 5), Bytes,
                 DataDefinition::LinkageType(Random() % 3));
      D.Alignment = uint64_t(1)
                    << (Random() % 9 ? Random() % 5 : Random() % 15);
      if (IsThumb && D.IsFunction)
        D.Alignment = std::max<uint64_t>(D.Alignment, 2);
      if (D.Place == DataDefinition::Data && Random() % 2)
        D.ZeroFill = Random() % 9000;
      Spec.Definitions.push_back(D);
    }
    for (DataDefinition &D : Spec.Definitions)
      for (uint64_t At = Random() % 40;
           D.Bytes.size() >= W && At <= D.Bytes.size() - W;
           At += W + (Random() % 3 ? 0 : Random() % 20)) {
        DataFixup F;
        F.Offset = At;
        auto Symbol = [&] { return Spec.Definitions[Random() % N].Name; };
        bool MayPoint =
            D.Place == DataDefinition::RelRO || D.Place == DataDefinition::Data;
        if (MayPoint && Random() % 3) {
          if (Random() % 3)
            F.Target = {Symbol(), int64_t(Random() % 100)};
          else
            F.Target = {"import" + std::to_string(Random() % 5), 0};
        } else {
          F.Kind = DataFixup::Difference32;
          F.Target = {Symbol(), int64_t(Random() % 100) - 50};
          F.Minus = {Symbol(), int64_t(Random() % 100) - 50};
        }
        unsigned Size = F.Kind == DataFixup::Pointer ? W : 4;
        memset(&D.Bytes[At], 0, Size);
        D.Fixups.push_back(F);
      }

    DLL File(Spec);
    OpenImage Image = File.open();
    ASSERT_TRUE(bool(Image));
    exercise(*Image);
    EXPECT_EQ(Image->outputName(), Spec.OutputName.empty()
                                       ? StringRef("image.dll")
                                       : StringRef(Spec.OutputName));
    std::map<std::string, uint64_t> Addresses;
    size_t NumExports = 0;
    for (const DataDefinition &D : Spec.Definitions) {
      if (D.Linkage == DataDefinition::Exported) {
        const ImageSymbol *S = Image->findExport(D.Name);
        ASSERT_TRUE(S) << D.Name;
        ++NumExports;
        EXPECT_EQ(S->Address & 1 & (IsThumb && D.IsFunction),
                  IsThumb && D.IsFunction);
        Addresses[D.Name] = S->Address - (IsThumb && D.IsFunction);
        EXPECT_EQ(S->IsFunction, D.Place == DataDefinition::Text);
        continue;
      }
      for (const ImageSymbol &S : Image->localSymbols())
        if (S.Name == D.Name)
          Addresses[D.Name] = S.Address;
    }
    EXPECT_EQ(Addresses.size(), N);
    EXPECT_EQ(Image->exports().size(), NumExports);
    EXPECT_EQ(Image->localSymbols().size(), N - NumExports);

    std::set<uint64_t> Functions;
    for (const DataDefinition &D : Spec.Definitions)
      if (D.IsFunction)
        Functions.insert(Addresses[D.Name]);
    uint64_t NumPointers = 0;
    for (const DataDefinition &D : Spec.Definitions) {
      const uint64_t Address = Addresses[D.Name];
      EXPECT_EQ(Address % D.Alignment, 0u);
      EXPECT_TRUE(Image->isMapped(Address, D.size()));
      Expected<StringRef> Bytes = Image->read(Address, D.Bytes.size(), D.Name);
      if (D.Bytes.empty() && D.size() != 0) {
        consumeError(Bytes.takeError());
        continue;
      }
      if (!Bytes) {
        // What has no bytes may lie where the file has none.
        EXPECT_TRUE(D.Bytes.empty()) << toString(Bytes.takeError());
        continue;
      }
      std::string Expected = D.Bytes;
      std::string Found = Bytes->str();
      for (const DataFixup &F : D.Fixups) {
        uint64_t Target = Addresses[F.Target.Symbol] + F.Target.Offset;
        if (F.Kind == DataFixup::Difference32) {
          write32le(&Expected[F.Offset],
                    Target - Addresses[F.Minus.Symbol] - F.Minus.Offset);
          continue;
        }
        ++NumPointers;
        memset(&Found[F.Offset], 0, W);
        llvm::Expected<ImageWord> Word =
            Image->readWord(Address + F.Offset, "a pointer");
        ASSERT_TRUE(bool(Word)) << toString(Word.takeError());
        if (StringRef(F.Target.Symbol).starts_with("import")) {
          EXPECT_EQ(Word->Kind, ImageWord::Import);
          EXPECT_EQ(Word->Symbol, F.Target.Symbol);
          EXPECT_EQ(Word->Value, 0u);
        } else {
          EXPECT_EQ(Word->Kind, ImageWord::Address);
          EXPECT_EQ(Word->Value, Target | (IsThumb && Functions.count(Target)));
        }
      }
      EXPECT_EQ(Found, Expected) << D.Name;
    }
    EXPECT_EQ(Image->numRelocations(), NumPointers);
    MemoryBufferRef Buffer(File.Bytes, "x.dll");
    Expected<InputSummary> Summary = checkLinkerInput(Buffer);
    EXPECT_TRUE(bool(Summary)) << toString(Summary.takeError());
    Expected<PEExportTable> Table = readPEExports(Buffer);
    ASSERT_TRUE(bool(Table)) << toString(Table.takeError());
    EXPECT_EQ(Table->Exports.size(), NumExports);
    Spec.LocalSymbols = false;
    DLL Stripped(Spec);
    EXPECT_LE(Stripped.Bytes.size(), File.Bytes.size());
    EXPECT_EQ(canonical(Stripped), canonical(*Image));
    EXPECT_TRUE(Stripped.open()->localSymbols().empty());
  }
}

//===----------------------------------------------------------------------===//
// The writer's errors
//===----------------------------------------------------------------------===//

TEST(PEImage, WriterErrors) {
  auto Error = [](const LibrarySpec &Spec) {
    Expected<std::string> Bytes = writeLibrary(Spec);
    return Bytes ? "no error" : toString(Bytes.takeError());
  };
  LibrarySpec Spec = makeSpec();
  Spec.TheTriple = Triple("riscv64-unknown-linux-gnu");
  EXPECT_EQ(Error(Spec),
            "'riscv64-unknown-linux-gnu' is for no machine that this writer "
            "makes a PE image for: i386, x86_64, ARM, ARM64");
  Spec.TheTriple = Triple("arm64ec-pc-windows-msvc");
  EXPECT_EQ(Error(Spec), "this writer makes no ARM64EC images");

  Spec = makeSpec();
  Spec.Definitions[2].Fixups[1].Target.Offset = 8;
  EXPECT_EQ(Error(Spec), "'table' has a pointer to the import 'import_b' with "
                         "the addend 8, and a PE image has them without one "
                         "alone");
  Spec = makeSpec();
  Spec.Definitions[1].Alignment = 131072;
  EXPECT_EQ(Error(Spec), "the alignment of 'constant' is 131072, and a PE "
                         "image is placed at multiples of 65536");
  Spec.Definitions[1].Alignment = 65536;
  EXPECT_EQ(Error(Spec), "no error");
  DLL Aligned(Spec);
  EXPECT_EQ(Aligned.open()->findExport("constant")->Address % 65536, 0u);

  Spec = makeSpec("thumbv7-pc-windows-msvc");
  Spec.Definitions.insert(Spec.Definitions.begin(),
                          define("odd", DataDefinition::Text, "x"));
  EXPECT_EQ(Error(Spec), "the function 'function' is at the odd address "
                         "0x1001, where no Thumb code is");
  Spec.Definitions[1].Alignment = 2;
  EXPECT_EQ(Error(Spec), "no error");

  Spec = makeSpec();
  Spec.Definitions[0].Name = std::string("a\0b", 3);
  EXPECT_EQ(Error(Spec).substr(0, 40),
            "the name of definition 0 has a NUL in it");
  Spec = makeSpec();
  Spec.Definitions[2].Fixups[1].Target.Symbol = "";
  EXPECT_EQ(Error(Spec), "the name of an import is empty, or has a NUL in it");
  Spec = makeSpec();
  Spec.NeededLibraries.push_back("");
  EXPECT_EQ(Error(Spec),
            "the name of a needed library is empty, or has a NUL in it");
  Spec = makeSpec();
  Spec.OutputName = std::string("a\0b", 3);
  EXPECT_EQ(Error(Spec), "the name of the output has a NUL in it");
  Spec = makeSpec();
  Spec.Definitions[4].ZeroFill = 0x7fffffff;
  EXPECT_EQ(Error(Spec), "the definitions need 2 GiB or more, and a PE image "
                         "is smaller");
  Spec.Definitions[4].ZeroFill = 0x7fffe000;
  EXPECT_EQ(Error(Spec).substr(0, 15), "the image needs");
}

//===----------------------------------------------------------------------===//
// Damaged files
//===----------------------------------------------------------------------===//

TEST(PEImage, Kinds) {
  const size_t Characteristics = DLL::Header + 18;
  DLL D;
  EXPECT_EQ(DLL(D).put16(Characteristics, 0x0022).error(),
            "x.dll: expected a DLL, found a PE image of another kind (an "
            "executable): link it as a shared library");
  EXPECT_EQ(DLL(D).put16(DLL::Header, 0x200).error(),
            "x.dll: expected a DLL for i386, x86_64, ARM or ARM64, found one "
            "for the machine 0x200");
  DLL Text;
  Text.Bytes = "text";
  EXPECT_EQ(Text.error(),
            "x.dll: expected a shared library (ELF, Mach-O or PE), found: text "
            "file");
  EXPECT_EQ(DLL(D).put16(DLL::Header, 0xa641).open()->triple().str(),
            "arm64ec-unknown-windows");
  EXPECT_EQ(DLL(D).put16(DLL::Header, 0xa64e).open()->triple().str(),
            "aarch64-unknown-windows");
}

namespace {
void expectDamaged(const DLL &D, StringRef What) {
  EXPECT_EQ(D.error(), "x.dll: " + What.str() +
                           "; the file is damaged: make the image again");
}
} // namespace

TEST(PEImage, OtherArch) {
  auto Error = [](StringRef TripleName, Triple::ArchType Arch) {
    DLL D(TripleName);
    Expected<std::unique_ptr<ImageFile>> Image =
        ImageFile::create(MemoryBufferRef(D.Bytes, "x.dll"), Arch);
    return Image ? "no error" : toString(Image.takeError());
  };
  EXPECT_EQ(Error("x86_64-pc-windows-msvc", Triple::x86_64), "no error");
  EXPECT_EQ(Error("x86_64-pc-windows-msvc", Triple::x86),
            "x.dll: the file is for x86_64, expected i386; give the file that "
            "was made for it");
  // 32-bit ARM, whose code is all Thumb.
  EXPECT_EQ(Error("thumbv7-pc-windows-msvc", Triple::thumb), "no error");
  EXPECT_EQ(Error("thumbv7-pc-windows-msvc", Triple::arm), "no error");
}

TEST(PEImage, DamagedHeaders) {
  const size_t O = DLL::Optional;
  const DLL D;
  expectDamaged(DLL(D).put16(DLL::Header, 0x14c),
                "the machine 0x14c needs a header of PE32, found one of PE32+");
  expectDamaged(
      DLL("i686-w64-windows-gnu").put16(DLL::Header, 0xaa64),
      "the machine 0xaa64 needs a header of PE32+, found one of PE32");
  expectDamaged(DLL(D).put16(DLL::Header + 18, 0x2020),
                "the header's characteristics 0x2020 say that the link had "
                "errors");
  EXPECT_EQ(DLL(D).put16(O, 0x107).error(),
            "x.dll: the optional header has the magic number 0x107, which is "
            "neither PE32 nor PE32+; the file is damaged: make it again");
  EXPECT_EQ(DLL(D).put16(DLL::Header + 16, 60000).error(),
            "x.dll: the optional header at offset 0x58 needs 60000 bytes, but "
            "the file ends at 0x" +
                utohexstr(D.Bytes.size(), true) +
                "; the file is truncated or damaged: make it again");
  EXPECT_NE(DLL(D)
                .put16(DLL::Header + 2, 60000)
                .error()
                .find("the section table at offset"),
            std::string::npos);
  // The sections' headers follow at once.
  DLL Short(D);
  Short.put16(DLL::Header + 16, 100).put16(DLL::Header + 2, 0);
  EXPECT_EQ(Short.error(), "x.dll: the optional header has 100 bytes, expected "
                           "at least 112; the file is damaged: make it again");
  Short.put16(DLL::Header + 16, 112 + 15 * 8);
  EXPECT_EQ(Short.error(),
            "x.dll: the optional header of 232 bytes has no room for its 16 "
            "data directories; the file is damaged: make it again");
  EXPECT_EQ(DLL(D).put32(O + 108, 17).error(), "no error");
  expectDamaged(DLL(D).put32(O + 24, 0x80001000),
                "the image base 0x180001000 is no multiple of 0x10000");
  expectDamaged(DLL("i686-w64-windows-gnu").put32(O + 28, 0x1000),
                "the image base 0x1000 is no multiple of 0x10000");
  for (uint32_t Alignment : {0u, 0x1800u})
    expectDamaged(DLL(D).put32(O + 32, Alignment),
                  "the alignment of sections is 0x" +
                      utohexstr(Alignment, true) + ", expected a power of two");
  for (uint32_t Size : {0x100u, 0x100000u})
    expectDamaged(DLL(D).put32(O + 60, Size),
                  "the headers have 0x" + utohexstr(Size, true) +
                      " bytes, expected at least 0x210, and the file has 0x" +
                      utohexstr(D.Bytes.size(), true));
}

TEST(PEImage, DamagedSections) {
  const DLL D;
  const size_t Text = D.section(".text"), Data = D.section(".data");
  expectDamaged(DLL(D).put32(DLL::Optional + 56, 0x3000),
                "section 2 at address 0x2000 has 0x2726 bytes, and goes beyond "
                "the image's 0x3000");
  expectDamaged(DLL(D).put32(Text + 12, 0x90000000),
                "section 1 at address 0x90000000 has 0x4 bytes, and goes "
                "beyond the image's 0x8000");
  expectDamaged(DLL(D).put32(Text + 8, 0xffffffff),
                "section 1 at address 0x1000 has 0xffffffff bytes, and goes "
                "beyond the image's 0x8000");
  expectDamaged(DLL(D).put32(Text + 20, 0x410),
                "section 1 has its data at offset 0x410, expected a multiple "
                "of 0x200");
  expectDamaged(DLL(D).put32(DLL::Optional + 32, 0x200),
                "section 1 has its data at offset 0x400, expected its address "
                "0x1000");
  EXPECT_EQ(DLL(D).put32(Text + 16, 0x10000).error(),
            "x.dll: the section number 1 at offset 0x400 needs 65536 bytes, "
            "but the file ends at 0x" +
                utohexstr(D.Bytes.size(), true) +
                "; the file is truncated or damaged: make it again");
  expectDamaged(DLL(D).put32(Data + 20, 0x400),
                "the data of a section at offset 0x400 overlap those of "
                "another, or the headers");
  expectDamaged(DLL(D).put32(Text + 20, 0x200),
                "the data of a section at offset 0x200 overlap those of "
                "another, or the headers");
  expectDamaged(DLL(D).put32(Text + 12, 0x2000),
                "two segments overlap at 0x2000");
  expectDamaged(DLL(D).put32(Text + 12, 0), "two segments overlap at 0x0");
  DLL TwoHeaders(D);
  memcpy(&TwoHeaders.Bytes[Text], ".pkgimg\0", 8);
  expectDamaged(TwoHeaders, "two sections have the name '.pkgimg'");

  // Sizes that are legal, if rare.
  OpenImage Image = DLL(D).put32(Text + 8, 0).open();
  ASSERT_TRUE(bool(Image));
  EXPECT_EQ(Image->segments()[1].MemorySize, 0x200u);
  Image = DLL(D).put32(D.section(".pkgimg") + 20, 0).open();
  ASSERT_TRUE(bool(Image));
  EXPECT_EQ(Image->segments()[3].FileSize, 0u);
  EXPECT_EQ(Image->segments()[3].MemorySize, 14u);
  EXPECT_FALSE(Image->embeddedHeader().has_value());
}

TEST(PEImage, LongSectionNames) {
  const DLL D;
  auto Named = [&](StringRef Name) {
    DLL Out(D);
    memset(&Out.Bytes[Out.section(".text")], 0, 8);
    memcpy(&Out.Bytes[D.section(".text")], Name.data(), Name.size());
    return Out;
  };
  // The only long name there is that of a symbol.
  EXPECT_EQ(Named("/4").open()->sections()[0].Name, "a_hidden_variable");
  EXPECT_EQ(Named("/4").open()->segments()[1].Name, "a_hidden_variable");
  EXPECT_EQ(Named("//AAAAAE").open()->sections()[0].Name, "a_hidden_variable");
  EXPECT_EQ(Named("/13").open()->sections()[0].Name, "variable");
  EXPECT_EQ(Named("/x").open()->sections()[0].Name, "/x");
  for (StringRef Bad : {"/0", "/22", "/9999999"})
    expectDamaged(Named(Bad),
                  "the name of section 1 is at 0x" +
                      utohexstr(std::stoi(Bad.drop_front().str()), true) +
                      " of a string table of 0x16 bytes, and does "
                      "not end there");
  // One long name for all of them.
  LibrarySpec Spec = makeSpec();
  Spec.Definitions[4].Name = std::string(4000, 'n');
  DLL Shared(Spec);
  for (unsigned I = 0; I != 5; ++I)
    memcpy(&Shared.Bytes[Shared.section(I)], "/4\0\0\0\0\0", 8);
  expectDamaged(Shared, "the names of the sections are longer than the file");
  DLL Lost = Named("/4");
  Lost.put32(DLL::Header + 8, 0);
  EXPECT_EQ(Lost.open()->sections()[0].Name, "/4");
}

TEST(PEImage, DamagedSymbols) {
  const DLL D;
  const uint32_t Table = D.get32(DLL::Header + 8);
  const std::string Size = utohexstr(D.Bytes.size(), true);
  expectDamaged(DLL(D).put32(DLL::Header + 12, 1000),
                "the symbol table of 1000 entries at offset 0x" +
                    utohexstr(Table, true) +
                    " ends after the end of the file at 0x" + Size);
  expectDamaged(DLL(D).put32(Table + 6 * 18, 0x100),
                "the string table at offset 0x" +
                    utohexstr(Table + 6 * 18, true) +
                    " needs 0x100 bytes, but the file ends at 0x" + Size);
  expectDamaged(DLL(D).put16(Table + 12, 6),
                "the symbol 0 at offset 0x" + utohexstr(Table, true) +
                    " is of section 6, and the image has 5");
  DLL Aux(D);
  Aux.Bytes[Table + 17] = 6;
  expectDamaged(Aux, "the symbol 0 at offset 0x" + utohexstr(Table, true) +
                         " has 6 auxiliary records, more than the table");
  expectDamaged(DLL(D).put32(Table + 4 * 18 + 4, 22),
                "the symbol 4 at offset 0x" + utohexstr(Table + 4 * 18, true) +
                    " has its name outside the table of strings");
  // Symbols of other kinds are no definitions.
  for (uint16_t Section : {0, 0xffff, 0xfffe}) {
    OpenImage Image = DLL(D).put16(Table + 4 * 18 + 12, Section).open();
    ASSERT_TRUE(bool(Image));
    ASSERT_EQ(Image->localSymbols().size(), 1u);
    EXPECT_EQ(Image->localSymbols()[0].Name, "internal");
  }
  DLL File(D);
  File.Bytes[Table + 4 * 18 + 16] = COFF::IMAGE_SYM_CLASS_FILE;
  EXPECT_EQ(File.open()->localSymbols().size(), 1u);
}

TEST(PEImage, DamagedExports) {
  const DLL D;
  const size_t E = D.directoryContent(0);
  EXPECT_NE(DLL(D).put32(E + 24, 100000).error().find("100000 names"),
            std::string::npos);
  EXPECT_NE(DLL(D).put32(E + 12, 0x90000).error().find("the DLL's own name"),
            std::string::npos);
  EXPECT_NE(
      DLL(D)
          .put32(D.directory(0), 0x90000)
          .error()
          .find("the export directory at address 0x90000 lies in no section"),
      std::string::npos);
  expectDamaged(DLL(D).put32(D.at(D.get32(E + 28)), 0x8001),
                "the export 'constant' at address 0x8001 lies beyond the "
                "image's 0x8000");
  // The same name for two.
  const size_t Names = D.at(D.get32(E + 32));
  expectDamaged(DLL(D).put32(Names, D.get32(Names + 4)),
                "the symbol 'function' is exported twice");
  // A forwarder is the other DLL's.
  OpenImage Image = DLL(D).put32(D.at(D.get32(E + 28)), D.get32(E + 12)).open();
  ASSERT_TRUE(bool(Image));
  EXPECT_EQ(Image->exports().size(), 3u);
  EXPECT_EQ(Image->findExport("constant"), nullptr);
}

TEST(PEImage, I386Underscores) {
  auto Exports = [](std::vector<StringRef> Names,
                    const char *TripleName = "i686-w64-windows-gnu") {
    LibrarySpec Spec;
    Spec.Format = ContainerFormat::PE;
    Spec.TheTriple = Triple(TripleName);
    for (StringRef Name : Names)
      Spec.Definitions.push_back(define(Name, DataDefinition::Data, "x"));
    std::vector<std::string> Out;
    OpenImage Image = DLL(Spec).open();
    for (const ImageSymbol &S : Image->exports())
      Out.push_back(S.Name.str());
    return Out;
  };
  using Strings = std::vector<std::string>;
  EXPECT_EQ(Exports({"_a", "_b"}), Strings({"a", "b"}));
  EXPECT_EQ(Exports({"_a", "b"}), Strings({"_a", "b"}));
  EXPECT_EQ(Exports({"_a", "_f@4", "?m@@YAXXZ"}),
            Strings({"?m@@YAXXZ", "_f@4", "a"}));
  EXPECT_EQ(Exports({"_", "_a"}), Strings({"_", "_a"}));
  EXPECT_EQ(Exports({"_a", "_b"}, "x86_64-w64-windows-gnu"),
            Strings({"_a", "_b"}));
  // The symbol table has them always.
  LibrarySpec Spec = makeSpec("i686-w64-windows-gnu");
  Spec.Definitions[4].Name = "_hidden";
  EXPECT_EQ(DLL(Spec).open()->localSymbols()[0].Name, "_hidden");
}

//===----------------------------------------------------------------------===//
// Imports
//===----------------------------------------------------------------------===//

TEST(PEImage, Ordinals) {
  for (const char *TripleName : Triples) {
    DLL D(TripleName);
    const unsigned W = D.wordSize();
    const size_t Descriptor = D.directoryContent(1);
    const size_t Lookup = D.at(D.get32(Descriptor));
    const uint64_t Flag = uint64_t(1) << (W * 8 - 1);
    const uint32_t Slot = D.get32(Descriptor + 16);
    DLL Ordinal = D;
    Ordinal.putWord(Lookup, Flag | 12);
    OpenImage Image = Ordinal.open();
    ASSERT_TRUE(bool(Image));
    EXPECT_EQ(Image->imports()[0].Name, "#12");
    Expected<ImageWord> Word = Image->readWord(Slot, "a slot");
    ASSERT_TRUE(bool(Word)) << toString(Word.takeError());
    EXPECT_EQ(Word->Symbol, "#12");

    Ordinal.putWord(Lookup, Flag | 0x10000);
    expectDamaged(Ordinal, "an import from 'first.dll' has the ordinal "
                           "0x10000, which has more than 16 bits");
    if (W == 8) {
      Ordinal.putWord(Lookup, 0x80001000);
      expectDamaged(Ordinal, "an import from 'first.dll' has its name at the "
                             "address 0x80001000, which has more than 31 bits");
    }
    // Without a lookup table, the slots have the names.
    DLL NoLookup = D;
    NoLookup.put32(Descriptor + 20, 0);
    // The run of two ends in a zero word of the table.
    Image = NoLookup.open();
    ASSERT_TRUE(bool(Image));
    EXPECT_EQ(Image->imports().size(), 3u);
    EXPECT_EQ(Image->imports()[2].Name, "import_a");
  }
}

TEST(PEImage, DamagedImports) {
  const DLL D;
  const size_t Descriptor = D.directoryContent(1);
  const uint32_t Slot = D.get32(Descriptor + 16);
  const uint32_t Lookup = D.get32(Descriptor);
  expectDamaged(DLL(D).put32(D.directory(1), 0x90000),
                "an entry of the import directory at address 0x90000 is in no "
                "segment");
  expectDamaged(DLL(D).put32(Descriptor + 12, 0x90000),
                "the name of a DLL to import from at address 0x90000 is not in "
                "the file, or does not end there");
  expectDamaged(DLL(D).put32(Descriptor, 0x90000),
                "an entry of the import table of 'first.dll' at address "
                "0x90000 is in no segment");
  expectDamaged(DLL(D).put32(Descriptor + 16, 0x90000),
                "the slot of an import from 'first.dll' at address 0x90000 is "
                "in no segment");
  expectDamaged(DLL(D).put32(D.at(Lookup), 0x90000),
                "the name of an import from 'first.dll' at address 0x90002 is "
                "not in the file, or does not end there");
  // Two descriptors with the same slots, and with slots that overlap.
  for (uint32_t Distance : {0u, 7u})
    expectDamaged(DLL(D).put32(Descriptor + 20 + 16, Slot + Distance),
                  "two imports share the slot at address 0x" +
                      utohexstr(Slot + Distance, true));
  // A slot with a base relocation.
  const uint64_t Table = D.open()->findExport("table")->Address;
  for (uint32_t Distance : {0u, 4u})
    expectDamaged(DLL(D).put32(Descriptor + 16, Table - Distance),
                  "the word at address 0x" + utohexstr(Table - Distance, true) +
                      " is relocated twice, wholly or in part");
}

// Tables that share their entries do not make a small file a huge list.
TEST(PEImage, SharedImportTables) {
  LibrarySpec Spec = makeSpec();
  constexpr unsigned N = 3000;
  DataDefinition Lookup = define("lookup", DataDefinition::ReadOnly,
                                 std::string((N + 1) * 8, '\0'));
  for (unsigned I = 0; I != N; ++I)
    write64le(&Lookup.Bytes[I * 8], uint64_t(1) << 63 | I);
  Lookup.Alignment = 8;
  DataDefinition Descriptors = define("descriptors", DataDefinition::ReadOnly,
                                      std::string((N + 1) * 20, '\0'));
  DataDefinition Slots = define("slots", DataDefinition::Data, "");
  Slots.ZeroFill = N * N * 8;
  Spec.Definitions.push_back(Lookup);
  Spec.Definitions.push_back(Descriptors);
  Spec.Definitions.push_back(Slots);
  DLL D(Spec);
  OpenImage Image = D.open();
  ASSERT_TRUE(bool(Image));
  const uint32_t At = Image->findExport("descriptors")->Address;
  for (unsigned I = 0; I != N; ++I) {
    const size_t Entry = D.at(At) + I * 20;
    D.put32(Entry, Image->findExport("lookup")->Address);
    D.put32(Entry + 12, Image->findExport("constant")->Address);
    D.put32(Entry + 16, Image->findExport("slots")->Address + I * N * 8);
  }
  D.put32(D.directory(1), At);
  expectDamaged(D, "the import tables are longer than the file");
  // One name for all of them.
  for (unsigned I = 0; I != N; ++I)
    D.putWord(D.at(Image->findExport("lookup")->Address) + I * 8,
              Image->findExport("constant")->Address);
  expectDamaged(D, "the names of the imports are longer than the file");
}

TEST(PEImage, DelayedImports) {
  for (const char *TripleName : Triples) {
    SCOPED_TRACE(TripleName);
    LibrarySpec Spec = makeSpec(TripleName);
    const unsigned W = Spec.TheTriple.isArch64Bit() ? 8 : 4;
    Spec.Definitions.push_back(
        define("delay", DataDefinition::ReadOnly, std::string(64, '\0')));
    Spec.Definitions.push_back(define("delay_lookup", DataDefinition::ReadOnly,
                                      std::string(3 * W, '\0')));
    Spec.Definitions.push_back(define("delay_name", DataDefinition::ReadOnly,
                                      std::string("\0\0late", 7)));
    Spec.Definitions.push_back(
        define("delay_slots", DataDefinition::Data, std::string(2 * W, '\0')));
    Spec.Definitions.back().ZeroFill = W;
    Spec.Definitions.back().Fixups = {pointer(0, "function"),
                                      pointer(W, "function")};
    DLL D(Spec);
    OpenImage Before = D.open();
    ASSERT_TRUE(bool(Before));
    auto Address = [&](StringRef Name) {
      return Before->findExport(Name)->Address;
    };
    const size_t Entry = D.at(Address("delay"));
    D.put32(Entry, 1);
    D.put32(Entry + 4, Address("delay_name") + 2);
    D.put32(Entry + 12, Address("delay_slots"));
    D.put32(Entry + 16, Address("delay_lookup"));
    const size_t Lookup = D.at(Address("delay_lookup"));
    D.putWord(Lookup, Address("delay_name"));
    D.putWord(Lookup + W, uint64_t(1) << (W * 8 - 1) | 7);
    D.put32(D.directory(13), Address("delay"));
    OpenImage Image = D.open();
    ASSERT_TRUE(bool(Image));
    ASSERT_EQ(Image->imports().size(), 5u);
    EXPECT_EQ(Image->imports()[3].Name, "late");
    EXPECT_EQ(Image->imports()[4].Name, "#7");
    // The loader does not load the DLL, nor fill the slots.
    EXPECT_EQ(Image->neededLibraries().size(), 2u);
    EXPECT_EQ(Image->numRelocations(), Before->numRelocations());
    Expected<ImageWord> Word =
        Image->readWord(Address("delay_slots") + W, "a slot");
    ASSERT_TRUE(bool(Word)) << toString(Word.takeError());
    EXPECT_EQ(Word->Kind, ImageWord::Import);
    EXPECT_EQ(Word->Symbol, "#7");
    EXPECT_NE(canonical(*Image), canonical(*Before));

    expectDamaged(DLL(D).put32(Entry, 0),
                  "the entry of the delayed import directory at address 0x" +
                      utohexstr(Address("delay"), true) +
                      " has the attributes 0x0, expected 1 (addresses relative "
                      "to the image)");
    expectDamaged(DLL(D).put32(Entry + 12, Address("delay_slots") + 1),
                  "the word at address 0x" +
                      utohexstr(Address("delay_slots") + 1, true) +
                      " is relocated twice, wholly or in part");
    const uint32_t Static = D.get32(D.directoryContent(1) + 16);
    expectDamaged(DLL(D).put32(Entry + 12, Static),
                  "two imports share the slot at address 0x" +
                      utohexstr(Static, true));
    expectDamaged(DLL(D).put32(D.directory(13), 0x90000),
                  "an entry of the delayed import directory at address 0x90000 "
                  "is in no segment");
  }
}

//===----------------------------------------------------------------------===//
// Relocations
//===----------------------------------------------------------------------===//

TEST(PEImage, Relocations) {
  for (const char *TripleName : Triples) {
    SCOPED_TRACE(TripleName);
    const DLL D(TripleName);
    const bool IsThumb = StringRef(TripleName).starts_with("thumb");
    const unsigned W = D.wordSize();
    const uint16_t Type = W == 8 ? 10 : 3, WrongType = W == 8 ? 3 : 10;
    const uint64_t Table = D.open()->findExport("table")->Address;
    const size_t R = D.directoryContent(5);
    const std::string At =
        "at address 0x" + utohexstr(D.get32(D.directory(5)), true);
    ASSERT_EQ(D.get32(R), 0x6000u);
    ASSERT_EQ(D.get32(R + 4), 12u);
    const unsigned Offset = Table % 4096;
    ASSERT_EQ(D.get16(R + 8), Type << 12 | Offset);
    ASSERT_EQ(D.get16(R + 10), Type << 12 | (Offset + 4 * W));

    for (uint32_t Size : {0u, 6u, 9u, 14u})
      expectDamaged(DLL(D).put32(R + 4, Size),
                    "the block of base relocations " + At + " has 0x" +
                        utohexstr(Size, true) +
                        " bytes, expected an even number from 8 to 0xc");
    expectDamaged(DLL(D).put16(R + 10, WrongType << 12 | 8),
                  "the base relocation of the address 0x6008 has the type " +
                      std::to_string(WrongType) +
                      ", which has no meaning for the machine 0x" +
                      utohexstr(D.get16(DLL::Header), true));
    if (!IsThumb) {
      EXPECT_NE(DLL(D).put16(R + 10, 7 << 12).error().find("has the type 7"),
                std::string::npos);
    }
    for (unsigned Distance : {0u, W - 1})
      expectDamaged(DLL(D).put16(R + 10, Type << 12 | (Offset + Distance)),
                    "the word at address 0x" +
                        utohexstr(Table + Distance, true) +
                        " is relocated twice, wholly or in part");
    expectDamaged(DLL(D).put16(R + 10, Type << 12 | (Offset + 2 * W)),
                  "the word at address 0x" + utohexstr(Table + 2 * W, true) +
                      " is relocated twice, wholly or in part");
    for (uint32_t Page : {0u, 0x90000u, 0xfffff000u})
      expectDamaged(DLL(D).put32(R, Page),
                    "a base relocation is of the address 0x" +
                        utohexstr(uint64_t(Page) + Offset, true) +
                        ", where no section has " + std::to_string(W) +
                        " bytes in the file");
    expectDamaged(DLL(D).put32(D.directory(5) + 4, 0x10000),
                  "the table of base relocations " + At +
                      " needs 0x10000 bytes; its segment has 0xc there in the "
                      "file");
    expectDamaged(DLL(D).put16(DLL::Header + 18, D.get16(DLL::Header + 18) | 1),
                  "the header says that there are no base relocations, and "
                  "there are 12 bytes of them");

    // Unaligned, padding, and none.
    OpenImage Image =
        DLL(D).put16(R + 10, Type << 12 | (Offset + 5 * W + 1)).open();
    ASSERT_TRUE(bool(Image));
    Expected<ImageWord> Word = Image->readWord(Table + 5 * W + 1, "a word");
    ASSERT_TRUE(bool(Word)) << toString(Word.takeError());
    EXPECT_EQ(Word->Kind, ImageWord::Address);
    EXPECT_EQ(Image->numRelocations(), 5u);
    Image = DLL(D).put16(R + 10, 0).open();
    ASSERT_TRUE(bool(Image));
    EXPECT_EQ(Image->numRelocations(), 4u);
    DLL None(D);
    None.put32(D.directory(5) + 4, 0);
    Image = None.open();
    ASSERT_TRUE(bool(Image));
    EXPECT_EQ(Image->numRelocations(), 3u);
    Word = Image->readWord(Table, "a word");
    ASSERT_TRUE(bool(Word)) << toString(Word.takeError());
    EXPECT_EQ(Word->Kind, ImageWord::Constant);
    EXPECT_EQ(Word->Value,
              (W == 8 ? 0x180001000 : 0x10001000) + uint64_t(IsThumb));
  }
}

// A pair of Thumb instructions has a relocation of its own.
TEST(PEImage, ThumbInstructions) {
  LibrarySpec Spec = makeSpec("thumbv7-pc-windows-msvc");
  Spec.Definitions[0].Bytes = std::string(16, '\0');
  const DLL D(Spec);
  const size_t R = D.directoryContent(5);
  DLL Code(D);
  Code.put32(R, 0x1000).put16(R + 8, 7 << 12).put16(R + 10, 0);
  OpenImage Image = Code.open();
  ASSERT_TRUE(bool(Image));
  EXPECT_EQ(Image->numRelocations(), 4u);
  for (unsigned I : {0, 4})
    EXPECT_EQ(toString(Image->readWord(0x1000 + I, "a word").takeError()),
              "x.dll: the word at address 0x100" + std::to_string(I) +
                  " is relocated in part; the file is damaged: make the image "
                  "again");
  EXPECT_TRUE(bool(Image->readWord(0x1008, "a word")));
  for (unsigned I : {0, 7}) {
    expectDamaged(DLL(Code).put16(R + 10, 7 << 12 | I),
                  "the word at address 0x100" + std::to_string(I) +
                      " is relocated twice, wholly or in part");
    expectDamaged(DLL(Code).put16(R + 10, 3 << 12 | I),
                  "the word at address 0x100" + std::to_string(I) +
                      " is relocated twice, wholly or in part");
  }
  expectDamaged(DLL(Code).put16(R + 10, 7 << 12 | 9),
                "a base relocation is of the address 0x1009, where no section "
                "has 8 bytes in the file");
  EXPECT_EQ(DLL(Code).put16(R + 10, 7 << 12 | 8).error(), "no error");
}

//===----------------------------------------------------------------------===//
// Triples
//===----------------------------------------------------------------------===//

TEST(PEImage, Environment) {
  auto TripleWith = [](StringRef Library, uint8_t Major = 0,
                       uint8_t Minor = 0) {
    LibrarySpec Spec = makeSpec();
    Spec.NeededLibraries = {"kernel32.dll", Library.str()};
    DLL D(Spec);
    D.Bytes[DLL::Optional + 2] = Major;
    D.Bytes[DLL::Optional + 3] = Minor;
    return D.open()->triple().str();
  };
  const std::string None = "x86_64-unknown-windows", GNU = None + "-gnu",
                    MSVC = None + "-msvc";
  EXPECT_EQ(TripleWith("libjulia.dll"), None);
  EXPECT_EQ(TripleWith("libjulia.dll", 14, 0), None);
  EXPECT_EQ(TripleWith("libjulia.dll", 14, 38), MSVC);
  EXPECT_EQ(TripleWith("libjulia.dll", 2, 42), GNU);
  EXPECT_EQ(TripleWith("libgcc_s_seh-1.dll", 14, 0), GNU);
  EXPECT_EQ(TripleWith("MSVCRT.dll"), GNU);
  EXPECT_EQ(TripleWith("VCRUNTIME140.dll"), MSVC);
  EXPECT_EQ(TripleWith("msvcr120.dll"), MSVC);
  EXPECT_EQ(DLL("i686-w64-windows-gnu").open()->triple().str(),
            "i686-unknown-windows");
  EXPECT_EQ(DLL("thumbv7-pc-windows-msvc").open()->triple().str(),
            "thumbv7-unknown-windows");
}

//===----------------------------------------------------------------------===//
// Canonical content
//===----------------------------------------------------------------------===//

TEST(PEImage, CanonicalContentIgnores) {
  for (const char *TripleName : Triples) {
    SCOPED_TRACE(TripleName);
    const LibrarySpec Spec = makeSpec(TripleName);
    const DLL D(Spec);
    const std::string Content = canonical(D);
    auto Same = [&](const DLL &Changed) {
      EXPECT_NE(Changed.Bytes, D.Bytes);
      EXPECT_EQ(canonical(Changed), Content);
    };
    Same(DLL(D).put32(DLL::Header + 4, 0x12345678));    // TimeDateStamp
    Same(DLL(D).put32(DLL::Optional + 64, 0x12345678)); // CheckSum
    Same(DLL(D).put32(DLL::Optional + 56, 0x10000));    // SizeOfImage
    Same(DLL(D).put32(D.directoryContent(0) + 4, 77));  // export TimeDateStamp
    Same(DLL(D).put16(DLL::Header + 18, D.get16(DLL::Header + 18) | 0x20c));
    DLL Stub(D);
    Stub.Bytes[2] = 'x';
    Same(Stub);
    DLL Padding(D); // of .text, behind its four bytes
    Padding.Bytes[D.get32(D.section(".text") + 20) + 4] = '\xcc';
    Same(Padding);
    // Without symbols.
    LibrarySpec Other = Spec;
    Other.LocalSymbols = false;
    Same(DLL(Other));
    // An Authenticode certificate at the end, which a directory tells of.
    DLL Signed(D);
    Signed.Bytes.resize(alignTo(D.Bytes.size(), 8));
    Signed.put32(D.directory(4), Signed.Bytes.size());
    Signed.put32(D.directory(4) + 4, 64);
    Signed.put32(DLL::Optional + 64, 0x5555);
    Signed.Bytes.append(64, 's');
    Same(Signed);
    // Another name of the same length.
    Other = Spec;
    Other.OutputName = "new.dll";
    Same(DLL(Other));
    // The header itself.
    Other = Spec;
    Other.Definitions.back().Bytes = "HEADER of ours";
    Same(DLL(Other));
  }
}

TEST(PEImage, CanonicalContentCounts) {
  for (const char *TripleName : Triples) {
    SCOPED_TRACE(TripleName);
    const LibrarySpec Spec = makeSpec(TripleName);
    const DLL D(Spec);
    const std::string Content = canonical(D);
    std::set<std::string> Seen = {Content};
    auto Differs = [&](const DLL &Changed, const char *What) {
      EXPECT_TRUE(Seen.insert(canonical(Changed)).second) << What;
    };
    const size_t O = DLL::Optional;
    Differs(DLL(D).put32(O + 16, 0x1000), "entry");
    Differs(DLL(D).put16(O + 68, 3), "subsystem");
    Differs(DLL(D).put16(O + 70, 0x100), "DllCharacteristics");
    Differs(DLL(D).put16(DLL::Header + 18, D.get16(DLL::Header + 18) | 0x800),
            "characteristics");
    Differs(DLL(D).put32(D.is64() ? O + 24 : O + 28, 0x20000000), "image base");
    Differs(DLL(D).put32(D.directory(3), 0x1000), "exception directory");
    Differs(DLL(D).put32(D.section(".data") + 36, 0xe0000040), "flags");
    Differs(DLL(D).put32(D.section(".data") + 8, 0x2800), "size");
    DLL Renamed(D);
    Renamed.Bytes[D.section(".text") + 1] = 'T';
    Differs(Renamed, "section name");
    for (const char *Name : {".text", ".rdata", ".data"}) {
      DLL Changed(D);
      Changed.Bytes[D.get32(D.section(Name) + 20)] ^= 1;
      Differs(Changed, Name);
    }
    Differs(DLL(D).put16(D.directoryContent(5) + 10, 0), ".reloc");
    LibrarySpec Other = Spec;
    Other.OutputName = "longer.dll";
    Differs(DLL(Other), "longer name");
    Other = Spec;
    Other.NeededLibraries[1] = "secOnd.dll";
    Differs(DLL(Other), "library");
    Other = Spec;
    Other.Definitions[2].Fixups[1].Target.Symbol = "import_c";
    Differs(DLL(Other), "import");
    Other = Spec;
    Other.Definitions[1].Name = "Constant";
    Differs(DLL(Other), "export");
    Other = Spec;
    Other.Definitions[4].ZeroFill = 9999;
    Differs(DLL(Other), "zeros");
  }
}

TEST(PEImage, CanonicalContentOfDebugSections) {
  // .text's neighbour .rdata stands for a section that strip removes.
  const LibrarySpec Spec = [] {
    LibrarySpec Spec;
    Spec.Format = ContainerFormat::PE;
    Spec.TheTriple = Triple("x86_64-w64-windows-gnu");
    Spec.Definitions = {define("code", DataDefinition::Text, "code"),
                        define("header", DataDefinition::Header, "debug")};
    return Spec;
  }();
  const DLL D(Spec);
  const size_t Section = D.section(".pkgimg");
  auto Counts = [&](StringRef Name, uint32_t Flags) {
    DLL Changed(D);
    memset(&Changed.Bytes[Section], 0, 8);
    memcpy(&Changed.Bytes[Section], Name.data(), Name.size());
    Changed.put32(Section + 36, Flags);
    const std::string Content = canonical(Changed);
    Changed.Bytes[D.get32(Section + 20)] ^= 1;
    return canonical(Changed) != Content;
  };
  constexpr uint32_t ReadOnly = 0x40000040, Discardable = 0x42000040;
  EXPECT_FALSE(Counts(".pkgimg", ReadOnly));
  EXPECT_TRUE(Counts(".other", ReadOnly));
  EXPECT_FALSE(Counts(".debug_i", Discardable));
  EXPECT_FALSE(Counts(".debug", ReadOnly));
  EXPECT_FALSE(Counts(".buildid", ReadOnly));
  EXPECT_FALSE(Counts(".other", Discardable));
  EXPECT_TRUE(Counts(".reloc", Discardable));
  // What runs, or is written, is not for debuggers alone.
  EXPECT_TRUE(Counts(".debug_i", Discardable | COFF::IMAGE_SCN_MEM_EXECUTE));
  EXPECT_TRUE(Counts(".debug_i", Discardable | COFF::IMAGE_SCN_MEM_WRITE));
  EXPECT_TRUE(Counts(".buildid", ReadOnly | COFF::IMAGE_SCN_CNT_CODE));
}

TEST(PEImage, CanonicalContentOfDebugDirectory) {
  LibrarySpec Spec = makeSpec();
  Spec.Definitions.push_back(define("debug_directory", DataDefinition::ReadOnly,
                                    std::string(2 * 28, '\0')));
  Spec.Definitions.push_back(define("record", DataDefinition::ReadOnly,
                                    "RSDS0123456789abcdef____a.pdb"));
  Spec.Definitions.push_back(
      define("flags", DataDefinition::ReadOnly, std::string("\1\0\0\0", 4)));
  Spec.Definitions.push_back(
      define("zeros", DataDefinition::ReadOnly, std::string(40, '\0')));
  DLL D(Spec);
  OpenImage Image = D.open();
  ASSERT_TRUE(bool(Image));
  auto Address = [&](StringRef Name) {
    return Image->findExport(Name)->Address;
  };
  const std::string Without = canonical(D);
  const size_t Entry = D.at(Address("debug_directory"));
  D.put32(D.directory(6), Address("debug_directory"));
  D.put32(D.directory(6) + 4, 56);
  D.put32(Entry + 12, COFF::IMAGE_DEBUG_TYPE_CODEVIEW);
  D.put32(Entry + 16, 29);
  D.put32(Entry + 20, Address("record"));
  D.put32(Entry + 28 + 12, COFF::IMAGE_DEBUG_TYPE_EX_DLLCHARACTERISTICS);
  D.put32(Entry + 28 + 16, 4);
  D.put32(Entry + 28 + 20, Address("flags"));
  const std::string Content = canonical(D);
  EXPECT_NE(Content, Without);
  auto Changed = [&](size_t At) {
    DLL Out(D);
    Out.Bytes[At] ^= 1;
    return canonical(Out);
  };
  EXPECT_EQ(Changed(Entry + 4), Content);  // TimeDateStamp
  EXPECT_EQ(Changed(Entry + 24), Content); // PointerToRawData
  EXPECT_EQ(Changed(D.at(Address("record"))), Content);
  EXPECT_EQ(Changed(D.at(Address("record")) + 28), Content);
  EXPECT_NE(Changed(D.at(Address("flags"))), Content);
  EXPECT_NE(Changed(D.at(Address("zeros"))), Content);
  // Zeros that count cannot be declared to be a record.
  EXPECT_NE(canonical(DLL(D).put32(Entry + 20, Address("zeros"))), Content);
  EXPECT_NE(canonical(DLL(D).put32(D.directory(6), Address("zeros"))), Content);
  // A record may leave its section, and a directory the image.
  EXPECT_NE(canonical(DLL(D).put32(Entry + 16, 0xffffffff)), Content);
  EXPECT_EQ(canonical(DLL(D).put32(D.directory(6), 0x90000)),
            canonical(DLL(D).put32(D.directory(6), 0)));
}

//===----------------------------------------------------------------------===//
// Any bytes
//===----------------------------------------------------------------------===//

TEST(PEImage, Truncated) {
  for (const char *TripleName : Triples) {
    const DLL D(TripleName);
    for (size_t Size = 0; Size != D.Bytes.size(); ++Size) {
      // In memory of its own, so that reading on is seen.
      std::unique_ptr<char[]> Part(new char[Size ? Size : 1]);
      memcpy(Part.get(), D.Bytes.data(), Size);
      Expected<std::unique_ptr<ImageFile>> Image = ImageFile::create(
          MemoryBufferRef(StringRef(Part.get(), Size), "x.dll"));
      EXPECT_FALSE(bool(Image)) << Size;
      consumeError(Image.takeError());
    }
  }
}

TEST(PEImage, BitFlips) {
  // The machines of one width differ in their numbers alone.
  for (const char *TripleName : {Triples[0], Triples[1]}) {
    DLL D(TripleName);
    for (size_t Bit = 0; Bit != D.Bytes.size() * 8; ++Bit) {
      D.Bytes[Bit / 8] ^= 1 << Bit % 8;
      if (Expected<std::unique_ptr<ImageFile>> Image = D.tryOpen())
        exercise(**Image);
      else
        consumeError(Image.takeError());
      D.Bytes[Bit / 8] ^= 1 << Bit % 8;
    }
  }
}

TEST(PEImage, RandomChanges) {
  std::mt19937_64 Random(7);
  const DLL Files[] = {DLL(Triples[0]), DLL(Triples[1]), DLL(Triples[2]),
                       DLL(Triples[3])};
  const uint32_t Values[] = {0,          1,          0x7fffffff, 0x80000000,
                             0xffffffff, 0xfffffff8, 0x1000,     0x6000};
  for (unsigned I = 0; I != 20000; ++I) {
    DLL D = Files[I % 4];
    for (unsigned N = 1 + Random() % 3; N; --N) {
      // Where the numbers are: the headers, and the tables in .rdata.
      size_t At = Random() % 2
                      ? DLL::Header + Random() % 0x1c0
                      : Files[I % 4].directoryContent(0) + Random() % 0x180;
      D.put32(At & ~size_t(3),
              Random() % 2 ? Values[Random() % 8] : uint32_t(Random()));
    }
    if (Expected<std::unique_ptr<ImageFile>> Image = D.tryOpen())
      exercise(**Image);
    else
      consumeError(Image.takeError());
  }
}

//===----------------------------------------------------------------------===//
// Checksums
//===----------------------------------------------------------------------===//

namespace {
/// The sum by its definition, one carry after the other.
uint32_t expectedChecksum(StringRef Bytes, size_t Field) {
  uint32_t Sum = 0;
  for (size_t I = 0; I < Bytes.size(); I += 2) {
    uint32_t Word = 0;
    for (size_t J = 0; J != 2 && I + J < Bytes.size(); ++J)
      if (I + J < Field || I + J >= Field + 4)
        Word |= uint32_t(uint8_t(Bytes[I + J])) << (8 * J);
    Sum += Word;
    Sum = (Sum & 0xffff) + (Sum >> 16);
  }
  return Sum + Bytes.size();
}
} // namespace

TEST(PEChecksum, Renew) {
  constexpr size_t Field = DLL::Optional + 64;
  for (const char *TripleName : Triples) {
    DLL D(TripleName);
    const std::string Before = D.Bytes;
    auto Renew = [](std::string &Bytes) {
      return toString(renewPEChecksum(
          MutableArrayRef<char>(Bytes.data(), Bytes.size()), "x.dll"));
    };
    // None stays none.
    EXPECT_EQ(Renew(D.Bytes), "");
    EXPECT_EQ(D.Bytes, Before);
    for (unsigned Extra = 0; Extra != 4; ++Extra) {
      D.put32(Field, 1 + Extra);
      EXPECT_EQ(Renew(D.Bytes), "");
      EXPECT_EQ(D.get32(Field), expectedChecksum(D.Bytes, Field));
      std::string Once = D.Bytes;
      EXPECT_EQ(Renew(D.Bytes), "");
      EXPECT_EQ(D.Bytes, Once);
      D.Bytes += char(0xf0 + Extra);
    }
  }
}

TEST(PEChecksum, Errors) {
  auto Error = [](std::string Bytes) {
    const std::string Before = Bytes;
    std::string Text = toString(renewPEChecksum(
        MutableArrayRef<char>(Bytes.data(), Bytes.size()), "x.dll"));
    if (!Text.empty())
      EXPECT_EQ(Bytes, Before);
    return Text;
  };
  EXPECT_EQ(Error("text"), "x.dll: expected a PE image, found: text file");
  EXPECT_EQ(Error(""), "x.dll: expected a PE image, found: empty file");
  EXPECT_EQ(Error(DLL().put16(DLL::Header + 16, 67).Bytes),
            "x.dll: the optional header has 67 bytes, too few for a checksum; "
            "the file is damaged: make it again");
  DLL D;
  D.put32(DLL::Optional + 64, 1);
  for (size_t Size = 0; Size != D.section(0u); ++Size)
    EXPECT_NE(Error(D.Bytes.substr(0, Size)), "") << Size;
  EXPECT_EQ(Error(D.Bytes.substr(0, D.section(0u))), "");
}
