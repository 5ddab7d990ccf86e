//===- ImageTest.cpp - the code of an image in this process ---------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Loader/Image.h"
#include "../TestSupport.h"
#include "pkgimg/Format/Digest.h"
#include "pkgimg/Format/LibraryWriter.h"
#include "pkgimg/Format/OutputFile.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/Host.h"

#include <atomic>
#include <thread>

using namespace llvm;
using namespace pkgimg;

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

namespace {

#ifdef __x86_64__
/// mov $Value, %eax; ret
std::string returnCode(uint8_t Value) {
  return std::string("\xb8", 1) + char(Value) + std::string("\0\0\0\xc3", 4);
}
/// jmp *Slot(%rip)
DataDefinition jumpThrough(StringRef Name, StringRef Slot) {
  DataDefinition D;
  D.Bytes = std::string("\xff\x25\0\0\0\0", 6);
  D.Fixups = {{DataFixup::Difference32, 2, {Slot.str(), 0}, {Name.str(), 6}}};
  return D;
}
const char *const Feature1 = "avx2", *const Feature2 = "avx512f";
const char *const HostName = "x86-64";
#else
std::string words(ArrayRef<uint32_t> Words) {
  std::string Bytes(4 * Words.size(), 0);
  for (size_t I = 0; I < Words.size(); ++I)
    support::endian::write32le(&Bytes[4 * I], Words[I]);
  return Bytes;
}
/// mov w0, #Value; ret
std::string returnCode(uint8_t Value) {
  return words({0x52800000u | Value << 5, 0xd65f03c0});
}
/// adr x0, 1f; ldrsw x1, [x0]; add x0, x0, x1; ldr x0, [x0]; br x0;
/// 1: .word Slot - 1b
DataDefinition jumpThrough(StringRef Name, StringRef Slot) {
  DataDefinition D;
  D.Bytes =
      words({0x100000a0, 0xb9800001, 0x8b010000, 0xf9400000, 0xd61f0000, 0});
  D.Fixups = {{DataFixup::Difference32, 20, {Slot.str(), 0}, {Name.str(), 20}}};
  return D;
}
const char *const Feature1 = "lse", *const Feature2 = "sve";
const char *const HostName = "generic";
#endif

DataDefinition function(StringRef Name, DataDefinition D) {
  D.Name = Name.str();
  D.Place = DataDefinition::Text;
  D.Alignment = 16;
  D.IsFunction = true;
  return D;
}
DataDefinition function(StringRef Name, uint8_t Value) {
  DataDefinition D;
  D.Bytes = returnCode(Value);
  return function(Name, D);
}

/// An image with the functions 0 "which", which returns the number of its
/// target, 1 "other", which the group has, too, and returns 10 and that number,
/// and 2 "through", which jumps to "which" by way of a slot. Target 1 is a
/// group, target 2 is partial and based on 0, target 3 on 1.
struct TestImage {
  Triple TheTriple{sys::getProcessTriple()};
  ImageTablesSpec Tables;
  CacheHeader Header;
  std::vector<DataDefinition> Code;
  DataDefinition::PlaceType SlotPlace = DataDefinition::Data;
  std::vector<std::string> Needed;

  TestImage() {
    CPUTarget T[4];
    for (int I = 0; I < 4; ++I)
      T[I].Name = "target" + std::to_string(I);
    T[1].Flags = CPUTarget::CloneAll;
    T[2].Base = 0;
    T[3].Base = 1;
    T[1].Enabled = {Feature1};
    T[2].Enabled = {Feature1, "z"};
    T[3].Enabled = {Feature1, Feature2};
    Tables.Targets.Targets = {T[0], T[1], T[2], T[3]};
    Tables.TargetString = "the targets";
    Tables.NumFunctions = 3;
    Tables.Shards.resize(1);
    auto &S = Tables.Shards[0];
    S.Functions = {{"through", 0}, {"which.0", 0}, {"other.0", 0}};
    S.FunctionIndices = {2, 0, 1};
    S.CloneSlots = {{1, {"slot", 0}}};
    S.Clones.resize(4);
    S.Clones[0].IsGroup = S.Clones[1].IsGroup = true;
    S.Clones[0].Indices = S.Clones[1].Indices = {1};
    S.Clones[1].Functions = {{"through", 0}, {"which.1", 0}, {"other.1", 0}};
    constexpr uint32_t UseSlots = BasicShardClones<SymbolRef>::UseSlots;
    S.Clones[2].Indices = {1 | UseSlots};
    S.Clones[2].Functions = {{"which.2", 0}};
    S.Clones[3].Base = 1;
    S.Clones[3].Indices = {1 | UseSlots};
    S.Clones[3].Functions = {{"which.3", 0}};
    for (int I = 0; I < 4; ++I)
      Code.push_back(function("which." + std::to_string(I), I));
    Code.push_back(function("other.0", 10));
    Code.push_back(function("other.1", 11));
    Code.push_back(function("through", jumpThrough("through", "slot")));

    Header.Format = HeaderFormat::PkgImg;
    Header.Triple = TheTriple.str();
    Header.Targets = Tables.Targets;
    Header.Modules = {{"Example", {1, 2}, {3, 4}}};
    Header.Functions = {{"also_which", "i32()", 0},
                        {"other", "i32()", 1},
                        {"which", "i32()", 0}};
  }

  std::string bytes(bool Seal = true) {
    DataDefinition Slot;
    Slot.Name = "slot";
    Slot.Place = SlotPlace;
    Slot.Alignment = 8;
    Slot.Bytes.assign(8, 0);
    Slot.Fixups = {{DataFixup::Pointer, 0, {"which.0", 0}, {}}};
    ImageTablesSpec Spec = Tables;
    Spec.EmbeddedHeader = orDie(writeCacheHeader(Header, 64));
    LibrarySpec Library;
    Library.TheTriple = TheTriple;
    Library.NeededLibraries = Needed;
    Library.Definitions = orDie(writeImageTables(Spec, TheTriple));
    append_range(Library.Definitions, Code);
    Library.Definitions.push_back(Slot);
    std::string Bytes = orDie(writeLibrary(Library));
    if (Seal)
      orDie(sealImage(MutableArrayRef<char>(Bytes.data(), Bytes.size()),
                      "image"));
    return Bytes;
  }
};

/// Whether the kernel lets this process write to \p Address.
bool isWritable(uintptr_t Address) {
  auto Maps = MemoryBuffer::getFileAsStream("/proc/self/maps");
  if (!Maps) {
    ADD_FAILURE() << Maps.getError().message();
    return false;
  }
  for (StringRef Line : split((*Maps)->getBuffer(), '\n')) {
    // "BEGIN-END rw-p ..."
    uintptr_t Begin = 0, End = 0;
    if (Line.consumeInteger(16, Begin) || !Line.consume_front("-") ||
        Line.consumeInteger(16, End))
      continue;
    if (Address >= Begin && Address < End)
      return Line.starts_with(" rw");
  }
  ADD_FAILURE() << "not mapped";
  return false;
}

/// The address in this process of the first slot of \p I, which was loaded from
/// \p Bytes.
uintptr_t slotOf(const Image &I, StringRef Bytes) {
  auto File = orDie(ImageFile::create(MemoryBufferRef(Bytes, "image")));
  ImageTables T = orDie(readImageTables(*File));
  uintptr_t Base = reinterpret_cast<uintptr_t>(I.getFunction(2).Address) -
                   T.Shards[0].Functions[0];
  return Base + T.Shards[0].CloneSlots[0].Slot;
}

class ImageTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("pkgimg-loader", Folder));
  }
  void TearDown() override { sys::fs::remove_directories(Folder); }

  std::string path(StringRef Name) {
    SmallString<128> P(Folder);
    sys::path::append(P, Name);
    return P.str().str();
  }
  std::string write(StringRef Name, StringRef Bytes) {
    std::string P = path(Name);
    orDie(writeOutputFile(P, Bytes));
    return P;
  }

  /// Options for a host with \p Features.
  static LoadOptions with(std::vector<StringRef> Features) {
    LoadOptions O;
    O.Host = orDie(makeHost(Triple(sys::getProcessTriple()), HostName));
    for (StringRef F : Features)
      O.Host->Features[F] = true;
    return O;
  }

  static int call(const ImageFunction &F) {
    return reinterpret_cast<int (*)()>(F.Address)();
  }
  static int call(const Image &I, StringRef Name) {
    std::optional<ImageFunction> F = I.findFunction(Name);
    if (F)
      return call(*F);
    ADD_FAILURE() << "no function " << Name.str();
    return -1;
  }

  SmallString<128> Folder;
};

/// "REASON: MESSAGE" of the error, with \p Folder taken out.
std::string rejection(Error E, StringRef Folder) {
  std::string Text = "no error";
  handleAllErrors(
      std::move(E),
      [&](const RejectionError &R) {
        std::string Message = R.message();
        size_t At = Message.find((Folder + "/").str());
        if (At != std::string::npos)
          Message.erase(At, Folder.size() + 1);
        Text = (getRejectReasonName(R.reason()) + ": " + Message).str();
      },
      [&](const ErrorInfoBase &E) {
        Text = "not a rejection: " + E.message();
      });
  return Text;
}
template <typename T> std::string rejection(Expected<T> V, StringRef Folder) {
  return rejection(V.takeError(), Folder);
}

TEST_F(ImageTest, EachTargetRunsItsCode) {
  const std::vector<StringRef> Features[] = {
      {}, {Feature1}, {Feature1, "z"}, {Feature1, Feature2}};
  for (uint32_t Target = 0; Target < 4; ++Target)
    for (bool InConstantData : {false, true}) {
      TestImage T;
      if (InConstantData)
        T.SlotPlace = DataDefinition::RelRO;
      std::string Bytes = T.bytes(), P = write("a.so", Bytes);
      auto Loaded = Image::load(P, with(Features[Target]));
      ASSERT_OK(Loaded);
      const Image &I = **Loaded;
      // What was constant is so again.
      EXPECT_EQ(isWritable(slotOf(I, Bytes)), !InConstantData);
      EXPECT_EQ(I.target(), Target);
      EXPECT_EQ(I.targetName(), "target" + std::to_string(Target));
      EXPECT_EQ(I.path(), P);
      EXPECT_EQ(call(I, "which"), int(Target));
      EXPECT_EQ(call(I, "also_which"), int(Target));
      // By way of the slot.
      EXPECT_EQ(call(I.getFunction(2)), int(Target));
      // A group has code for all, and what is based on it uses that.
      bool HasGroup = Target == 1 || Target == 3;
      EXPECT_EQ(call(I, "other"), HasGroup ? 11 : 10);
      EXPECT_EQ(I.findFunction("other")->Target, HasGroup ? 1u : 0u);
      EXPECT_EQ(I.findFunction("which")->Target, Target);
      EXPECT_EQ(I.numFunctions(), 3u);
    }
}

TEST_F(ImageTest, FunctionsByName) {
  auto Loaded = Image::load(write("a.so", TestImage().bytes()), with({}));
  ASSERT_OK(Loaded);
  const Image &I = **Loaded;
  std::optional<ImageFunction> F = I.findFunction("other");
  ASSERT_TRUE(F);
  EXPECT_EQ(F->Name, "other");
  EXPECT_EQ(F->Signature, "i32()");
  EXPECT_EQ(F->Index, 1u);
  EXPECT_EQ(F->Address, I.getFunction(1).Address);
  EXPECT_EQ(I.getFunction(1).Name, "");
  for (StringRef Name : {"", "a", "othe", "other2", "z"})
    EXPECT_FALSE(I.findFunction(Name)) << Name.str();
  EXPECT_EQ(I.names().size(), 3u);
}

// What a base's slots get must not depend on what was loaded before.
TEST_F(ImageTest, SlotsOfABase) {
  TestImage T;
  // Target 3 has no clone of "which": its base's goes into the slot.
  T.Tables.Shards[0].Clones[3].Indices.clear();
  T.Tables.Shards[0].Clones[3].Functions.clear();
  // Target 2 has one that is not to go into slots.
  T.Tables.Shards[0].Clones[2].Indices = {1};
  std::string P = write("a.so", T.bytes());
  {
    auto I = valueOf(Image::load(P, with({Feature1, Feature2})));
    ASSERT_TRUE(I);
    EXPECT_EQ(I->target(), 3u);
    EXPECT_EQ(call(I->getFunction(2)), 1);
    EXPECT_EQ(call(*I, "which"), 1);
  }
  auto I = valueOf(Image::load(P, with({Feature1, "z"})));
  ASSERT_TRUE(I);
  EXPECT_EQ(call(*I, "which"), 2);
}

TEST_F(ImageTest, TheSameImageForAll) {
  std::string P = write("a.so", TestImage().bytes());
  ASSERT_FALSE(sys::fs::create_link(P, path("link.so")));
  for (bool ByDescriptor : {true, false}) {
    LoadOptions Rich = with({Feature1}), Poor = with({});
    Rich.ByDescriptor = Poor.ByDescriptor = ByDescriptor;
    auto A = valueOf(Image::load(P, Rich));
    auto B = valueOf(Image::load(path("link.so"), Rich));
    ASSERT_TRUE(A);
    EXPECT_EQ(A, B);
    EXPECT_EQ(rejection(Image::load(P, Poor), Folder),
              "in-use: a.so: this process has loaded it for target 1, and "
              "would for target 0 now; let go of it first, or choose the same "
              "target");
    EXPECT_EQ(call(*A, "which"), 1);
    A.reset();
    EXPECT_EQ(call(*B, "which"), 1);
    B.reset();
    // Nobody has it now.
    A = valueOf(Image::load(P, Poor));
    ASSERT_TRUE(A);
    EXPECT_EQ(call(*A, "which"), 0);
    EXPECT_EQ(call(A->getFunction(2)), 0);
  }
}

// The system's loader knows libraries by their names, and a descriptor that was
// closed gives its number to the next file.
TEST_F(ImageTest, AnotherFileUnderTheSameDescriptor) {
  std::string P = write("a.so", TestImage().bytes());
  TestImage Other;
  Other.Code[0] = function("which.0", 99);
  std::string Q = write("b.so", Other.bytes());
  auto A = valueOf(Image::load(P, with({})));
  auto B = valueOf(Image::load(Q, with({})));
  ASSERT_TRUE(A && B);
  EXPECT_EQ(call(*A, "which"), 0);
  EXPECT_EQ(call(*B, "which"), 99);
}

TEST_F(ImageTest, ThreadsGetOneImage) {
  std::string P = write("a.so", TestImage().bytes());
  LoadOptions Options = with({Feature1});
  for (int Round = 0; Round < 20; ++Round) {
    constexpr int NumThreads = 8;
    std::shared_ptr<Image> Images[NumThreads];
    std::atomic<int> Wrong{0};
    std::vector<std::thread> Threads;
    for (int I = 0; I < NumThreads; ++I)
      Threads.emplace_back([&, I] {
        auto Loaded = Image::load(P, Options);
        if (!Loaded) {
          consumeError(Loaded.takeError());
          ++Wrong;
          return;
        }
        Images[I] = *Loaded;
        auto *F = reinterpret_cast<int (*)()>(
            Images[I]->findFunction("which")->Address);
        auto *G =
            reinterpret_cast<int (*)()>(Images[I]->getFunction(2).Address);
        if (F() != 1 || G() != 1)
          ++Wrong;
        // In half of the rounds, some drop it while others load it.
        if (Round % 2)
          Images[I].reset();
      });
    for (std::thread &T : Threads)
      T.join();
    EXPECT_EQ(Wrong, 0);
    for (int I = 1; I < NumThreads; ++I)
      EXPECT_EQ(Images[I], Images[0]);
  }
}

TEST_F(ImageTest, AFileThatWasReplaced) {
  std::string Old = TestImage().bytes();
  TestImage Other;
  Other.Code[0] = function("which.0", 99);
  for (bool ByDescriptor : {true, false}) {
    LoadOptions Options = with({});
    Options.ByDescriptor = ByDescriptor;
    std::string P = write("a.so", Old);
    auto C = valueOf(ImageCandidate::open(P, Options));
    ASSERT_TRUE(C);
    orDie(C->verify());
    C->select();
    // A rename in between.
    ASSERT_FALSE(sys::fs::rename(write("new.so", Other.bytes()), P));
    auto Loaded = C->load();
    if (ByDescriptor) {
      ASSERT_OK(Loaded);
      EXPECT_EQ(call(**Loaded, "which"), 0);
    } else {
      EXPECT_EQ(rejection(std::move(Loaded), Folder),
                "changed: a.so: the file was changed or replaced while it was "
                "loaded; load it again");
    }
  }
}

/// Writes \p Byte at \p Offset of the file itself.
void patch(const std::string &Path, uint64_t Offset, char Byte) {
  int FD = 0;
  ASSERT_FALSE(sys::fs::openFileForWrite(Path, FD, sys::fs::CD_OpenExisting,
                                         sys::fs::OF_None));
  raw_fd_ostream OS(FD, /*shouldClose=*/true);
  OS.seek(Offset);
  OS << Byte;
}

TEST_F(ImageTest, AFileThatWasChangedInPlace) {
  std::string P = write("a.so", TestImage().bytes());
  auto C = valueOf(ImageCandidate::open(P, with({})));
  ASSERT_TRUE(C);
  orDie(C->verify());
  C->select();
  patch(P, 7, 0);
  // Time may stand still between two writes; the size does not.
  uint64_t Size = 0;
  ASSERT_FALSE(sys::fs::file_size(P, Size));
  patch(P, Size, 0);
  EXPECT_EQ(rejection(C->load(), Folder),
            "changed: a.so: the file was changed or replaced while it was "
            "loaded; load it again");
}

TEST_F(ImageTest, AFileThatWasChangedWhileItIsLoaded) {
  std::string P = write("a.so", TestImage().bytes());
  auto A = valueOf(Image::load(P, with({})));
  uint64_t Size = 0;
  ASSERT_FALSE(sys::fs::file_size(P, Size));
  patch(P, Size, 0);
  EXPECT_EQ(rejection(Image::load(P, with({})), Folder),
            "changed: a.so: the file has been changed since this process "
            "loaded it; write images beside their final name, and rename them");
}

TEST_F(ImageTest, FilesThatAreNoImages) {
  auto load = [&](StringRef Path) {
    return rejection(Image::load(Path, with({})), Folder);
  };
  EXPECT_EQ(load(path("missing.so")),
            "unreadable: missing.so: No such file or directory");
  EXPECT_EQ(load(Folder), ("unreadable: " + Folder +
                           ": expected a file, found a folder or a "
                           "device")
                              .str());
  EXPECT_EQ(load(write("a.txt", "text\n")),
            "format: a.txt: expected a package image for linux, found: text "
            "file");
  EXPECT_EQ(load(write("empty", "")),
            "format: empty: expected a package image for linux, found: empty "
            "file");
  LibrarySpec Plain;
  Plain.TheTriple = Triple(sys::getProcessTriple());
  Plain.Definitions = {function("f", 1)};
  std::string Text = load(write("plain.so", orDie(writeLibrary(Plain))));
  EXPECT_EQ(StringRef(Text).take_front(63),
            "format: plain.so: expected a package image, found a library tha");
}

TEST_F(ImageTest, AnotherPlatform) {
  auto load = [&](TestImage &T) {
    return rejection(Image::load(write("a.so", T.bytes()), with({})), Folder);
  };
  TestImage T;
  T.Header.Triple =
      Triple(T.TheTriple.getArchName(), "unknown", "freebsd").str();
  EXPECT_EQ(load(T), "platform: a.so: the image is for freebsd, this process "
                     "for linux; use an image made for this platform");
  T.Header.Triple =
      Triple(T.TheTriple.getArchName(), "unknown", "linux", "musl").str();
  EXPECT_EQ(load(T), "platform: a.so: the image is for musl, this process for "
                     "gnu; use an image made for this platform");
  // What it does not say is no reason.
  T.Header.Triple.clear();
  EXPECT_EQ(load(T), "no error");

  TestImage Big;
  Big.TheTriple = Triple("riscv64-unknown-linux-gnu");
  Big.Header.Triple = Big.TheTriple.str();
  EXPECT_EQ(load(Big),
            "platform: a.so: the image is for riscv64, this process for " +
                Triple::getArchTypeName(T.TheTriple.getArch()).str() +
                "; use an image made for this platform");
  Big.Header.Triple.clear();
  EXPECT_EQ(StringRef(load(Big)).take_front(40),
            "platform: a.so: the image is for riscv64");
}

TEST_F(ImageTest, OtherFlags) {
  TestImage T;
  T.Header.Flags.OptLevel = 1;
  std::string P = write("a.so", T.bytes());
  LoadOptions Options = with({});
  Options.Session.emplace();
  EXPECT_EQ(rejection(Image::load(P, Options), Folder),
            "flags: a.so: -O: the image was made with '1', the session has "
            "'2'; the image's must be at least the session's");
  Options.Session->Flags.OptLevel = 1;
  EXPECT_EQ(rejection(Image::load(P, Options), Folder), "no error");
}

TEST_F(ImageTest, AnotherProcessor) {
  TestImage T;
  T.Tables.Targets.Targets[0].Enabled = {"y"};
  T.Header.Targets = T.Tables.Targets;
  LoadOptions Options = with({"z"});
  std::string Feature = Feature1;
  EXPECT_EQ(rejection(Image::load(write("a.so", T.bytes()), Options), Folder),
            "cpu: a.so: the processor (" + std::string(HostName) +
                ") can run none of its targets: target 0 needs y, which the "
                "processor lacks; target 1 needs " +
                Feature + ", which the processor lacks; target 2 needs " +
                Feature + ", which the processor lacks; target 3 needs " +
                Feature + ", " + Feature2 + ", which the processor lacks");
}

TEST_F(ImageTest, Damage) {
  std::string Bytes = TestImage().bytes();
  // The first code that returns 2, and the header of the image's name.
  size_t At = Bytes.find(returnCode(2));
  ASSERT_NE(At, std::string::npos);
  Bytes[At] ^= 1;
  std::string P = write("a.so", Bytes);
  std::string Text = rejection(Image::load(P, with({})), Folder);
  EXPECT_EQ(StringRef(Text).take_front(49),
            "damaged: a.so: the image's content has the digest");
  // Not if it is not to be looked for.
  LoadOptions Options = with({});
  Options.CheckContent = false;
  EXPECT_EQ(rejection(Image::load(P, Options), Folder), "no error");

  // A damaged header is told of by the verifier.
  Bytes = TestImage().bytes();
  At = Bytes.find("Example");
  ASSERT_NE(At, std::string::npos);
  Bytes[At] ^= 1;
  Text = rejection(Image::load(write("b.so", Bytes), Options), Folder);
  EXPECT_EQ(StringRef(Text).take_front(20), "damaged: b.so (embed");

  Text = rejection(
      Image::load(write("c.so", StringRef(Bytes).take_front(200)), Options),
      Folder);
  EXPECT_EQ(StringRef(Text).take_front(14), "damaged: c.so:");
}

// The reasons are looked for in the order in which they are cheap: what the
// header says, before the content is read.
TEST_F(ImageTest, TheHeaderComesFirst) {
  TestImage T;
  T.Header.Triple =
      Triple(T.TheTriple.getArchName(), "unknown", "freebsd").str();
  std::string Bytes = T.bytes();
  size_t At = Bytes.find(returnCode(2));
  ASSERT_NE(At, std::string::npos);
  Bytes[At] ^= 1;
  EXPECT_EQ(
      StringRef(rejection(Image::load(write("a.so", Bytes), with({})), Folder))
          .take_front(9),
      "platform:");
}

TEST_F(ImageTest, WhatTheSystemRefuses) {
  TestImage T;
  T.Needed = {"libpkgimg-nowhere.so.1"};
  EXPECT_EQ(rejection(Image::load(write("a.so", T.bytes()), with({})), Folder),
            "link: a.so: libpkgimg-nowhere.so.1: cannot open shared object "
            "file: No such file or directory");
}

TEST_F(ImageTest, Candidates) {
  std::string P = write("a.so", TestImage().bytes());
  auto C = valueOf(ImageCandidate::open(P, with({Feature1, Feature2})));
  ASSERT_TRUE(C);
  orDie(C->checkHeader());
  orDie(C->verify());
  C->select();
  ASSERT_TRUE(C->selection().Chosen);
  EXPECT_EQ(*C->selection().Chosen, 3u);
  std::string Text;
  for (const ImageFunction &F : C->functions()) {
    EXPECT_EQ(F.Address, nullptr);
    Text += (F.Name + " " + F.Signature + " " + Twine(F.Index) + " " +
             Twine(F.Target) + "\n")
                .str();
  }
  EXPECT_EQ(Text, "also_which i32() 0 3\nother i32() 1 1\nwhich i32() 0 3\n"
                  "  2 1\n");
}

// Julia's images have their targets in its own layouts, and our header, or
// none.
TEST_F(ImageTest, TablesOfJulia) {
  for (ImageDialect Dialect :
       {ImageDialect::Julia1_10, ImageDialect::Julia1_11}) {
    TestImage T;
    T.Tables.Dialect = Dialect;
    T.Tables.Targets.Layout = TargetDataLayout::Julia32;
    T.Tables.TargetString.clear();
    for (CPUTarget &Target : T.Tables.Targets.Targets) {
      Target.Flags = 0;
      Target.Base = CPUTarget::NoBase;
      erase(Target.Enabled, "z");
    }
    orDie(encodeFeatures(T.Tables.Targets, FeatureNumbering::Julia1_9,
                         T.TheTriple.getArch()));
    T.Tables.TLS = {{"jl_pgcstack_func_slot", 0},
                    {"jl_pgcstack_key_slot", 0},
                    {"jl_tls_offset", 0}};
    T.Tables.SmallTypeof = {
        Dialect == ImageDialect::Julia1_10 ? "small_typeof" : "jl_small_typeof",
        0};
    T.Header.Targets.Targets.clear();
    // The word that the runtime's handle goes to has a definition elsewhere.
    DataDefinition Handle;
    Handle.Name = "jl_RTLD_DEFAULT_handle";
    Handle.Place = DataDefinition::Data;
    Handle.ZeroFill = 8;
    T.Code.push_back(Handle);
    T.Tables.Data = "";
    std::string P = write("a.so", T.bytes());
    auto I = valueOf(Image::load(P, with({Feature1, Feature2})));
    ASSERT_TRUE(I) << getDialectName(Dialect).str();
    EXPECT_EQ(I->target(), 3u);
    EXPECT_EQ(call(*I, "which"), 3);
    EXPECT_EQ(call(*I, "other"), 11);
    I.reset();
    // The last of the two with one feature.
    I = valueOf(Image::load(P, with({Feature1})));
    ASSERT_TRUE(I);
    EXPECT_EQ(I->target(), 2u);
    EXPECT_EQ(call(I->getFunction(2)), 2);
  }
}

} // namespace

#endif
