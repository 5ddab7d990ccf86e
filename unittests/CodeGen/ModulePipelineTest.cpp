//===- ModulePipelineTest.cpp - Optimising and emitting modules -----------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/ModulePipeline.h"
#include "pkgimg/CodeGen/CurrentFunction.h"
#include "pkgimg/CodeGen/ModuleReader.h"
#include "pkgimg/CodeGen/TargetMachines.h"
#include "pkgimg/CodeGen/Targets.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "gtest/gtest.h"

#include <thread>

using namespace llvm;
using namespace pkgimg;

namespace {

class ModulePipeline : public testing::Test {
protected:
  void SetUp() override {
    Options.Target = Triple("x86_64-unknown-linux-gnu");
    if (Expected<const Target *> Found = getTarget(Options.Target); !Found) {
      consumeError(Found.takeError());
      GTEST_SKIP() << "no code generator for x86-64";
    }
    Options.Diagnostics = [this](DiagnosticSeverity Severity, StringRef Text) {
      if (Severity == DS_Remark)
        Remarks.push_back(Text.str());
    };
  }

  /// Reads \p Source and makes the target machine.
  bool read(StringRef Source) {
    Message.clear();
    M.reset();
    if (Error E =
            readModule(MemoryBufferRef(Source, "dir/in.ll"), Context, Options)
                .moveInto(M)) {
      Message = toString(std::move(E));
      return false;
    }
    if (Error E = createTargetMachine(*M, Options).moveInto(TM))
      Message = toString(std::move(E));
    return Message.empty();
  }

  /// Optimises what was read.
  bool optimize() {
    if (Error E = optimizeModule(*M, *TM, Options))
      Message = toString(std::move(E));
    return Message.empty();
  }

  /// Emits it.
  std::string emit() {
    SmallString<0> Bytes;
    raw_svector_ostream OS(Bytes);
    if (Error E = emitModule(*M, *TM, Options, OS))
      Message = toString(std::move(E));
    return Bytes.str().str();
  }

  LLVMContext Context;
  CompileOptions Options;
  std::unique_ptr<Module> M;
  std::unique_ptr<TargetMachine> TM;
  std::vector<std::string> Remarks;
  std::string Message;
};

} // namespace

static const char Calls[] = R"(
define internal i32 @leaf(i32 %x) !dbg !5 {
  %r = mul i32 %x, 3, !dbg !10
  ret i32 %r, !dbg !10
}
define i32 @top(i32 %x) !dbg !6 {
  %a = call i32 @leaf(i32 %x), !dbg !11
  %b = call i32 @outside(i32 %a), !dbg !11
  ret i32 %b, !dbg !11
}
declare i32 @outside(i32)
!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!3}
!0 = distinct !DICompileUnit(language: DW_LANG_C, file: !1, emissionKind: FullDebug)
!1 = !DIFile(filename: "src/f.c", directory: "/home")
!3 = !{i32 2, !"Debug Info Version", i32 3}
!4 = !DISubroutineType(types: !{})
!5 = distinct !DISubprogram(name: "leaf", file: !1, line: 1, type: !4, unit: !0, spFlags: DISPFlagDefinition)
!6 = distinct !DISubprogram(name: "top", file: !1, line: 4, type: !4, unit: !0, spFlags: DISPFlagDefinition)
!10 = !DILocation(line: 2, column: 3, scope: !5)
!11 = !DILocation(line: 5, column: 7, scope: !6)
)";

TEST_F(ModulePipeline, NoRemarksUnlessAskedFor) {
  ASSERT_TRUE(read(Calls)) << Message;
  EXPECT_TRUE(optimize()) << Message;
  EXPECT_TRUE(Remarks.empty());
}

TEST_F(ModulePipeline, RemarksHaveLocations) {
  Options.RemarksPassed = "^inl";
  ASSERT_TRUE(read(Calls)) << Message;
  ASSERT_TRUE(optimize()) << Message;
  ASSERT_EQ(Remarks.size(), 1u);
  StringRef Remark = Remarks[0];
  EXPECT_TRUE(Remark.starts_with("src/f.c:5:7: remark: 'leaf' inlined into "
                                 "'top'"))
      << Remark.str();
  EXPECT_TRUE(Remark.ends_with(" [-Rpass=inline]")) << Remark.str();
}

TEST_F(ModulePipeline, RemarksWithoutDebugInfoNameFileAndFunction) {
  Options.DebugLevel = 0;
  Options.RemarksMissed = "inline";
  ASSERT_TRUE(read(Calls)) << Message;
  ASSERT_TRUE(optimize()) << Message;
  ASSERT_FALSE(Remarks.empty());
  for (StringRef Remark : Remarks) {
    EXPECT_TRUE(
        Remark.starts_with("in.ll: remark: in function 'top': outside "))
        << Remark.str();
    EXPECT_TRUE(Remark.ends_with(" [-Rpass-missed=inline]")) << Remark.str();
  }
}

TEST_F(ModulePipeline, AnalysisRemarksOfTheCodeGenerator) {
  Options.RemarksAnalysis = "prologepilog";
  ASSERT_TRUE(read(Calls)) << Message;
  ASSERT_TRUE(optimize()) << Message;
  EXPECT_TRUE(Remarks.empty());
  EXPECT_FALSE(emit().empty());
  ASSERT_EQ(Remarks.size(), 1u);
  EXPECT_TRUE(StringRef(Remarks[0]).contains("stack bytes in function 'top'"))
      << Remarks[0];
  EXPECT_TRUE(
      StringRef(Remarks[0]).ends_with(" [-Rpass-analysis=prologepilog]"))
      << Remarks[0];
}

TEST_F(ModulePipeline, InvalidPatternIsAnError) {
  Options.RemarksMissed = "a(";
  EXPECT_FALSE(read(Calls));
  EXPECT_TRUE(StringRef(Message).starts_with(
      "dir/in.ll: invalid regular expression 'a(' in -Rpass-missed=: "))
      << Message;
}

TEST_F(ModulePipeline, RemarksFile) {
  std::string Records;
  raw_string_ostream RecordStream(Records);
  Options.RemarksFile = &RecordStream;
  ASSERT_TRUE(read(Calls)) << Message;
  ASSERT_TRUE(optimize()) << Message;
  RecordStream.flush();
  EXPECT_TRUE(StringRef(Records).starts_with("--- !")) << Records;
  EXPECT_TRUE(StringRef(Records).contains("Pass:            inline"))
      << Records;
  size_t OptimizerOnly = Records.size();
  EXPECT_FALSE(StringRef(Records).contains("asm-printer")) << Records;
  emit();
  EXPECT_EQ(Message, "");
  RecordStream.flush();
  EXPECT_TRUE(StringRef(Records)
                  .drop_front(OptimizerOnly)
                  .contains("Pass:            asm-printer"))
      << Records;
  // They go to the file alone.
  EXPECT_TRUE(Remarks.empty());
}

TEST_F(ModulePipeline, RemarksDoNotChangeTheCode) {
  ASSERT_TRUE(read(Calls) && optimize()) << Message;
  std::string Plain = emit();
  std::string Records;
  raw_string_ostream RecordStream(Records);
  Options.RemarksFile = &RecordStream;
  Options.RemarksPassed = Options.RemarksMissed = Options.RemarksAnalysis =
      ".*";
  ASSERT_TRUE(read(Calls) && optimize()) << Message;
  EXPECT_EQ(emit(), Plain);
}

/// A module can be written, and read and compiled in another context, on
/// another thread, as the parts of an image are.
TEST_F(ModulePipeline, AnotherContext) {
  ASSERT_TRUE(read(Calls)) << Message;
  SmallString<0> Bitcode;
  raw_svector_ostream BitcodeStream(Bitcode);
  WriteBitcodeToFile(*M, BitcodeStream);
  ASSERT_TRUE(optimize()) << Message;
  std::string Here = emit(), There;
  std::thread([&] {
    LLVMContext Other;
    std::unique_ptr<Module> Part = cantFail(
        parseBitcodeFile(MemoryBufferRef(Bitcode.str(), "in.ll"), Other));
    std::unique_ptr<TargetMachine> Machine =
        cantFail(createTargetMachine(*Part, Options));
    cantFail(optimizeModule(*Part, *Machine, Options));
    SmallString<0> Bytes;
    raw_svector_ostream OS(Bytes);
    cantFail(emitModule(*Part, *Machine, Options, OS));
    There = Bytes.str().str();
  }).join();
  EXPECT_EQ(Message, "");
  EXPECT_FALSE(Here.empty());
  EXPECT_EQ(There, Here);
}

static const char BadAssembly[] = R"(
define void @f() {
  call void asm sideeffect "no-such-instruction", ""()
  ret void
}
)";

TEST_F(ModulePipeline, ErrorsOfTheBackendAreTheResult) {
  ASSERT_TRUE(read(BadAssembly)) << Message;
  ASSERT_TRUE(optimize()) << Message;
  emit();
  EXPECT_TRUE(StringRef(Message).starts_with("in.ll: ")) << Message;
  EXPECT_TRUE(StringRef(Message).contains("no-such-instruction")) << Message;
  // And the context has no more of them for the next module.
  ASSERT_TRUE(read(Calls)) << Message;
  EXPECT_TRUE(optimize()) << Message;
  EXPECT_FALSE(emit().empty());
  EXPECT_EQ(Message, "");
}

TEST_F(ModulePipeline, ContextKeepsItsHandler) {
  Context.setDiagnosticHandlerCallBack(
      [](const DiagnosticInfo *, void *Seen) { ++*static_cast<int *>(Seen); },
      nullptr);
  const DiagnosticHandler *Mine = Context.getDiagHandlerPtr();
  ASSERT_TRUE(read(BadAssembly)) << Message;
  ASSERT_TRUE(optimize()) << Message;
  emit();
  EXPECT_NE(Message, "");
  EXPECT_EQ(Context.getDiagHandlerPtr(), Mine);
}

#ifdef PKGIMG_TEST_PLUGIN
TEST_F(ModulePipeline, PluginRunsAtEveryLevel) {
  Options.PassPlugins = {PKGIMG_TEST_PLUGIN};
  for (OptimizationLevel Level :
       {OptimizationLevel::O0, OptimizationLevel::O2, OptimizationLevel::Oz}) {
    Options.Level = Level;
    ASSERT_TRUE(read(Calls)) << Message;
    EXPECT_FALSE(M->getFunction("top")->hasFnAttribute("seen-by-test-plugin"));
    ASSERT_TRUE(optimize()) << Message;
    EXPECT_TRUE(M->getFunction("top")->hasFnAttribute("seen-by-test-plugin"));
  }
}

TEST_F(ModulePipeline, PluginThatCannotBeLoaded) {
  auto ErrorFor = [&](StringRef File) {
    Options.PassPlugins = {PKGIMG_TEST_PLUGIN, File.str()};
    EXPECT_TRUE(read(Calls)) << Message;
    EXPECT_FALSE(optimize());
    return Message;
  };
  std::string Missing = ErrorFor("no/such/plugin.so");
  EXPECT_TRUE(StringRef(Missing).starts_with(
      "no/such/plugin.so: cannot load the pass plugin: "))
      << Missing;
  EXPECT_TRUE(StringRef(Missing).contains("build it for LLVM ")) << Missing;

  // LLVM alone would take this one, and the process would end in its callback.
  std::string Broken = ErrorFor(PKGIMG_BROKEN_PLUGIN);
  EXPECT_TRUE(StringRef(Broken).starts_with(PKGIMG_BROKEN_PLUGIN
                                            ": cannot load the pass plugin: "))
      << Broken;
  EXPECT_TRUE(StringRef(Broken).contains("functionOfAnotherVersion")) << Broken;
}

TEST_F(ModulePipeline, CrashInAPassNamesFunctionAndPass) {
  Options.PassPlugins = {PKGIMG_TEST_PLUGIN};
  ASSERT_TRUE(read(R"(
define void @good() {
  ret void
}
define void @bad() "crash-in-optimizer" {
  ret void
}
define void @later() {
  ret void
}
)")) << Message;
  CrashRecoveryContext::Enable();
  CrashRecoveryContext CRC;
  EXPECT_FALSE(CRC.RunSafely([&] { optimize(); }));
  CrashRecoveryContext::Disable();
  EXPECT_TRUE(StringRef(describeCurrentFunction()).contains("TestPluginPass'"))
      << describeCurrentFunction();
  EXPECT_TRUE(
      StringRef(describeCurrentFunction()).ends_with(" on function 'bad'"))
      << describeCurrentFunction();
  // Where LLVM jumped out of, the context's handler was not put back. It
  // belongs to a frame that is gone.
  Context.setDiagnosticHandler(nullptr);
}
#endif

/// Another thread's state is its own.
TEST_F(ModulePipeline, CurrentFunctionIsTheThreads) {
  clearCurrentFunction();
  EXPECT_EQ(describeCurrentFunction(), "");
  setCurrentFunction("f", "P");
  std::thread([] {
    EXPECT_EQ(describeCurrentFunction(), "");
    setCurrentFunction("g", "");
    EXPECT_EQ(describeCurrentFunction(), "function 'g'");
  }).join();
  EXPECT_EQ(describeCurrentFunction(), "pass 'P' on function 'f'");
  std::string Long(5000, 'x');
  setCurrentFunction(Long, "");
  EXPECT_EQ(describeCurrentFunction(),
            "function '" + Long.substr(0, 1000) + "...'");
  setCurrentFunction("", "P");
  EXPECT_EQ(describeCurrentFunction(), "pass 'P'");
  clearCurrentFunction();
}

TEST_F(ModulePipeline, NothingIsCurrentAfterwards) {
  ASSERT_TRUE(read(Calls)) << Message;
  ASSERT_TRUE(optimize()) << Message;
  EXPECT_EQ(describeCurrentFunction(), "");
  emit();
  EXPECT_EQ(describeCurrentFunction(), "");
}

/// Emits three functions, of which "bad" has an intrinsic that the backend ends
/// the process on, and expects it to be named.
static void expectBadToBeNamed(StringRef TheTriple, OptimizationLevel Level,
                               StringRef Intrinsic) {
  std::string Source = ("declare void @" + Intrinsic +
                        "(i32)\n"
                        "define void @good() {\n  ret void\n}\n"
                        "define void @bad() {\n  call void @" +
                        Intrinsic + "(i32 1)\n  ret void\n}\n" +
                        "define void @later() {\n  ret void\n}\n")
                           .str();
  CompileOptions Options;
  Options.Target = Triple(TheTriple);
  Options.Level = Level;
  LLVMContext Context;
  std::unique_ptr<Module> M =
      cantFail(readModule(MemoryBufferRef(Source, "in.ll"), Context, Options));
  std::unique_ptr<TargetMachine> TM =
      cantFail(createTargetMachine(*M, Options));
  cantFail(optimizeModule(*M, *TM, Options));
  CrashRecoveryContext::Enable();
  {
    ScopedFatalErrorHandler Handler([](void *, const char *, bool) {
      CrashRecoveryContext::GetCurrent()->HandleExit(70);
    });
    CrashRecoveryContext CRC;
    EXPECT_FALSE(CRC.RunSafely([&] {
      SmallString<0> Bytes;
      raw_svector_ostream OS(Bytes);
      consumeError(emitModule(*M, *TM, Options, OS));
    }));
    EXPECT_EQ(CRC.RetCode, 70);
  }
  CrashRecoveryContext::Disable();
  EXPECT_EQ(describeCurrentFunction(),
            "pass 'code generation' on function 'bad'");
  Context.setDiagnosticHandler(nullptr);
}

TEST_F(ModulePipeline, FatalErrorOfTheBackendNamesTheFunction) {
  expectBadToBeNamed("x86_64-unknown-linux-gnu", OptimizationLevel::O2,
                     "llvm.aarch64.hint");
}

/// The backend for AArch64 has passes over the module among those over
/// functions, and an analysis of the module that such a pass requires.
TEST_F(ModulePipeline, FatalErrorAfterPassesOverTheModule) {
  if (Expected<const Target *> Found =
          getTarget(Triple("aarch64-unknown-linux-gnu"));
      !Found) {
    consumeError(Found.takeError());
    GTEST_SKIP() << "no code generator for AArch64";
  }
  for (OptimizationLevel Level : {OptimizationLevel::O0, OptimizationLevel::O2})
    expectBadToBeNamed("aarch64-unknown-linux-gnu", Level, "llvm.arm.hint");
}
