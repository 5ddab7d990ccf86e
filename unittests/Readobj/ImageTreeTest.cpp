//===- ImageTreeTest.cpp - Tests of images as trees -----------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ImageTree.h"
#include "TestSupport.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::readobj;

namespace {

/// An image of four segments of 0x100 bytes: headers, code, data, zeros.
class FakeImage : public ImageFile {
public:
  FakeImage() : ImageFile(ContainerFormat::ELF, "fake.so", "") {
    Storage.resize(0x400);
    Bytes = Storage;
    Arch = Triple::x86_64;
    TheTriple = Triple("x86_64-unknown-linux-gnu");
    OutputName = "libfake.so";
    Needed = {"libjulia.so"};
    Segments = {
        {"", 0, 0x100, 0, 0x100, true, false, false},
        {"", 0x1000, 0x100, 0x100, 0x100, true, false, true},
        {"", 0x2000, 0x300, 0x200, 0x200, true, true, false},
    };
    Sections = {{"", ".text", 0x1000, 0x100, 0x100, 0x100}};
    Exports = {{"exported", 0x1010, 0x10, true, false}};
    Imports = {{"missing", 0, 0, true, true}};
    Locals = {{"julia_f", 0x1000, 0x10, true, false},
              {"alias", 0x1010, 0x10, true, false},
              {"julia_g", 0x1020, 0x20, true, false},
              {"slot", 0x2008, 8, false, false}};
    NumRelocations = 3;
    NumRelocatedPages = 2;
  }
  void setHeader(uint64_t Offset, uint64_t Size) {
    EmbeddedHeader = Bytes.substr(Offset, Size);
  }
  void setSizeless() {
    for (ImageSymbol &S : Locals)
      S.Size = 0;
  }
  void setMachO() {
    Format = ContainerFormat::MachO;
    Segments[1].Name = "__TEXT";
    Sections[0].SegmentName = "__TEXT";
    Sections[0].Name = "__text";
  }

  CanonicalContent canonicalContent() const override {
    CanonicalContent C;
    C.Ranges.push_back({0x100, 0x100, false});
    return C;
  }

private:
  Expected<ImageWord> relocate(uint64_t, uint64_t Stored) const override {
    return ImageWord{ImageWord::Constant, Stored, ""};
  }
  std::string Storage;
};

/// Two shards; three targets: the base, a clone of all, a partial one.
ImageTables makeTables(const FakeImage &Image) {
  constexpr uint32_t UseSlots = BasicShardClones<uint64_t>::UseSlots;
  ImageTables T;
  T.Dialect = ImageDialect::Julia1_13;
  T.NumFunctions = 3;
  T.NumGlobals = 1;
  T.Targets.Targets.resize(3);
  T.TLS.emplace();
  T.TLS->FunctionSlot = 0x2010;
  T.TLS->KeySlot = 0x2018;
  T.TLS->OffsetSlot = 0x2020;
  T.SmallTypeof = 0x2200;
  T.UnpackFunction = "jl_image_unpack_uncomp";
  T.DataAddress = 0x2100;
  T.Data = Image.bytes().substr(0x300, 0x40);
  T.Shards.resize(2);
  BasicImageShard<uint64_t> &S = T.Shards[0];
  S.Functions = {0x1010, 0x1000};
  S.FunctionIndices = {2, 0};
  S.Globals = {0x2008};
  S.GlobalIndices = {0};
  S.CloneSlots = {{0, 0x2028}, {0, 0x2030}};
  S.Clones.resize(3);
  S.Clones[0].IsGroup = true;
  S.Clones[0].Indices = {0};
  S.Clones[1].IsGroup = true;
  S.Clones[1].Indices = {0};
  S.Clones[1].Functions = {0x1020, 0x1000};
  S.Clones[2].Base = 1;
  S.Clones[2].Indices = {0 | UseSlots, 1};
  S.Clones[2].Functions = {0x1000, 0x1040};
  T.Shards[1].Functions = {0x1050};
  T.Shards[1].FunctionIndices = {1};
  T.Shards[1].Clones.resize(3);
  T.Shards[1].Clones[0].IsGroup = true;
  T.Shards[1].Clones[1].IsGroup = true;
  T.Shards[1].Clones[1].Functions = {0x1050};
  return T;
}

TEST(SymbolIndexTest, FindsByAddress) {
  FakeImage Image;
  SymbolIndex Symbols(Image);
  ASSERT_NE(Symbols.find(0x1000), nullptr);
  EXPECT_EQ(Symbols.find(0x1000)->Name, "julia_f");
  // An export stands before what is local.
  EXPECT_EQ(Symbols.find(0x1010)->Name, "exported");
  EXPECT_EQ(Symbols.find(0x1001), nullptr);
  EXPECT_EQ(Symbols.find(UINT64_MAX), nullptr);
}

TEST(ImageTreeTest, Container) {
  FakeImage Image;
  EXPECT_EQ(toJSON(describeContainer(Image)),
            R"({"Format":"ELF","Arch":"x86_64",)"
            R"("Triple":"x86_64-unknown-linux-gnu","PointerSize":8,)"
            R"("Endian":"little","OutputName":"libfake.so",)"
            R"("NeededLibraries":["libjulia.so"]})");
}

TEST(ImageTreeTest, SymbolsSegmentsSections) {
  FakeImage Image;
  Value Symbols = describeSymbols(Image);
  EXPECT_EQ(at(Symbols, "Exports.0"),
            R"({"Name":"exported","Address":"0x1010","Size":16,)"
            R"("Type":"function"})");
  EXPECT_EQ(at(Symbols, "Imports"),
            R"([{"Name":"missing","Type":"function"}])");
  EXPECT_EQ(at(Symbols, "Locals.3"),
            R"({"Name":"slot","Address":"0x2008","Size":8,"Type":"data"})");
  EXPECT_EQ(at(describeSegments(Image), "2"),
            R"({"Index":2,"Permissions":"rw-","Address":"0x2000",)"
            R"("MemorySize":768,"FileOffset":"0x200","FileSize":512})");
  EXPECT_EQ(at(describeSections(Image), "0"),
            R"({"Name":".text","Address":"0x1000","Size":256,)"
            R"("FileOffset":"0x100","FileSize":256})");
  Image.setMachO();
  EXPECT_EQ(at(describeSegments(Image), "1.Name"), "__TEXT");
  EXPECT_EQ(at(describeSections(Image), "0.Name"), "__TEXT,__text");
}

TEST(ImageTreeTest, Tables) {
  FakeImage Image;
  ImageTables T = makeTables(Image);
  EXPECT_EQ(toJSON(describeTables(T)),
            R"({"Dialect":"julia-1.13","Version":1,"NumShards":2,)"
            R"("NumFunctions":3,"NumGlobals":1,"NumTargets":3,)"
            R"("TLS":{"Function":"0x2010","Key":"0x2018",)"
            R"("Offset":"0x2020"},"SmallTypeof":"0x2200"})");
  EXPECT_EQ(toJSON(describeData(T)),
            R"({"Address":"0x2100","Size":64,"Compression":"none",)"
            R"("UnpackFunction":"jl_image_unpack_uncomp"})");
  T.TLS.reset();
  T.SmallTypeof.reset();
  EXPECT_EQ(at(describeTables(T), "TLS"), "(none)");
  EXPECT_EQ(at(describeTables(T), "SmallTypeof"), "(none)");
  T.Compression = DataCompression::Zstd;
  T.DataChecksum = 0xabcd;
  EXPECT_EQ(at(describeData(T), "Compression"), "zstd");
  EXPECT_EQ(at(describeData(T), "Checksum"), "0xabcd");
}

TEST(ImageTreeTest, Shards) {
  FakeImage Image;
  Value V = describeShards(makeTables(Image));
  EXPECT_EQ(at(V, "0"),
            R"({"Index":0,"NumFunctions":2,"NumGlobals":1,)"
            R"("NumCloneSlots":2,"Clones":[)"
            R"({"Target":0,"Kind":"group","NumClones":0,"NumWithSlots":1},)"
            R"({"Target":1,"Kind":"group","NumClones":2,"NumWithSlots":1},)"
            R"({"Target":2,"Kind":"partial","Base":1,"NumClones":2,)"
            R"("NumWithSlots":1}]})");
  EXPECT_EQ(at(V, "1.NumFunctions"), "1");
  EXPECT_EQ(at(V, "2"), "(none)");
}

TEST(ImageTreeTest, Functions) {
  FakeImage Image;
  Value V = describeFunctions(makeTables(Image), SymbolIndex(Image));
  // By index in the image, whatever the shard.
  EXPECT_EQ(at(V, "0"),
            R"({"Index":0,"Shard":0,"Address":"0x1000",)"
            R"("Symbol":"julia_f","Size":16,"NumCloneSlots":0,"Clones":[)"
            R"({"Target":1,"Address":"0x1000","Symbol":"julia_f",)"
            R"("Size":16,"UsesSlots":false},)"
            R"({"Target":2,"Base":1,"Address":"0x1040",)"
            R"("UsesSlots":false}]})");
  EXPECT_EQ(at(V, "1"),
            R"({"Index":1,"Shard":1,"Address":"0x1050","NumCloneSlots":0,)"
            R"("Clones":[{"Target":1,"Address":"0x1050",)"
            R"("UsesSlots":false}]})");
  EXPECT_EQ(at(V, "2.Symbol"), "exported");
  EXPECT_EQ(at(V, "2.NumCloneSlots"), "2");
  EXPECT_EQ(at(V, "2.Clones.0.Target"), "1");
  EXPECT_EQ(at(V, "2.Clones.0.UsesSlots"), "Yes");
  EXPECT_EQ(at(V, "2.Clones.1.UsesSlots"), "Yes");
  EXPECT_EQ(V.children().size(), 3u);
  // Keys for comparisons are symbols, where there are some.
  EXPECT_EQ(V.children()[0].Name, "julia_f");
  EXPECT_EQ(V.children()[1].Name, "");
}

TEST(ImageTreeTest, Globals) {
  FakeImage Image;
  EXPECT_EQ(toJSON(describeGlobals(makeTables(Image), SymbolIndex(Image))),
            R"([{"Index":0,"Shard":0,"Address":"0x2008","Symbol":"slot"}])");
}

TEST(ImageTreeTest, Sizes) {
  FakeImage Image;
  ImageTables T = makeTables(Image);
  SymbolIndex Symbols(Image);
  Error Problem = Error::success();
  Value V = describeImageSizes(Image, &T, Symbols, Problem);
  EXPECT_FALSE(bool(Problem));
  EXPECT_EQ(at(V, "Segments.1"),
            R"({"Permissions":"r-x","FileSize":256,"MemorySize":256})");
  EXPECT_EQ(at(V, "Sections"), R"([{"Name":".text","Size":256}])");
  // A function of either shard has no symbol, and so no size.
  EXPECT_EQ(at(V, "Shards"), R"([{"Index":0,"NumFunctions":2},)"
                             R"({"Index":1,"NumFunctions":1}])");
  EXPECT_EQ(at(V, "Data"), R"({"Stored":64,"Decompressed":64})");
  EXPECT_EQ(at(V, "Relocations"), "3");
  EXPECT_EQ(at(V, "RelocatedPages"), "2");
  EXPECT_EQ(at(V, "Totals"), R"([{"Part":"code","Bytes":256},)"
                             R"({"Part":"data","Bytes":64},)"
                             R"({"Part":"header","Bytes":0},)"
                             R"({"Part":"other","Bytes":704},)"
                             R"({"Part":"file","Bytes":1024}])");
}

TEST(ImageTreeTest, CodePerShard) {
  FakeImage Image;
  ImageTables T = makeTables(Image);
  T.Shards[0].Clones[2].Functions = {0x1000, 0x1000};
  Error Problem = Error::success();
  Value V = describeImageSizes(Image, &T, SymbolIndex(Image), Problem);
  EXPECT_FALSE(bool(Problem));
  // Two functions, two clones of all, two partial ones.
  EXPECT_EQ(at(V, "Shards.0.Code"), "112");
  EXPECT_EQ(at(V, "Shards.1.Code"), "(none)");
  // Symbols without sizes, as in Mach-O, do not tell.
  Image.setSizeless();
  Error Problem2 = Error::success();
  Value W = describeImageSizes(Image, &T, SymbolIndex(Image), Problem2);
  EXPECT_FALSE(bool(Problem2));
  EXPECT_EQ(at(W, "Shards.0.Code"), "(none)");
}

TEST(ImageTreeTest, HeaderInCodeCountsOnce) {
  FakeImage Image;
  Image.setHeader(0x180, 0x80);
  Error Problem = Error::success();
  Value V = describeImageSizes(Image, nullptr, SymbolIndex(Image), Problem);
  EXPECT_FALSE(bool(Problem));
  EXPECT_EQ(at(V, "Totals"), R"([{"Part":"code","Bytes":128},)"
                             R"({"Part":"data","Bytes":0},)"
                             R"({"Part":"header","Bytes":128},)"
                             R"({"Part":"other","Bytes":768},)"
                             R"({"Part":"file","Bytes":1024}])");
  EXPECT_EQ(at(V, "Data"), "(none)");
  EXPECT_EQ(at(V, "Shards"), "(none)");
}

TEST(ImageTreeTest, DamagedDataIsAProblem) {
  FakeImage Image;
  ImageTables T = makeTables(Image);
  T.Compression = DataCompression::Zstd;
  Error Problem = Error::success();
  Value V = describeImageSizes(Image, &T, SymbolIndex(Image), Problem);
  EXPECT_TRUE(bool(Problem));
  consumeError(std::move(Problem));
  EXPECT_EQ(at(V, "Data"), R"({"Stored":64})");
  EXPECT_EQ(at(V, "Totals.1.Bytes"), "64");
}

TEST(ImageTreeTest, ComputedDigests) {
  FakeImage Image;
  Value V = describeComputedDigests(Image);
  ASSERT_NE(V.find("Root"), nullptr);
  EXPECT_EQ(V.find("Root")->chars().size(), 64u);
  EXPECT_EQ(V.find("BuildID")->chars(), V.find("Root")->chars().take_front(32));
  EXPECT_EQ(at(V, "Length"), "256");
}

} // namespace
