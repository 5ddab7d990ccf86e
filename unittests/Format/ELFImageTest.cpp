//===- ELFImageTest.cpp - Reading and writing ELF images ------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/ImageFile.h"
#include "pkgimg/Format/InputCheck.h"
#include "pkgimg/Format/LibraryWriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <map>
#include <random>
#include <set>

#if defined(__linux__) && defined(__x86_64__) && defined(__GLIBC__)
#include <dlfcn.h>
#endif

using namespace llvm;
using namespace llvm::ELF;
using namespace pkgimg;

namespace {

const char *const Triples[] = {
    "x86_64-unknown-linux-gnu",        "i386-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",       "aarch64_be-unknown-linux-gnu",
    "arm-unknown-linux-gnueabihf",     "arm-unknown-linux-gnueabi",
    "riscv32-unknown-linux-gnu",       "riscv64-unknown-linux-gnu",
    "powerpc-unknown-linux-gnu",       "powerpc64-unknown-linux-gnu",
    "powerpc64le-unknown-linux-gnu",   "mips-unknown-linux-gnu",
    "mipsel-unknown-linux-gnu",        "mips64-unknown-linux-gnuabi64",
    "mips64el-unknown-linux-gnuabi64", "mipsisa32r6-unknown-linux-gnu",
    "loongarch64-unknown-linux-gnu",   "s390x-unknown-linux-gnu",
    "sparc-unknown-linux-gnu",         "sparcv9-unknown-linux-gnu",
    "hexagon-unknown-linux",           "m68k-unknown-linux-gnu",
    "x86_64-unknown-freebsd",          "x86_64-unknown-openbsd",
    "x86_64-unknown-netbsd",           "aarch64-unknown-linux-android",
};

const RelocationStyle Styles[] = {RelocationStyle::Default,
                                  RelocationStyle::REL, RelocationStyle::RELA,
                                  RelocationStyle::RELR};

DataDefinition define(StringRef Name, DataDefinition::LinkageType Linkage,
                      DataDefinition::PlaceType Place, std::string Bytes,
                      uint64_t ZeroFill = 0, uint64_t Alignment = 8) {
  DataDefinition D;
  D.Name = Name.str();
  D.Linkage = Linkage;
  D.Place = Place;
  D.Alignment = Alignment;
  D.Bytes = std::move(Bytes);
  D.ZeroFill = ZeroFill;
  return D;
}

void point(DataDefinition &D, uint64_t Offset, StringRef To,
           int64_t Distance = 0) {
  DataFixup F;
  F.Offset = Offset;
  F.Target = {To.str(), Distance};
  D.Fixups.push_back(F);
}

/// A small library with something in each place.
LibrarySpec makeSpec(StringRef Name,
                     RelocationStyle Style = RelocationStyle::Default) {
  LibrarySpec S;
  S.TheTriple = Triple(Name);
  S.Relocations = Style;
  S.OutputName = "libaa.so";
  S.NeededLibraries = {"libone.so", "libtwo.so", "libthree.so", "libfour.so"};
  unsigned W = S.TheTriple.isArch64Bit() ? 8 : 4;
  DataDefinition Code =
      define("code", DataDefinition::Exported, DataDefinition::Text,
             std::string("\xb8\x2a\0\0\0\xc3", 6));
  Code.IsFunction = true;
  DataDefinition Inner =
      define("inner", DataDefinition::Hidden, DataDefinition::Text,
             std::string("\xb8\x2b\0\0\0\xc3", 6));
  Inner.IsFunction = true;
  DataDefinition Table =
      define("table", DataDefinition::Exported, DataDefinition::RelRO,
             std::string(70 * W, '\0'));
  for (unsigned I = 0; I != 68; ++I)
    point(Table, I * W, I % 2 ? "code" : "text", I);
  point(Table, 68 * W, "getpid");
  point(Table, 69 * W, "environ", 12);
  DataDefinition Variable =
      define("variable", DataDefinition::Exported, DataDefinition::Data,
             std::string(3 * W, '\x11').replace(0, W, W, '\0'), 5000);
  point(Variable, 0, "inner", -4);
  DataDefinition Distances =
      define("distances", DataDefinition::Internal, DataDefinition::ReadOnly,
             std::string(8, '\0'));
  DataFixup F;
  F.Kind = DataFixup::Difference32;
  F.Target = {"table", 0};
  F.Minus = {"distances", 0};
  Distances.Fixups.push_back(F);
  S.Definitions = {Code,
                   Inner,
                   define("text", DataDefinition::Exported,
                          DataDefinition::ReadOnly, "constant"),
                   Distances,
                   Table,
                   Variable,
                   define("", DataDefinition::Hidden, DataDefinition::Header,
                          std::string(101, 'H'), 0, 16)};
  return S;
}

std::string write(const LibrarySpec &S) {
  Expected<std::string> Bytes = writeLibrary(S);
  EXPECT_TRUE(bool(Bytes));
  if (!Bytes) {
    ADD_FAILURE() << toString(Bytes.takeError());
    return std::string();
  }
  return *Bytes;
}

std::unique_ptr<ImageFile> open(StringRef Bytes) {
  Expected<std::unique_ptr<ImageFile>> Image =
      ImageFile::create(MemoryBufferRef(Bytes, "lib.so"));
  if (!Image) {
    ADD_FAILURE() << toString(Image.takeError());
    return nullptr;
  }
  return std::move(*Image);
}

/// The message of the error that opening \p Bytes gives, or "no error".
std::string openError(StringRef Bytes) {
  Expected<std::unique_ptr<ImageFile>> Image =
      ImageFile::create(MemoryBufferRef(Bytes, "lib.so"));
  return Image ? "no error" : toString(Image.takeError());
}

/// A word as "constant 0x1", "address 0x1", "import getpid 0x0" or an error.
std::string wordAt(const ImageFile &Image, uint64_t Address) {
  Expected<ImageWord> W = Image.readWord(Address, "the word");
  if (!W)
    return toString(W.takeError());
  std::string Value = " 0x" + utohexstr(W->Value, /*LowerCase=*/true);
  switch (W->Kind) {
  case ImageWord::Constant:
    return "constant" + Value;
  case ImageWord::Address:
    return "address" + Value;
  case ImageWord::Import:
    return "import " + W->Symbol.str() + Value;
  }
  return "unknown kind";
}

std::string hex(uint64_t Value) {
  return "0x" + utohexstr(Value, /*LowerCase=*/true);
}

/// What a digest is over, as bytes.
std::string canonical(StringRef Bytes) {
  std::unique_ptr<ImageFile> Image = open(Bytes);
  if (!Image)
    return "";
  CanonicalContent C = Image->canonicalContent();
  std::string Out = C.Summary;
  for (const CanonicalContent::Range &R : C.Ranges) {
    EXPECT_LE(R.Offset + R.Size, Bytes.size());
    EXPECT_NE(R.Size, 0u);
    if (R.IsZero)
      Out.append(R.Size, '\0');
    else
      Out += Bytes.substr(R.Offset, R.Size);
  }
  return Out;
}

/// Finds and changes fields of a file, whatever its class and byte order.
class Patcher {
public:
  explicit Patcher(std::string Bytes) : Bytes(std::move(Bytes)) {
    Is64 = this->Bytes[EI_CLASS] == ELFCLASS64;
    Order = this->Bytes[EI_DATA] == ELFDATA2LSB ? endianness::little
                                                : endianness::big;
    W = Is64 ? 8 : 4;
  }

  uint64_t get(uint64_t Offset, unsigned Size) const {
    const char *P = Bytes.data() + Offset;
    switch (Size) {
    case 1:
      return uint8_t(*P);
    case 2:
      return support::endian::read<uint16_t>(P, Order);
    case 4:
      return support::endian::read<uint32_t>(P, Order);
    default:
      return support::endian::read<uint64_t>(P, Order);
    }
  }
  Patcher &set(uint64_t Offset, unsigned Size, uint64_t Value) {
    char *P = Bytes.data() + Offset;
    switch (Size) {
    case 1:
      *P = char(Value);
      break;
    case 2:
      support::endian::write<uint16_t>(P, uint16_t(Value), Order);
      break;
    case 4:
      support::endian::write<uint32_t>(P, uint32_t(Value), Order);
      break;
    default:
      support::endian::write<uint64_t>(P, Value, Order);
    }
    return *this;
  }

  uint64_t phoff() const { return get(Is64 ? 32 : 28, W); }
  uint64_t numProgramHeaders() const { return get(Is64 ? 56 : 44, 2); }
  uint64_t shoffAt() const { return Is64 ? 40 : 32; }
  uint64_t shnumAt() const { return Is64 ? 60 : 48; }
  /// Offset of the program header of \p Type with number \p N among these.
  uint64_t programHeader(uint32_t Type, unsigned N = 0) const {
    for (uint64_t I = 0; I != numProgramHeaders(); ++I) {
      uint64_t At = phoff() + I * (Is64 ? 56 : 32);
      if (get(At, 4) == Type && !N--)
        return At;
    }
    ADD_FAILURE() << "no program header of type " << Type;
    return 0;
  }
  // Fields of a program header.
  uint64_t pOffset(uint64_t At) const { return At + (Is64 ? 8 : 4); }
  uint64_t pAddress(uint64_t At) const { return At + (Is64 ? 16 : 8); }
  uint64_t pFileSize(uint64_t At) const { return At + (Is64 ? 32 : 16); }
  uint64_t pMemorySize(uint64_t At) const { return At + (Is64 ? 40 : 20); }
  uint64_t pAlign(uint64_t At) const { return At + (Is64 ? 48 : 28); }

  /// Offset in the file of \p Address.
  uint64_t offsetOf(uint64_t Address) const {
    for (unsigned I = 0;; ++I) {
      uint64_t At = programHeader(PT_LOAD, I);
      if (!At)
        return 0;
      uint64_t From = get(pAddress(At), W);
      if (Address >= From && Address - From < get(pFileSize(At), W))
        return get(pOffset(At), W) + (Address - From);
    }
  }
  /// Offset of the value of the dynamic entry \p Tag number \p N.
  uint64_t dynamic(uint64_t Tag, unsigned N = 0) const {
    uint64_t At = get(pOffset(programHeader(PT_DYNAMIC)), W);
    for (;; At += 2 * W) {
      if (get(At, W) == Tag && !N--)
        return At + W;
      if (!get(At, W)) {
        ADD_FAILURE() << "no dynamic entry of tag " << Tag;
        return At + W;
      }
    }
  }
  uint64_t dynamicValue(uint64_t Tag) const { return get(dynamic(Tag), W); }
  /// Offset of the table that \p Tag points to.
  uint64_t table(uint64_t Tag) const { return offsetOf(dynamicValue(Tag)); }
  /// Makes the entry \p Old number 0 one of \p Tag with \p Value.
  Patcher &retag(uint64_t Old, uint64_t Tag, uint64_t Value) {
    uint64_t At = dynamic(Old);
    return set(At - W, W, Tag).set(At, W, Value);
  }
  /// Offset of the dynamic symbol \p Name.
  uint64_t symbol(StringRef Name) const {
    uint64_t Size = Is64 ? 24 : 16;
    for (uint64_t At = table(DT_SYMTAB) + Size;; At += Size) {
      if (At + Size > Bytes.size()) {
        ADD_FAILURE() << "no symbol " << Name.str();
        return 0;
      }
      if (StringRef(Bytes.data() + table(DT_STRTAB) + get(At, 4)) == Name)
        return At;
    }
  }
  uint64_t symbolIndex(StringRef Name) const {
    return (symbol(Name) - table(DT_SYMTAB)) / (Is64 ? 24 : 16);
  }

  std::string Bytes;
  bool Is64;
  endianness Order;
  unsigned W;
};

Patcher patch(StringRef Name = "x86_64-unknown-linux-gnu",
              RelocationStyle Style = RelocationStyle::Default) {
  return Patcher(write(makeSpec(Name, Style)));
}

} // namespace

//===----------------------------------------------------------------------===//
// What is written is read
//===----------------------------------------------------------------------===//

static void expectRoundTrip(const LibrarySpec &Spec) {
  std::string Bytes = write(Spec);
  EXPECT_EQ(Bytes, write(Spec));
  std::unique_ptr<ImageFile> Image = open(Bytes);
  ASSERT_TRUE(Image);
  EXPECT_EQ(Image->format(), ContainerFormat::ELF);
  EXPECT_EQ(Image->name(), "lib.so");
  EXPECT_EQ(Image->bytes().size(), Bytes.size());
  EXPECT_EQ(Image->arch(), Spec.TheTriple.getArch());
  EXPECT_EQ(Image->triple().str(), Spec.TheTriple.str());
  const unsigned W = Spec.TheTriple.isArch64Bit() ? 8 : 4;
  EXPECT_EQ(Image->pointerSize(), W);
  EXPECT_EQ(Image->isLittleEndian(), Spec.TheTriple.isLittleEndian());
  EXPECT_EQ(Image->outputName(), Spec.OutputName);
  ASSERT_EQ(Image->neededLibraries().size(), Spec.NeededLibraries.size());
  for (size_t I = 0; I != Spec.NeededLibraries.size(); ++I)
    EXPECT_EQ(Image->neededLibraries()[I], Spec.NeededLibraries[I]);

  // Symbols.
  std::map<std::string, uint64_t> Addresses;
  std::set<std::string> Defined, Imports;
  size_t NumExports = 0, NumLocals = 0, NumPointers = 0;
  for (const DataDefinition &D : Spec.Definitions) {
    Defined.insert(D.Name);
    bool IsExport = D.Linkage == DataDefinition::Exported;
    NumExports += IsExport;
    NumLocals += !IsExport && !D.Name.empty();
    if (!IsExport)
      continue;
    const ImageSymbol *S = Image->findExport(D.Name);
    ASSERT_TRUE(S) << D.Name;
    EXPECT_EQ(S->Size, D.size());
    EXPECT_EQ(S->IsFunction, D.IsFunction);
    EXPECT_FALSE(S->IsUndefined);
    EXPECT_EQ(S->Address % D.Alignment, 0u);
    Addresses[D.Name] = S->Address;
  }
  EXPECT_EQ(Image->exports().size(), NumExports);
  EXPECT_EQ(Image->localSymbols().size(), Spec.LocalSymbols ? NumLocals : 0);
  for (const ImageSymbol &S : Image->localSymbols())
    Addresses[S.Name.str()] = S.Address;
  for (const DataDefinition &D : Spec.Definitions)
    for (const DataFixup &F : D.Fixups) {
      NumPointers += F.Kind == DataFixup::Pointer;
      if (!Defined.count(F.Target.Symbol))
        Imports.insert(F.Target.Symbol);
    }
  ASSERT_EQ(Image->imports().size(), Imports.size());
  for (const ImageSymbol &S : Image->imports()) {
    EXPECT_TRUE(Imports.count(S.Name.str()));
    EXPECT_TRUE(S.IsUndefined);
    EXPECT_EQ(S.Address, 0u);
  }
  // The GOT of MIPS has an entry for each import.
  if (Spec.TheTriple.isMIPS())
    NumPointers += Imports.size();
  EXPECT_EQ(Image->numRelocations(), NumPointers);
  if (!Spec.LocalSymbols)
    return;

  // Memory.
  std::set<uint64_t> Pages;
  std::string Header;
  for (const DataDefinition &D : Spec.Definitions) {
    if (D.Place == DataDefinition::Header) {
      Header = D.Bytes;
      continue;
    }
    SCOPED_TRACE(D.Name);
    uint64_t Address = Addresses[D.Name];
    if (D.size()) {
      EXPECT_TRUE(Image->isMapped(Address, D.size()));
      const ImageSegment *S = Image->findSegment(Address);
      ASSERT_TRUE(S);
      EXPECT_EQ(S->IsExecutable, D.Place == DataDefinition::Text);
      EXPECT_EQ(S->IsWritable, D.Place == DataDefinition::RelRO ||
                                   D.Place == DataDefinition::Data);
      EXPECT_TRUE(S->IsReadable);
    }
    std::string Want = D.Bytes;
    std::string Got;
    if (!D.Bytes.empty()) {
      Expected<StringRef> Content = Image->read(Address, D.Bytes.size(), "it");
      ASSERT_TRUE(bool(Content)) << toString(Content.takeError());
      Got = Content->str();
    }
    for (const DataFixup &F : D.Fixups) {
      unsigned Size = F.Kind == DataFixup::Pointer ? W : 4;
      if (F.Kind == DataFixup::Difference32) {
        uint32_t Value = support::endian::read<uint32_t>(
            Got.data() + F.Offset,
            Image->isLittleEndian() ? endianness::little : endianness::big);
        EXPECT_EQ(Value, uint32_t(Addresses[F.Target.Symbol] + F.Target.Offset -
                                  Addresses[F.Minus.Symbol] - F.Minus.Offset));
      } else {
        Pages.insert((Address + F.Offset) / 4096);
        uint64_t Mask = W == 8 ? UINT64_MAX : UINT32_MAX;
        std::string Word =
            Defined.count(F.Target.Symbol)
                ? "address " +
                      hex((Addresses[F.Target.Symbol] + F.Target.Offset) & Mask)
                : "import " + F.Target.Symbol + " " + hex(F.Target.Offset);
        EXPECT_EQ(wordAt(*Image, Address + F.Offset), Word);
      }
      Want.replace(F.Offset, Size, Size, '\0');
      Got.replace(F.Offset, Size, Size, '\0');
    }
    EXPECT_EQ(Got, Want);
    if (D.ZeroFill > 2 * W && D.Place == DataDefinition::Data) {
      uint64_t End = alignDown(Address + D.size(), W) - W;
      EXPECT_EQ(wordAt(*Image, End), "constant 0x0");
    }
  }
  if (!Spec.TheTriple.isMIPS()) {
    EXPECT_EQ(Image->numRelocatedPages(), Pages.size());
  }
  ASSERT_EQ(Image->embeddedHeader().has_value(), !Header.empty());
  if (!Header.empty()) {
    EXPECT_EQ(*Image->embeddedHeader(), Header);
  }

  Expected<InputSummary> Summary =
      checkLinkerInput(MemoryBufferRef(Bytes, "lib.so"));
  ASSERT_TRUE(bool(Summary)) << toString(Summary.takeError());
  EXPECT_EQ(Summary->Kind, FileKind::ELFShared);
  EXPECT_EQ(Summary->Arch, Spec.TheTriple.getArch());
}

TEST(ELFImageTest, RoundTrip) {
  for (const char *Name : Triples)
    for (RelocationStyle Style : Styles) {
      SCOPED_TRACE(std::string(Name) + ", style " +
                   std::to_string(unsigned(Style)));
      LibrarySpec Spec = makeSpec(Name, Style);
      expectRoundTrip(Spec);
      Spec.LocalSymbols = false;
      expectRoundTrip(Spec);
    }
}

TEST(ELFImageTest, RoundTripOfNothing) {
  for (const char *Name : Triples)
    for (RelocationStyle Style : Styles) {
      SCOPED_TRACE(Name);
      LibrarySpec Spec;
      Spec.TheTriple = Triple(Name);
      Spec.Relocations = Style;
      expectRoundTrip(Spec);
    }
}

TEST(ELFImageTest, RoundTripOfRandomLibraries) {
  std::mt19937_64 Random(20250117);
  auto Pick = [&](uint64_t Limit) { return Random() % Limit; };
  for (unsigned Round = 0; Round != 300; ++Round) {
    LibrarySpec S;
    S.TheTriple = Triple(Triples[Pick(std::size(Triples))]);
    S.Relocations = Styles[Pick(std::size(Styles))];
    if (Pick(2))
      S.OutputName = "lib" + std::to_string(Pick(1000)) + ".so";
    for (unsigned I = Pick(3); I; --I)
      S.NeededLibraries.push_back("libneeded" + std::to_string(I) + ".so");
    const unsigned W = S.TheTriple.isArch64Bit() ? 8 : 4;
    unsigned NumDefinitions = Pick(30);
    bool HasHeader = false;
    for (unsigned I = 0; I != NumDefinitions; ++I) {
      auto Place = DataDefinition::PlaceType(Pick(5));
      if (Place == DataDefinition::Header && std::exchange(HasHeader, true))
        Place = DataDefinition::Data;
      auto Linkage = DataDefinition::LinkageType(Pick(3));
      std::string Bytes(Pick(4) ? Pick(40) : Pick(3000), '\0');
      for (char &C : Bytes)
        C = char(Random());
      if (Place == DataDefinition::Header && Bytes.empty())
        Bytes = "x";
      bool TakesZeros = Place != DataDefinition::Header && !Pick(3);
      DataDefinition D =
          define("s" + std::to_string(I), Linkage, Place, Bytes,
                 TakesZeros ? Pick(9000) : 0, uint64_t(1) << Pick(8));
      D.IsFunction = Place == DataDefinition::Text;
      bool TakesPointers =
          Place == DataDefinition::RelRO || Place == DataDefinition::Data;
      for (uint64_t At = Pick(9); At + W <= D.Bytes.size();) {
        bool IsImport = !Pick(4);
        if (TakesPointers && Pick(2)) {
          point(D, At,
                IsImport ? "i" + std::to_string(Pick(6))
                         : "s" + std::to_string(Pick(NumDefinitions)),
                int64_t(Pick(200)));
          D.Bytes.replace(At, W, W, '\0');
        }
        // Often the next word, sometimes one that is not aligned.
        At += Pick(20) ? W : W + Pick(50);
      }
      S.Definitions.push_back(std::move(D));
    }
    // A pointer to a definition in the header's note is none here.
    SCOPED_TRACE("round " + std::to_string(Round) + ", " + S.TheTriple.str());
    expectRoundTrip(S);
    if (HasFailure())
      return;
  }
}

TEST(ELFImageTest, Sections) {
  std::string Bytes = write(makeSpec("x86_64-unknown-linux-gnu"));
  std::unique_ptr<ImageFile> Image = open(Bytes);
  ASSERT_TRUE(Image);
  std::vector<std::string> Names;
  for (const ImageSection &S : Image->sections()) {
    Names.push_back(S.Name);
    EXPECT_TRUE(Image->isMapped(S.Address, S.Size)) << S.Name;
    EXPECT_EQ(S.FileSize,
              S.Name == ".bss" || S.Name == ".relro_padding" ? 0 : S.Size);
  }
  std::vector<std::string> Expected = {
      ".note.pkgimg", ".note.ABI-tag",  ".dynsym", ".hash", ".gnu.hash",
      ".dynstr",      ".rela.dyn",      ".rodata", ".text", ".data.rel.ro",
      ".dynamic",     ".relro_padding", ".data",   ".bss"};
  EXPECT_EQ(Names, Expected);
  // What the note holds is aligned.
  uint64_t At = Image->embeddedHeader()->data() - Image->bytes().data();
  EXPECT_EQ(At % 16, 0u);
  // The protection of relocated data ends with a page.
  for (const ImageSegment &S : Image->segments())
    if (S.IsWritable && &S != &Image->segments().back()) {
      EXPECT_EQ((S.Address + S.MemorySize) % 4096, 0u);
    }
}

TEST(ELFImageTest, StrippedFilesReadAsWell) {
  for (const char *Name : Triples) {
    SCOPED_TRACE(Name);
    Patcher P = patch(Name);
    std::unique_ptr<ImageFile> Full = open(P.Bytes);
    std::string Old = P.Bytes;
    // As `llvm-objcopy --strip-sections` leaves it.
    P.Bytes.resize(P.get(P.shoffAt(), P.W));
    P.set(P.shoffAt(), P.W, 0).set(P.shnumAt() - 2, 2, 0);
    P.set(P.shnumAt(), 2, 0).set(P.shnumAt() + 2, 2, 0);
    std::unique_ptr<ImageFile> Image = open(P.Bytes);
    ASSERT_TRUE(Full && Image);
    EXPECT_TRUE(Image->sections().empty());
    EXPECT_TRUE(Image->localSymbols().empty());
    EXPECT_EQ(Image->exports().size(), Full->exports().size());
    EXPECT_EQ(Image->imports().size(), Full->imports().size());
    EXPECT_EQ(Image->numRelocations(), Full->numRelocations());
    EXPECT_EQ(Image->triple().str(), Full->triple().str());
    EXPECT_EQ(canonical(P.Bytes), canonical(Old));
  }
}

#if defined(__linux__) && defined(__x86_64__) && defined(__GLIBC__)
TEST(ELFImageTest, LoadsOnThisHost) {
  for (RelocationStyle Style :
       {RelocationStyle::Default, RelocationStyle::RELA}) {
    LibrarySpec Spec = makeSpec("x86_64-unknown-linux-gnu", Style);
    Spec.NeededLibraries = {"libc.so.6"};
    SmallString<128> Path;
    int File;
    ASSERT_FALSE(sys::fs::createTemporaryFile("pkgimg-elf", "so", File, Path));
    {
      raw_fd_ostream OS(File, /*shouldClose=*/true);
      OS << write(Spec);
    }
    void *Library = dlopen(Path.c_str(), RTLD_NOW | RTLD_LOCAL);
    sys::fs::remove(Path);
    ASSERT_TRUE(Library) << dlerror();
    auto *Code = reinterpret_cast<int (*)()>(dlsym(Library, "code"));
    auto *Text = static_cast<char *>(dlsym(Library, "text"));
    auto *Table = static_cast<void **>(dlsym(Library, "table"));
    auto *Variable = static_cast<char **>(dlsym(Library, "variable"));
    ASSERT_TRUE(Code && Text && Table && Variable);
    EXPECT_EQ(dlsym(Library, "inner"), nullptr);
    EXPECT_EQ(Code(), 42);
    EXPECT_EQ(StringRef(Text, 8), "constant");
    EXPECT_EQ(Table[0], Text);
    EXPECT_EQ(Table[66], Text + 66);
    EXPECT_EQ(Table[1], reinterpret_cast<char *>(Code) + 1);
    EXPECT_EQ(Table[68], dlsym(RTLD_DEFAULT, "getpid"));
    EXPECT_EQ(Table[69],
              static_cast<char *>(dlsym(RTLD_DEFAULT, "environ")) + 12);
    EXPECT_EQ(reinterpret_cast<int (*)()>(Variable[0] + 4)(), 43);
    EXPECT_EQ(reinterpret_cast<char *>(Variable)[5000], '\0');
    dlclose(Library);
  }
}
#endif

TEST(ELFLibraryWriterTest, Errors) {
  auto WriteError = [](const LibrarySpec &S) {
    Expected<std::string> Bytes = writeLibrary(S);
    return Bytes ? "no error" : toString(Bytes.takeError());
  };
  LibrarySpec S = makeSpec("x86_64-unknown-linux-gnu");
  S.Relocations = RelocationStyle::Chained;
  EXPECT_EQ(WriteError(S), "ELF has no relocations of Mach-O's forms");
  for (const char *Name :
       {"wasm32-unknown-unknown", "x86_64-unknown-linux-gnux32",
        "mips64-unknown-linux-gnuabin32", "avr-unknown-unknown"})
    EXPECT_EQ(WriteError(makeSpec(Name)),
              "no ELF shared library can be written for '" + std::string(Name) +
                  "'; expected a machine and an ABI that have them");
  S = makeSpec("i386-unknown-linux-gnu");
  S.Definitions.push_back(define("large", DataDefinition::Hidden,
                                 DataDefinition::Data, "", uint64_t(1) << 32));
  EXPECT_NE(WriteError(S).find("the section '.bss' of 42949"),
            std::string::npos);
  S = makeSpec("x86_64-unknown-linux-gnu");
  S.Definitions[0].Alignment = uint64_t(1) << 40;
  EXPECT_EQ(WriteError(S),
            "the section '.text' of 14 bytes, aligned to 1099511627776, does "
            "not fit in the memory of 'x86_64-unknown-linux-gnu'");
}

//===----------------------------------------------------------------------===//
// The digest
//===----------------------------------------------------------------------===//

TEST(ELFImageTest, WhatDoesNotCount) {
  for (const char *Name : Triples) {
    SCOPED_TRACE(Name);
    LibrarySpec Spec = makeSpec(Name);
    std::string Base = canonical(write(Spec));
    Spec.OutputName = "libbb.so";
    EXPECT_EQ(canonical(write(Spec)), Base);
    Spec.LocalSymbols = false;
    EXPECT_EQ(canonical(write(Spec)), Base);
    Spec.Definitions.back().Bytes.assign(101, 'J');
    EXPECT_EQ(canonical(write(Spec)), Base);
    // Where a segment is in the file, and p_paddr.
    Patcher P(write(Spec));
    uint64_t At = P.programHeader(PT_LOAD, 0);
    P.set(P.pAddress(At) + P.W, P.W, 0x1230000);
    EXPECT_EQ(canonical(P.Bytes), Base);
  }
}

TEST(ELFImageTest, BuildIDDoesNotCount) {
  // The note of the ABI's version becomes one of the build ID.
  Patcher P = patch();
  uint64_t Note = P.Bytes.find(std::string("\x10\0\0\0\1\0\0\0GNU\0", 12));
  ASSERT_NE(Note, std::string::npos);
  P.set(Note + 4, 4, NT_GNU_BUILD_ID);
  std::string Base = canonical(P.Bytes);
  P.set(Note + 12, 8, 0x0123456789abcdef);
  P.set(Note + 20, 8, 0xfedcba9876543210);
  EXPECT_EQ(canonical(P.Bytes), Base);
  P.set(Note + 4, 4, NT_GNU_ABI_TAG);
  EXPECT_NE(canonical(P.Bytes), Base);
}

TEST(ELFImageTest, WhatCounts) {
  LibrarySpec Spec = makeSpec("aarch64-unknown-linux-gnu");
  std::string Base = canonical(write(Spec));
  auto ExpectOther = [&](const LibrarySpec &S) {
    EXPECT_NE(canonical(write(S)), Base);
  };
  LibrarySpec S = Spec;
  S.Definitions[0].Bytes[0] ^= 1;
  ExpectOther(S);
  S = Spec;
  S.NeededLibraries[1] = "libTwo.so";
  ExpectOther(S);
  S = Spec;
  S.Definitions[2].Name = "Text";
  for (DataDefinition &D : S.Definitions)
    for (DataFixup &F : D.Fixups)
      if (F.Target.Symbol == "text")
        F.Target.Symbol = "Text";
  ExpectOther(S);
  S = Spec;
  S.Definitions[4].Fixups[0].Target.Offset = 1;
  ExpectOther(S);
  S = Spec;
  S.Definitions[4].Fixups[68].Target.Symbol = "getuid";
  ExpectOther(S);
  S = Spec;
  S.Definitions[0].IsFunction = false;
  ExpectOther(S);
  S = Spec;
  S.Definitions[5].ZeroFill += 8;
  ExpectOther(S);
  S = Spec;
  S.TheTriple = Triple("riscv64-unknown-linux-gnu");
  ExpectOther(S);
  // The protection of a segment.
  Patcher P(write(Spec));
  uint64_t At = P.programHeader(PT_LOAD, 1);
  P.set(At + 4, 4, PF_R | PF_W | PF_X);
  EXPECT_NE(canonical(P.Bytes), Base);
}

TEST(ELFImageTest, RangesCoverTheSegments) {
  std::string Bytes = write(makeSpec("powerpc-unknown-linux-gnu"));
  std::unique_ptr<ImageFile> Image = open(Bytes);
  ASSERT_TRUE(Image);
  uint64_t Total = 0, Zeros = 0, End = 0;
  for (const CanonicalContent::Range &R : Image->canonicalContent().Ranges) {
    EXPECT_GE(R.Offset, End);
    End = R.Offset + R.Size;
    Total += R.Size;
    Zeros += R.IsZero ? R.Size : 0;
  }
  uint64_t FileSize = 0;
  for (const ImageSegment &S : Image->segments())
    FileSize += S.FileSize;
  EXPECT_EQ(Total, FileSize);
  // e_shoff and the three fields at the end, p_offset and p_paddr of eight
  // headers, the name, and the header.
  EXPECT_EQ(Zeros, 4u + 6 + 8 * 8 + 8 + 101);
}

//===----------------------------------------------------------------------===//
// Symbols and notes
//===----------------------------------------------------------------------===//

TEST(ELFImageTest, KindsOfSymbols) {
  Patcher P = patch();
  uint64_t Code = P.symbol("code");
  uint64_t Text = P.symbol("text");
  auto IsExported = [](const Patcher &P, StringRef Name) {
    std::unique_ptr<ImageFile> Image = open(P.Bytes);
    return Image && Image->findExport(Name);
  };
  for (unsigned Binding : {STB_GLOBAL, STB_WEAK, STB_GNU_UNIQUE})
    for (unsigned Type : {STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_GNU_IFUNC}) {
      P.set(Code + 4, 1, Binding << 4 | Type);
      EXPECT_TRUE(IsExported(P, "code"));
    }
  EXPECT_TRUE(open(P.Bytes)->findExport("code")->IsFunction);
  P.set(Code + 4, 1, STB_GLOBAL << 4 | STT_TLS);
  EXPECT_FALSE(IsExported(P, "code"));
  P.set(Code + 4, 1, STB_LOCAL << 4 | STT_FUNC);
  EXPECT_FALSE(IsExported(P, "code"));
  P.set(Code + 4, 1, STB_GLOBAL << 4 | STT_FUNC);
  for (unsigned Visibility : {STV_INTERNAL, STV_HIDDEN}) {
    P.set(Code + 5, 1, Visibility);
    EXPECT_FALSE(IsExported(P, "code"));
  }
  P.set(Code + 5, 1, STV_PROTECTED);
  EXPECT_TRUE(IsExported(P, "code"));
  P.set(Code + 6, 2, SHN_ABS);
  EXPECT_FALSE(IsExported(P, "code"));
  P.set(Code + 6, 2, SHN_UNDEF);
  EXPECT_FALSE(IsExported(P, "code"));
  EXPECT_EQ(open(P.Bytes)->imports().size(), 3u);
  // Twice the same name.
  P = patch();
  P.set(Text, 4, P.get(Code, 4));
  EXPECT_EQ(openError(P.Bytes), "lib.so: the symbol 'code' is exported twice; "
                                "the file is damaged: make the image again");
}

TEST(ELFImageTest, Versions) {
  LibrarySpec Spec = makeSpec("x86_64-unknown-linux-gnu");
  Spec.Definitions.push_back(define("versions", DataDefinition::Exported,
                                    DataDefinition::ReadOnly,
                                    std::string(32, '\0')));
  Patcher P(write(Spec));
  std::unique_ptr<ImageFile> Image = open(P.Bytes);
  uint64_t Address = Image->findExport("versions")->Address;
  P.retag(DT_HASH, DT_VERSYM, Address);
  uint64_t Table = P.offsetOf(Address);
  auto SetVersion = [&](StringRef Name, unsigned Version) {
    P.set(Table + 2 * P.symbolIndex(Name), 2, Version);
  };
  for (const char *Name : {"text", "table", "variable", "versions", "code"})
    SetVersion(Name, 1);
  EXPECT_EQ(open(P.Bytes)->exports().size(), 5u);
  SetVersion("code", VER_NDX_LOCAL);
  EXPECT_FALSE(open(P.Bytes)->findExport("code"));
  // Two versions of one name: the default one counts.
  uint64_t Code = P.symbol("code"), Text = P.symbol("text");
  uint64_t CodeAddress = P.get(Code + 8, 8);
  SetVersion("code", 3);
  SetVersion("text", 2 | VERSYM_HIDDEN);
  P.set(Text, 4, P.get(Code, 4));
  Image = open(P.Bytes);
  ASSERT_TRUE(Image);
  ASSERT_TRUE(Image->findExport("code"));
  EXPECT_EQ(Image->findExport("code")->Address, CodeAddress);
  EXPECT_EQ(Image->exports().size(), 4u);

  // A table that ends early.
  const ImageSegment &S = Image->segments()[0];
  P.retag(DT_VERSYM, DT_VERSYM, S.Address + S.FileSize - 2);
  EXPECT_NE(openError(P.Bytes).find("has no entry for each of the"),
            std::string::npos);
}

TEST(ELFImageTest, VersionDefinitions) {
  LibrarySpec Spec = makeSpec("x86_64-unknown-linux-gnu");
  std::string Table(48, '\0');
  Table[0] = Table[24] = 1;
  Table[2] = VER_FLG_BASE;
  Table[16] = 24;
  Spec.Definitions.push_back(define("definitions", DataDefinition::Exported,
                                    DataDefinition::ReadOnly, Table));
  Patcher P(write(Spec));
  uint64_t Address = open(P.Bytes)->findExport("definitions")->Address;
  P.retag(DT_HASH, DT_VERDEF, Address).retag(DT_NEEDED, DT_VERDEFNUM, 2);
  std::string Base = canonical(P.Bytes);
  // The hash of the library's name does not count, that of a version does.
  uint64_t At = P.offsetOf(Address);
  P.set(At + 8, 4, 0x12345678);
  EXPECT_EQ(canonical(P.Bytes), Base);
  P.set(At + 24 + 8, 4, 0x12345678);
  EXPECT_NE(canonical(P.Bytes), Base);
  // A walk that does not advance, and one that leaves the segment.
  P.retag(DT_VERDEFNUM, DT_VERDEFNUM, UINT64_MAX);
  EXPECT_EQ(openError(P.Bytes), "no error");
  P.set(At + 24 + 16, 4, 4);
  EXPECT_NE(openError(P.Bytes).find("overlaps the next"), std::string::npos);
  P.set(At + 24 + 16, 4, UINT32_MAX);
  EXPECT_NE(openError(P.Bytes).find("version definition 2 at address"),
            std::string::npos);
}

TEST(ELFImageTest, SystemsOfLibraries) {
  auto TripleOf = [](const char *Name, const char *Library, int OSABI = -1) {
    LibrarySpec S = makeSpec(Name);
    S.NeededLibraries = {"libm.so", Library};
    Patcher P(write(S));
    if (OSABI >= 0)
      P.set(EI_OSABI, 1, OSABI);
    return open(P.Bytes)->triple().str();
  };
  const char *X64 = "x86_64-unknown-unknown";
  EXPECT_EQ(TripleOf(X64, "libx.so"), "x86_64-unknown-unknown");
  EXPECT_EQ(TripleOf(X64, "libc.so.6"), "x86_64-unknown-linux-gnu");
  EXPECT_EQ(TripleOf(X64, "ld-linux-x86-64.so.2"), "x86_64-unknown-linux-gnu");
  EXPECT_EQ(TripleOf(X64, "libc.musl-x86_64.so.1"),
            "x86_64-unknown-linux-musl");
  EXPECT_EQ(TripleOf(X64, "libc.so.7"), "x86_64-unknown-freebsd");
  EXPECT_EQ(TripleOf(X64, "libc.so.12"), "x86_64-unknown-netbsd");
  EXPECT_EQ(TripleOf(X64, "libc.so.97.1"), "x86_64-unknown-openbsd");
  EXPECT_EQ(TripleOf(X64, "libx.so", ELFOSABI_GNU), "x86_64-unknown-linux");
  EXPECT_EQ(TripleOf(X64, "libc.so.6", ELFOSABI_GNU),
            "x86_64-unknown-linux-gnu");
  EXPECT_EQ(TripleOf(X64, "libx.so", ELFOSABI_FREEBSD),
            "x86_64-unknown-freebsd");
  EXPECT_EQ(TripleOf(X64, "libx.so", ELFOSABI_SOLARIS),
            "x86_64-unknown-solaris");
  EXPECT_EQ(TripleOf("arm-unknown-unknown-eabihf", "libx.so"),
            "arm-unknown-unknown-eabihf");
  EXPECT_EQ(TripleOf("arm-unknown-unknown", "libc.so.6"),
            "arm-unknown-linux-gnueabi");
  EXPECT_EQ(TripleOf("arm-unknown-unknown-eabihf", "libc.musl-armhf.so.1"),
            "arm-unknown-linux-musleabihf");
}

TEST(ELFImageTest, PointersOf32BitsOn64BitMachines) {
  // x32: as i386, for another machine.
  Patcher P = patch("i386-unknown-linux-gnu", RelocationStyle::RELA);
  P.set(18, 2, EM_X86_64);
  uint64_t At = P.table(DT_RELA);
  for (uint64_t I = 0; I != P.dynamicValue(DT_RELASZ); I += 12) {
    uint64_t Info = P.get(At + I + 4, 4);
    P.set(At + I + 4, 4,
          (Info & ~uint64_t(0xff)) |
              ((Info & 0xff) == R_386_RELATIVE ? R_X86_64_RELATIVE
                                               : R_X86_64_32));
  }
  std::unique_ptr<ImageFile> Image = open(P.Bytes);
  ASSERT_TRUE(Image);
  EXPECT_EQ(Image->arch(), Triple::x86_64);
  EXPECT_EQ(Image->pointerSize(), 4u);
  EXPECT_EQ(Image->triple().str(), "x86_64-unknown-linux-gnux32");
  uint64_t Table = Image->findExport("table")->Address;
  EXPECT_EQ(wordAt(*Image, Table),
            "address " + hex(Image->findExport("text")->Address));
  EXPECT_EQ(wordAt(*Image, Table + 69 * 4), "import environ 0xc");

  // n32: as MIPS of 32 bits, with a flag.
  P = patch("mipsel-unknown-linux-gnu");
  P.set(36, 4, P.get(36, 4) | EF_MIPS_ABI2);
  Image = open(P.Bytes);
  ASSERT_TRUE(Image);
  EXPECT_EQ(Image->triple().str(), "mips64el-unknown-linux-gnuabin32");
  EXPECT_EQ(Image->pointerSize(), 4u);
}

TEST(ELFImageTest, Notes) {
  Patcher P = patch();
  uint64_t Header = P.programHeader(PT_NOTE);
  uint64_t Note = P.get(P.pOffset(Header), 8);
  std::string Old = P.Bytes;
  const std::string Damaged = "; the file is damaged: make the image again";
  // Sizes that wrap around, or go to the end of the address space.
  for (uint64_t Size : {0xffffffffu, 0xfffffff0u, 0x80000000u, 0xc0u}) {
    P.Bytes = Old;
    P.set(Note, 4, Size);
    EXPECT_NE(openError(P.Bytes).find("has a name of " + hex(Size)),
              std::string::npos)
        << openError(P.Bytes);
    P.Bytes = Old;
    P.set(Note + 4, 4, Size);
    EXPECT_NE(openError(P.Bytes).find("and a content of " + hex(Size)),
              std::string::npos)
        << openError(P.Bytes);
  }
  // Another owner and another type.
  P.Bytes = Old;
  P.set(Note + 12, 1, 'q');
  EXPECT_FALSE(open(P.Bytes)->embeddedHeader());
  P.Bytes = Old;
  P.set(Note + 8, 4, 2);
  EXPECT_FALSE(open(P.Bytes)->embeddedHeader());
  // A second header.
  P.Bytes = Old;
  uint64_t Second = P.programHeader(PT_GNU_STACK);
  for (unsigned I = 0; I != 56; ++I)
    P.Bytes[Second + I] = P.Bytes[Header + I];
  EXPECT_NE(openError(P.Bytes).find("there are two notes of pkgimg"),
            std::string::npos);
  // A segment of notes that is nowhere.
  P.Bytes = Old;
  P.set(P.pAddress(Header), 8, 0xfffffffffffffff0);
  EXPECT_EQ(openError(P.Bytes), "lib.so: a note segment at address "
                                "0xfffffffffffffff0 is in no segment" +
                                    Damaged);
  // With an alignment of 8, padding is another.
  P.Bytes = Old;
  P.set(P.pAlign(Header), 8, 8);
  EXPECT_NE(openError(P.Bytes), "no error");
}

/// A file whose program headers are those of \p P after \p Count others, each
/// of a segment of notes with the \p Size bytes at \p Address.
static std::string prependNotes(const Patcher &P, unsigned Count,
                                uint64_t Address, uint64_t Size) {
  const uint64_t HeaderSize = 56;
  const uint64_t Table = alignTo(P.Bytes.size(), 8);
  Patcher Q(P.Bytes);
  Q.Bytes.resize(Table + Count * HeaderSize);
  for (unsigned I = 0; I != Count; ++I) {
    uint64_t At = Table + I * HeaderSize;
    Q.set(At, 4, PT_NOTE).set(Q.pAddress(At), 8, Address);
    Q.set(Q.pFileSize(At), 8, Size).set(Q.pAlign(At), 8, 4);
  }
  Q.Bytes += P.Bytes.substr(P.phoff(), P.numProgramHeaders() * HeaderSize);
  Q.set(32, 8, Table).set(56, 2, P.numProgramHeaders() + Count);
  return Q.Bytes;
}

TEST(ELFImageTest, NotesThatShareTheirBytes) {
  // Zeros are empty notes.
  LibrarySpec S = makeSpec("x86_64-unknown-linux-gnu");
  const uint64_t Size = 12 * 1024;
  S.Definitions.push_back(define("zeros", DataDefinition::Exported,
                                 DataDefinition::ReadOnly,
                                 std::string(Size, '\0')));
  Patcher P(write(S));
  uint64_t Address = open(P.Bytes)->findExport("zeros")->Address;
  std::string Once = prependNotes(P, 1, Address, Size);
  std::unique_ptr<ImageFile> Image = open(Once);
  ASSERT_TRUE(Image);
  EXPECT_TRUE(Image->embeddedHeader());
  EXPECT_EQ(findEmbeddedHeader(Once), Image->embeddedHeader());
  // Many could make a small file cost as much as a large one.
  for (unsigned Count : {200, 60000}) {
    std::string Many = prependNotes(P, Count, Address, Size);
    EXPECT_NE(openError(Many).find("the note segments to that at " +
                                   hex(Address) +
                                   " have more bytes than the file"),
              std::string::npos)
        << openError(Many);
    EXPECT_EQ(findEmbeddedHeader(Many), std::nullopt);
  }
}

//===----------------------------------------------------------------------===//
// Relocations
//===----------------------------------------------------------------------===//

TEST(ELFImageTest, KindsOfRelocations) {
  LibrarySpec Spec = makeSpec("x86_64-unknown-linux-gnu");
  Patcher P(write(Spec));
  std::unique_ptr<ImageFile> Image = open(P.Bytes);
  ASSERT_TRUE(Image);
  uint64_t Table = Image->findExport("table")->Address;
  uint64_t Code = Image->findExport("code")->Address;
  uint64_t Rela = P.table(DT_RELA);
  auto SetInfo = [&](unsigned I, uint64_t Symbol, uint64_t Type) {
    P.set(Rela + I * 24 + 8, 8, Symbol << 32 | Type);
  };
  auto Word = [&](unsigned I) {
    std::unique_ptr<ImageFile> Image = open(P.Bytes);
    return Image ? wordAt(*Image, Table + I * 8) : "";
  };
  const std::string NoSymbol = "lib.so: the word at address " + hex(Table + 8) +
                               " does not hold the address of a symbol: ";

  // With a symbol that is defined here, and its addend of 1.
  uint64_t CodeIndex = P.symbolIndex("code");
  P.set(Rela + 24 + 16, 8, uint64_t(-3));
  SetInfo(1, CodeIndex, R_X86_64_64);
  EXPECT_EQ(Word(1), "address " + hex(Code - 3));
  P.set(Rela + 24 + 16, 8, 0);
  for (uint32_t Type : {R_X86_64_GLOB_DAT, R_X86_64_JUMP_SLOT}) {
    SetInfo(1, CodeIndex, Type);
    EXPECT_EQ(Word(1), "address " + hex(Code));
    SetInfo(1, P.symbolIndex("getpid"), Type);
    EXPECT_EQ(Word(1), "import getpid 0x0");
  }
  SetInfo(1, 0, R_X86_64_IRELATIVE);
  P.set(Rela + 24 + 16, 8, Code);
  EXPECT_EQ(Word(1), NoSymbol + "the loader asks the function at " + hex(Code) +
                         " for it");
  SetInfo(1, CodeIndex, R_X86_64_TPOFF64);
  EXPECT_EQ(Word(1), NoSymbol + "its relocation is of type 18");
  SetInfo(1, 0, R_X86_64_64);
  EXPECT_EQ(Word(1), NoSymbol + "its relocation is of type 1");
  SetInfo(1, 0, R_X86_64_NONE);
  EXPECT_EQ(Word(1), "constant 0x0");
  EXPECT_EQ(open(P.Bytes)->numRelocations(), Image->numRelocations() - 1);

  // Symbols that have no address.
  SetInfo(1, CodeIndex, R_X86_64_64);
  P.set(Rela + 24 + 16, 8, 5);
  uint64_t Symbol = P.symbol("code");
  P.set(Symbol + 4, 1, STB_GLOBAL << 4 | STT_GNU_IFUNC);
  EXPECT_EQ(Word(1), NoSymbol + "the loader asks the indirect function 'code' "
                                "for it");
  P.set(Symbol + 4, 1, STB_GLOBAL << 4 | STT_TLS);
  EXPECT_EQ(Word(1), NoSymbol + "'code' is thread-local or has no place");
  P.set(Symbol + 4, 1, STB_GLOBAL << 4 | STT_FUNC);
  P.set(Symbol + 6, 2, SHN_ABS);
  EXPECT_EQ(Word(1), "constant " + hex(Code + 5));

  // A descriptor of two words.
  P = Patcher(write(Spec));
  Image = open(P.Bytes);
  SetInfo(2, 0, R_X86_64_TLSDESC);
  SetInfo(3, 0, R_X86_64_NONE);
  EXPECT_EQ(Word(3), "lib.so: the word at address " + hex(Table + 24) +
                         " is relocated in part, at " + hex(Table + 16) +
                         "; expected one relocation for all of it");
  EXPECT_EQ(Word(4), "address " + hex(Image->findExport("text")->Address + 4));
  // Words beside the relocated ones.
  Image = open(P.Bytes);
  EXPECT_NE(wordAt(*Image, Table + 3).find("is relocated in part"),
            std::string::npos);
  EXPECT_NE(wordAt(*Image, Table + 4).find("is relocated in part"),
            std::string::npos);
}

TEST(ELFImageTest, StoredAddends) {
  // In REL tables, the addend of a word is stored, and that of an entry of the
  // GOT is no addend.
  Patcher P = patch("i386-unknown-linux-gnu");
  std::unique_ptr<ImageFile> Image = open(P.Bytes);
  ASSERT_TRUE(Image);
  uint64_t Table = Image->findExport("table")->Address;
  uint64_t Rel = P.table(DT_REL);
  EXPECT_EQ(wordAt(*Image, Table + 69 * 4), "import environ 0xc");
  P.set(P.offsetOf(Table + 69 * 4), 4, uint32_t(-12));
  EXPECT_EQ(wordAt(*open(P.Bytes), Table + 69 * 4),
            "import environ 0xfffffffffffffff4");
  uint64_t Info = P.get(Rel + 69 * 8 + 4, 4);
  P.set(Rel + 69 * 8 + 4, 4, (Info & ~uint64_t(0xff)) | R_386_GLOB_DAT);
  EXPECT_EQ(wordAt(*open(P.Bytes), Table + 69 * 4), "import environ 0x0");
  // Addresses have 32 bits.
  Rel = P.table(DT_REL) + 4;
  P.set(Rel, 4, P.symbolIndex("code") << 8 | R_386_32);
  P.set(P.offsetOf(Table), 4, uint32_t(-0x7fffffff));
  EXPECT_EQ(wordAt(*open(P.Bytes), Table),
            "address " +
                hex(uint32_t(Image->findExport("code")->Address - 0x7fffffff)));
}

TEST(ELFImageTest, FunctionDescriptors) {
  Patcher P = patch("powerpc64-unknown-linux-gnu");
  uint64_t Table = open(P.Bytes)->findExport("table")->Address;
  uint64_t Rela = P.table(DT_RELA);
  uint64_t Info = P.get(Rela + 69 * 24 + 8, 8);
  P.set(Rela + 69 * 24 + 8, 8, (Info & ~uint64_t(0xff)) | R_PPC64_JMP_SLOT);
  P.set(Rela + 69 * 24 + 16, 8, 0);
  EXPECT_EQ(wordAt(*open(P.Bytes), Table + 69 * 8), "import environ 0x0");
  // Version 1 of the ABI copies three words.
  P.set(48, 4, 1);
  std::unique_ptr<ImageFile> Image = open(P.Bytes);
  ASSERT_TRUE(Image);
  EXPECT_NE(wordAt(*Image, Table + 69 * 8).find("its relocation is of type 21"),
            std::string::npos);
  EXPECT_NE(wordAt(*Image, Table + 71 * 8).find("is relocated in part"),
            std::string::npos);
  // Without DT_PPC_GOT, the PLT of 32-bit PowerPC is code.
  P = patch("powerpc-unknown-linux-gnu");
  Table = open(P.Bytes)->findExport("table")->Address;
  Rela = P.table(DT_RELA);
  Info = P.get(Rela + 69 * 12 + 4, 4);
  P.set(Rela + 69 * 12 + 4, 4, (Info & ~uint64_t(0xff)) | R_PPC_JMP_SLOT);
  P.set(Rela + 69 * 12 + 8, 4, 0);
  EXPECT_NE(wordAt(*open(P.Bytes), Table + 69 * 4).find("of type 21"),
            std::string::npos);
  P.retag(DT_NEEDED, DT_PPC_GOT, 0);
  EXPECT_EQ(wordAt(*open(P.Bytes), Table + 69 * 4), "import environ 0x0");
}

TEST(ELFImageTest, Mips) {
  for (const char *Name :
       {"mips64-unknown-linux-gnuabi64", "mips64el-unknown-linux-gnuabi64"}) {
    SCOPED_TRACE(Name);
    Patcher P = patch(Name);
    std::unique_ptr<ImageFile> Image = open(P.Bytes);
    ASSERT_TRUE(Image);
    uint64_t Table = Image->findExport("table")->Address;
    uint64_t GOT = P.dynamicValue(DT_PLTGOT);
    EXPECT_EQ(wordAt(*Image, GOT), "constant 0x0");
    EXPECT_EQ(wordAt(*Image, GOT + 16), "import environ 0x0");
    EXPECT_EQ(wordAt(*Image, GOT + 24), "import getpid 0x0");
    // Without R_MIPS_64, a relocation is of 32 bits.
    uint64_t Rel = P.table(DT_REL);
    EXPECT_EQ(P.get(Rel + 14, 1), uint64_t(R_MIPS_64));
    EXPECT_EQ(P.get(Rel + 15, 1), uint64_t(R_MIPS_REL32));
    P.set(Rel + 14, 1, 0);
    EXPECT_NE(wordAt(*open(P.Bytes), Table).find("is of type 3"),
              std::string::npos);
    P.set(Rel + 14, 1, R_MIPS_64);
    // Local entries hold addresses: the third, if the second is the loader's.
    P.set(P.dynamic(DT_MIPS_LOCAL_GOTNO), 8, 3);
    P.set(P.dynamic(DT_MIPS_GOTSYM), 8, P.symbolIndex("getpid"));
    P.set(P.offsetOf(GOT + 16), 8, 0x1234);
    Image = open(P.Bytes);
    ASSERT_TRUE(Image);
    EXPECT_EQ(wordAt(*Image, GOT + 8), "constant 0x8000000000000000");
    EXPECT_EQ(wordAt(*Image, GOT + 16), "address 0x1234");
    EXPECT_EQ(wordAt(*Image, GOT + 24), "import getpid 0x0");
    P.set(P.offsetOf(GOT + 8), 8, 0x5678);
    EXPECT_EQ(wordAt(*open(P.Bytes), GOT + 8), "address 0x5678");
    // Numbers that lie.
    std::string Old = P.Bytes;
    P.set(P.dynamic(DT_MIPS_LOCAL_GOTNO), 8, UINT64_MAX);
    EXPECT_NE(openError(P.Bytes).find("the GOT at address"), std::string::npos);
    P.Bytes = Old;
    P.set(P.dynamic(DT_MIPS_SYMTABNO), 8, UINT64_MAX);
    EXPECT_NE(openError(P.Bytes).find("there are 18446744073709551615 symbols"),
              std::string::npos);
    P.Bytes = Old;
    P.set(P.dynamic(DT_MIPS_GOTSYM), 8, 1000);
    EXPECT_NE(openError(P.Bytes).find("the first symbol of the GOT is 1000"),
              std::string::npos);
  }
}

TEST(ELFImageTest, SystemZHashTable) {
  // Entries of 8 bytes by the psABI, and of 4 as LLD writes them.
  for (unsigned Size : {4, 8}) {
    LibrarySpec Spec = makeSpec("s390x-unknown-linux-gnu");
    std::string Hash(10 * Size, '\0');
    Hash[Size - 1] = 1;     // Buckets.
    Hash[2 * Size - 1] = 7; // Symbols.
    Spec.Definitions.push_back(define("table2", DataDefinition::Exported,
                                      DataDefinition::ReadOnly, Hash));
    Patcher P(write(Spec));
    size_t NumExports = open(P.Bytes)->exports().size();
    uint64_t Address = open(P.Bytes)->findExport("table2")->Address;
    P.retag(DT_GNU_HASH, DT_HASH, Address);
    ASSERT_EQ(openError(P.Bytes), "no error");
    // Six symbols besides number 0, of which two are imports.
    EXPECT_EQ(open(P.Bytes)->exports().size(), 4u);
    EXPECT_EQ(NumExports, 5u);
  }
}

TEST(ELFImageTest, TablesOfThePLT) {
  Patcher P = patch();
  std::unique_ptr<ImageFile> Image = open(P.Bytes);
  uint64_t Rela = P.dynamicValue(DT_RELA), Size = P.dynamicValue(DT_RELASZ);
  // Its own table.
  P.set(P.dynamic(DT_RELASZ), 8, Size - 48);
  P.retag(DT_NEEDED, DT_JMPREL, Rela + Size - 48);
  P.retag(DT_NEEDED, DT_PLTRELSZ, 48).retag(DT_NEEDED, DT_PLTREL, DT_RELA);
  ASSERT_EQ(openError(P.Bytes), "no error");
  EXPECT_EQ(open(P.Bytes)->numRelocations(), Image->numRelocations());
  // A part of the other.
  P.set(P.dynamic(DT_RELASZ), 8, Size);
  ASSERT_EQ(openError(P.Bytes), "no error");
  EXPECT_EQ(open(P.Bytes)->numRelocations(), Image->numRelocations());
  // Half of it.
  P.set(P.dynamic(DT_RELASZ), 8, Size - 24);
  EXPECT_NE(openError(P.Bytes).find("is relocated twice"), std::string::npos);
  // A form that there is not.
  P.set(P.dynamic(DT_PLTREL), 8, 8);
  EXPECT_EQ(openError(P.Bytes),
            "lib.so: the form of the PLT's relocations (DT_PLTREL) is 8, "
            "expected 7 or 17; the file is damaged: make the image again");
}

TEST(ELFImageTest, RelocatedZeros) {
  // PowerPC's PLT is in no file.
  Patcher P = patch("powerpc64le-unknown-linux-gnu");
  std::unique_ptr<ImageFile> Image = open(P.Bytes);
  const ImageSymbol *Variable = Image->findExport("variable");
  uint64_t Zeros = alignDown(Variable->Address + Variable->Size, 8) - 8;
  uint64_t Rela = P.table(DT_RELA);
  EXPECT_EQ(wordAt(*Image, Zeros), "constant 0x0");
  P.set(Rela + 69 * 24, 8, Zeros);
  Image = open(P.Bytes);
  ASSERT_TRUE(Image);
  EXPECT_EQ(wordAt(*Image, Zeros), "import environ 0xc");
  EXPECT_EQ(Image->numRelocatedPages(), 3u);
  // At the very end of memory, and a byte later.
  const ImageSegment &Last = Image->segments().back();
  uint64_t End = Last.Address + Last.MemorySize;
  P.set(Rela + 69 * 24, 8, End - 8);
  EXPECT_EQ(wordAt(*open(P.Bytes), End - 8), "import environ 0xc");
  P.set(Rela + 69 * 24, 8, End - 7);
  EXPECT_EQ(openError(P.Bytes),
            "lib.so: the relocation at address " + hex(End - 7) +
                " is in no segment; the file is damaged: make the image again");
}

TEST(ELFImageTest, Relr) {
  for (const char *Name :
       {"x86_64-unknown-linux-gnu", "powerpc-unknown-linux-gnu"}) {
    SCOPED_TRACE(Name);
    for (bool IsAndroid : {false, true}) {
      Patcher P = patch(Name, RelocationStyle::RELR);
      uint64_t Table = P.table(DT_RELR), W = P.W;
      uint64_t Address = open(P.Bytes)->findExport("table")->Address;
      uint64_t NumRelocations = open(P.Bytes)->numRelocations();
      if (IsAndroid) {
        P.retag(DT_RELR, DT_ANDROID_RELR, P.dynamicValue(DT_RELR));
        P.retag(DT_RELRSZ, DT_ANDROID_RELRSZ, P.dynamicValue(DT_RELRSZ));
        P.retag(DT_RELRENT, DT_ANDROID_RELRENT, W);
        EXPECT_EQ(open(P.Bytes)->numRelocations(), NumRelocations);
        P.set(P.dynamic(DT_ANDROID_RELRENT), W, 3);
        EXPECT_NE(openError(P.Bytes).find("entries of the RELR table are of 3"),
                  std::string::npos);
        continue;
      }
      std::string Old = P.Bytes;
      EXPECT_EQ(P.get(Table, W), Address);
      P.set(Table, W, 3);
      EXPECT_EQ(openError(P.Bytes),
                "lib.so: the RELR table at address " +
                    hex(P.dynamicValue(DT_RELR)) +
                    " begins with a bitmap, expected an address; the file is "
                    "damaged: make the image again");
      P.Bytes = Old;
      P.set(P.dynamic(DT_RELRSZ), W, P.dynamicValue(DT_RELRSZ) - 1);
      EXPECT_NE(openError(P.Bytes).find("no multiple of"), std::string::npos);
      // An address that is none, and the end of the address space.
      P.Bytes = Old;
      for (uint64_t Bad : {uint64_t(0xfffffff0), uint64_t(0x7ffffffe)}) {
        P.set(Table, W, Bad);
        EXPECT_NE(openError(P.Bytes).find("is in no segment"),
                  std::string::npos);
      }
      P.Bytes = Old;
      P.set(Table, W, UINT64_MAX - 1);
      EXPECT_NE(openError(P.Bytes).find("is in no segment"), std::string::npos);
      // The same word again.
      P.Bytes = Old;
      P.set(P.dynamic(DT_RELRSZ), W, 2 * W);
      P.set(Table + W, W, Address);
      EXPECT_EQ(openError(P.Bytes), "lib.so: the word at address " +
                                        hex(Address) +
                                        " is relocated twice; the file is "
                                        "damaged: make the image again");
      // Words that are even, and not aligned.
      P.Bytes = Old;
      P.set(P.dynamic(DT_RELRSZ), W, W);
      P.set(Table, W, Address + 2);
      std::unique_ptr<ImageFile> Image = open(P.Bytes);
      ASSERT_TRUE(Image);
      EXPECT_EQ(wordAt(*Image, Address + 2).substr(0, 8), "address ");
      EXPECT_NE(wordAt(*Image, Address).find("is relocated in part"),
                std::string::npos);
      P.set(P.dynamic(DT_RELRSZ), W, 2 * W);
      P.set(Table + W, W, Address + 4);
      EXPECT_NE(openError(P.Bytes).find("is relocated twice"),
                std::string::npos);
    }
  }
}

TEST(ELFImageTest, RelocatedTwice) {
  for (RelocationStyle Style : {RelocationStyle::REL, RelocationStyle::RELA})
    for (const char *Name :
         {"x86_64-unknown-linux-gnu", "sparc-unknown-linux-gnu"}) {
      Patcher P = patch(Name, Style);
      bool IsRela = Style == RelocationStyle::RELA;
      uint64_t Table = P.table(IsRela ? DT_RELA : DT_REL);
      uint64_t Size = (IsRela ? 3 : 2) * P.W;
      uint64_t First = P.get(Table, P.W);
      // The same word, and one that overlaps it; a relative one, and not.
      for (unsigned I : {1, 69})
        for (uint64_t Distance : {0, 1, 3}) {
          std::string Old = P.Bytes;
          P.set(Table + I * Size, P.W, First + Distance);
          EXPECT_NE(openError(P.Bytes).find("is relocated twice"),
                    std::string::npos)
              << openError(P.Bytes);
          P.Bytes = Old;
        }
    }
}

TEST(ELFImageTest, UnalignedWords) {
  for (const char *Name :
       {"x86_64-unknown-linux-gnu", "sparcv9-unknown-linux-gnu",
        "powerpc64-unknown-linux-gnu", "i386-unknown-linux-gnu"})
    for (RelocationStyle Style : Styles) {
      SCOPED_TRACE(Name);
      LibrarySpec S = makeSpec(Name, Style);
      DataDefinition D = define("packed", DataDefinition::Exported,
                                DataDefinition::Data, std::string(40, '\0'));
      point(D, 1, "code", 2);
      point(D, 10, "getpid", 3);
      point(D, 19, "packed");
      S.Definitions.push_back(D);
      expectRoundTrip(S);
      DataDefinition Only = define("packed", DataDefinition::Exported,
                                   DataDefinition::Data, std::string(40, '\0'));
      point(Only, 1, "packed");
      S.Definitions = {Only};
      expectRoundTrip(S);
    }
}

//===----------------------------------------------------------------------===//
// Hostile files
//===----------------------------------------------------------------------===//

TEST(ELFImageTest, HostileHeaders) {
  const std::string Damaged = "; the file is damaged: make the image again";
  Patcher P = patch();
  const std::string Old = P.Bytes;
  auto Expect = [&](const std::string &Message) {
    EXPECT_EQ(openError(P.Bytes), "lib.so: " + Message + Damaged);
    P.Bytes = Old;
  };
  P.set(EI_CLASS, 1, 3);
  Expect("the ELF class is 3, expected 1 or 2");
  P.set(EI_VERSION, 1, 0);
  Expect("the ELF version is 1, expected 1");
  P.set(20, 4, 7);
  Expect("the ELF version is 7, expected 1");
  P.Bytes.resize(40);
  Expect("the ELF header needs 64 bytes, the file has 40");
  P.set(18, 2, 0xabcd);
  EXPECT_EQ(openError(P.Bytes), "lib.so: the ELF machine is 0xabcd, expected "
                                "one that LLVM has");
  P.Bytes = Old;
  P.set(16, 2, ET_REL);
  EXPECT_EQ(openError(P.Bytes),
            "lib.so: expected a shared library (ELF, Mach-O or PE), found: ELF "
            "relocatable object");
  P.Bytes = Old;
  P.set(54, 2, 55);
  Expect("program headers are of 55 bytes, expected 56");
  for (uint64_t Offset : {UINT64_MAX, UINT64_MAX - 55, uint64_t(Old.size())}) {
    P.set(32, 8, Offset);
    Expect("the program header table at offset " + hex(Offset) +
           " has 8 entries of 56 bytes, the file has " + hex(Old.size()) +
           " bytes");
  }
  P.set(56, 2, 0xffff);
  Expect("the program header table at offset 0x40 has 65535 entries of 56 "
         "bytes, the file has " +
         hex(Old.size()) + " bytes");
  P.set(56, 2, 0);
  Expect("there is no dynamic segment among the 0 program headers");
}

TEST(ELFImageTest, HostileSegments) {
  const std::string Damaged = "; the file is damaged: make the image again";
  for (const char *Name :
       {"x86_64-unknown-linux-gnu", "powerpc-unknown-linux-gnu"}) {
    SCOPED_TRACE(Name);
    Patcher P = patch(Name);
    const std::string Old = P.Bytes;
    const uint64_t Max = P.W == 8 ? UINT64_MAX : UINT32_MAX;
    auto Expect = [&](const std::string &Message) {
      EXPECT_NE(openError(P.Bytes).find(Message), std::string::npos)
          << openError(P.Bytes);
      P.Bytes = Old;
    };
    uint64_t At = P.programHeader(PT_LOAD, 1);
    uint64_t Address = P.get(P.pAddress(At), P.W);
    P.set(P.pMemorySize(At), P.W, Max - 1);
    Expect("the segment at " + hex(Address) + " of " + hex(Max - 1) +
           " bytes wraps around");
    P.set(P.pFileSize(At), P.W, Max - 1).set(P.pMemorySize(At), P.W, 14);
    Expect("have more bytes than the file");
    P.set(P.pFileSize(At), P.W, 15);
    Expect("has 0xf bytes in the file and 0xe in memory");
    // An offset that wraps around with the size.
    P.set(P.pAlign(At), P.W, 1).set(P.pOffset(At), P.W, Max - 3);
    Expect("after the end of the file");
    P.set(P.pOffset(At), P.W, P.get(P.pOffset(At), P.W) + 8);
    Expect("which does not agree with its alignment of");
    P.set(P.pAlign(At), P.W, 3);
    Expect("which does not agree with its alignment of 0x3");
    P.set(P.pMemorySize(At), P.W, 0x100000);
    Expect("two segments overlap at");
    P.set(P.programHeader(PT_GNU_STACK), 4, PT_DYNAMIC);
    Expect("there are two dynamic segments");
    P.set(P.programHeader(PT_DYNAMIC), 4, PT_NULL);
    Expect("there is no dynamic segment among the");
    At = P.programHeader(PT_DYNAMIC);
    uint64_t Size = P.get(P.pFileSize(At), P.W);
    P.set(P.pFileSize(At), P.W, Size - 2 * P.W);
    Expect("and no entry DT_NULL that ends it");
    P.set(P.pFileSize(At), P.W, Size - 1);
    Expect("and no entry DT_NULL that ends it");
    P.set(P.pFileSize(At), P.W, Max);
    Expect("the dynamic segment at address");
    P.set(P.pAddress(At), P.W, Max);
    Expect("the dynamic segment at address " + hex(Max) + " is in no segment");
  }

  // Many segments of the same bytes.
  Patcher P = patch();
  uint64_t At = P.programHeader(PT_LOAD, 1);
  P.set(P.pAlign(At), 8, 1).set(P.pOffset(At), 8, 0);
  P.set(P.pFileSize(At), 8, P.Bytes.size() - 100);
  P.set(P.pMemorySize(At), 8, P.Bytes.size());
  EXPECT_NE(openError(P.Bytes).find("have more bytes than the file"),
            std::string::npos);
}

TEST(ELFImageTest, HostileDynamicSection) {
  for (const char *Name :
       {"x86_64-unknown-linux-gnu", "armeb-unknown-linux-gnueabihf"}) {
    SCOPED_TRACE(Name);
    Patcher P = patch(Name);
    const std::string Old = P.Bytes;
    const uint64_t Max = P.W == 8 ? UINT64_MAX : UINT32_MAX;
    bool IsRela = P.W == 8;
    auto Expect = [&](const std::string &Message) {
      EXPECT_NE(openError(P.Bytes).find(Message), std::string::npos)
          << openError(P.Bytes);
      P.Bytes = Old;
    };
    const uint64_t Unused = 0x6000f000;
    P.retag(DT_SYMTAB, Unused, 0);
    Expect("the dynamic section has no symbol table (DT_SYMTAB)");
    P.retag(DT_STRTAB, Unused, 0);
    Expect("the dynamic section has no string table (DT_STRTAB)");
    P.retag(DT_STRSZ, Unused, 0);
    Expect("the dynamic section has no size of the string table (DT_STRSZ)");
    P.set(P.dynamic(DT_SYMENT), P.W, 25);
    Expect("dynamic symbols are of 25 bytes, expected");
    P.set(P.dynamic(DT_STRSZ), P.W, Max);
    Expect("the dynamic string table at address");
    P.set(P.dynamic(DT_STRTAB), P.W, Max);
    Expect("the dynamic string table at address " + hex(Max) +
           " is in no segment");
    P.set(P.dynamic(DT_SYMTAB), P.W, Max);
    Expect("the dynamic symbol table at address " + hex(Max));
    P.set(P.dynamic(DT_SONAME), P.W, Max);
    Expect("the name of the library (DT_SONAME) is at " + hex(Max) +
           " of a string table of");
    P.set(P.dynamic(DT_NEEDED), P.W, P.dynamicValue(DT_STRSZ));
    Expect("the name of a needed library is at");
    // The last name has no end.
    P.set(P.dynamic(DT_STRSZ), P.W, P.dynamicValue(DT_STRSZ) - 1);
    Expect("has no end");
    P.set(P.symbol("getpid"), 4, UINT32_MAX);
    Expect("the name of dynamic symbol 2 is at 0xffffffff of a string table");

    uint64_t Table = IsRela ? DT_RELA : DT_REL;
    uint64_t Size = IsRela ? DT_RELASZ : DT_RELSZ;
    uint64_t EntrySize = IsRela ? DT_RELAENT : DT_RELENT;
    std::string What = IsRela ? "the RELA table" : "the REL table";
    P.set(P.dynamic(Size), P.W, P.dynamicValue(Size) - 4);
    Expect(What + " has " + hex(P.dynamicValue(Size)) +
           " bytes, no multiple of");
    P.set(P.dynamic(Size), P.W, Max - 7);
    Expect(What + " at address");
    P.set(P.dynamic(Table), P.W, Max - 2);
    Expect(What + " at address " + hex(Max - 2) + " is in no segment");
    P.set(P.dynamic(EntrySize), P.W, 16);
    Expect("entries of " + What + " are of 16 bytes, expected");
    P.set(P.table(Table), P.W, Max - 4);
    Expect("is in no segment");
    // A symbol that is not there.
    uint64_t Info = P.table(Table) + 69 * (IsRela ? 24 : 8) + P.W;
    P.set(Info, P.W, IsRela ? Max : 0xffffff00 | R_ARM_ABS32);
    if (IsRela)
      P.set(Info, P.W, UINT64_MAX << 32 | R_X86_64_64);
    Expect("symbols by its hash table and relocations");
    if (IsRela) {
      P.set(Info, P.W, 0x12345678);
      Expect("is of type 0x12345678, which no machine has");
    }
    for (uint64_t Tag : {uint64_t(DT_ANDROID_REL), uint64_t(DT_ANDROID_RELA)}) {
      P.retag(DT_NEEDED, Tag, 0);
      EXPECT_EQ(openError(P.Bytes),
                "lib.so: the dynamic section has relocations in a form that is "
                "not read here (tag " +
                    hex(Tag) +
                    "); link it with --pack-dyn-relocs=relr or without "
                    "packing");
      P.Bytes = Old;
    }
  }
}

TEST(ELFImageTest, HostileHashTables) {
  for (const char *Name :
       {"x86_64-unknown-linux-gnu", "powerpc-unknown-linux-gnu"}) {
    SCOPED_TRACE(Name);
    Patcher P = patch(Name);
    const std::string Old = P.Bytes;
    auto Expect = [&](const std::string &Message) {
      EXPECT_NE(openError(P.Bytes).find(Message), std::string::npos)
          << openError(P.Bytes);
      P.Bytes = Old;
    };
    uint64_t Hash = P.table(DT_HASH);
    for (unsigned Field : {0, 4}) {
      P.set(Hash + Field, 4, UINT32_MAX);
      Expect("the hash table at address");
    }
    // More symbols than there is room for, in a table that has room.
    P.retag(DT_HASH, DT_HASH, UINT32_MAX);
    Expect("the hash table at address 0xffffffff has 0 buckets and 0 symbols, "
           "its segment has 0x0 bytes there");

    // buckets, the first symbol, words of the filter, shift; the filter, one
    // bucket, and a word for each symbol.
    uint64_t Gnu = P.table(DT_GNU_HASH);
    uint64_t Bucket = Gnu + 16 + P.get(Gnu + 8, 4) * P.W;
    for (uint32_t Value : {0x10000u, 0x3fffffffu, UINT32_MAX}) {
      P.set(Gnu, 4, Value);
      Expect("words of a filter and " + std::to_string(Value) + " buckets");
      P.set(Gnu + 8, 4, Value);
      Expect(std::to_string(Value) + " words of a filter and 1 buckets");
      P.set(Bucket, 4, Value);
      Expect("ends inside of a chain, at symbol " + std::to_string(Value));
      P.set(Gnu + 4, 4, Value);
      Expect("has symbol 3, and begins with symbol " + std::to_string(Value));
      // Nothing hashed, and a first symbol that is not there.
      P.set(Gnu + 4, 4, Value).set(Bucket, 4, 0);
      Expect("has " + std::to_string(Value) +
             " symbols by its hash table and relocations");
    }
    // A chain without an end goes through the rest of the segment, once.
    for (uint64_t I = 0; I != 4; ++I)
      P.set(Bucket + 4 + I * 4, 4, P.get(Bucket + 4 + I * 4, 4) & ~uint64_t(1));
    std::string Message = openError(P.Bytes);
    EXPECT_TRUE(
        Message.find("the GNU hash table") != std::string::npos ||
        Message.find("symbols by its hash table") != std::string::npos ||
        Message.find("the name of dynamic symbol") != std::string::npos ||
        Message == "no error")
        << Message;
    P.Bytes = Old;
    // No hash table: the symbols of relocations alone.
    P.retag(DT_HASH, 0x6000f000, 0).retag(DT_GNU_HASH, 0x6000f000, 0);
    std::unique_ptr<ImageFile> Image = open(P.Bytes);
    ASSERT_TRUE(Image);
    EXPECT_EQ(Image->imports().size(), 2u);
    EXPECT_TRUE(Image->exports().empty());
  }
}

TEST(ELFImageTest, NamesThatShareTheirBytes) {
  // Many symbols with one long name could ask for more than any memory.
  LibrarySpec S;
  S.TheTriple = Triple("x86_64-unknown-linux-gnu");
  for (unsigned I = 0; I != 2000; ++I)
    S.Definitions.push_back(define("s" + std::to_string(I),
                                   DataDefinition::Exported,
                                   DataDefinition::ReadOnly, ""));
  S.Definitions.push_back(define(std::string(100000, 'x'),
                                 DataDefinition::Exported,
                                 DataDefinition::ReadOnly, ""));
  Patcher P(write(S));
  ASSERT_EQ(openError(P.Bytes), "no error");
  uint64_t Long = P.get(P.symbol(std::string(100000, 'x')), 4);
  for (unsigned I = 0; I != 2000; ++I)
    P.set(P.table(DT_SYMTAB) + (I + 1) * 24, 4, Long + I);
  EXPECT_NE(openError(P.Bytes).find(
                "have more than four times the bytes of the file"),
            std::string::npos);
}

TEST(ELFImageTest, HostileSectionHeaders) {
  for (const char *Name :
       {"x86_64-unknown-linux-gnu", "mips-unknown-linux-gnu"}) {
    SCOPED_TRACE(Name);
    Patcher P = patch(Name);
    const std::string Old = P.Bytes;
    const uint64_t Max = P.W == 8 ? UINT64_MAX : UINT32_MAX;
    auto Expect = [&](const std::string &Message) {
      EXPECT_NE(openError(P.Bytes).find(Message), std::string::npos)
          << openError(P.Bytes);
      P.Bytes = Old;
    };
    uint64_t Table = P.get(P.shoffAt(), P.W);
    uint64_t Count = P.get(P.shnumAt(), 2);
    const uint64_t Size = P.W == 8 ? 64 : 40;
    P.set(P.shoffAt(), P.W, Max);
    Expect("the section header table at offset " + hex(Max));
    P.set(P.shoffAt(), P.W, 0);
    Expect("sections, but gives no section header table");
    P.set(P.shnumAt() - 2, 2, 41);
    Expect("section headers are of 41 bytes, expected");
    P.set(P.shnumAt(), 2, Count + 1);
    Expect("the section header table at offset");
    P.set(P.shnumAt(), 2, 0).set(Table + 8 + 3 * P.W, P.W, Max);
    Expect("the section header table at offset");
    P.set(P.shnumAt() + 2, 2, Count);
    Expect("the ELF header refers to section [" + std::to_string(Count) + "]");
    P.set(P.shnumAt() + 2, 2, 1);
    Expect("expected one that is a string table");
    // Section 1: its name and its extent.
    P.set(Table + Size, 4, UINT32_MAX);
    Expect("the name of section 1 is at 0xffffffff of a string table of");
    P.set(Table + Size + 8 + 2 * P.W, P.W, Max);
    Expect("section [1] at offset " + hex(Max));
    P.set(Table + Size + 8 + 3 * P.W, P.W, Max);
    Expect("section [1] at offset");
    // The symbol table for debuggers is the last but two.
    uint64_t Symtab = Table + (Count - 3) * Size;
    ASSERT_EQ(P.get(Symtab + 4, 4), uint64_t(SHT_SYMTAB));
    P.set(Symtab + 8 + 4 * P.W, 4, 1);
    Expect("the symbol table refers to section [1] of");
    P.set(Symtab + 8 + 3 * P.W, P.W, P.get(Symtab + 8 + 3 * P.W, P.W) - 1);
    Expect("no multiple of");
    P.set(P.get(Symtab + 8 + 2 * P.W, P.W) + (P.W == 8 ? 24 : 16), 4,
          UINT32_MAX);
    Expect("the name of symbol 1 is at 0xffffffff of a string table of");
    // Large numbers of sections are in section 0.
    P.set(P.shnumAt(), 2, 0).set(Table + 8 + 3 * P.W, P.W, Count);
    P.set(P.shnumAt() + 2, 2, SHN_XINDEX);
    P.set(Table + 8 + 4 * P.W, 4, Count - 1);
    EXPECT_EQ(openError(P.Bytes), "no error");
    EXPECT_EQ(open(P.Bytes)->sections().size(), open(Old)->sections().size());
  }
}

/// Uses all of \p Bytes if they can be opened.
static void useAll(StringRef Bytes) {
  Expected<std::unique_ptr<ImageFile>> Image =
      ImageFile::create(MemoryBufferRef(Bytes, "lib.so"));
  if (!Image) {
    std::string Message = toString(Image.takeError());
    EXPECT_EQ(StringRef(Message).substr(0, 8), "lib.so: ");
    return;
  }
  uint64_t Total = 0;
  for (const CanonicalContent::Range &R : (*Image)->canonicalContent().Ranges) {
    ASSERT_LE(R.Offset, Bytes.size());
    ASSERT_LE(R.Size, Bytes.size() - R.Offset);
    Total += R.Size;
  }
  EXPECT_LE(Total, Bytes.size());
  for (const ImageSegment &S : (*Image)->segments())
    for (uint64_t I = 0; I < std::min<uint64_t>(S.MemorySize, 0x100); I += 9)
      wordAt(**Image, S.Address + I);
}

TEST(ELFImageTest, EveryTruncation) {
  for (const char *Name :
       {"x86_64-unknown-linux-gnu", "powerpc-unknown-linux-gnu",
        "mips64el-unknown-linux-gnuabi64"})
    for (RelocationStyle Style :
         {RelocationStyle::Default, RelocationStyle::RELR}) {
      std::string Bytes = write(makeSpec(Name, Style));
      for (size_t Size = 0; Size != Bytes.size(); ++Size) {
        // A buffer of its own, so that a read past it is seen.
        std::vector<char> Part(Bytes.begin(), Bytes.begin() + Size);
        StringRef Rest(Part.data(), Part.size());
        EXPECT_NE(openError(Rest), "no error") << Size;
      }
    }
}

TEST(ELFImageTest, EveryBitFlip) {
  for (const char *Name :
       {"x86_64-unknown-linux-gnu", "mips-unknown-linux-gnu"})
    for (RelocationStyle Style :
         {RelocationStyle::Default, RelocationStyle::RELR}) {
      LibrarySpec Spec = makeSpec(Name, Style);
      // Fewer words, for a smaller file.
      std::vector<DataFixup> &Fixups = Spec.Definitions[4].Fixups;
      Fixups.erase(Fixups.begin() + 4, Fixups.begin() + 64);
      std::string Bytes = write(Spec);
      std::vector<char> Copy(Bytes.begin(), Bytes.end());
      for (size_t I = 0; I != Copy.size(); ++I)
        for (unsigned Bit = 0; Bit != 8; ++Bit) {
          Copy[I] ^= 1 << Bit;
          useAll(StringRef(Copy.data(), Copy.size()));
          Copy[I] ^= 1 << Bit;
        }
    }
}

TEST(ELFImageTest, RandomDamage) {
  std::mt19937_64 Random(4711);
  std::vector<std::string> Files;
  for (const char *Name : Triples)
    Files.push_back(write(makeSpec(Name, Styles[Random() % 4])));
  const uint64_t Values[] = {0, 1, 7, 8, 0x7fffffff, 0x80000000, 0xffffffff};
  for (unsigned Round = 0; Round != 20000; ++Round) {
    const std::string &File = Files[Random() % Files.size()];
    std::vector<char> Copy(File.begin(), File.end());
    for (unsigned I = 1 + Random() % 4; I; --I) {
      size_t At = Random() % (Copy.size() - 4) & ~size_t(3);
      uint64_t Value =
          Random() % 4 ? Values[Random() % std::size(Values)] : Random();
      support::endian::write<uint32_t>(
          &Copy[At], uint32_t(Value),
          Copy[EI_DATA] == ELFDATA2LSB ? endianness::little : endianness::big);
    }
    useAll(StringRef(Copy.data(), Copy.size()));
  }
}
