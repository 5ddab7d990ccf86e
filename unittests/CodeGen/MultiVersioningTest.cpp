//===- MultiVersioningTest.cpp - The result of multi-versioning -----------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/MultiVersioning.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg;

static const char Source[] = R"(
target triple = "x86_64-unknown-linux-gnu"
@table = constant [2 x ptr] [ptr @plain, ptr @work]
declare i1 @pkgimg.cpu.supports.avx512f()
define i1 @work() noinline {
  %q = call i1 @pkgimg.cpu.supports.avx512f()
  ret i1 %q
}
define i1 @plain() noinline {
  %r = call i1 @work()
  ret i1 %r
}
define i1 @fixed() noinline optnone {
  %q = call i1 @pkgimg.cpu.supports.avx512f()
  ret i1 %q
}
)";

static const char Targets[] =
    "x86-64,+sse2;haswell,+sse2,+avx2,clone_all;"
    "znver4,+sse2,+avx2,+avx512f,base(1);znver4,+sse2,+avx2,+avx512f";

namespace {
class MultiVersioningTest : public testing::Test {
protected:
  void SetUp() override {
    SMDiagnostic Diagnostic;
    M = parseAssemblyString(Source, Diagnostic, Context);
    ASSERT_TRUE(M) << Diagnostic.getMessage().str();
    Expected<std::vector<MVTarget>> Parsed = parseMVTargets(Targets);
    ASSERT_TRUE(bool(Parsed)) << toString(Parsed.takeError());
    TargetList = std::move(*Parsed);
  }

  MVResult run(const MVOptions &Options = {}) {
    Expected<MVResult> Result = multiVersion(*M, TargetList, Options);
    if (!Result) {
      ADD_FAILURE() << toString(Result.takeError());
      return MVResult();
    }
    EXPECT_FALSE(verifyModule(*M, &errs()));
    return std::move(*Result);
  }

  std::string runForError() {
    Expected<MVResult> Result = multiVersion(*M, TargetList);
    if (Result)
      return "";
    return toString(Result.takeError());
  }

  LLVMContext Context;
  std::unique_ptr<Module> M;
  std::vector<MVTarget> TargetList;
};
} // namespace

/// The names of what Functions and Slots are, in order.
static std::string describe(const MVResult &Result) {
  std::string Text;
  raw_string_ostream OS(Text);
  auto Name = [](const GlobalValue *G) { return G ? G->getName().str() : "-"; };
  for (const MVFunction &MF : Result.Functions) {
    OS << Name(MF.Original) << ":";
    for (const Function *Clone : drop_begin(MF.Clones))
      OS << " " << Name(Clone);
    OS << "\n";
  }
  for (const MVSlot &Slot : Result.Slots)
    OS << Name(Slot.Original) << " in " << Name(Slot.Global) << "+"
       << Slot.Offset << "\n";
  return Text;
}

static const char Described[] = "work: work.1 work.2 work.3\n"
                                "plain: plain.1 - -\n"
                                "work in work.reloc_slot+0\n"
                                "work in table+8\n"
                                "plain in table+0\n";

TEST_F(MultiVersioningTest, Result) {
  MVResult Result = run();
  EXPECT_EQ(describe(Result), Described);
  EXPECT_EQ(Result.NumFunctions, 3u);
  EXPECT_EQ(Result.NumInstructions, 6u);
  ASSERT_EQ(Result.Functions.size(), 2u);
  const MVFunction &Work = Result.Functions[0];
  EXPECT_EQ(Work.Size, 2u);
  EXPECT_EQ(Work.Clones[0], nullptr);
  EXPECT_EQ(Work.Reasons[0], CR_None);
  EXPECT_EQ(Work.Reasons[1], CR_CloneAll);
  EXPECT_EQ(Work.Reasons[2], CR_CPU);
  EXPECT_EQ(Work.Reasons[3], CR_CPU);
  ASSERT_EQ(Result.NotCloned.size(), 1u);
  EXPECT_EQ(Result.NotCloned[0].F, M->getFunction("fixed"));
  EXPECT_EQ(Result.NotCloned[0].Why, "it is marked optnone");
}

TEST_F(MultiVersioningTest, CodeOfEachTarget) {
  MVResult Result = run();
  auto Code = [&](StringRef Name, unsigned Target) {
    return Result.getCode(M->getFunction(Name), Target)->getName();
  };
  EXPECT_EQ(Code("work", 0), "work");
  EXPECT_EQ(Code("work", 1), "work.1");
  EXPECT_EQ(Code("work", 2), "work.2");
  EXPECT_EQ(Code("work", 3), "work.3");
  // Of its base, the group 1, or of target 0.
  EXPECT_EQ(Code("plain", 1), "plain.1");
  EXPECT_EQ(Code("plain", 2), "plain.1");
  EXPECT_EQ(Code("plain", 3), "plain");
  for (unsigned T = 0; T != 4; ++T)
    EXPECT_EQ(Code("fixed", T), "fixed");
  EXPECT_EQ(Result.find(M->getFunction("fixed")), nullptr);
  EXPECT_EQ(Result.find(M->getFunction("plain")), &Result.Functions[1]);
}

TEST_F(MultiVersioningTest, SurvivesBitcode) {
  run();
  SmallVector<char, 0> Bytes;
  raw_svector_ostream OS(Bytes);
  WriteBitcodeToFile(*M, OS);
  LLVMContext Other;
  Expected<std::unique_ptr<Module>> Read = parseBitcodeFile(
      MemoryBufferRef(StringRef(Bytes.data(), Bytes.size()), "mv"), Other);
  ASSERT_TRUE(bool(Read)) << toString(Read.takeError());
  Expected<MVResult> Result = readMultiVersioning(**Read);
  ASSERT_TRUE(bool(Result)) << toString(Result.takeError());
  EXPECT_EQ(describe(*Result), Described);
  EXPECT_EQ(Result->NumFunctions, 3u);
  EXPECT_EQ(Result->getCode((*Read)->getFunction("plain"), 2)->getName(),
            "plain.1");
  ASSERT_EQ(Result->Targets.size(), TargetList.size());
  for (auto [A, B] : zip(Result->Targets, TargetList)) {
    EXPECT_EQ(A.CPU, B.CPU);
    EXPECT_EQ(A.FeatureString, B.FeatureString);
    EXPECT_EQ(A.Features, B.Features);
    EXPECT_EQ(A.CloneAll, B.CloneAll);
    EXPECT_EQ(A.Base, B.Base);
  }
}

TEST_F(MultiVersioningTest, PartsOfTheModule) {
  run();
  // As when a shard leaves something out.
  M->getFunction("work.3")->eraseFromParent();
  M->getGlobalVariable("table")->eraseFromParent();
  Expected<MVResult> Result = readMultiVersioning(*M);
  ASSERT_TRUE(bool(Result)) << toString(Result.takeError());
  EXPECT_EQ(describe(*Result), "work: work.1 work.2 -\n"
                               "plain: plain.1 - -\n"
                               "work in work.reloc_slot+0\n");
}

TEST_F(MultiVersioningTest, Twice) {
  run();
  std::string Before, After;
  raw_string_ostream(Before) << *M;
  EXPECT_EQ(describe(run()), Described);
  raw_string_ostream(After) << *M;
  EXPECT_EQ(Before, After);
}

TEST_F(MultiVersioningTest, NothingInTheModule) {
  Expected<MVResult> Result = readMultiVersioning(*M);
  ASSERT_TRUE(bool(Result)) << toString(Result.takeError());
  EXPECT_TRUE(Result->Functions.empty());
  EXPECT_TRUE(Result->Targets.empty());
}

TEST_F(MultiVersioningTest, Report) {
  std::string Text;
  raw_string_ostream OS(Text);
  MVOptions Options;
  Options.PrintClones = &OS;
  run(Options);
  EXPECT_EQ(Text, "function  target     reason     size\n"
                  "work      1 haswell  clone_all     2\n"
                  "work      2 znver4   cpu           2\n"
                  "work      3 znver4   cpu           2\n"
                  "plain     1 haswell  clone_all     2\n"
                  "fixed: not cloned: it is marked optnone\n"
                  "target 1 haswell: 2 of 3 functions, 4 of 6 instructions\n"
                  "target 2 znver4: 1 of 3 functions, 2 of 6 instructions\n"
                  "target 3 znver4: 1 of 3 functions, 2 of 6 instructions\n");
}

TEST_F(MultiVersioningTest, BadTargetsLeaveTheModule) {
  std::string Before, After;
  raw_string_ostream(Before) << *M;
  TargetList[3].Base = 2;
  EXPECT_EQ(runForError(),
            "CPU target 3 ('znver4'): expected as base target 0 or a clone_all "
            "target before it, found target 2; give that one clone_all");
  TargetList.clear();
  EXPECT_EQ(runForError(), "no CPU target to make code for");
  raw_string_ostream(After) << *M;
  EXPECT_EQ(Before, After);
}

TEST(MultiVersioning, ReasonNames) {
  EXPECT_EQ(getCloneReasonNames(CR_None), "");
  EXPECT_EQ(getCloneReasonNames(CR_Loop | CR_Math | CR_CloneAll),
            "loop,math,clone_all");
  EXPECT_EQ(getCloneReasonNames(CR_AlwaysInline | CR_VectorCall),
            "always_inline,vector_call");
}

TEST(MultiVersioning, ParseTargets) {
  Expected<std::vector<MVTarget>> Parsed =
      parseMVTargets("a;b,+x,-y,+y,+x,-x,opt_size,min_size,base(12)");
  ASSERT_TRUE(bool(Parsed)) << toString(Parsed.takeError());
  ASSERT_EQ(Parsed->size(), 2u);
  const MVTarget &B = (*Parsed)[1];
  EXPECT_EQ(B.FeatureString, "+x,-y,+y,+x,-x");
  EXPECT_EQ(B.Features, std::vector<std::string>{"y"});
  EXPECT_TRUE(B.OptSize && B.MinSize && !B.CloneAll);
  EXPECT_EQ(B.Base, 12u);
  for (const char *Bad : {"", "a;", "a,", "a,+", "a,x", "a,base()",
                          "a,base(-1)", "a,base(1", "+x", "a,Clone_all"}) {
    Expected<std::vector<MVTarget>> Result = parseMVTargets(Bad);
    EXPECT_FALSE(bool(Result)) << Bad;
    if (!Result)
      EXPECT_NE(toString(Result.takeError()).find("position"),
                std::string::npos);
  }
}
