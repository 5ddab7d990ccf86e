//===- ModuleOptionsTest.cpp - Options that change a module ---------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/CodeGen/ModuleReader.h"
#include "pkgimg/CodeGen/Targets.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace pkgimg;

namespace {

class ModuleOptions : public testing::Test {
protected:
  void SetUp() override {
    Options.Target = Triple("x86_64-unknown-linux-gnu");
    if (Expected<const Target *> Found = getTarget(Options.Target); !Found) {
      consumeError(Found.takeError());
      GTEST_SKIP() << "no code generator for x86-64";
    }
  }

  /// Reads \p Source as Options say. On an error, the result is null.
  Module *read(StringRef Source) {
    Message.clear();
    M.reset();
    if (Error E = readModule(MemoryBufferRef(Source, "in.ll"), Context, Options)
                      .moveInto(M))
      Message = toString(std::move(E));
    EXPECT_TRUE(!M || !verifyModule(*M, &errs()));
    return M.get();
  }

  /// The module after reading, as text.
  std::string readAsText(StringRef Source) {
    if (!read(Source))
      return "error: " + Message;
    std::string Text;
    raw_string_ostream OS(Text);
    M->print(OS, nullptr);
    return Text;
  }

  LLVMContext Context;
  CompileOptions Options;
  std::unique_ptr<Module> M;
  std::string Message;
};

} // namespace

/// One access, in a function that may or may not be inlined into code that
/// promised to stay inside.
static const char Checked[] = R"(
declare i1 @pkgimg.checkbounds(i1)
declare void @throw()
define i64 @get(ptr %p, i64 %i, i64 %n, i1 %inbounds) {
  %check = call i1 @pkgimg.checkbounds(i1 %inbounds)
  %outside = icmp uge i64 %i, %n
  %bad = and i1 %check, %outside
  br i1 %bad, label %throw, label %ok
throw:
  call void @throw()
  unreachable
ok:
  %at = getelementptr i64, ptr %p, i64 %i
  %x = load i64, ptr %at
  ret i64 %x
}
)";

static unsigned countBlocks(const Module &M, StringRef Name) {
  return M.getFunction(Name)->size();
}

TEST_F(ModuleOptions, BoundsChecksAuto) {
  std::string Text = readAsText(Checked);
  EXPECT_EQ(Text.find("pkgimg.checkbounds"), std::string::npos) << Text;
  EXPECT_NE(Text.find("xor i1 %inbounds, true"), std::string::npos) << Text;
  EXPECT_EQ(countBlocks(*M, "get"), 3u);
}

TEST_F(ModuleOptions, BoundsChecksYes) {
  Options.CheckBounds = CacheFlags::BoundsYes;
  std::string Text = readAsText(Checked);
  EXPECT_EQ(Text.find("pkgimg.checkbounds"), std::string::npos) << Text;
  EXPECT_NE(Text.find("br i1 %outside, label %throw"), std::string::npos)
      << Text;
}

TEST_F(ModuleOptions, BoundsChecksNo) {
  Options.CheckBounds = CacheFlags::BoundsNo;
  std::string Text = readAsText(Checked);
  EXPECT_EQ(Text.find("pkgimg.checkbounds"), std::string::npos) << Text;
  // The block that nothing reaches is gone, and so is the branch.
  EXPECT_EQ(Text.find("call void @throw"), std::string::npos) << Text;
  EXPECT_EQ(Text.find("br i1"), std::string::npos) << Text;
}

TEST_F(ModuleOptions, BoundsChecksFoldConstantPromises) {
  std::string Text = readAsText(R"(
declare i1 @pkgimg.checkbounds(i1) memory(none) nounwind willreturn
define i32 @inside() optnone noinline {
  %check = call i1 @pkgimg.checkbounds(i1 true)
  br i1 %check, label %a, label %b
a:
  ret i32 1
b:
  ret i32 2
}
define i32 @outside() {
  %check = call i1 @pkgimg.checkbounds(i1 false)
  %r = select i1 %check, i32 3, i32 4
  ret i32 %r
}
)");
  EXPECT_EQ(Text.find("ret i32 1"), std::string::npos) << Text;
  EXPECT_NE(Text.find("ret i32 2"), std::string::npos) << Text;
  EXPECT_NE(Text.find("ret i32 3"), std::string::npos) << Text;
}

TEST_F(ModuleOptions, BoundsChecksOfInvoke) {
  Options.CheckBounds = CacheFlags::BoundsYes;
  std::string Text = readAsText(R"(
declare i1 @pkgimg.checkbounds(i1)
declare i32 @personality(...)
define i1 @f(i1 %inbounds) personality ptr @personality {
  %check = invoke i1 @pkgimg.checkbounds(i1 %inbounds)
           to label %next unwind label %pad
next:
  ret i1 %check
pad:
  %lp = landingpad { ptr, i32 } cleanup
  ret i1 false
}
)");
  EXPECT_NE(Text.find("ret i1 true"), std::string::npos) << Text;
  EXPECT_EQ(Text.find("landingpad"), std::string::npos) << Text;
}

TEST_F(ModuleOptions, BoundsChecksOtherUses) {
  auto ErrorFor = [&](const char *Source) {
    EXPECT_EQ(read(Source), nullptr);
    return Message;
  };
  EXPECT_EQ(ErrorFor(R"(
declare i1 @pkgimg.checkbounds(i1)
define void @keeper(ptr %p) {
  store ptr @pkgimg.checkbounds, ptr %p
  ret void
}
)"),
            "in.ll: function 'keeper' uses @pkgimg.checkbounds as a value; it "
            "can only be called directly");
  EXPECT_EQ(ErrorFor(R"(
declare i1 @pkgimg.checkbounds(i1)
@table = global { i32, ptr } { i32 1, ptr @pkgimg.checkbounds }
)"),
            "in.ll: global 'table' uses @pkgimg.checkbounds as a value; it can "
            "only be called directly");
  EXPECT_EQ(ErrorFor(R"(
declare i1 @pkgimg.checkbounds(i1)
define i32 @caller() {
  %r = call i32 @pkgimg.checkbounds(i1 true)
  ret i32 %r
}
)"),
            "in.ll: function 'caller' calls @pkgimg.checkbounds as i32 (i1), "
            "expected i1 (i1)");
  EXPECT_EQ(ErrorFor("declare i1 @pkgimg.checkbounds(i32)\n"),
            "in.ll: @pkgimg.checkbounds must have the type i1 (i1), found i1 "
            "(i32)");
  EXPECT_EQ(ErrorFor(R"(
define i1 @pkgimg.checkbounds(i1 %x) {
  ret i1 %x
}
)"),
            "in.ll: @pkgimg.checkbounds must be a declaration, found a "
            "definition; the name belongs to an intrinsic");
}

static const char Attributes[] = R"(
define void @plain() "frame-pointer"="none" {
  ret void
}
define void @always() alwaysinline {
  ret void
}
declare void @elsewhere()
!llvm.module.flags = !{!0}
!0 = !{i32 7, !"frame-pointer", i32 1}
)";

TEST_F(ModuleOptions, InlineNo) {
  ASSERT_TRUE(read(Attributes)) << Message;
  EXPECT_FALSE(M->getFunction("plain")->hasFnAttribute(Attribute::NoInline));
  Options.Inline = false;
  ASSERT_TRUE(read(Attributes)) << Message;
  EXPECT_TRUE(M->getFunction("plain")->hasFnAttribute(Attribute::NoInline));
  EXPECT_FALSE(M->getFunction("always")->hasFnAttribute(Attribute::NoInline));
  EXPECT_FALSE(
      M->getFunction("elsewhere")->hasFnAttribute(Attribute::NoInline));
}

TEST_F(ModuleOptions, FramePointers) {
  auto Get = [&](StringRef Name) {
    return M->getFunction(Name)->getFnAttribute("frame-pointer");
  };
  ASSERT_TRUE(read(Attributes)) << Message;
  EXPECT_EQ(Get("plain").getValueAsString(), "none");
  EXPECT_FALSE(Get("always").isValid());

  Options.FramePointers = FramePointerKind::All;
  ASSERT_TRUE(read(Attributes)) << Message;
  EXPECT_EQ(Get("plain").getValueAsString(), "all");
  EXPECT_EQ(Get("always").getValueAsString(), "all");
  EXPECT_FALSE(Get("elsewhere").isValid());
  EXPECT_EQ(M->getFramePointer(), FramePointerKind::All);

  Options.FramePointers = FramePointerKind::NonLeaf;
  ASSERT_TRUE(read(Attributes)) << Message;
  EXPECT_EQ(Get("plain").getValueAsString(), "non-leaf");

  Options.FramePointers = FramePointerKind::None;
  ASSERT_TRUE(read(Attributes)) << Message;
  EXPECT_EQ(Get("always").getValueAsString(), "none");
  EXPECT_EQ(M->getFramePointer(), FramePointerKind::None);
}

TEST_F(ModuleOptions, UnwindTables) {
  ASSERT_TRUE(read(Attributes)) << Message;
  EXPECT_EQ(M->getFunction("plain")->getUWTableKind(), UWTableKind::None);
  Options.UnwindTables = true;
  ASSERT_TRUE(read(Attributes)) << Message;
  EXPECT_EQ(M->getFunction("plain")->getUWTableKind(), UWTableKind::Async);
  EXPECT_EQ(M->getFunction("elsewhere")->getUWTableKind(), UWTableKind::None);
  EXPECT_EQ(M->getUwtable(), UWTableKind::Async);
}

static const char Debug[] = R"(
define i32 @f(i32 %x) !dbg !5 {
    #dbg_value(i32 %x, !9, !DIExpression(), !10)
  ret i32 %x, !dbg !10
}
!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!3}
!0 = distinct !DICompileUnit(language: DW_LANG_C, file: !1, emissionKind: FullDebug)
!1 = !DIFile(filename: "f.c", directory: "/src")
!3 = !{i32 2, !"Debug Info Version", i32 3}
!4 = !DISubroutineType(types: !8)
!5 = distinct !DISubprogram(name: "f", file: !1, line: 1, type: !4, unit: !0, spFlags: DISPFlagDefinition)
!6 = !DIBasicType(name: "int", size: 32, encoding: DW_ATE_signed)
!8 = !{!6, !6}
!9 = !DILocalVariable(name: "x", arg: 1, scope: !5, file: !1, line: 1, type: !6)
!10 = !DILocation(line: 2, column: 3, scope: !5)
)";

TEST_F(ModuleOptions, DebugLevels) {
  auto At = [&](std::optional<unsigned> Level) {
    Options.DebugLevel = Level;
    return readAsText(Debug);
  };
  auto Has = [](const std::string &Text, StringRef Word) {
    return StringRef(Text).contains(Word);
  };
  std::string Kept = At(std::nullopt), None = At(0), Lines = At(1);
  EXPECT_TRUE(Has(Kept, "DILocalVariable")) << Kept;
  EXPECT_EQ(At(2), Kept);
  EXPECT_EQ(At(3), Kept);

  EXPECT_TRUE(Has(Lines, "DILocation(line: 2, column: 3")) << Lines;
  EXPECT_TRUE(Has(Lines, "emissionKind: LineTablesOnly")) << Lines;
  EXPECT_FALSE(Has(Lines, "DILocalVariable")) << Lines;
  EXPECT_FALSE(Has(Lines, "DIBasicType")) << Lines;

  EXPECT_FALSE(Has(None, "DILocation")) << None;
  EXPECT_FALSE(Has(None, "DICompileUnit")) << None;
}

TEST_F(ModuleOptions, ContextServesSeveralModules) {
  ASSERT_TRUE(read(Attributes)) << Message;
  std::unique_ptr<Module> First = std::move(M);
  ASSERT_TRUE(read(Checked)) << Message;
  EXPECT_EQ(&First->getContext(), &M->getContext());
  EXPECT_EQ(First->getTargetTriple(), M->getTargetTriple());
  // And an error in one does not spoil the next.
  EXPECT_EQ(read("define"), nullptr);
  EXPECT_NE(Message, "");
  EXPECT_TRUE(read(Checked)) << Message;
}
