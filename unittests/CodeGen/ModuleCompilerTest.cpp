//===- ModuleCompilerTest.cpp - Compiling modules -------------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/ModuleCompiler.h"
#include "pkgimg/CodeGen/Targets.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Object/ELFObjectFile.h"
#include "gtest/gtest.h"

#include <thread>

using namespace llvm;
using namespace pkgimg;

static const char Source[] = R"(
define i32 @sum(ptr %p, i32 %n) {
entry:
  %empty = icmp eq i32 %n, 0
  br i1 %empty, label %done, label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %loop ]
  %acc = phi i32 [ 0, %entry ], [ %more, %loop ]
  %at = getelementptr i32, ptr %p, i32 %i
  %x = load i32, ptr %at
  %more = add i32 %acc, %x
  %next = add i32 %i, 1
  %end = icmp eq i32 %next, %n
  br i1 %end, label %done, label %loop
done:
  %r = phi i32 [ 0, %entry ], [ %more, %loop ]
  ret i32 %r
}
)";

static std::string compile(StringRef Input, CompileOptions Options,
                           std::string &Message) {
  SmallString<0> Result;
  raw_svector_ostream OS(Result);
  if (Error E = compileModule(MemoryBufferRef(Input, "in"), Options, OS))
    Message = toString(std::move(E));
  return Result.str().str();
}

static CompileOptions optionsFor(StringRef T,
                                 EmitKind Emit = EmitKind::Object) {
  CompileOptions Options;
  Options.Target = Triple(T);
  Options.Emit = Emit;
  return Options;
}

/// Skips where this LLVM was built without the backend.
#define REQUIRE_TARGET(T)                                                      \
  if (Expected<const Target *> Found = getTarget(Triple(T)); !Found) {         \
    consumeError(Found.takeError());                                           \
    GTEST_SKIP() << "no code generator for " << (T);                           \
  }

namespace {
struct LinuxTarget {
  const char *Name;
  uint16_t Machine;
  uint32_t Flags;
};
class EveryLinuxTarget : public testing::TestWithParam<LinuxTarget> {};
} // namespace

TEST_P(EveryLinuxTarget, ObjectHasMachineAndFlags) {
  const LinuxTarget &T = GetParam();
  REQUIRE_TARGET(T.Name);
  std::string Message;
  std::string Bytes = compile(Source, optionsFor(T.Name), Message);
  ASSERT_EQ(Message, "");
  auto Object =
      object::ObjectFile::createELFObjectFile(MemoryBufferRef(Bytes, "out"));
  ASSERT_TRUE(bool(Object)) << toString(Object.takeError());
  const auto *ELF = cast<object::ELFObjectFileBase>(Object->get());
  EXPECT_EQ(ELF->getEMachine(), T.Machine);
  EXPECT_EQ(ELF->getPlatformFlags(), T.Flags);
}

INSTANTIATE_TEST_SUITE_P(
    ModuleCompiler, EveryLinuxTarget,
    testing::Values(
        LinuxTarget{"x86_64-unknown-linux-gnu", ELF::EM_X86_64, 0},
        LinuxTarget{"i686-unknown-linux-gnu", ELF::EM_386, 0},
        LinuxTarget{"aarch64-unknown-linux-gnu", ELF::EM_AARCH64, 0},
        LinuxTarget{"armv7-unknown-linux-gnueabihf", ELF::EM_ARM,
                    ELF::EF_ARM_EABI_VER5},
        LinuxTarget{"powerpc64le-unknown-linux-gnu", ELF::EM_PPC64, 2},
        // RVC and the double float ABI, as clang has them.
        LinuxTarget{"riscv64-unknown-linux-gnu", ELF::EM_RISCV,
                    ELF::EF_RISCV_RVC | ELF::EF_RISCV_FLOAT_ABI_DOUBLE}));

TEST(ModuleCompiler, EveryKindOfOutput) {
  REQUIRE_TARGET("x86_64-linux-gnu");
  std::string Message;
  std::string Asm = compile(
      Source, optionsFor("x86_64-linux-gnu", EmitKind::Assembly), Message);
  EXPECT_NE(Asm.find("sum:"), std::string::npos);
  std::string IR =
      compile(Source, optionsFor("x86_64-linux-gnu", EmitKind::IR), Message);
  EXPECT_NE(IR.find("define"), std::string::npos);
  std::string Bitcode = compile(
      Source, optionsFor("x86_64-linux-gnu", EmitKind::Bitcode), Message);
  EXPECT_TRUE(isBitcode(reinterpret_cast<const uint8_t *>(Bitcode.data()),
                        reinterpret_cast<const uint8_t *>(Bitcode.data()) +
                            Bitcode.size()));
  EXPECT_EQ(Message, "");
  // And the bitcode compiles in its turn.
  EXPECT_FALSE(
      compile(Bitcode, optionsFor("x86_64-linux-gnu"), Message).empty());
  EXPECT_EQ(Message, "");
}

TEST(ModuleCompiler, LevelsDiffer) {
  REQUIRE_TARGET("x86_64-linux-gnu");
  std::string Message;
  auto At = [&](OptimizationLevel Level) {
    CompileOptions Options = optionsFor("x86_64-linux-gnu", EmitKind::Assembly);
    Options.Level = Level;
    return compile(Source, Options, Message);
  };
  std::string O0 = At(OptimizationLevel::O0), O2 = At(OptimizationLevel::O2),
              Os = At(OptimizationLevel::Os);
  EXPECT_EQ(Message, "");
  EXPECT_EQ(O0.find("paddd"), std::string::npos);
  // The loop is vectorized at -O2.
  EXPECT_NE(O2.find("paddd"), std::string::npos);
  EXPECT_LT(Os.size(), O2.size());
}

TEST(ModuleCompiler, WrongArchitecture) {
  std::string Message;
  std::string Input =
      std::string("target triple = \"aarch64-linux-gnu\"\n") + Source;
  CompileOptions Options = optionsFor("x86_64-linux-gnu");
  Options.TargetIsExplicit = true;
  compile(Input, Options, Message);
  EXPECT_NE(Message.find("aarch64"), std::string::npos) << Message;
  EXPECT_NE(Message.find("--target="), std::string::npos) << Message;
}

TEST(ModuleCompiler, ParseErrorHasLineAndColumn) {
  std::string Message;
  compile("define i32 @f() {\n  ret i32 %x\n}\n",
          optionsFor("x86_64-linux-gnu"), Message);
  EXPECT_NE(Message.find("in:2:11"), std::string::npos) << Message;
}

TEST(ModuleCompiler, TruncatedAndNewerBitcode) {
  REQUIRE_TARGET("x86_64-linux-gnu");
  std::string Message;
  std::string Bitcode = compile(
      Source, optionsFor("x86_64-linux-gnu", EmitKind::Bitcode), Message);
  ASSERT_EQ(Message, "");
  for (size_t N = 4; N < Bitcode.size(); N += 16) {
    Message.clear();
    compile(Bitcode.substr(0, N & ~size_t(3)), optionsFor("x86_64-linux-gnu"),
            Message);
    EXPECT_NE(Message, "") << "truncated to " << N;
  }
}

TEST(ModuleCompiler, UnknownCPU) {
  REQUIRE_TARGET("x86_64-linux-gnu");
  std::string Message;
  CompileOptions Options = optionsFor("x86_64-linux-gnu");
  Options.CPU = "no-such-cpu";
  compile(Source, Options, Message);
  EXPECT_NE(Message.find("no-such-cpu"), std::string::npos) << Message;
}

TEST(ModuleCompiler, ThreadsGiveTheSameBytes) {
  REQUIRE_TARGET("x86_64-linux-gnu");
  std::string Message;
  std::string Expected =
      compile(Source, optionsFor("x86_64-linux-gnu"), Message);
  std::string Results[8], Messages[8];
  std::thread Threads[8];
  for (int I = 0; I != 8; ++I)
    Threads[I] = std::thread([&, I] {
      Results[I] = compile(Source, optionsFor("x86_64-linux-gnu"), Messages[I]);
    });
  for (std::thread &T : Threads)
    T.join();
  for (int I = 0; I != 8; ++I) {
    EXPECT_EQ(Messages[I], "");
    EXPECT_EQ(Results[I], Expected);
  }
}
