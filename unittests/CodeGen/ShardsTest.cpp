//===- ShardsTest.cpp - Modules that are cut into parts -------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/Shards.h"
#include "../TestSupport.h"
#include "pkgimg/CodeGen/MultiVersioning.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/ExecutionEngine/GenericValue.h"
#include "llvm/ExecutionEngine/Interpreter.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <map>
#include <random>
#include <set>
#include <thread>

using namespace llvm;
using namespace pkgimg;

static std::unique_ptr<Module> parse(LLVMContext &Context, const Twine &Text) {
  SMDiagnostic Diagnostic;
  auto M = parseAssemblyString(Text.str(), Diagnostic, Context);
  if (!M) {
    Diagnostic.print("test", errs());
    report_fatal_error("the test's IR is wrong");
  }
  return M;
}

namespace {
/// A module that was cut, and all of its shards.
class Cut {
public:
  explicit Cut(const Twine &Text, unsigned NumShards = 2)
      : Whole(orDie(ShardedModule::create(parse(Context, Text), {NumShards}))) {
    load();
  }
  Cut(std::unique_ptr<Module> M, unsigned NumShards)
      : Whole(orDie(ShardedModule::create(std::move(M), {NumShards}))) {
    load();
  }

  /// The shard that defines \p Name; ends the test if none does.
  unsigned shardOf(StringRef Name) {
    std::optional<unsigned> Shard = Whole.findShard(Name);
    if (!Shard)
      report_fatal_error("no shard has '" + Name + "'");
    GlobalValue *GV = get(*Shard, Name);
    EXPECT_TRUE(GV && !GV->isDeclarationForLinker()) << Name.str();
    return *Shard;
  }
  /// What \p Shard has of \p Name, by the old name.
  GlobalValue *get(unsigned Shard, StringRef Name) {
    return Shards[Shard]->getNamedValue(Whole.getSymbol(Name));
  }
  GlobalValue &getDefinition(StringRef Name) {
    return *get(shardOf(Name), Name);
  }
  bool isTogether(StringRef A, StringRef B) { return shardOf(A) == shardOf(B); }
  std::string print(unsigned Shard) {
    std::string Text;
    raw_string_ostream(Text) << *Shards[Shard];
    return Text;
  }

  LLVMContext Context;
  ShardedModule Whole;
  std::vector<std::unique_ptr<LLVMContext>> Contexts;
  std::vector<std::unique_ptr<Module>> Shards;

private:
  void load() {
    for (unsigned I = 0; I != Whole.size(); ++I) {
      Contexts.push_back(std::make_unique<LLVMContext>());
      Shards.push_back(orDie(Whole.load(I, *Contexts.back())));
      EXPECT_FALSE(verifyModule(*Shards.back(), &errs()));
    }
  }
};
} // namespace

/// \p Count instructions, the first of which take %x, before "ret i32 %x".
static std::string bulk(unsigned Count) {
  std::string Text;
  for (unsigned I = 0; I != Count; ++I)
    Text += "  %bulk" + utostr(I) + " = add i32 %x, " + utostr(I) + "\n";
  return Text;
}

/// A function i32 (i32) with \p Body and \p Count instructions more.
static std::string function(const Twine &Head, const Twine &Body = "",
                            unsigned Count = 200) {
  return ("define " + Head + " {\n" + bulk(Count) + Body + "  ret i32 %x\n}\n")
      .str();
}

/// Two functions, each of which fills a shard of two.
static std::string twoShards(const Twine &InA, const Twine &InB,
                             unsigned Count = 2000) {
  return function("i32 @a(i32 %x)", InA, Count) +
         function("i32 @b(i32 %x)", InB, Count);
}

//===----------------------------------------------------------------------===//
// Plan
//===----------------------------------------------------------------------===//

/// \p Count functions that call one another in no pattern, and their strings.
static std::string manyFunctions(unsigned Count, unsigned Size,
                                 unsigned Changed = ~0u) {
  std::mt19937 Random(1);
  std::string Text;
  for (unsigned I = 0; I != Count; ++I) {
    unsigned Extra = Random() % Size;
    std::string Name = "f" + utostr(I);
    Text += "@str." + Name + " = private unnamed_addr constant [2 x i8] c\"" +
            char('a' + I % 26) + "\\00\"\n@count." + Name +
            " = internal global i32 0\n";
    std::string Body = "  store i32 %x, ptr @count." + Name +
                       "\n  %p = load i8, ptr @str." + Name + "\n";
    for (unsigned Call = 0; Call != 3; ++Call)
      Body += "  %c" + utostr(Call) + " = call i32 @f" +
              utostr(Random() % Count) + "(i32 %x)\n";
    if (I == Changed)
      Body += "  %new = mul i32 %x, 77\n  store i32 %new, ptr @count." + Name +
              "\n";
    Text +=
        function(Twine(I % 3 ? "" : "internal ") + "i32 @" + Name + "(i32 %x)",
                 Body, Size / 2 + Extra);
  }
  return Text;
}

TEST(ShardsTest, Empty) {
  Cut C("@a = external global i32", 3);
  EXPECT_EQ(C.Whole.size(), 1u);
  EXPECT_EQ(C.Whole.findShard("a"), std::nullopt);
}

TEST(ShardsTest, SmallModuleIsOneShard) {
  Cut C(manyFunctions(60, 200), 0);
  EXPECT_EQ(C.Whole.size(), 1u);
  // Nothing is promoted then.
  EXPECT_TRUE(C.getDefinition("f0").hasInternalLinkage());
}

TEST(ShardsTest, AsManyAsPay) {
  Cut C(manyFunctions(400, 500), 0); // About 200000 instructions.
  ASSERT_GE(C.Whole.size(), 8u);
  EXPECT_LE(C.Whole.size(), 16u);
  uint64_t Sum = 0, Max = 0;
  for (unsigned I = 0; I != C.Whole.size(); ++I) {
    Sum += C.Whole.getWeight(I);
    Max = std::max(Max, C.Whole.getWeight(I));
  }
  EXPECT_LE(Max * 2 * C.Whole.size(), Sum * 3);
}

TEST(ShardsTest, AsManyAsAsked) {
  for (unsigned N : {1u, 2u, 3u, 7u, 20u}) {
    Cut C(manyFunctions(100, 100), N);
    ASSERT_EQ(C.Whole.size(), N);
    uint64_t Sum = 0, Max = 0;
    for (unsigned I = 0; I != N; ++I) {
      Sum += C.Whole.getWeight(I);
      Max = std::max(Max, C.Whole.getWeight(I));
    }
    EXPECT_LE(Max * 2 * N, Sum * 3) << N;
  }
  EXPECT_EQ(Cut(twoShards("", ""), 9).Whole.size(), 2u);
}

TEST(ShardsTest, Weight) {
  Cut C(function("i32 @a(i32 %x)", "", 500) + function("i32 @b(i32 %x)"));
  EXPECT_EQ(C.Whole.getWeight(C.shardOf("a")), 521u);
  EXPECT_EQ(C.Whole.getWeight(C.shardOf("b")), 221u);
}

TEST(ShardsTest, ChangeOfOneFunction) {
  Cut Before(manyFunctions(400, 200), 0);
  ASSERT_GE(Before.Whole.size(), 4u);
  for (unsigned Changed : {3u, 100u, 251u, 398u}) {
    Cut After(manyFunctions(400, 200, Changed), 0);
    ASSERT_EQ(After.Whole.size(), Before.Whole.size());
    unsigned Shard = After.shardOf("f" + utostr(Changed));
    for (unsigned I = 0; I != Before.Whole.size(); ++I)
      EXPECT_EQ(After.Whole.getBitcode(I) == Before.Whole.getBitcode(I),
                I != Shard)
          << I << " " << Changed;
  }
}

TEST(ShardsTest, Deterministic) {
  Cut A(manyFunctions(100, 100), 5), B(manyFunctions(100, 100), 5);
  for (unsigned I = 0; I != 5; ++I)
    EXPECT_EQ(A.Whole.getBitcode(I), B.Whole.getBitcode(I));
}

TEST(ShardsTest, LoadsOnAnyThread) {
  Cut C(manyFunctions(100, 100), 4);
  std::vector<std::string> Texts(4);
  std::vector<std::thread> Threads;
  for (unsigned I = 0; I != 4; ++I)
    Threads.emplace_back([&, I] {
      LLVMContext Context;
      raw_string_ostream(Texts[I]) << *orDie(C.Whole.load(I, Context));
    });
  for (std::thread &T : Threads)
    T.join();
  for (unsigned I = 0; I != 4; ++I)
    EXPECT_EQ(Texts[I], C.print(I));
}

//===----------------------------------------------------------------------===//
// Units
//===----------------------------------------------------------------------===//

TEST(ShardsTest, Comdat) {
  Cut C("$g = comdat any\n@v = weak_odr global i32 1, comdat($g)\n" +
        function("weak_odr i32 @g(i32 %x) comdat", "", 1000) +
        function("i32 @o(i32 %x)", "", 1000) +
        function("weak_odr i32 @h(i32 %x) comdat($g)", "  store i32 %x, ptr @v",
                 10));
  EXPECT_EQ(C.Whole.size(), 2u);
  EXPECT_TRUE(C.isTogether("g", "h"));
  EXPECT_TRUE(C.isTogether("g", "v"));
  EXPECT_FALSE(C.isTogether("g", "o"));
  EXPECT_EQ(C.getDefinition("h").getComdat()->getName(), "g");
}

TEST(ShardsTest, AliasAndIFunc) {
  Cut C("target triple = \"x86_64-linux\"\n"
        "@al = alias i32 (i32), ptr @a\n"
        "@local = internal alias i32 (i32), ptr @a\n"
        "@d = global i32 4\n"
        "@dal = hidden alias i32, ptr @d\n"
        "@if = ifunc i32 (i32), ptr @resolve\n"
        "define internal ptr @resolve() {\n  ret ptr @a\n}\n" +
        twoShards("  store i32 3, ptr @d\n",
                  "  %1 = call i32 @al(i32 1)\n  %2 = call i32 @if(i32 1)\n"
                  "  %3 = call i32 @local(i32 1)\n"
                  "  %4 = load i32, ptr @dal\n"));
  ASSERT_FALSE(C.isTogether("a", "b"));
  unsigned B = C.shardOf("b");
  for (StringRef Name : {"al", "local"}) {
    EXPECT_TRUE(C.isTogether("a", Name));
    EXPECT_TRUE(isa<GlobalAlias>(C.getDefinition(Name)));
    EXPECT_TRUE(isa<Function>(C.get(B, Name)));
  }
  EXPECT_EQ(C.Whole.getSymbol("local"), "local.pkgimg");
  EXPECT_TRUE(isa<GlobalIFunc>(C.getDefinition("if")));
  EXPECT_TRUE(C.isTogether("if", "resolve"));
  EXPECT_TRUE(C.isTogether("d", "dal"));
  if (C.shardOf("dal") != B) {
    EXPECT_TRUE(isa<GlobalVariable>(C.get(B, "dal")));
    EXPECT_TRUE(C.get(B, "dal")->hasHiddenVisibility());
  }
}

TEST(ShardsTest, BlockAddress) {
  Cut C("@table = internal constant [1 x ptr] "
        "[ptr blockaddress(@a, %there)]\n"
        "define ptr @uses() {\n  ret ptr blockaddress(@a, %there)\n}\n"
        "define i32 @a(i32 %x) {\n" +
        bulk(2000) + "  br label %there\nthere:\n  ret i32 0\n}\n" +
        function("i32 @b(i32 %x)", "  %1 = load ptr, ptr @table\n", 2000));
  EXPECT_EQ(C.Whole.size(), 2u);
  EXPECT_FALSE(C.isTogether("a", "b"));
  EXPECT_TRUE(C.isTogether("a", "uses"));
  EXPECT_TRUE(C.isTogether("a", "table"));
}

TEST(ShardsTest, Versions) {
  LLVMContext Context;
  std::string Text = "target triple = \"x86_64-linux\"\n"
                     "declare i1 @pkgimg.cpu.supports.avx2()\n" +
                     function("i32 @asIs(i32 %x) \"pkgimg-no-clone\"",
                              "  %1 = call i32 @f(i32 %x)\n", 20);
  for (StringRef Name : {"f", "g", "h", "i"})
    Text += function("i32 @" + Name + "(i32 %x) noinline",
                     "  %q = call i1 @pkgimg.cpu.supports.avx2()\n"
                     "  %z = zext i1 %q to i32\n"
                     "  %m = call i32 @" +
                         Twine(Name == "i" ? "f" : "i") + "(i32 %z)\n");
  std::unique_ptr<Module> M = parse(Context, Text);
  ASSERT_TRUE(bool(multiVersion(
      *M, orDie(parseMVTargets("x86-64;haswell,+avx2;znver4,+avx2")))));
  ASSERT_TRUE(M->getNamedMetadata("pkgimg.mv.functions"));
  ASSERT_TRUE(M->getNamedValue("f.reloc_slot"));
  Cut C(std::move(M), 4);
  EXPECT_EQ(C.Whole.size(), 4u);
  for (std::string Name : {"f", "g", "h", "i"}) {
    EXPECT_TRUE(C.isTogether(Name, Name + ".1"));
    EXPECT_TRUE(C.isTogether(Name, Name + ".2"));
  }
  EXPECT_TRUE(C.isTogether("f", "f.reloc_slot"));
  for (auto &Shard : C.Shards)
    for (NamedMDNode &Node : Shard->named_metadata())
      EXPECT_FALSE(Node.getName().starts_with("pkgimg."));
}

TEST(ShardsTest, WrongVersions) {
  LLVMContext Context;
  EXPECT_NE(errorOf(ShardedModule::create(parse(Context,
                                                "!pkgimg.mv.targets = !{!0}\n"
                                                "!0 = !{!\"x\"}\n"),
                                          {}))
                .find("pkgimg.mv.targets"),
            std::string::npos);
}

TEST(ShardsTest, SoleUser) {
  // Weights that would split the callers from what they call.
  Cut C("@v = internal global i32 0\n" +
        function("internal i32 @l2(i32 %x)", "  store i32 1, ptr @v\n", 300) +
        function("internal i32 @l1(i32 %x)",
                 "  %1 = call i32 @l2(i32 %x)\n  store i32 2, ptr @v\n", 300) +
        function("internal i32 @both(i32 %x)", "", 300) +
        function("i32 @a(i32 %x)", "  %1 = call i32 @both(i32 1)\n", 3000) +
        function("i32 @b(i32 %x)",
                 "  %1 = call i32 @l1(i32 1)\n"
                 "  %2 = call i32 @both(i32 1)\n",
                 2000));
  ASSERT_FALSE(C.isTogether("a", "b"));
  for (StringRef Name : {"l1", "l2", "v"}) {
    EXPECT_TRUE(C.isTogether("b", Name));
    EXPECT_TRUE(C.getDefinition(Name).hasInternalLinkage());
  }
  EXPECT_EQ(C.Whole.getSymbol("both"), "both.pkgimg");
}

TEST(ShardsTest, Associated) {
  Cut C("@meta = internal constant i32 1, section \"meta\", !associated !0\n"
        "@data = global i32 1\n"
        "@llvm.compiler.used = appending global [1 x ptr] [ptr @meta], section "
        "\"llvm.metadata\"\n" +
        twoShards("", "  store i32 1, ptr @data\n") + "!0 = !{ptr @data}\n");
  ASSERT_TRUE(C.isTogether("meta", "data"));
  ASSERT_TRUE(C.isTogether("meta", "b"));
  auto &Meta = cast<GlobalVariable>(C.getDefinition("meta"));
  const MDNode *Node = Meta.getMetadata(LLVMContext::MD_associated);
  ASSERT_TRUE(Node);
  EXPECT_EQ(mdconst::extract<GlobalVariable>(Node->getOperand(0)),
            &C.getDefinition("data"));
}

TEST(ShardsTest, NotCut) {
  std::string Plain = twoShards("", "");
  for (std::string More :
       {"module asm \".globl k\"\n@k = internal global i32 0\n",
        "declare i1 @llvm.type.test(ptr, metadata)\ndefine i1 @t(ptr %p) {\n"
        "  %r = call i1 @llvm.type.test(ptr %p, metadata !\"t\")\n"
        "  ret i1 %r\n}\n",
        "define void @gc() gc \"ocaml\" {\n  ret void\n}\n"})
    EXPECT_EQ(Cut(More + Plain).Whole.size(), 1u) << More;
  EXPECT_EQ(Cut(Plain).Whole.size(), 2u);
}

TEST(ShardsTest, ModuleAssembly) {
  // No internal symbols: what the assembly does not name may go elsewhere.
  Cut C("module asm \"call two; jmp .Llocal\"\ndeclare void @.Llocal()\n" +
        function("i32 @one(i32 %x)", "", 800) +
        function("i32 @two(i32 %x)", "", 700) +
        function("i32 @three(i32 %x)", "  call void @.Llocal()\n", 700) +
        function("i32 @four(i32 %x)", "", 800));
  ASSERT_EQ(C.Whole.size(), 2u);
  EXPECT_EQ(C.shardOf("two"), 0u);
  EXPECT_EQ(C.shardOf("three"), 0u);
  EXPECT_EQ(C.shardOf("one"), 1u);
  EXPECT_EQ(C.shardOf("four"), 1u);
  EXPECT_FALSE(C.Shards[0]->getModuleInlineAsm().empty());
  EXPECT_TRUE(C.Shards[1]->getModuleInlineAsm().empty());
}

TEST(ShardsTest, LocalSymbolsInAssembly) {
  Cut C("@named = internal global i32 0\n@other = internal global i32 0\n"
        "@llvm.used = appending global [2 x ptr] [ptr @named, ptr @other], "
        "section \"llvm.metadata\"\n" +
        function("i32 @a(i32 %x)", "  store i32 1, ptr @other\n", 1000) +
        function("i32 @b(i32 %x)", "  store i32 1, ptr @named\n", 1000) +
        function("i32 @c(i32 %x)", "  store i32 1, ptr @other\n", 1000) +
        function("i32 @d(i32 %x)",
                 "  call void asm sideeffect \"incl named(%rip)\", \"\"()\n",
                 1000));
  EXPECT_EQ(C.Whole.size(), 2u);
  EXPECT_TRUE(C.isTogether("b", "d"));
  EXPECT_TRUE(C.isTogether("b", "named"));
  EXPECT_TRUE(C.getDefinition("named").hasInternalLinkage());
  EXPECT_EQ(C.getDefinition("named").getName(), "named");
}

TEST(ShardsTest, Lists) {
  Cut C("@llvm.global_ctors = appending global [3 x { i32, ptr, ptr }] "
        "[{ i32, ptr, ptr } { i32 2, ptr @late, ptr null }, "
        "{ i32, ptr, ptr } { i32 1, ptr @keyed, ptr @key }, "
        "{ i32, ptr, ptr } { i32 3, ptr @early, ptr null }]\n"
        "@llvm.used = appending global [3 x ptr] [ptr @outside, ptr @a, ptr "
        "@b], section \"llvm.metadata\"\n"
        "@outside = external global i32\n"
        "$key = comdat any\n@key = weak_odr global i32 0, comdat\n" +
        function("i32 @a(i32 %x)", "", 2000) +
        function("i32 @b(i32 %x)", "  store i32 1, ptr @key\n", 2000) +
        "define internal void @early() {\n  ret void\n}\n"
        "define internal void @keyed() comdat($key) {\n  ret void\n}\n"
        "define internal void @late() {\n  ret void\n}\n");
  ASSERT_EQ(C.shardOf("a"), 0u);
  ASSERT_EQ(C.shardOf("b"), 1u);
  EXPECT_EQ(C.shardOf("early"), 0u);
  EXPECT_EQ(C.shardOf("late"), 0u);
  EXPECT_TRUE(C.isTogether("keyed", "key"));
  auto GetNames = [&](unsigned Shard, StringRef List) {
    std::string Names;
    if (GlobalVariable *GV = C.Shards[Shard]->getNamedGlobal(List))
      for (const Use &Entry : GV->getInitializer()->operands()) {
        const Value *V = Entry;
        if (const auto *S = dyn_cast<ConstantStruct>(V))
          V = S->getOperand(1);
        Names += V->getName().str() + " ";
      }
    return Names;
  };
  EXPECT_EQ(GetNames(0, "llvm.global_ctors"), "late early ");
  EXPECT_EQ(GetNames(1, "llvm.global_ctors"), "keyed ");
  EXPECT_EQ(GetNames(0, "llvm.used"), "outside a ");
  EXPECT_EQ(GetNames(1, "llvm.used"), "b ");
}

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

TEST(ShardsTest, Promotion) {
  Cut C("target datalayout = \"e-m:e\"\n"
        "@v = internal global i32 0\n"
        "@v.pkgimg = global i32 0\n"
        "@t = internal thread_local global i32 0\n"
        "@0 = internal global i32 7\n"
        "@\"\\01.Lraw\" = private global i32 7\n"
        "@table = internal constant [1 x ptr] [ptr @v]\n" +
        twoShards("  store i32 1, ptr @v\n  store i32 1, ptr @t\n"
                  "  store i32 1, ptr @0\n  store i32 1, ptr @\"\\01.Lraw\"\n"
                  "  %1 = load ptr, ptr @table\n",
                  "  store i32 2, ptr @v\n  store i32 1, ptr @t\n"
                  "  store i32 1, ptr @0\n  store i32 1, ptr @\"\\01.Lraw\"\n"
                  "  %1 = load ptr, ptr @table\n"));
  ASSERT_FALSE(C.isTogether("a", "b"));
  EXPECT_EQ(C.Whole.getSymbol("v"), "v.pkgimg.1");
  EXPECT_EQ(C.Whole.findShard("v.pkgimg.1"), C.Whole.findShard("v"));
  EXPECT_EQ(C.Whole.getSymbol("a"), "a");
  EXPECT_EQ(C.Whole.getSymbol("unknown"), "unknown");
  EXPECT_EQ(C.Whole.getSymbol("\1.Lraw"), "pkgimg.Lraw.pkgimg");
  EXPECT_TRUE(C.Whole.findShard("unnamed.pkgimg"));
  for (StringRef Name : {"v", "t", "unnamed.pkgimg", "\1.Lraw", "table"}) {
    unsigned Shard = C.shardOf(Name);
    for (unsigned I = 0; I != 2; ++I) {
      GlobalValue *GV = C.get(I, Name);
      ASSERT_TRUE(GV) << Name.str();
      EXPECT_TRUE(GV->hasExternalLinkage() || I != Shard);
      EXPECT_TRUE(GV->hasHiddenVisibility());
      EXPECT_TRUE(GV->isDSOLocal());
      EXPECT_EQ(GV->isDeclarationForLinker(), I != Shard);
      EXPECT_EQ(GV->isThreadLocal(), Name == "t");
    }
  }
}

TEST(ShardsTest, CopiedConstants) {
  std::string Body = "  %1 = load i32, ptr @small\n"
                     "  %2 = load ptr, ptr @nested\n"
                     "  %3 = load i32, ptr @large\n"
                     "  %4 = load i32, ptr @addressed\n"
                     "  %5 = load i32, ptr @huge\n"
                     "  %6 = load ptr, ptr @mutable\n";
  Cut C("@v = internal global i32 0\n"
        "@small = private unnamed_addr constant [4 x i32] [i32 1, i32 2, i32 "
        "3, i32 4]\n"
        "@nested = internal unnamed_addr constant [2 x ptr] [ptr @small, ptr "
        "@a]\n"
        "@large = internal unnamed_addr constant [2000 x i32] "
        "zeroinitializer\n"
        "@huge = constant [20000 x i32] zeroinitializer\n"
        "@addressed = internal constant i32 5\n"
        "@mutable = private unnamed_addr constant [1 x ptr] [ptr @v]\n" +
        twoShards(Body, Body));
  for (unsigned I = 0; I != 2; ++I) {
    // The private name is gone.
    EXPECT_FALSE(C.Shards[I]->getNamedValue("small"));
    auto *Nested = cast<GlobalVariable>(C.Shards[I]->getNamedValue("nested"));
    EXPECT_TRUE(Nested->hasInternalLinkage());
    auto *Small = cast<GlobalVariable>(Nested->getInitializer()->getOperand(0));
    EXPECT_FALSE(Small->hasName());
    EXPECT_TRUE(Small->hasPrivateLinkage());
    EXPECT_TRUE(Small->hasInitializer());
  }
  EXPECT_EQ(C.Whole.findShard("small"), std::nullopt);
  unsigned Elsewhere = 1 - C.shardOf("large");
  EXPECT_TRUE(C.get(Elsewhere, "large")->hasAvailableExternallyLinkage());
  EXPECT_TRUE(C.get(1 - C.shardOf("addressed"), "addressed")
                  ->hasAvailableExternallyLinkage());
  EXPECT_TRUE(C.get(1 - C.shardOf("huge"), "huge")->isDeclaration());
  EXPECT_EQ(C.Whole.getSymbol("mutable"), "mutable.pkgimg");
}

TEST(ShardsTest, LinkOnce) {
  std::string Body = "  %1 = call i32 @odr(i32 1)\n"
                     "  %2 = call i32 @any(i32 1)\n"
                     "  %3 = load i32, ptr @var\n";
  Cut C("$odr = comdat any\n@var = linkonce_odr global i32 0\n" +
        function("linkonce_odr i32 @odr(i32 %x) comdat") +
        function("linkonce i32 @any(i32 %x)") +
        twoShards(Body, Body + "  %4 = call i32 @mine(i32 1)\n") +
        function("linkonce_odr i32 @mine(i32 %x)"));
  EXPECT_TRUE(C.getDefinition("odr").hasWeakODRLinkage());
  EXPECT_TRUE(C.getDefinition("any").hasWeakAnyLinkage());
  EXPECT_TRUE(C.getDefinition("var").hasWeakODRLinkage());
  if (C.isTogether("mine", "b")) {
    EXPECT_TRUE(C.getDefinition("mine").hasLinkOnceODRLinkage());
  }
  EXPECT_TRUE(C.get(1 - C.shardOf("odr"), "odr")->isDeclaration());
  EXPECT_FALSE(C.get(1 - C.shardOf("odr"), "odr")->hasComdat());
}

TEST(ShardsTest, OtherLinkages) {
  std::string Body = "  store i32 1, ptr @common\n"
                     "  %1 = load ptr, ptr @perhaps\n"
                     "  store i32 1, ptr @imported\n"
                     "  %2 = call i32 @exported(i32 1)\n"
                     "  %3 = call i32 @available(i32 1)\n";
  Cut C("target triple = \"x86_64-pc-windows-msvc\"\n"
        "$local = comdat any\n"
        "@local = internal global i32 0, comdat\n"
        "@member = internal global i32 0, comdat($local)\n"
        "@common = common global i32 0\n"
        "@perhaps = extern_weak global i32\n"
        "@imported = external dllimport global i32\n"
        "@unused = external global i32\n" +
        function("dllexport i32 @exported(i32 %x)") +
        function("available_externally i32 @available(i32 %x)") +
        twoShards(Body + "  store i32 1, ptr @local\n",
                  Body + "  store i32 1, ptr @local\n"
                         "  store i32 1, ptr @member\n"));
  EXPECT_TRUE(C.getDefinition("common").hasCommonLinkage());
  EXPECT_TRUE(C.getDefinition("exported").hasDLLExportStorageClass());
  for (unsigned I = 0; I != 2; ++I) {
    EXPECT_TRUE(C.get(I, "perhaps")->hasExternalWeakLinkage());
    EXPECT_TRUE(C.get(I, "imported")->hasDLLImportStorageClass());
    EXPECT_TRUE(C.get(I, "available")->hasAvailableExternallyLinkage());
    EXPECT_FALSE(C.get(I, "unused"));
    if (I != C.shardOf("common")) {
      EXPECT_TRUE(C.get(I, "common")->hasExternalLinkage());
    }
    if (I != C.shardOf("exported")) {
      EXPECT_FALSE(C.get(I, "exported")->hasDLLExportStorageClass());
    }
  }
  // COFF names a comdat by its leader, which is promoted.
  EXPECT_EQ(C.Whole.getSymbol("local"), "local.pkgimg");
  EXPECT_EQ(C.getDefinition("local").getComdat()->getName(), "local.pkgimg");
  EXPECT_EQ(C.getDefinition("member").getComdat()->getName(), "local.pkgimg");
}

TEST(ShardsTest, Imports) {
  std::string Calls;
  for (StringRef Name : {"small", "level1", "local", "weak", "noinline", "loop",
                         "state", "big", "variadic"})
    Calls +=
        ("  %" + Name + " = call i32 " +
         (Name == "variadic" ? "(i32, ...) " : "") + "@" + Name + "(i32 %x)\n")
            .str();
  // What is called stands with %a.
  Cut C(
      "@s = internal global i32 0\n" + function("i32 @a(i32 %x)", Calls, 3000) +
      function("i32 @small(i32 %x)", "", 5) +
      function("i32 @level1(i32 %x)", "  %1 = call i32 @level2(i32 %x)\n", 5) +
      function("i32 @level2(i32 %x)", "  %1 = call i32 @level3(i32 %x)\n", 5) +
      function("i32 @level3(i32 %x)", "", 5) +
      function("internal i32 @local(i32 %x)", "", 5) +
      function("weak i32 @weak(i32 %x)", "", 5) +
      function("i32 @noinline(i32 %x) noinline", "", 5) +
      function("i32 @loop(i32 %x)", "  %1 = call i32 @loop(i32 %x)\n", 5) +
      function("i32 @state(i32 %x)", "  store i32 1, ptr @s\n", 5) +
      function("i32 @big(i32 %x)", "", 60) +
      function("i32 @variadic(i32 %x, ...)", "", 5) +
      function("i32 @b(i32 %x)", Calls, 3400));
  ASSERT_EQ(C.Whole.size(), 2u);
  unsigned A = C.shardOf("a"), B = C.shardOf("b");
  ASSERT_NE(A, B);
  auto IsImported = [&](StringRef Name) {
    EXPECT_EQ(C.shardOf(Name), A) << Name.str();
    GlobalValue *GV = C.get(B, Name);
    return GV && GV->hasAvailableExternallyLinkage();
  };
  for (StringRef Name : {"small", "level1", "level2", "local"})
    EXPECT_TRUE(IsImported(Name)) << Name.str();
  for (StringRef Name :
       {"level3", "weak", "noinline", "loop", "state", "big", "variadic"})
    EXPECT_FALSE(IsImported(Name)) << Name.str();
  // An import is no reason to promote.
  EXPECT_EQ(C.Whole.getSymbol("s"), "s");
  EXPECT_GT(C.Whole.getWeight(B), 3430u);
}

TEST(ShardsTest, ImportBudget) {
  std::string Calls, Callees;
  for (unsigned I = 0; I != 40; ++I) {
    std::string Name = "callee" + utostr(I);
    Calls += "  %c" + utostr(I) + " = call i32 @" + Name + "(i32 %x)\n";
    Callees += function("i32 @" + Name + "(i32 %x)", "", 30);
  }
  Cut C(Callees + function("i32 @a(i32 %x)", "", 10) +
        function("i32 @b(i32 %x)", Calls, 2000));
  unsigned B = C.shardOf("b");
  uint64_t Imported = 0, Own = 0;
  for (Function &F : *C.Shards[B])
    (F.hasAvailableExternallyLinkage() ? Imported : Own) +=
        F.isDeclaration() ? 0 : F.getInstructionCount() + 20;
  EXPECT_GT(Imported, 0u);
  EXPECT_LE(Imported * 10, Own);
  EXPECT_EQ(C.Whole.getWeight(B), Imported + Own);
}

TEST(ShardsTest, AlwaysInline) {
  std::string Calls = "  %1 = call i32 @global(i32 %x)\n"
                      "  %2 = call i32 @local(i32 %x)\n";
  Cut C("@s = internal global i32 0\n" +
        function("i32 @global(i32 %x) alwaysinline", "  store i32 2, ptr @s\n",
                 400) +
        function("internal i32 @local(i32 %x) alwaysinline",
                 "  store i32 1, ptr @s\n", 400) +
        twoShards(Calls, Calls));
  unsigned Home = C.shardOf("global");
  EXPECT_TRUE(C.get(1 - Home, "global")->hasAvailableExternallyLinkage());
  for (unsigned I = 0; I != 2; ++I)
    EXPECT_TRUE(C.get(I, "local")->hasInternalLinkage());
  EXPECT_EQ(C.Whole.findShard("local"), std::nullopt);
  EXPECT_EQ(C.Whole.getSymbol("s"), "s.pkgimg");
}

TEST(ShardsTest, Callees) {
  Cut C(twoShards("", "  %p = load ptr, ptr @q\n"
                      "  %1 = call i32 %p(i32 1), !callees !0\n") +
        "@q = global ptr null\n!0 = !{ptr @a, ptr @b}\n");
  EXPECT_EQ(C.print(C.shardOf("b")).find("!callees"), std::string::npos);
}

//===----------------------------------------------------------------------===//
// Metadata
//===----------------------------------------------------------------------===//

TEST(ShardsTest, NamedMetadata) {
  Cut C(twoShards("", "") +
        "@llvm.global.annotations = appending global [1 x ptr] [ptr @a], "
        "section \"llvm.metadata\"\n"
        "!llvm.module.flags = !{!0}\n!llvm.ident = !{!1}\n"
        "!llvm.linker.options = !{!2}\n!llvm.dependent-libraries = !{!3}\n"
        "!pkgimg.methods = !{!4}\n"
        "!0 = !{i32 8, !\"PIC Level\", i32 2}\n!1 = !{!\"compiler\"}\n"
        "!2 = !{!\"/x\"}\n!3 = !{!\"lib\"}\n!4 = !{ptr @a}\n");
  for (unsigned I = 0; I != 2; ++I) {
    Module &M = *C.Shards[I];
    EXPECT_EQ(M.getPICLevel(), PICLevel::BigPIC);
    EXPECT_TRUE(M.getNamedMetadata("llvm.ident"));
    EXPECT_EQ(M.getNamedMetadata("llvm.linker.options") != nullptr, I == 0);
    EXPECT_EQ(M.getNamedMetadata("llvm.dependent-libraries") != nullptr,
              I == 0);
    EXPECT_FALSE(M.getNamedMetadata("pkgimg.methods"));
    EXPECT_FALSE(M.getNamedGlobal("llvm.global.annotations"));
  }
}

/// Two compile units with a function each, and another change in the second.
static std::string debugInfo(unsigned Changed) {
  std::string Text;
  for (unsigned I = 0; I != 2; ++I) {
    std::string N(1, char('a' + I));
    unsigned Base = 10 + I * 20;
    auto Node = [&](unsigned K) { return "!" + utostr(Base + K); };
    Text += "@v" + N + " = internal global i32 0, !dbg " + Node(7) + "\n";
    Text += "define i32 @" + N + "(i32 %x) !dbg " + Node(3) + " {\n" +
            bulk(2000) + "  store i32 1, ptr @v" + N + ", !dbg " + Node(5) +
            "\n  #dbg_value(ptr @v" + N + ", " + Node(10) +
            ", !DIExpression(), " + Node(5) + ")\n";
    if (I == 1)
      for (unsigned K = 0; K != Changed; ++K)
        Text +=
            "  %new" + utostr(K) + " = mul i32 %x, 3, !dbg " + Node(5) + "\n";
    Text += "  ret i32 %x, !dbg " + Node(5) + "\n}\n";
    Text +=
        Node(0) +
        " = distinct !DICompileUnit(language: DW_LANG_C11, file: " + Node(1) +
        ", emissionKind: FullDebug, enums: " + Node(14) +
        ", globals: " + Node(8) + ", imports: " + Node(12) + ")\n";
    Text +=
        Node(1) + " = !DIFile(filename: \"" + N + ".c\", directory: \"/\")\n";
    Text += Node(2) + " = !DISubroutineType(types: !{null})\n";
    Text += Node(3) + " = distinct !DISubprogram(name: \"" + N +
            "\", file: " + Node(1) + ", line: 1, type: " + Node(2) +
            ", spFlags: DISPFlagDefinition, unit: " + Node(0) + ")\n";
    Text += Node(5) + " = !DILocation(line: 2, scope: " + Node(3) + ")\n";
    Text += Node(6) + " = distinct !DIGlobalVariable(name: \"v" + N +
            "\", scope: " + Node(0) + ", file: " + Node(1) +
            ", type: !9, isLocal: true, isDefinition: true)\n";
    Text += Node(7) + " = !DIGlobalVariableExpression(var: " + Node(6) +
            ", expr: !DIExpression())\n";
    Text += Node(8) + " = !{" + Node(7) + ", " + Node(16) + "}\n";
    Text += Node(10) + " = !DILocalVariable(name: \"l\", scope: " + Node(3) +
            ", file: " + Node(1) + ", type: !9)\n";
    Text += Node(11) +
            " = !DIImportedEntity(tag: DW_TAG_imported_module, "
            "scope: " +
            Node(3) + ", entity: " + Node(13) + ", file: " + Node(1) +
            ", line: 1)\n";
    Text += Node(12) + " = !{" + Node(11) + "}\n";
    Text += Node(13) + " = !DINamespace(name: \"n" + N + "\", scope: null)\n";
    Text += Node(14) + " = !{" + Node(15) + "}\n";
    Text += Node(15) +
            " = !DICompositeType(tag: DW_TAG_enumeration_type, name: \"e" + N +
            "\", size: 32, elements: !{})\n";
    Text += Node(16) + " = !DIGlobalVariableExpression(var: " + Node(17) +
            ", expr: !DIExpression(DW_OP_constu, 7, DW_OP_stack_value))\n";
    Text += Node(17) + " = distinct !DIGlobalVariable(name: \"c" + N +
            "\", scope: " + Node(0) + ", file: " + Node(1) +
            ", type: !9, isLocal: true, isDefinition: true)\n";
  }
  Text += "!llvm.dbg.cu = !{!10, !30}\n!llvm.module.flags = !{!1, !2}\n"
          "!1 = !{i32 2, !\"Debug Info Version\", i32 3}\n"
          "!2 = !{i32 7, !\"Dwarf Version\", i32 5}\n"
          "!9 = !DIBasicType(name: \"int\", size: 32, encoding: "
          "DW_ATE_signed)\n";
  return Text;
}

TEST(ShardsTest, CompileUnits) {
  Cut C(debugInfo(0));
  ASSERT_EQ(C.Whole.size(), 2u);
  for (std::string N : {"a", "b"}) {
    Module &M = *C.Shards[C.shardOf(N)];
    NamedMDNode *Units = M.getNamedMetadata("llvm.dbg.cu");
    ASSERT_TRUE(Units);
    ASSERT_EQ(Units->getNumOperands(), 1u);
    auto *Unit = cast<DICompileUnit>(Units->getOperand(0));
    EXPECT_EQ(Unit->getFilename(), N + ".c");
    EXPECT_EQ(Unit->getGlobalVariables().size(), 2u);
    // LLVM moves what is imported in a function there on reading.
    EXPECT_EQ(M.getFunction(N)->getSubprogram()->getRetainedNodes().size(), 1u);
    EXPECT_EQ(Unit->getEnumTypes().size(), 1u);
  }
}

/// One compile unit of two shards.
TEST(ShardsTest, DividedCompileUnit) {
  std::string Text = debugInfo(0);
  Text.replace(Text.find("unit: !30"), 9, "unit: !10");
  Text.replace(Text.find("globals: !18"), 12, "globals: !40");
  Text.replace(Text.find("imports: !22"), 12, "imports: !41");
  Text.replace(Text.find("!llvm.dbg.cu = !{!10, !30}"), 26,
               "!llvm.dbg.cu = !{!10}\n!40 = !{!17, !37, !26, !46}\n"
               "!41 = !{!21, !31}");
  // Numbers of the second unit's nodes move by these two.
  LLVMContext Context;
  SMDiagnostic Diagnostic;
  size_t At;
  while ((At = Text.find("scope: !30")) != std::string::npos)
    Text.replace(At, 10, "scope: !10");
  // The second unit itself goes; !40 and !41 are its local variable and import.
  Text.replace(Text.find("!40 = !{!17"), 4, "!80 ");
  Text.replace(Text.find("!41 = !{!21"), 4, "!81 ");
  Text.replace(Text.find("globals: !40"), 12, "globals: !80");
  Text.replace(Text.find("imports: !41"), 12, "imports: !81");
  Text.replace(Text.find("{!21, !31}"), 10, "{!21, !41}");
  size_t Unit = Text.find("!30 = distinct");
  Text.erase(Unit, Text.find('\n', Unit) - Unit);
  Cut C(Text);
  ASSERT_EQ(C.Whole.size(), 2u);
  auto Describe = [&](StringRef Function) {
    std::vector<std::string> Names;
    Module &M = *C.Shards[C.shardOf(Function)];
    auto *Unit =
        cast<DICompileUnit>(M.getNamedMetadata("llvm.dbg.cu")->getOperand(0));
    for (auto *GV : Unit->getGlobalVariables())
      Names.push_back(GV->getVariable()->getName().str());
    for (auto *Node :
         M.getFunction(Function)->getSubprogram()->getRetainedNodes())
      Names.push_back(
          cast<DINamespace>(cast<DIImportedEntity>(Node)->getEntity())
              ->getName()
              .str());
    for (auto *Enum : Unit->getEnumTypes())
      Names.push_back(Enum->getName().str());
    return join(Names, " ");
  };
  EXPECT_EQ(Describe("a"), "va ca cb na ea");
  EXPECT_EQ(Describe("b"), "vb nb");
}

TEST(ShardsTest, DebugInfoOfOtherShards) {
  Cut Before(debugInfo(0)), After(debugInfo(3));
  unsigned A = Before.shardOf("a"), B = Before.shardOf("b");
  ASSERT_EQ(After.shardOf("a"), A);
  EXPECT_EQ(Before.Whole.getBitcode(A), After.Whole.getBitcode(A));
  EXPECT_NE(Before.Whole.getBitcode(B), After.Whole.getBitcode(B));
}

//===----------------------------------------------------------------------===//
// Random modules
//===----------------------------------------------------------------------===//

namespace {
/// Makes modules in which most kinds of definitions refer to each other. Calls
/// go to functions before, so that they end.
class Generator {
public:
  explicit Generator(unsigned Seed) : Random(Seed) {}
  std::string run();

private:
  unsigned below(unsigned N) { return Random() % N; }
  const char *pick(ArrayRef<const char *> List) {
    return List[below(List.size())];
  }
  void addVariable(unsigned I);
  void addFunction(unsigned I);
  void addReferences(raw_ostream &OS, unsigned I);

  std::mt19937 Random;
  std::string Head, Body;
  /// Symbols that are called, loaded from, loaded and stored.
  std::vector<std::string> Callable, Tables, Readable, Writable;
};
} // namespace

void Generator::addVariable(unsigned I) {
  raw_string_ostream OS(Head);
  std::string Name = "@v" + utostr(I);
  static const char *const Linkages[] = {"internal",
                                         "private",
                                         "",
                                         "hidden",
                                         "weak_odr",
                                         "linkonce_odr",
                                         "private unnamed_addr",
                                         "internal unnamed_addr"};
  bool IsConstant = below(2);
  OS << Name << " = " << pick(Linkages)
     << (IsConstant ? " constant" : " global") << " i32 " << below(1000)
     << "\n";
  Readable.push_back(Name);
  if (!IsConstant)
    Writable.push_back(Name);
}

void Generator::addReferences(raw_ostream &OS, unsigned I) {
  unsigned Sum = 0;
  auto Add = [&](const std::string &Value) {
    OS << "  %s" << Sum + 1 << " = add i32 %s" << Sum << ", " << Value << "\n";
    ++Sum;
  };
  OS << "  %s0 = mul i32 %x, " << below(9) + 2 << "\n";
  for (unsigned K = 0, E = below(6); K != E; ++K) {
    std::string T = "%t" + utostr(K);
    switch (below(4)) {
    case 0:
      OS << "  " << T << " = load i32, ptr " << Readable[below(Readable.size())]
         << "\n";
      Add(T);
      break;
    case 1:
      OS << "  store i32 %s" << Sum << ", ptr "
         << Writable[below(Writable.size())] << "\n";
      break;
    case 2:
      if (Callable.empty())
        break;
      OS << "  " << T << " = call i32 " << Callable[below(Callable.size())]
         << "(i32 %s" << Sum << ")\n";
      Add(T);
      break;
    case 3:
      if (Tables.empty())
        break;
      OS << "  " << T << "p = load ptr, ptr " << Tables[below(Tables.size())]
         << "\n  " << T << " = call i32 " << T << "p(i32 %s" << Sum << ")\n";
      Add(T);
      break;
    }
  }
  for (unsigned K = 0, E = below(40); K != E; ++K)
    OS << "  %b" << K << " = xor i32 %s" << Sum << ", " << K << "\n";
  OS << "  ret i32 %s" << Sum << "\n";
}

void Generator::addFunction(unsigned I) {
  raw_string_ostream OS(Body);
  std::string Name = "f" + utostr(I);
  static const char *const Linkages[] = {
      "internal", "internal", "internal", "",         "",
      "hidden",   "weak_odr", "weak",     "linkonce", "linkonce_odr"};
  StringRef Linkage = pick(Linkages);
  bool HasComdat = Linkage.ends_with("odr") && below(2);
  if (HasComdat)
    Head += "$" + Name + " = comdat any\n";
  OS << "define " << Linkage << " i32 @" << Name << "(i32 %x)"
     << pick({"", "", " noinline", " alwaysinline"})
     << (HasComdat ? " comdat" : "") << " {\n";
  addReferences(OS, I);
  OS << "}\n";
  if (below(5) == 0) {
    OS << "@al" << I << " = " << pick({"", "internal", "weak_odr"})
       << " alias i32 (i32), ptr @" << Name << "\n";
    Callable.push_back("@al" + utostr(I));
  }
  if (below(3) == 0) {
    OS << "@table" << I << " = " << pick({"internal", "", "private"})
       << pick({"", " unnamed_addr"}) << pick({" constant", " global"})
       << " ptr @" << Name << "\n";
    Tables.push_back("@table" + utostr(I));
  }
  Callable.push_back("@" + Name);
}

std::string Generator::run() {
  for (unsigned I = 0; I != 12; ++I)
    addVariable(I);
  Head += "@w = internal global i32 1\n";
  Writable.push_back("@w");
  for (unsigned I = 0; I != 18; ++I)
    addFunction(I);
  raw_string_ostream OS(Body);
  OS << "define internal void @ctor() {\n"
        "  store i32 77, ptr @w\n  ret void\n}\n"
        "@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] "
        "[{ i32, ptr, ptr } { i32 1, ptr @ctor, ptr null }]\n"
        "define i32 @main() {\n  %s0 = load i32, ptr @w\n";
  unsigned Sum = 0;
  for (const std::string &Name : Callable) {
    OS << "  %c" << Sum << " = call i32 " << Name << "(i32 " << Sum << ")\n  %m"
       << Sum << " = mul i32 %s" << Sum << ", 31\n  %s" << Sum + 1
       << " = add i32 %m" << Sum << ", %c" << Sum << "\n";
    ++Sum;
  }
  OS << "  ret i32 %s" << Sum << "\n}\n";
  return Head + Body;
}

/// What @main returns.
static uint64_t interpret(std::unique_ptr<Module> M) {
  // The interpreter knows no aliases, and variables by name alone.
  for (GlobalAlias &GA : M->aliases())
    GA.replaceAllUsesWith(GA.getAliaseeObject());
  for (GlobalVariable &GV : M->globals())
    if (!GV.hasName())
      GV.setName("unnamed");
  Function *Main = M->getFunction("main");
  std::string Message;
  std::unique_ptr<ExecutionEngine> Engine(
      EngineBuilder(std::move(M))
          .setEngineKind(EngineKind::Interpreter)
          .setErrorStr(&Message)
          .create());
  if (!Engine)
    report_fatal_error(StringRef(Message));
  Engine->runStaticConstructorsDestructors(/*isDtors=*/false);
  return Engine->runFunction(Main, {}).IntVal.getZExtValue();
}

/// Every definition is in one shard, and what a shard lacks is in another.
static void checkSymbols(Cut &C, const std::set<std::string> &Defined) {
  std::map<std::string, unsigned> Count;
  for (auto &Shard : C.Shards)
    for (GlobalValue &GV : Shard->global_values())
      if (!GV.isDeclarationForLinker() && !GV.hasLocalLinkage() &&
          !GV.hasAppendingLinkage())
        ++Count[GV.getName().str()];
  for (auto &[Name, Times] : Count)
    EXPECT_EQ(Times, 1u) << Name;
  for (const std::string &Name : Defined)
    EXPECT_TRUE(Count.count(Name)) << Name;
  for (auto &Shard : C.Shards)
    for (GlobalValue &GV : Shard->global_values())
      if (GV.isDeclarationForLinker()) {
        EXPECT_TRUE(Count.count(GV.getName().str())) << GV.getName().str();
      }
}

TEST(ShardsTest, RandomModules) {
  unsigned NumPromoted = 0, NumImported = 0;
  for (unsigned Seed = 0; Seed != 60; ++Seed) {
    std::string Text = Generator(Seed).run();
    LLVMContext Context;
    std::unique_ptr<Module> M = parse(Context, Text);
    ASSERT_FALSE(verifyModule(*M, &errs()));
    std::set<std::string> Defined;
    for (GlobalValue &GV : M->global_values())
      if (!GV.isDeclaration() && !GV.hasLocalLinkage() &&
          !GV.hasAppendingLinkage())
        Defined.insert(GV.getName().str());
    uint64_t Expected = interpret(std::move(M));

    for (unsigned N : {1u, 2u, 3u, 6u}) {
      SCOPED_TRACE("seed " + utostr(Seed) + ", " + utostr(N) + " shards");
      Cut C(Text, N);
      EXPECT_EQ(C.Whole.size(), N);
      checkSymbols(C, Defined);
      LLVMContext LinkContext;
      auto Linked = std::make_unique<Module>("linked", LinkContext);
      for (unsigned I = 0; I != C.Whole.size(); ++I) {
        std::unique_ptr<Module> Shard = orDie(C.Whole.load(I, LinkContext));
        for (GlobalValue &GV : Shard->global_values()) {
          NumPromoted += GV.getName().contains(".pkgimg");
          NumImported += GV.hasAvailableExternallyLinkage();
        }
        ASSERT_FALSE(Linker::linkModules(*Linked, std::move(Shard)));
      }
      ASSERT_FALSE(verifyModule(*Linked, &errs()));
      EXPECT_EQ(interpret(std::move(Linked)), Expected);
    }
  }
  EXPECT_GT(NumPromoted, 100u);
  EXPECT_GT(NumImported, 100u);
}
