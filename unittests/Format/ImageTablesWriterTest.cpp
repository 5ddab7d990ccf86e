//===- ImageTablesWriterTest.cpp - Tables that are written ----------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FakeImage.h"
#include "pkgimg/Format/Checksum.h"
#include "pkgimg/Format/ImageTables.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <functional>
#include <map>
#include <numeric>
#include <random>
#include <set>

using namespace llvm;
using namespace pkgimg;

namespace {
constexpr uint32_t Tag = 1u << 31;

constexpr ImageDialect AllDialects[] = {
    ImageDialect::Julia1_9,  ImageDialect::Julia1_10, ImageDialect::Julia1_11,
    ImageDialect::Julia1_13, ImageDialect::Julia1_14, ImageDialect::PkgImg};

bool hasTargetString(ImageDialect D) { return D >= ImageDialect::Julia1_13; }
bool isJulia(ImageDialect D) { return D != ImageDialect::PkgImg; }

TargetDataLayout layoutOf(ImageDialect D) {
  if (D == ImageDialect::PkgImg)
    return TargetDataLayout::Named;
  return D == ImageDialect::Julia1_14 ? TargetDataLayout::Julia64
                                      : TargetDataLayout::Julia32;
}

/// Two functions, one of which is cloned, and a global.
ImageTablesSpec smallSpec(ImageDialect D) {
  ImageTablesSpec S;
  S.Dialect = D;
  S.Version = D != ImageDialect::Julia1_9;
  S.NumFunctions = 2;
  S.NumGlobals = 1;
  S.Targets.Layout = layoutOf(D);
  S.Targets.Targets.resize(2);
  S.Targets.Targets[0].Name = "a";
  S.Targets.Targets[1].Name = "b";
  if (hasTargetString(D))
    S.TargetString = "a;b";
  S.TLS = {{"jl_pgcstack_func_slot", 0},
           {"jl_pgcstack_key_slot", 0},
           {"jl_tls_offset", 0}};
  if (D == ImageDialect::Julia1_10)
    S.SmallTypeof = {"small_typeof", 0};
  else if (isJulia(D) && D != ImageDialect::Julia1_9)
    S.SmallTypeof = {"jl_small_typeof", 0};
  S.Shards.resize(1);
  BasicImageShard<SymbolRef> &Shard = S.Shards[0];
  Shard.Functions = {{"f", 0}, {"g", 4}};
  Shard.FunctionIndices = {1, 0};
  if (D == ImageDialect::Julia1_9)
    Shard.FunctionIndices = {0, 1};
  Shard.Globals = {{"v", 0}};
  Shard.GlobalIndices = {0};
  Shard.CloneSlots = {{0, {"s", 0}}};
  Shard.Clones.resize(2);
  Shard.Clones[0].IsGroup = true;
  Shard.Clones[0].Indices = {0};
  Shard.Clones[1].Indices = {Tag | 0};
  Shard.Clones[1].Functions = {{"f.1", 0}};
  S.Data = "data";
  return S;
}

/// One line for each definition.
std::string dump(const std::vector<DataDefinition> &Definitions,
                 StringRef TargetData) {
  static constexpr const char *Linkages[] = {"internal", "hidden", "exported"};
  static constexpr const char *Places[] = {"text", "rodata", "relro", "data",
                                           "header"};
  std::string Text;
  raw_string_ostream OS(Text);
  auto place = [&](const SymbolRef &R) {
    OS << R.Symbol;
    if (R.Offset)
      OS << '+' << R.Offset;
  };
  for (const DataDefinition &D : Definitions) {
    OS << D.Name << ' ' << Linkages[D.Linkage] << ' ' << Places[D.Place] << ' '
       << D.Alignment << ':';
    if (D.Name == "jl_dispatch_target_ids" && D.Bytes == TargetData)
      OS << " targets";
    else if (!D.Bytes.empty() &&
             StringRef(D.Bytes).find_first_not_of('\0') == StringRef::npos)
      OS << " 0*" << D.Bytes.size();
    else if (!D.Bytes.empty())
      OS << ' ' << toHex(D.Bytes, /*LowerCase=*/true);
    if (D.ZeroFill)
      OS << " +" << D.ZeroFill;
    for (const DataFixup &F : D.Fixups) {
      OS << " @" << F.Offset << ' ';
      place(F.Target);
      if (F.Kind == DataFixup::Difference32) {
        OS << '-';
        place(F.Minus);
      }
    }
    OS << '\n';
  }
  return Text;
}

void expectGolden(ImageDialect D, StringRef TheTriple, StringRef Golden) {
  SCOPED_TRACE((getDialectName(D) + " " + TheTriple).str());
  ImageTablesSpec S = smallSpec(D);
  Triple T(TheTriple);
  Expected<std::vector<DataDefinition>> Defs = writeImageTables(S, T);
  ASSERT_OK(Defs);
  EXPECT_EQ(dump(*Defs, orDie(writeTargetData(S.Targets, T.isLittleEndian()))),
            Golden);
}
} // namespace

TEST(ImageTablesWriter, Golden1_9) {
  expectGolden(
      ImageDialect::Julia1_9, "x86_64-unknown-linux-gnu",
      "jl_sysimg_fvars_base exported rodata 8: 0*8\n"
      "jl_sysimg_gvars_base exported rodata 8: 0*8\n"
      "jl_sysimg_fvars_offsets exported rodata 4: 020000000000000000000000 "
      "@4 f-jl_sysimg_fvars_base @8 g+4-jl_sysimg_fvars_base\n"
      "jl_sysimg_gvars_offsets exported rodata 4: 0100000000000000 "
      "@4 v-jl_sysimg_gvars_base\n"
      "jl_dispatch_reloc_slots exported rodata 4: 010000000000000000000000 "
      "@8 s-jl_sysimg_gvars_base\n"
      "jl_dispatch_fvars_idxs exported rodata 4: "
      "0100008000000000010000000000000000000080\n"
      "jl_dispatch_fvars_offsets exported rodata 4: 0*4 "
      "@0 f.1-jl_sysimg_fvars_base\n"
      "jl_RTLD_DEFAULT_handle_pointer exported relro 8: 0*8 "
      "@0 jl_RTLD_DEFAULT_handle\n"
      "jl_dispatch_target_ids exported rodata 8: targets\n"
      "jl_pgcstack_func_slot exported data 8: +8\n"
      "jl_pgcstack_key_slot exported data 8: +8\n"
      "jl_tls_offset exported data 8: +8\n"
      "jl_system_image_data exported data 64: 64617461\n"
      "jl_system_image_size exported rodata 8: 0400000000000000\n");
}

TEST(ImageTablesWriter, Golden1_10) {
  expectGolden(
      ImageDialect::Julia1_10, "x86_64-unknown-linux-gnu",
      "jl_fvar_idxs_0 hidden rodata 4: 0100000000000000\n"
      "jl_gvar_idxs_0 hidden rodata 4: 0*4\n"
      "jl_fvar_offsets_0 hidden rodata 4: 020000000000000000000000 "
      "@8 g+4-f\n"
      "jl_gvar_offsets_0 hidden rodata 4: 0100000000000000\n"
      "jl_clone_slots_0 hidden rodata 4: 010000000000000000000000 @8 s-v\n"
      "jl_clone_idxs_0 hidden rodata 4: "
      "0100008000000000010000000000000000000080\n"
      "jl_clone_offsets_0 hidden rodata 4: 0*4 @0 f.1-f\n"
      "jl_RTLD_DEFAULT_handle_pointer exported relro 8: 0*8 "
      "@0 jl_RTLD_DEFAULT_handle\n"
      "jl_dispatch_target_ids internal rodata 8: targets\n"
      "jl_shard_tables hidden relro 8: 0*72 @0 f @8 jl_fvar_offsets_0 "
      "@16 jl_fvar_idxs_0 @24 v @32 jl_gvar_offsets_0 @40 jl_gvar_idxs_0 "
      "@48 jl_clone_slots_0 @56 jl_clone_offsets_0 @64 jl_clone_idxs_0\n"
      "jl_pgcstack_func_slot hidden data 8: +8\n"
      "jl_pgcstack_key_slot hidden data 8: +8\n"
      "jl_tls_offset hidden data 8: +8\n"
      "jl_ptls_table hidden relro 8: 0*24 @0 jl_pgcstack_func_slot "
      "@8 jl_pgcstack_key_slot @16 jl_tls_offset\n"
      "jl_image_header internal rodata 4: 01000000010000000200000001000000\n"
      "small_typeof hidden data 16: +1024\n"
      "jl_image_pointers exported relro 8: 0*40 @0 jl_image_header "
      "@8 jl_shard_tables @16 jl_ptls_table @24 small_typeof "
      "@32 jl_dispatch_target_ids\n"
      "jl_system_image_data exported data 64: 64617461\n"
      "jl_system_image_size exported rodata 8: 0400000000000000\n");
}

namespace {
/// What all dialects from 1.11 on have, for 64 bits, little endian.
std::string goldenShard() {
  return "jl_fvar_idxs_0 hidden rodata 4: 0100000000000000\n"
         "jl_gvar_idxs_0 hidden rodata 4: 0*4\n"
         "jl_fvar_count_0 hidden rodata 8: 0200000000000000\n"
         "jl_fvar_ptrs_0 hidden relro 8: 0*16 @0 f @8 g+4\n"
         "jl_gvar_offsets_0 hidden rodata 4: 0100000000000000 "
         "@4 v-jl_gvar_offsets_0\n"
         "jl_clone_slots_0 hidden rodata 4: 010000000000000000000000 "
         "@8 s-jl_clone_slots_0\n"
         "jl_clone_idxs_0 hidden rodata 4: "
         "0100008000000000010000000000000000000080\n"
         "jl_clone_ptrs_0 hidden relro 8: 0*8 @0 f.1\n";
}

std::string goldenMetadata() {
  return "jl_dispatch_target_ids internal rodata 8: targets\n"
         "jl_shard_tables hidden relro 8: 0*64 @0 jl_fvar_count_0 "
         "@8 jl_fvar_ptrs_0 @16 jl_fvar_idxs_0 @24 jl_gvar_offsets_0 "
         "@32 jl_gvar_idxs_0 @40 jl_clone_slots_0 @48 jl_clone_ptrs_0 "
         "@56 jl_clone_idxs_0\n"
         "jl_pgcstack_func_slot hidden data 8: +8\n"
         "jl_pgcstack_key_slot hidden data 8: +8\n"
         "jl_tls_offset hidden data 8: +8\n"
         "jl_ptls_table hidden relro 8: 0*24 @0 jl_pgcstack_func_slot "
         "@8 jl_pgcstack_key_slot @16 jl_tls_offset\n"
         "jl_image_header internal rodata 4: "
         "01000000010000000200000001000000\n";
}

const char *const GoldenRoot6 =
    "jl_small_typeof hidden data 16: +1024\n"
    "jl_cpu_target_string internal rodata 1: 613b62 +1\n"
    "jl_image_pointers exported relro 8: 0*48 @0 jl_image_header "
    "@8 jl_shard_tables @16 jl_ptls_table @24 jl_small_typeof "
    "@32 jl_dispatch_target_ids @40 jl_cpu_target_string\n"
    "jl_system_image_data exported data 4096: 64617461\n"
    "jl_system_image_size exported rodata 8: 0400000000000000\n";
} // namespace

TEST(ImageTablesWriter, Golden1_11) {
  expectGolden(ImageDialect::Julia1_11, "x86_64-unknown-linux-gnu",
               goldenShard() +
                   "jl_RTLD_DEFAULT_handle_pointer exported relro 8: 0*8 "
                   "@0 jl_RTLD_DEFAULT_handle\n" +
                   goldenMetadata() +
                   "jl_small_typeof hidden data 16: +1024\n"
                   "jl_image_pointers exported relro 8: 0*40 "
                   "@0 jl_image_header @8 jl_shard_tables @16 jl_ptls_table "
                   "@24 jl_small_typeof @32 jl_dispatch_target_ids\n"
                   "jl_system_image_data exported data 64: 64617461\n"
                   "jl_system_image_size exported rodata 8: "
                   "0400000000000000\n");
}

TEST(ImageTablesWriter, Golden1_13) {
  expectGolden(ImageDialect::Julia1_13, "aarch64-apple-macosx11.0.0",
               goldenShard() + goldenMetadata() + GoldenRoot6 +
                   "jl_image_unpack exported relro 8: 0*8 "
                   "@0 jl_image_unpack_uncomp\n");
}

TEST(ImageTablesWriter, Golden1_14) {
  // CRC-32C of "data".
  expectGolden(ImageDialect::Julia1_14, "x86_64-unknown-freebsd",
               goldenShard() + goldenMetadata() + GoldenRoot6 +
                   "jl_system_image_checksum exported rodata 4: " + "d17dd8ae" +
                   "\n"
                   "jl_image_unpack exported relro 8: 0*8 "
                   "@0 jl_image_unpack_uncomp\n");
}

TEST(ImageTablesWriter, GoldenPkgImg) {
  expectGolden(ImageDialect::PkgImg, "x86_64-w64-windows-gnu",
               goldenShard() + goldenMetadata() +
                   "jl_cpu_target_string internal rodata 1: 613b62 +1\n"
                   "jl_image_pointers exported relro 8: 0*48 "
                   "@0 jl_image_header @8 jl_shard_tables @16 jl_ptls_table "
                   "@32 jl_dispatch_target_ids @40 jl_cpu_target_string\n"
                   "jl_system_image_data exported data 4096: 64617461\n"
                   "jl_system_image_size exported rodata 8: "
                   "0400000000000000\n");
}

TEST(ImageTablesWriter, GoldenBigEndian) {
  expectGolden(
      ImageDialect::Julia1_11, "powerpc-unknown-linux-gnu",
      "jl_fvar_idxs_0 hidden rodata 4: 0000000100000000\n"
      "jl_gvar_idxs_0 hidden rodata 4: 0*4\n"
      "jl_fvar_count_0 hidden rodata 4: 00000002\n"
      "jl_fvar_ptrs_0 hidden relro 4: 0*8 @0 f @4 g+4\n"
      "jl_gvar_offsets_0 hidden rodata 4: 0000000100000000 "
      "@4 v-jl_gvar_offsets_0\n"
      "jl_clone_slots_0 hidden rodata 4: 000000010000000000000000 "
      "@8 s-jl_clone_slots_0\n"
      "jl_clone_idxs_0 hidden rodata 4: "
      "8000000100000000000000010000000080000000\n"
      "jl_clone_ptrs_0 hidden relro 4: 0*4 @0 f.1\n"
      "jl_RTLD_DEFAULT_handle_pointer exported relro 4: 0*4 "
      "@0 jl_RTLD_DEFAULT_handle\n"
      "jl_dispatch_target_ids internal rodata 8: targets\n"
      "jl_shard_tables hidden relro 4: 0*32 @0 jl_fvar_count_0 "
      "@4 jl_fvar_ptrs_0 @8 jl_fvar_idxs_0 @12 jl_gvar_offsets_0 "
      "@16 jl_gvar_idxs_0 @20 jl_clone_slots_0 @24 jl_clone_ptrs_0 "
      "@28 jl_clone_idxs_0\n"
      "jl_pgcstack_func_slot hidden data 4: +4\n"
      "jl_pgcstack_key_slot hidden data 4: +4\n"
      "jl_tls_offset hidden data 4: +4\n"
      "jl_ptls_table hidden relro 4: 0*12 @0 jl_pgcstack_func_slot "
      "@4 jl_pgcstack_key_slot @8 jl_tls_offset\n"
      "jl_image_header internal rodata 4: 00000001000000010000000200000001\n"
      "jl_small_typeof hidden data 16: +1024\n"
      "jl_image_pointers exported relro 4: 0*20 @0 jl_image_header "
      "@4 jl_shard_tables @8 jl_ptls_table @12 jl_small_typeof "
      "@16 jl_dispatch_target_ids\n"
      "jl_system_image_data exported data 64: 64617461\n"
      "jl_system_image_size exported rodata 4: 00000004\n");
}

namespace {
std::string defined(const std::vector<DataDefinition> &Defs) {
  std::string Names;
  for (const DataDefinition &D : Defs)
    Names += D.Name + " ";
  return Names;
}

const DataDefinition *findDefinition(const std::vector<DataDefinition> &Defs,
                                     StringRef Name) {
  auto It = llvm::find_if(
      Defs, [&](const DataDefinition &D) { return D.Name == Name; });
  return It == Defs.end() ? nullptr : &*It;
}
} // namespace

TEST(ImageTablesWriter, EmptyImage) {
  for (ImageDialect D : AllDialects) {
    ImageTablesSpec S = smallSpec(D);
    S.NumFunctions = S.NumGlobals = 0;
    S.Shards[0] = BasicImageShard<SymbolRef>();
    S.Shards[0].Clones.resize(2);
    S.Shards[0].Clones[0].IsGroup = true;
    S.Data = "";
    S.DataAlignment = 16;
    Expected<std::vector<DataDefinition>> Defs =
        writeImageTables(S, Triple("x86_64-unknown-linux-gnu"));
    ASSERT_OK(Defs);
    for (const DataDefinition &Def : *Defs)
      EXPECT_GT(Def.size(), 0u) << Def.Name;
    EXPECT_EQ(findDefinition(*Defs, "jl_system_image_data")->Alignment, 16u);
    auto Image = FakeImage::create(*Defs, Triple("x86_64-unknown-linux-gnu"));
    Expected<ImageTables> T = readImageTables(*Image, D);
    ASSERT_OK(T);
    EXPECT_EQ(T->Shards.size(), 1u);
    EXPECT_EQ(T->NumFunctions, 0u);
    EXPECT_TRUE(T->Data.empty());
  }
}

// What the caller defines itself is left alone.
TEST(ImageTablesWriter, SlotsOfTheCaller) {
  ImageTablesSpec S = smallSpec(ImageDialect::Julia1_13);
  S.TLS = {{"my_function_slot", 0}, {"jl_pgcstack_key_slot", 8}, {"x", 16}};
  S.SmallTypeof = {"my_types", 0};
  S.EmbeddedHeader = "header";
  Expected<std::vector<DataDefinition>> Defs =
      writeImageTables(S, Triple("x86_64-unknown-linux-gnu"));
  ASSERT_OK(Defs);
  std::string Names = defined(*Defs);
  for (StringRef Name : {"my_function_slot", "jl_pgcstack_key_slot",
                         "jl_tls_offset", "my_types", "jl_small_typeof"})
    EXPECT_EQ(Names.find(Name.str() + " "), std::string::npos) << Name.str();
  ASSERT_NE(findDefinition(*Defs, "jl_ptls_table"), nullptr);
  EXPECT_EQ(findDefinition(*Defs, "jl_ptls_table")->Fixups[1].Target,
            (SymbolRef{"jl_pgcstack_key_slot", 8}));
  EXPECT_EQ(findDefinition(*Defs, "jl_image_pointers")->Fixups[3].Target,
            (SymbolRef{"my_types", 0}));
  const DataDefinition &Header = Defs->back();
  EXPECT_EQ(Header.Place, DataDefinition::Header);
  EXPECT_EQ(Header.Bytes, "header");
}

// COFF has no word of data that holds the address of a variable of a DLL.
TEST(ImageTablesWriter, HandlePointer) {
  for (ImageDialect D : AllDialects) {
    ImageTablesSpec S = smallSpec(D);
    bool IsOld = D <= ImageDialect::Julia1_11;
    for (StringRef T : {"x86_64-unknown-linux-gnu", "x86_64-w64-windows-gnu"}) {
      Expected<std::vector<DataDefinition>> Defs =
          writeImageTables(S, Triple(T));
      ASSERT_OK(Defs);
      EXPECT_EQ(findDefinition(*Defs, "jl_RTLD_DEFAULT_handle_pointer") !=
                    nullptr,
                IsOld && Triple(T).isOSLinux());
    }
  }
}

TEST(ImageTablesWriter, Checksum) {
  ImageTablesSpec S = smallSpec(ImageDialect::Julia1_14);
  Triple T("x86_64-unknown-linux-gnu");
  auto checksum = [&] {
    auto Defs = orDie(writeImageTables(S, T));
    return support::endian::read32le(
        findDefinition(Defs, "jl_system_image_checksum")->Bytes.data());
  };
  EXPECT_EQ(checksum(), crc32c("data"));
  S.DataChecksum = 0x01020304;
  EXPECT_EQ(checksum(), 0x01020304u);
  S.Data = "\x28\xb5\x2f\xfd";
  S.Compression = DataCompression::Zstd;
  EXPECT_EQ(checksum(), 0x01020304u);
  auto Defs = orDie(writeImageTables(S, T));
  EXPECT_EQ(findDefinition(Defs, "jl_image_unpack")->Fixups[0].Target.Symbol,
            "jl_image_unpack_zstd");
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

namespace {
struct SpecCase {
  ImageDialect Dialect;
  std::function<void(ImageTablesSpec &)> Change;
  const char *Message;
};

void expectErrors(ArrayRef<SpecCase> Cases) {
  for (const SpecCase &C : Cases) {
    ImageTablesSpec S = smallSpec(C.Dialect);
    C.Change(S);
    Expected<std::vector<DataDefinition>> Defs =
        writeImageTables(S, Triple("i686-unknown-linux-gnu"));
    if (Defs)
      ADD_FAILURE() << "no error, expected " << C.Message;
    else
      EXPECT_EQ(toString(Defs.takeError()), C.Message);
  }
}
} // namespace

TEST(ImageTablesWriterErrors, Whole) {
  using Spec = ImageTablesSpec;
  expectErrors({
      {ImageDialect::Julia1_11, [](Spec &S) { S.Version = 2; },
       "jl_image_header: version 2, expected 1 for julia-1.11"},
      {ImageDialect::Julia1_9, [](Spec &S) { S.Version = 1; },
       "jl_image_header: version 1, expected 0 for julia-1.9"},
      {ImageDialect::Julia1_14,
       [](Spec &S) { S.Targets.Layout = TargetDataLayout::Julia32; },
       "jl_dispatch_target_ids: the target data is not in the layout of "
       "julia-1.14"},
      {ImageDialect::PkgImg, [](Spec &S) { S.Targets.Targets.clear(); },
       "jl_dispatch_target_ids: there is no target"},
      {ImageDialect::Julia1_11, [](Spec &S) { S.TargetString = "generic"; },
       "julia-1.11 has no place for a target string"},
      {ImageDialect::Julia1_13,
       [](Spec &S) { S.TargetString = std::string("a\0b", 3); },
       "the target string has a NUL in it"},
      {ImageDialect::Julia1_13, [](Spec &S) { S.TLS.reset(); },
       "jl_ptls_table: there is none, and the loader of julia-1.13 needs it"},
      {ImageDialect::PkgImg,
       [](Spec &S) { S.SmallTypeof = SymbolRef{"jl_small_typeof", 0}; },
       "pkgimg has no place for jl_small_typeof"},
      {ImageDialect::Julia1_9,
       [](Spec &S) { S.SmallTypeof = SymbolRef{"small_typeof", 0}; },
       "julia-1.9 has no place for jl_small_typeof"},
      {ImageDialect::Julia1_9, [](Spec &S) { S.Shards.resize(2); },
       "julia-1.9 has 1 shard, found 2"},
      {ImageDialect::Julia1_9, [](Spec &S) { S.Shards.clear(); },
       "julia-1.9 has 1 shard, found 0"},
      {ImageDialect::Julia1_9,
       [](Spec &S) { S.Shards[0].FunctionIndices = {1, 0}; },
       "julia-1.9 has no jl_sysimg_fvars_idxs, so index 0 must be 0, found 1"},
      {ImageDialect::Julia1_9, [](Spec &S) { S.TLS->KeySlot.Symbol = "other"; },
       "julia-1.9 finds the slot 'jl_pgcstack_key_slot' by that name alone, "
       "not as 'other'"},
      {ImageDialect::PkgImg, [](Spec &S) { S.NumFunctions = 3; },
       "jl_image_header: nfvars is 3, but the shards have 2 functions"},
      {ImageDialect::PkgImg, [](Spec &S) { S.NumGlobals = 0; },
       "jl_image_header: ngvars is 0, but the shards have 1 globals"},
  });
}

TEST(ImageTablesWriterErrors, Shards) {
  using Spec = ImageTablesSpec;
  expectErrors({
      {ImageDialect::Julia1_13,
       [](Spec &S) { S.Shards[0].FunctionIndices.pop_back(); },
       "shard 0: jl_fvar_ptrs has 2 elements, jl_fvar_idxs has 1"},
      {ImageDialect::Julia1_10,
       [](Spec &S) { S.Shards[0].GlobalIndices.push_back(1); },
       "shard 0: jl_gvar_offsets has 1 elements, jl_gvar_idxs has 2"},
      {ImageDialect::Julia1_13, [](Spec &S) { S.Shards[0].Clones.resize(1); },
       "shard 0: jl_clone_idxs has 1 targets, jl_dispatch_target_ids has 2"},
      {ImageDialect::Julia1_13,
       [](Spec &S) {
         S.Shards[0].CloneSlots.insert(S.Shards[0].CloneSlots.begin(),
                                       {1, {"t", 0}});
       },
       "shard 0: jl_clone_slots[1]: function 0 is after function 1, and slots "
       "must be sorted"},
      {ImageDialect::Julia1_13, [](Spec &S) { S.Shards[0].CloneSlots.clear(); },
       "shard 0: jl_clone_idxs, target 0: element 0: function 0 has no slot in "
       "jl_clone_slots"},
      {ImageDialect::Julia1_13,
       [](Spec &S) { S.Shards[0].Clones[1].Indices = {Tag | 1}; },
       "shard 0: jl_clone_idxs, target 1: element 0: function 1 has no slot in "
       "jl_clone_slots"},
      {ImageDialect::Julia1_13, [](Spec &S) { S.Shards[0].Clones[1].Base = 1; },
       "shard 0: jl_clone_idxs, target 1: base 1 is not an earlier group"},
      {ImageDialect::Julia1_13,
       [](Spec &S) { S.Shards[0].Clones[1].Functions.clear(); },
       "shard 0: jl_clone_ptrs, target 1: expected 1 functions, found 0"},
      {ImageDialect::Julia1_13,
       [](Spec &S) { S.Shards[0].Clones[0].Functions = {{"f", 0}}; },
       "shard 0: jl_clone_ptrs, target 0: expected 0 functions, found 1"},
      {ImageDialect::Julia1_10,
       [](Spec &S) { S.Shards[0].Clones[1].IsGroup = true; },
       "shard 0: jl_clone_offsets, target 1: expected 2 functions, found 1"},
      {ImageDialect::Julia1_13,
       [](Spec &S) { S.Shards[0].FunctionIndices = {0, 0}; },
       "shard 0: jl_fvar_idxs[1]: index 0 occurs twice"},
      {ImageDialect::Julia1_13,
       [](Spec &S) { S.Shards[0].FunctionIndices = {0, 2}; },
       "shard 0: jl_fvar_idxs[1]: index 2, but nfvars is 2"},
      {ImageDialect::Julia1_13,
       [](Spec &S) {
         S.Shards.push_back(S.Shards[0]);
         S.Shards[1].Clones[1].IsGroup = true;
         S.Shards[1].Clones[1].Indices = {0};
         S.Shards[1].Clones[1].Functions.resize(2);
       },
       "shard 1: jl_clone_idxs, target 1: group and base are not those of "
       "shard 0"},
      {ImageDialect::Julia1_13,
       [](Spec &S) {
         S.NumFunctions = 4;
         S.NumGlobals = 2;
         S.Shards.push_back(S.Shards[0]);
       },
       "shard 1: jl_fvar_idxs[0]: index 1 occurs twice"},
      {ImageDialect::Julia1_13,
       [](Spec &S) { S.Shards[0].Functions[1].Symbol = ""; },
       "shard 0: jl_fvar_ptrs[1] names no symbol"},
      {ImageDialect::Julia1_13,
       [](Spec &S) { S.Shards[0].Globals[0].Symbol = ""; },
       "shard 0: jl_gvar_offsets[0] names no symbol"},
      {ImageDialect::Julia1_9,
       [](Spec &S) { S.Shards[0].CloneSlots[0].Slot.Symbol = ""; },
       "jl_dispatch_reloc_slots[0] names no symbol"},
      {ImageDialect::Julia1_13,
       [](Spec &S) { S.Shards[0].Clones[1].Functions[0].Symbol = ""; },
       "shard 0: jl_clone_ptrs, target 1[0] names no symbol"},
      {ImageDialect::Julia1_13, [](Spec &S) { S.TLS->OffsetSlot.Symbol = ""; },
       "jl_tls_offset names no symbol"},
      {ImageDialect::Julia1_13, [](Spec &S) { S.SmallTypeof->Symbol = ""; },
       "jl_small_typeof names no symbol"},
  });
}

TEST(ImageTablesWriterErrors, Data) {
  using Spec = ImageTablesSpec;
  expectErrors({
      {ImageDialect::Julia1_11, [](Spec &S) { S.Data.reset(); },
       "the image has no data, which the loader of julia-1.11 needs"},
      {ImageDialect::PkgImg,
       [](Spec &S) {
         S.Data.reset();
         S.Compression = DataCompression::Zstd;
       },
       "the image has no data that could be compressed or have a checksum"},
      {ImageDialect::Julia1_11, [](Spec &S) { S.DataAlignment = 48; },
       "the alignment of the data is 48, expected a power of two"},
      {ImageDialect::Julia1_11,
       [](Spec &S) { S.Compression = DataCompression::Zstd; },
       "the data is compressed, which the loader of julia-1.11 cannot read"},
      {ImageDialect::Julia1_13,
       [](Spec &S) { S.Compression = DataCompression::Zstd; },
       "the data is said to be compressed, and does not begin as zstd's frames "
       "do"},
      {ImageDialect::PkgImg, [](Spec &S) { S.Data = "\x28\xb5\x2f\xfd"; },
       "the data is said not to be compressed, and begins as zstd's frames do"},
      {ImageDialect::Julia1_13, [](Spec &S) { S.DataChecksum = 1; },
       "julia-1.13 has no place for a checksum of the data"},
      {ImageDialect::Julia1_14,
       [](Spec &S) {
         S.Data = "\x28\xb5\x2f\xfd";
         S.Compression = DataCompression::Zstd;
       },
       "the checksum of the data before compression is missing, which "
       "julia-1.14 stores"},
  });
}

// Its own words, with the table's name before them.
TEST(ImageTablesWriterErrors, TargetData) {
  ImageTablesSpec S = smallSpec(ImageDialect::PkgImg);
  S.Targets.Targets[1].Name = std::string("b\0c", 3);
  Expected<std::vector<DataDefinition>> Defs =
      writeImageTables(S, Triple("x86_64-unknown-linux-gnu"));
  ASSERT_FALSE(bool(Defs));
  EXPECT_TRUE(StringRef(toString(Defs.takeError()))
                  .starts_with("jl_dispatch_target_ids: "));
}

TEST(ImageTablesWriterErrors, Machine) {
  for (StringRef T : {"", "avr", "msp430"}) {
    Expected<std::vector<DataDefinition>> Defs =
        writeImageTables(smallSpec(ImageDialect::PkgImg), Triple(T));
    ASSERT_FALSE(bool(Defs));
    EXPECT_EQ(toString(Defs.takeError()),
              ("'" + T + "' has pointers of neither 32 nor 64 bits").str());
  }
}

//===----------------------------------------------------------------------===//
// What is written is what is read
//===----------------------------------------------------------------------===//

namespace {
/// A random image, with the definitions of what its tables refer to.
class RandomSpec {
public:
  RandomSpec(ImageDialect D, const Triple &T, std::mt19937_64 &Random)
      : TheTriple(T), WordSize(T.isArch64Bit() ? 8 : 4), Random(Random) {
    S.Dialect = D;
    S.Version = D != ImageDialect::Julia1_9;
    S.Targets.Layout = layoutOf(D);
    bool IsLoose = D == ImageDialect::Julia1_9;
    unsigned NumTargets = 1 + upTo(4);
    for (unsigned I = 0; I < NumTargets; ++I) {
      Groups.push_back(I == 0 || upTo(2) == 0);
      unsigned Base = upTo(I ? I - 1 : 0);
      while (!Groups[Base])
        --Base;
      Bases.push_back(Groups[I] ? 0 : Base);
    }
    addTargets();
    if (hasTargetString(D) && upTo(3))
      S.TargetString = "generic;target" + std::to_string(upTo(1000));
    addSlots();

    unsigned NumShards = IsLoose ? 1 : upTo(4);
    std::vector<unsigned> NumFunctions, NumGlobals;
    for (unsigned I = 0; I < NumShards; ++I) {
      NumFunctions.push_back(upTo(9));
      NumGlobals.push_back(upTo(5));
    }
    std::vector<uint32_t> Functions = permutation(NumFunctions, IsLoose);
    std::vector<uint32_t> Globals = permutation(NumGlobals, IsLoose);
    S.NumFunctions = Functions.size();
    S.NumGlobals = Globals.size();
    for (unsigned I = 0; I < NumShards; ++I)
      addShard(take(Functions, NumFunctions[I]), take(Globals, NumGlobals[I]));
    addData();
    if (upTo(2) == 0)
      S.EmbeddedHeader.assign(1 + upTo(200), 'h');
  }

  /// The definitions that the caller of writeImageTables() makes.
  std::vector<DataDefinition> definitions() const {
    std::vector<DataDefinition> Defs(2);
    Defs[0].Name = "code";
    Defs[0].Place = DataDefinition::Text;
    Defs[0].Bytes.assign(CodeSize + 16, '\xcc');
    Defs[0].IsFunction = true;
    Defs[1].Name = "variables";
    Defs[1].Place = DataDefinition::Data;
    Defs[1].Alignment = 8;
    Defs[1].ZeroFill = VariablesSize + 16;
    return Defs;
  }

  ImageTablesSpec S;
  const Triple TheTriple;
  const unsigned WordSize;

private:
  /// A number from 0 to \p Max.
  uint64_t upTo(uint64_t Max) { return Random() % (Max + 1); }

  SymbolRef code() {
    SymbolRef R{"code", int64_t(CodeSize)};
    CodeSize += 16;
    return R;
  }
  SymbolRef variable(unsigned NumBytes = 8) {
    SymbolRef R{"variables", int64_t(VariablesSize)};
    VariablesSize += NumBytes;
    return R;
  }

  std::vector<uint32_t> permutation(ArrayRef<unsigned> Counts,
                                    bool IsIdentity) {
    std::vector<uint32_t> P(std::accumulate(Counts.begin(), Counts.end(), 0u));
    std::iota(P.begin(), P.end(), 0);
    if (!IsIdentity)
      std::shuffle(P.begin(), P.end(), Random);
    return P;
  }
  std::vector<uint32_t> take(std::vector<uint32_t> &From, unsigned Count) {
    std::vector<uint32_t> Part(From.begin(), From.begin() + Count);
    From.erase(From.begin(), From.begin() + Count);
    return Part;
  }

  void addTargets() {
    TargetDataLayout L = S.Targets.Layout;
    unsigned NumWords = 1 + upTo(11);
    for (unsigned I = 0; I < Groups.size(); ++I) {
      CPUTarget T;
      T.Name = "cpu" + std::to_string(upTo(99));
      if (L == TargetDataLayout::Julia32) {
        T.Flags =
            upTo(1) * CPUTarget::VecCall | upTo(1) * CPUTarget::UnknownName;
      } else {
        T.Flags = upTo(1) * CPUTarget::OptSize;
        if (I && Groups[I])
          T.Flags |= CPUTarget::CloneAll;
        if (I && !Groups[I])
          T.Base = Bases[I];
      }
      if (L == TargetDataLayout::Named) {
        T.Enabled = {"avx", "avx2"};
        T.Disabled = {"sse4a"};
      } else {
        uint64_t Mask =
            L == TargetDataLayout::Julia32 ? UINT32_MAX : UINT64_MAX;
        for (unsigned W = 0; W < NumWords; ++W) {
          T.EnabledWords.push_back(Random() & Mask);
          T.DisabledWords.push_back(Random() & Mask);
        }
        if (upTo(1))
          T.ExtFeatures = "+foo,-bar";
      }
      S.Targets.Targets.push_back(T);
    }
  }

  void addSlots() {
    ImageDialect D = S.Dialect;
    bool MayBeAbsent = D == ImageDialect::Julia1_9 || !isJulia(D);
    if (!MayBeAbsent || upTo(2)) {
      S.TLS = {{"jl_pgcstack_func_slot", 0},
               {"jl_pgcstack_key_slot", 0},
               {"jl_tls_offset", 0}};
      if (D != ImageDialect::Julia1_9 && upTo(1))
        S.TLS = {variable(), variable(), variable()};
    }
    if (D != ImageDialect::Julia1_9 && isJulia(D) && upTo(3)) {
      S.SmallTypeof = {
          D == ImageDialect::Julia1_10 ? "small_typeof" : "jl_small_typeof", 0};
      if (upTo(1))
        S.SmallTypeof = variable(1024);
    }
  }

  void addShard(std::vector<uint32_t> Functions,
                std::vector<uint32_t> Globals) {
    BasicImageShard<SymbolRef> Shard;
    unsigned N = Functions.size();
    for (unsigned I = 0; I < N; ++I)
      Shard.Functions.push_back(code());
    for (unsigned I = 0; I < Globals.size(); ++I)
      Shard.Globals.push_back(variable());
    Shard.FunctionIndices = std::move(Functions);
    Shard.GlobalIndices = std::move(Globals);
    std::set<uint32_t> WithSlots;
    for (uint32_t F = 0; F < N; ++F)
      for (unsigned J = upTo(3); J > 1; --J) {
        Shard.CloneSlots.push_back({F, variable()});
        WithSlots.insert(F);
      }
    for (unsigned I = 0; I < Groups.size(); ++I) {
      BasicShardClones<SymbolRef> C;
      C.IsGroup = Groups[I];
      C.Base = Bases[I];
      for (uint32_t F = 0; F < N; ++F) {
        if (C.IsGroup) {
          if (WithSlots.count(F))
            C.Indices.push_back(F);
          if (I)
            C.Functions.push_back(code());
        } else if (WithSlots.count(F) || upTo(2) == 0) {
          C.Indices.push_back(WithSlots.count(F) ? F | Tag : F);
          C.Functions.push_back(code());
        }
      }
      Shard.Clones.push_back(std::move(C));
    }
    S.Shards.push_back(std::move(Shard));
  }

  void addData() {
    if (!isJulia(S.Dialect) && upTo(3) == 0)
      return;
    for (unsigned I = 0, E = upTo(300); I < E; ++I)
      Plain += char('a' + upTo(20));
    Stored = Plain;
    if (hasTargetString(S.Dialect) && compression::zstd::isAvailable() &&
        upTo(1)) {
      SmallVector<uint8_t, 0> Out;
      compression::zstd::compress(arrayRefFromStringRef(Plain), Out);
      Stored = toStringRef(Out).str();
      S.Compression = DataCompression::Zstd;
      if (S.Dialect == ImageDialect::Julia1_14)
        S.DataChecksum = crc32c(Plain);
    }
    S.Data = Stored;
    S.DataAlignment = upTo(1) ? 0 : 128;
  }

  std::mt19937_64 &Random;
  std::vector<bool> Groups;
  std::vector<unsigned> Bases;
  uint64_t CodeSize = 0, VariablesSize = 0;
  std::string Stored;

public:
  std::string Plain;
};

std::vector<uint64_t> addressesOf(const FakeImage &Image,
                                  const std::vector<SymbolRef> &Refs) {
  std::vector<uint64_t> Result;
  for (const SymbolRef &R : Refs)
    Result.push_back(Image.addressOf(R));
  return Result;
}

void expectEqual(const RandomSpec &Made, const FakeImage &Image,
                 const ImageTables &Read) {
  const ImageTablesSpec &S = Made.S;
  EXPECT_EQ(Read.Dialect, S.Dialect);
  EXPECT_EQ(Read.Version, S.Version);
  EXPECT_EQ(Read.NumFunctions, S.NumFunctions);
  EXPECT_EQ(Read.NumGlobals, S.NumGlobals);
  EXPECT_EQ(Read.Targets.Layout, S.Targets.Layout);
  EXPECT_TRUE(Read.Targets.Targets == S.Targets.Targets);
  EXPECT_EQ(Read.TargetData,
            orDie(writeTargetData(S.Targets, Image.isLittleEndian())));
  EXPECT_EQ(Read.TargetString, S.TargetString);
  ASSERT_EQ(Read.TLS.has_value(), S.TLS.has_value());
  if (S.TLS) {
    EXPECT_EQ(Read.TLS->FunctionSlot, Image.addressOf(S.TLS->FunctionSlot));
    EXPECT_EQ(Read.TLS->KeySlot, Image.addressOf(S.TLS->KeySlot));
    EXPECT_EQ(Read.TLS->OffsetSlot, Image.addressOf(S.TLS->OffsetSlot));
  }
  ASSERT_EQ(Read.SmallTypeof.has_value(), S.SmallTypeof.has_value());
  if (S.SmallTypeof)
    EXPECT_EQ(*Read.SmallTypeof, Image.addressOf(*S.SmallTypeof));

  ASSERT_EQ(Read.Shards.size(), S.Shards.size());
  for (size_t I = 0; I < S.Shards.size(); ++I) {
    const BasicImageShard<SymbolRef> &A = S.Shards[I];
    const BasicImageShard<uint64_t> &B = Read.Shards[I];
    EXPECT_EQ(B.Functions, addressesOf(Image, A.Functions));
    EXPECT_EQ(B.FunctionIndices, A.FunctionIndices);
    EXPECT_EQ(B.Globals, addressesOf(Image, A.Globals));
    EXPECT_EQ(B.GlobalIndices, A.GlobalIndices);
    ASSERT_EQ(B.CloneSlots.size(), A.CloneSlots.size());
    for (size_t J = 0; J < A.CloneSlots.size(); ++J) {
      EXPECT_EQ(B.CloneSlots[J].Function, A.CloneSlots[J].Function);
      EXPECT_EQ(B.CloneSlots[J].Slot, Image.addressOf(A.CloneSlots[J].Slot));
    }
    ASSERT_EQ(B.Clones.size(), A.Clones.size());
    for (size_t J = 0; J < A.Clones.size(); ++J) {
      EXPECT_EQ(B.Clones[J].IsGroup, A.Clones[J].IsGroup);
      EXPECT_EQ(B.Clones[J].Base, A.Clones[J].Base);
      EXPECT_EQ(B.Clones[J].Indices, A.Clones[J].Indices);
      EXPECT_EQ(B.Clones[J].Functions,
                addressesOf(Image, A.Clones[J].Functions));
    }
  }

  EXPECT_EQ(Read.Data, S.Data.value_or(""));
  EXPECT_EQ(Read.Compression, S.Compression);
  std::string Storage;
  Expected<StringRef> Data = getImageData(Read, Storage);
  ASSERT_OK(Data);
  EXPECT_EQ(*Data, Made.Plain);
  if (S.Data)
    EXPECT_EQ(Read.DataAddress, Image.addressOf("jl_system_image_data"));
  bool HasUnpack = S.Dialect == ImageDialect::Julia1_13 ||
                   S.Dialect == ImageDialect::Julia1_14;
  EXPECT_EQ(Read.UnpackFunction, !HasUnpack ? ""
                                 : S.Compression == DataCompression::Zstd
                                     ? "jl_image_unpack_zstd"
                                     : "jl_image_unpack_uncomp");
  if (S.Dialect == ImageDialect::Julia1_14)
    EXPECT_EQ(Read.DataChecksum, crc32c(Made.Plain));
  else
    EXPECT_EQ(Read.DataChecksum, std::nullopt);
  EXPECT_EQ(Image.embeddedHeader().value_or("").str(), S.EmbeddedHeader);
}

/// What whoever lowers definitions relies on.
void expectSound(const std::vector<DataDefinition> &Defs, unsigned WordSize) {
  std::set<std::string> Names;
  for (const DataDefinition &D : Defs) {
    EXPECT_TRUE(Names.insert(D.Name).second) << D.Name;
    EXPECT_TRUE(isPowerOf2_64(D.Alignment)) << D.Name;
    EXPECT_GT(D.size(), 0u) << D.Name;
    uint64_t End = 0;
    for (const DataFixup &F : D.Fixups) {
      EXPECT_GE(F.Offset, End) << D.Name;
      End = F.Offset + (F.Kind == DataFixup::Pointer ? WordSize : 4);
      ASSERT_LE(End, D.Bytes.size()) << D.Name;
      for (uint64_t I = F.Offset; I < End; ++I)
        EXPECT_EQ(D.Bytes[I], 0) << D.Name;
      if (F.Kind == DataFixup::Pointer) {
        EXPECT_TRUE(D.Place == DataDefinition::RelRO ||
                    D.Place == DataDefinition::Data)
            << D.Name;
        EXPECT_EQ(F.Offset % WordSize, 0u) << D.Name;
        EXPECT_GE(D.Alignment, WordSize) << D.Name;
      }
    }
  }
}
} // namespace

TEST(ImageTablesWriter, RandomTablesAreReadAgain) {
  std::mt19937_64 Random(52079);
  for (StringRef T :
       {"x86_64-unknown-linux-gnu", "i686-unknown-linux-gnu",
        "powerpc64-unknown-linux-gnu", "powerpc-unknown-linux-gnu",
        "aarch64-apple-macosx11.0.0", "x86_64-w64-windows-gnu"})
    for (ImageDialect D : AllDialects)
      for (unsigned Run = 0; Run < 60; ++Run) {
        SCOPED_TRACE(
            (T + " " + getDialectName(D) + " run " + Twine(Run)).str());
        RandomSpec Made(D, Triple(T), Random);
        Expected<std::vector<DataDefinition>> Defs =
            writeImageTables(Made.S, Made.TheTriple);
        ASSERT_OK(Defs);
        expectSound(*Defs, Made.WordSize);
        // The same again gives the same.
        auto Again = orDie(writeImageTables(Made.S, Made.TheTriple));
        EXPECT_EQ(dump(*Defs, ""), dump(Again, ""));

        std::vector<DataDefinition> All = Made.definitions();
        llvm::append_range(All, *Defs);
        auto Image = FakeImage::create(All, Made.TheTriple);
        Expected<ImageTables> Read = readImageTables(*Image, D);
        ASSERT_OK(Read);
        expectEqual(Made, *Image, *Read);

        // Without shards there is nothing that 1.10 and 1.11 differ in.
        if (D == ImageDialect::Julia1_10 && Made.S.Shards.empty())
          continue;
        Read = readImageTables(*Image);
        ASSERT_OK(Read);
        expectEqual(Made, *Image, *Read);
        Expected<ImageDialect> Found = identifyDialect(*Image);
        ASSERT_OK(Found);
        EXPECT_EQ(*Found, D);
      }
}

TEST(ImageTablesWriter, ObjectTables1_10) {
  ImageTablesSpec S = smallSpec(ImageDialect::Julia1_10);
  ObjectTables O = orDie(writeObjectTables(S, Triple("x86_64-linux-gnu")));
  std::string Text = dump(O.Tables, "");
  for (StringRef Line :
       {"jl_fvar_offsets_0 hidden rodata 4: 020000000000000000000000 "
        "@4 f-jl_fvar_offsets_0 @8 g+4-jl_fvar_offsets_0\n",
        "jl_gvar_offsets_0 hidden rodata 4: 0100000000000000 "
        "@4 v-jl_gvar_offsets_0\n",
        "jl_clone_slots_0 hidden rodata 4: 010000000000000000000000 "
        "@8 s-jl_gvar_offsets_0\n",
        "jl_clone_offsets_0 hidden rodata 4: 0*4 @0 f.1-jl_fvar_offsets_0\n",
        "jl_shard_tables hidden relro 8: 0*72 @0 jl_fvar_offsets_0 "
        "@8 jl_fvar_offsets_0 @16 jl_fvar_idxs_0 @24 jl_gvar_offsets_0 "
        "@32 jl_gvar_offsets_0 @40 jl_gvar_idxs_0"})
    EXPECT_NE(Text.find(Line.str()), std::string::npos) << Line.str() << Text;
  EXPECT_EQ(dump(O.Data, ""),
            "jl_system_image_data exported data 64: +4\n"
            "jl_system_image_size exported rodata 8: 0400000000000000\n");
}

TEST(ImageTablesWriter, ObjectTablesAreReadAgain) {
  std::mt19937_64 Random(63035);
  for (StringRef T : {"x86_64-unknown-linux-gnu", "powerpc-unknown-linux-gnu"})
    for (ImageDialect D : AllDialects)
      for (unsigned Run = 0; Run < 60; ++Run) {
        SCOPED_TRACE(
            (T + " " + getDialectName(D) + " run " + Twine(Run)).str());
        RandomSpec Made(D, Triple(T), Random);
        auto Defs = orDie(writeImageTables(Made.S, Made.TheTriple));
        ObjectTables Objects = orDie(writeObjectTables(Made.S, Made.TheTriple));
        expectSound(Objects.Tables, Made.WordSize);
        // Without data there is nothing about it.
        ASSERT_EQ(Made.S.Data.has_value(), !Objects.Data.empty());

        // All distances are from where an object can tell them.
        std::map<std::string, DataDefinition::PlaceType> Places;
        for (const DataDefinition &Def : Objects.Tables)
          Places[Def.Name] = Def.Place;
        for (const DataDefinition &Def : Objects.Tables)
          for (const DataFixup &F : Def.Fixups)
            if (F.Kind == DataFixup::Difference32) {
              ASSERT_EQ(Places.count(F.Minus.Symbol), 1u) << F.Minus.Symbol;
              EXPECT_EQ(Places[F.Minus.Symbol], Def.Place) << F.Minus.Symbol;
            }

        // Both together are the tables of the image.
        if (!Objects.Data.empty()) {
          DataDefinition &Data = Objects.Data.front();
          EXPECT_EQ(Data.Name, "jl_system_image_data");
          EXPECT_TRUE(Data.Bytes.empty());
          if (!Made.S.Data->empty()) {
            EXPECT_EQ(Data.ZeroFill, Made.S.Data->size());
            Data.Bytes = Made.S.Data->str();
            Data.ZeroFill = 0;
          }
        }
        std::vector<DataDefinition> All = Objects.Tables;
        llvm::append_range(All, Objects.Data);
        if (D != ImageDialect::Julia1_10) {
          auto Sorted = [](std::vector<DataDefinition> List) {
            llvm::sort(List,
                       [](const DataDefinition &A, const DataDefinition &B) {
                         return A.Name < B.Name;
                       });
            return dump(List, "");
          };
          EXPECT_EQ(Sorted(All), Sorted(Defs));
        }
        llvm::append_range(All, Made.definitions());
        auto Image = FakeImage::create(All, Made.TheTriple);
        Expected<ImageTables> Read = readImageTables(*Image, D);
        ASSERT_OK(Read);
        expectEqual(Made, *Image, *Read);
      }
}

// Damage to what was written is an error, or a different sound image, whatever
// the sizes and places of its tables.
TEST(ImageTablesWriter, DamagedTablesAreReadSafely) {
  std::mt19937_64 Random(37613);
  for (ImageDialect D : AllDialects)
    for (unsigned Run = 0; Run < 150; ++Run) {
      Triple T(Run % 2 ? "x86_64-unknown-linux-gnu" : "powerpc-unknown-linux");
      RandomSpec Made(D, T, Random);
      std::vector<DataDefinition> All = Made.definitions();
      llvm::append_range(All, orDie(writeImageTables(Made.S, T)));
      auto Image = FakeImage::create(All, T);
      for (unsigned I = 0; I < 20; ++I) {
        char &Byte =
            Image->mutableBytes()[Random() % Image->mutableBytes().size()];
        char Before = Byte;
        Byte = Random() % 2 ? char(Random()) : char(Byte ^ (1 << Random() % 8));
        Expected<ImageTables> Read = readImageTables(*Image);
        if (!Read) {
          consumeError(Read.takeError());
        } else {
          std::string Storage;
          Expected<StringRef> Data = getImageData(*Read, Storage, 1 << 20);
          if (!Data)
            consumeError(Data.takeError());
        }
        Byte = Before;
      }
    }
}
