//===- PEExportsTest.cpp - Export tables and objects' exports -------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/PEExports.h"
#include "pkgimg/Format/InputCheck.h"
#include "llvm/BinaryFormat/COFF.h"
#include "llvm/Support/Endian.h"
#include "gtest/gtest.h"

#include <random>

using namespace llvm;
using namespace pkgimg;

namespace {
/// Builds a PE32+ image of two sections: .text at 0x1000, and .edata at 0x2000
/// with an export table of a function, a variable (in .edata itself, behind the
/// table), a forwarder, an export without name, and an unused ordinal.
struct DLLBuilder {
  static constexpr uint32_t PE = 0x80, Optional = PE + 24, EData = 0x2000,
                            EDataOffset = 0x400;
  std::string Bytes;

  void put16(size_t At, uint16_t V) {
    support::endian::write16le(&Bytes[At], V);
  }
  void put32(size_t At, uint32_t V) {
    support::endian::write32le(&Bytes[At], V);
  }
  void putText(size_t At, StringRef Text) {
    memcpy(&Bytes[At], Text.data(), Text.size());
  }

  DLLBuilder() : Bytes(0x600, '\0') {
    putText(0, "MZ");
    put32(0x3c, PE);
    putText(PE, "PE");
    put16(PE + 4, COFF::IMAGE_FILE_MACHINE_AMD64);
    put16(PE + 6, 2);
    put16(PE + 20, 240);
    put16(Optional, COFF::PE32Header::PE32_PLUS);
    put32(Optional + 108, 16);
    put32(Optional + 112, EData);
    put32(Optional + 116, 0x100);
    addSection(0, ".text", 0x1000, 0x200,
               COFF::IMAGE_SCN_CNT_CODE | COFF::IMAGE_SCN_MEM_EXECUTE);
    addSection(1, ".edata", EData, EDataOffset,
               COFF::IMAGE_SCN_CNT_INITIALIZED_DATA);

    const size_t E = EDataOffset;
    put32(E + 12, EData + 0xa0); // the DLL's name
    put32(E + 16, 1);            // first ordinal
    put32(E + 20, 5);            // addresses
    put32(E + 24, 3);            // names
    put32(E + 28, EData + 0x28);
    put32(E + 32, EData + 0x40);
    put32(E + 36, EData + 0x50);
    const uint32_t Addresses[] = {0x1000, EData + 0x110, EData + 0xe0, 0x1004,
                                  0};
    for (unsigned I = 0; I != 5; ++I)
      put32(E + 0x28 + I * 4, Addresses[I]);
    const StringRef Names[] = {"data", "forward", "function"};
    const uint16_t Indices[] = {1, 2, 0};
    for (unsigned I = 0; I != 3; ++I) {
      put32(E + 0x40 + I * 4, EData + 0xb0 + I * 16);
      putText(E + 0xb0 + I * 16, Names[I]);
      put16(E + 0x50 + I * 2, Indices[I]);
    }
    putText(E + 0xa0, "own.dll");
    putText(E + 0xe0, "ntdll.other");
  }

  void addSection(unsigned I, StringRef Name, uint32_t Address, uint32_t Offset,
                  uint32_t Flags) {
    const size_t S = Optional + 240 + I * 40;
    putText(S, Name);
    put32(S + 8, 0x200);
    put32(S + 12, Address);
    put32(S + 16, 0x200);
    put32(S + 20, Offset);
    put32(S + 36, Flags);
  }

  Expected<PEExportTable> read() const {
    return readPEExports(MemoryBufferRef(Bytes, "x.dll"));
  }
  std::string error() const {
    Expected<PEExportTable> Table = read();
    return Table ? "no error" : toString(Table.takeError());
  }
};
} // namespace

TEST(PEExports, Table) {
  DLLBuilder DLL;
  Expected<PEExportTable> Table = DLL.read();
  ASSERT_TRUE(bool(Table)) << toString(Table.takeError());
  EXPECT_EQ(Table->DLLName, "own.dll");
  EXPECT_EQ(Table->Machine, COFF::IMAGE_FILE_MACHINE_AMD64);
  EXPECT_EQ(Table->NumNameless, 1u);
  ASSERT_EQ(Table->Exports.size(), 3u);
  EXPECT_EQ(Table->Exports[0].Name, "data");
  EXPECT_TRUE(Table->Exports[0].IsData);
  EXPECT_FALSE(Table->Exports[0].IsForwarder);
  EXPECT_EQ(Table->Exports[1].Name, "forward");
  EXPECT_FALSE(Table->Exports[1].IsData);
  EXPECT_TRUE(Table->Exports[1].IsForwarder);
  EXPECT_EQ(Table->Exports[2].Name, "function");
  EXPECT_FALSE(Table->Exports[2].IsData);
}

TEST(PEExports, NoTable) {
  DLLBuilder DLL;
  DLL.put32(DLLBuilder::Optional + 112, 0);
  Expected<PEExportTable> Table = DLL.read();
  ASSERT_TRUE(bool(Table)) << toString(Table.takeError());
  EXPECT_TRUE(Table->Exports.empty());
}

TEST(PEExports, OtherFile) {
  Expected<PEExportTable> Table =
      readPEExports(MemoryBufferRef("hello world", "x.dll"));
  ASSERT_FALSE(bool(Table));
  EXPECT_EQ(toString(Table.takeError()),
            "x.dll: expected a DLL, found text file");
}

TEST(PEExports, Damaged) {
  {
    DLLBuilder DLL;
    DLL.put16(DLLBuilder::Optional, 0x107);
    EXPECT_NE(DLL.error().find("magic number 0x107"), std::string::npos)
        << DLL.error();
  }
  {
    DLLBuilder DLL;
    DLL.put32(DLLBuilder::Optional + 112, 0x9000);
    EXPECT_NE(DLL.error().find("the export directory at address 0x9000 lies in "
                               "no section"),
              std::string::npos)
        << DLL.error();
  }
  {
    DLLBuilder DLL;
    DLL.put32(DLLBuilder::EDataOffset + 24, 1000000);
    EXPECT_NE(DLL.error().find("1000000 names"), std::string::npos)
        << DLL.error();
  }
  {
    DLLBuilder DLL;
    DLL.put16(DLLBuilder::EDataOffset + 0x50, 5);
    EXPECT_NE(DLL.error().find("'data' has the index 5 in a table of 5"),
              std::string::npos)
        << DLL.error();
  }
}

// What a linker reads of a DLL.
TEST(PEExports, LinkerInput) {
  auto Check = [](const DLLBuilder &DLL) {
    Expected<InputSummary> S =
        checkLinkerInput(MemoryBufferRef(DLL.Bytes, "x"));
    return S ? "" : toString(S.takeError());
  };
  auto Expect = [&](size_t At, uint32_t V, StringRef Message) {
    DLLBuilder DLL;
    DLL.put32(At, V);
    EXPECT_TRUE(StringRef(Check(DLL)).contains(Message)) << Check(DLL);
  };
  const size_t Sections = DLLBuilder::Optional + 240;
  EXPECT_EQ(Check(DLLBuilder()), "");
  // A reader that takes the first section with an address reads behind it.
  Expect(Sections + 8, 0x10000, "section 2 has the address 0x2000, expected");
  Expect(Sections + 12, 0, "section 1 has the address 0x0, expected");
  Expect(Sections + 12, 0x3000, "section 2 has the address 0x2000, expected");
  Expect(DLLBuilder::Optional - 4, 100, "expected at least 112");
  Expect(DLLBuilder::Optional - 4, 200, "no room for its 16 data directories");
  Expect(DLLBuilder::Optional + 112 + COFF::LOAD_CONFIG_TABLE * 8,
         DLLBuilder::EData + 0x1fd, "the load configuration at address 0x21fd");
  Expect(DLLBuilder::EDataOffset + 12, 0, "has no name of the DLL");
  Expect(DLLBuilder::EDataOffset + 12, 0x9000, "the DLL's own name");

  // Names that share their end.
  DLLBuilder DLL;
  DLL.Bytes.resize(0x10000);
  DLL.put32(Sections + 40 + 8, 0x10000 - 0x400);
  DLL.put32(Sections + 40 + 16, 0x10000 - 0x400);
  std::fill(DLL.Bytes.begin() + 0x5000, DLL.Bytes.end() - 1, 'n');
  DLL.put32(DLLBuilder::EDataOffset + 24, 1000);
  DLL.put32(DLLBuilder::EDataOffset + 32, DLLBuilder::EData + 0x800);
  DLL.put32(DLLBuilder::EDataOffset + 36, DLLBuilder::EData + 0x2000);
  for (unsigned I = 0; I != 1000; ++I)
    DLL.put32(0xc00 + I * 4, DLLBuilder::EData + 0x5000 - 0x400 + I);
  EXPECT_TRUE(StringRef(Check(DLL)).contains("names are longer than the file"))
      << Check(DLL);
}

// A string does not go on in the section behind its own.
TEST(PEExports, StringsEndInTheirSection) {
  DLLBuilder DLL;
  DLL.put32(DLLBuilder::EDataOffset + 12, 0x11fc);
  DLL.putText(0x3fc, "own.");
  EXPECT_EQ(DLL.error(), "x.dll: the DLL's own name at offset 0x3fc does not "
                         "end in the data of its section; the file is "
                         "damaged: make it again");
}

// Every prefix is an error, and every changed byte a result or an error: run
// with a sanitizer, this shows that nothing outside is read.
TEST(PEExports, AnyBytes) {
  DLLBuilder DLL;
  for (size_t Size = 0; Size != DLL.Bytes.size(); ++Size) {
    // In memory of its own, so that reading on is seen.
    std::string Part = DLL.Bytes.substr(0, Size);
    Part.shrink_to_fit();
    Expected<PEExportTable> Table = readPEExports(MemoryBufferRef(Part, "x"));
    EXPECT_FALSE(bool(Table)) << Size;
    consumeError(Table.takeError());
  }
  std::mt19937 Random(1);
  for (unsigned I = 0; I != 20000; ++I) {
    DLLBuilder Changed;
    for (unsigned N = 0; N != 3; ++N)
      Changed.Bytes[Random() % Changed.Bytes.size()] = char(Random());
    if (Expected<PEExportTable> Table = Changed.read(); !Table)
      consumeError(Table.takeError());
    else
      EXPECT_LE(Table->Exports.size(), 65536u);
  }
}

namespace {
/// Builds an object of one section, .drectve, and four symbols.
std::string buildObject(bool Big) {
  const size_t Header = Big ? 56 : 20, Symbol = Big ? 20 : 18;
  const StringRef Directives =
      " -export:plain -export:\"quoted name\",data /EXPORT:Outer=Inner,@3 "
      "-exclude-symbols:other";
  std::string Out(Header + 40, '\0');
  const size_t Symbols = Header + 40 + Directives.size();
  Out += Directives.str();
  auto Put = [&](size_t At, uint32_t V, unsigned Size) {
    for (unsigned I = 0; I != Size; ++I)
      Out[At + I] = char(V >> 8 * I);
  };
  if (Big) {
    Put(2, 0xffff, 2);
    Put(4, 2, 2);
    Put(6, COFF::IMAGE_FILE_MACHINE_AMD64, 2);
    memcpy(&Out[12], COFF::BigObjMagic, sizeof(COFF::BigObjMagic));
  } else {
    Put(0, COFF::IMAGE_FILE_MACHINE_AMD64, 2);
  }
  Put(Big ? 44 : 2, 1, Big ? 4 : 2);
  Put(Big ? 48 : 8, Symbols, 4);
  Put(Big ? 52 : 12, 6, 4);
  memcpy(&Out[Header], ".drectve", 8);
  Put(Header + 16, Directives.size(), 4);
  Put(Header + 20, Header + 40, 4);

  const StringRef Strings = "a_name_of_more_than_8";
  auto Add = [&](StringRef Short, uint32_t Value, int Section, uint8_t Class,
                 uint8_t Aux) {
    size_t At = Out.size();
    Out.append(Symbol, '\0');
    if (Short.empty())
      Put(At + 4, 4, 4);
    else
      memcpy(&Out[At], Short.data(), Short.size());
    Put(At + 8, Value, 4);
    Put(At + 12, Section, Big ? 4 : 2);
    Out[At + (Big ? 18 : 16)] = char(Class);
    Out[At + (Big ? 19 : 17)] = char(Aux);
  };
  Add("static", 0, 1, COFF::IMAGE_SYM_CLASS_STATIC, 1);
  Add("auxdata", 0, 1, COFF::IMAGE_SYM_CLASS_EXTERNAL, 0); // auxiliary
  Add("", 0, 1, COFF::IMAGE_SYM_CLASS_EXTERNAL, 0);
  Add("common_8", 8, 0, COFF::IMAGE_SYM_CLASS_EXTERNAL, 0);
  Add("needed", 0, 0, COFF::IMAGE_SYM_CLASS_EXTERNAL, 0);
  Add("absolute", 1, -1, COFF::IMAGE_SYM_CLASS_EXTERNAL, 0);
  size_t At = Out.size();
  Out.append(4, '\0');
  Put(At, 4 + Strings.size() + 1, 4);
  Out += Strings.str();
  Out += '\0';
  return Out;
}
} // namespace

TEST(COFFExportInfo, Object) {
  for (bool Big : {false, true}) {
    std::string Bytes = buildObject(Big);
    Expected<COFFExportInfo> Info =
        readCOFFExportInfo(MemoryBufferRef(Bytes, "x.o"), true);
    ASSERT_TRUE(bool(Info)) << toString(Info.takeError());
    EXPECT_EQ(Info->Directives,
              (std::vector<std::string>{"plain", "quoted name", "Outer"}));
    EXPECT_EQ(Info->Defined,
              (std::vector<StringRef>{"a_name_of_more_than_8", "common_8"}));
    EXPECT_EQ(Info->DefinedData, Info->Defined);
    EXPECT_EQ(Info->Undefined, (std::vector<StringRef>{"needed"}));

    // With code in the section, the common symbol alone is data.
    std::string Code = Bytes;
    Code[(Big ? 56 : 20) + 39] = char(COFF::IMAGE_SCN_MEM_EXECUTE >> 24);
    Info = readCOFFExportInfo(MemoryBufferRef(Code, "x.o"), true);
    ASSERT_TRUE(bool(Info));
    EXPECT_EQ(Info->DefinedData, (std::vector<StringRef>{"common_8"}));

    Info = readCOFFExportInfo(MemoryBufferRef(Bytes, "x.o"), false);
    ASSERT_TRUE(bool(Info));
    EXPECT_EQ(Info->Directives.size(), 3u);
    EXPECT_TRUE(Info->Defined.empty());
  }
}

TEST(COFFExportInfo, Damaged) {
  for (bool Big : {false, true}) {
    std::string Bytes = buildObject(Big);
    for (size_t Size = Big ? 56 : 20; Size != Bytes.size(); ++Size) {
      std::string Part = Bytes.substr(0, Size);
      Part.shrink_to_fit();
      Expected<COFFExportInfo> Info =
          readCOFFExportInfo(MemoryBufferRef(Part, "x.o"), true);
      EXPECT_FALSE(bool(Info)) << Size;
      if (!Info) {
        std::string Message = toString(Info.takeError());
        EXPECT_TRUE(StringRef(Message).starts_with("x.o: ")) << Message;
      }
    }
  }
}

// Many headers of one .drectve, and many symbols with one name.
TEST(COFFExportInfo, SharedBytes) {
  auto Error = [](StringRef Bytes) {
    Expected<COFFExportInfo> Info =
        readCOFFExportInfo(MemoryBufferRef(Bytes, "x.o"), true);
    return Info ? "no error" : toString(Info.takeError());
  };
  auto Build = [](unsigned Sections, unsigned Symbols) {
    std::string Out(20 + Sections * 40 + 1000 + Symbols * 18, '\0');
    auto Put = [&](size_t At, uint32_t V, unsigned Size) {
      for (unsigned I = 0; I != Size; ++I)
        Out[At + I] = char(V >> 8 * I);
    };
    const size_t Data = 20 + Sections * 40;
    Put(0, COFF::IMAGE_FILE_MACHINE_AMD64, 2);
    Put(2, Sections, 2);
    Put(8, Data + 1000, 4);
    Put(12, Symbols, 4);
    for (unsigned I = 0; I != Sections; ++I) {
      memcpy(&Out[20 + I * 40], ".drectve", 8);
      Put(20 + I * 40 + 16, 1000, 4);
      Put(20 + I * 40 + 20, Data, 4);
    }
    for (unsigned I = 0; I != Symbols; ++I) {
      Put(Data + 1000 + I * 18 + 4, 4, 4);
      Put(Data + 1000 + I * 18 + 12, 1, 2);
      Out[Data + 1000 + I * 18 + 16] = char(COFF::IMAGE_SYM_CLASS_EXTERNAL);
    }
    Out.append(4, '\0');
    Put(Out.size() - 4, 1005, 4);
    return Out + std::string(1000, 'n') + '\0';
  };
  EXPECT_EQ(Error(Build(1, 1)), "no error");
  EXPECT_NE(Error(Build(100, 1)).find("the sections '.drectve' have"),
            std::string::npos);
  EXPECT_EQ(Error(Build(1, 100)),
            "x.o: the names of its symbols are longer than the file; the file "
            "is damaged: make it again");
}

// The symbol of an error is the one before its auxiliary records.
TEST(COFFExportInfo, NumberOfSymbol) {
  std::string Bytes = buildObject(/*Big=*/false);
  const size_t Symbols = support::endian::read32le(&Bytes[8]);
  // The third, which now has two more records, and a name that is nowhere.
  Bytes[Symbols + 2 * 18 + 5] = 1;
  Bytes[Symbols + 2 * 18 + 17] = 2;
  Expected<COFFExportInfo> Info =
      readCOFFExportInfo(MemoryBufferRef(Bytes, "x.o"), true);
  ASSERT_FALSE(bool(Info));
  std::string Message = toString(Info.takeError());
  EXPECT_TRUE(StringRef(Message).contains("the symbol 2 has its name outside"))
      << Message;
}

TEST(COFFExportInfo, OtherFiles) {
  Expected<COFFExportInfo> Info =
      readCOFFExportInfo(MemoryBufferRef("EXPORTS\n", "x.def"), true);
  ASSERT_TRUE(bool(Info));
  EXPECT_TRUE(Info->Directives.empty());
}
