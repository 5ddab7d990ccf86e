//===- AppleTargetTest.cpp - Platform and version of an Apple link --------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ToolChains/AppleTarget.h"
#include "ToolChains/Darwin.h"
#include "pkgimg/Driver/Options.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;

namespace {
/// Finds the target by a command line, an environment and a file system.
class AppleTargetTest : public testing::Test {
protected:
  std::optional<AppleTarget> find(StringRef TripleText,
                                  std::vector<const char *> Argv,
                                  bool Hosted = true,
                                  bool TripleIsOption = true) {
    Messages.clear();
    raw_string_ostream OS(Messages);
    Diagnostics Diags(OS, "test");
    std::string Option = ("--target=" + TripleText).str();
    if (TripleIsOption)
      Argv.insert(Argv.begin(), Option.c_str());
    unsigned Index, Count;
    InputArgList Base = getDriverOptTable().ParseArgs(Argv, Index, Count);
    DerivedArgList Args(Base);
    for (Arg *A : Base)
      Args.append(A);
    T = Triple(Triple::normalize(TripleText));
    StringRef Arch = T.getArchName();
    AppleTargetFinder Finder(T, Arch == "aarch64" ? "arm64" : Arch, Hosted, *FS,
                             Diags);
    Finder.GetEnv = [&](StringRef Name) -> std::optional<std::string> {
      auto It = Env.find(Name.str());
      if (It == Env.end())
        return std::nullopt;
      return It->second;
    };
    return Finder.find(Args);
  }
  std::string version(StringRef TripleText, std::vector<const char *> Argv = {},
                      bool Hosted = true, bool TripleIsOption = true) {
    std::optional<AppleTarget> Target =
        find(TripleText, Argv, Hosted, TripleIsOption);
    return Target ? Target->Version.getAsString() : "none";
  }
  void addSDK(const Twine &Dir, StringRef Settings) {
    FS->addFile(Dir + "/SDKSettings.json", 0,
                MemoryBuffer::getMemBufferCopy(Settings));
  }

  Triple T;
  std::map<std::string, std::string> Env;
  IntrusiveRefCntPtr<vfs::InMemoryFileSystem> FS =
      makeIntrusiveRefCnt<vfs::InMemoryFileSystem>();
  std::string Messages;
};
} // namespace

static std::string release(StringRef Text) {
  bool More;
  std::optional<VersionTuple> V = parseAppleRelease(Text, More);
  return V ? V->getAsString() + (More ? "+" : "") : "none";
}

TEST_F(AppleTargetTest, Release) {
  EXPECT_EQ(release("13"), "13.0.0");
  EXPECT_EQ(release("13.1"), "13.1.0");
  EXPECT_EQ(release("10.15.7"), "10.15.7");
  EXPECT_EQ(release("10.15.7.1"), "10.15.7+");
  EXPECT_EQ(release("10.15.7b"), "10.15.7+");
  EXPECT_EQ(release(""), "none");
  EXPECT_EQ(release("x"), "none");
  EXPECT_EQ(release("10."), "none");
  EXPECT_EQ(release("10x"), "none");
  EXPECT_EQ(release("10.x"), "none");
}

TEST_F(AppleTargetTest, Triples) {
  EXPECT_EQ(version("arm64-apple-macosx13.1"), "13.1.0");
  EXPECT_EQ(version("x86_64-apple-darwin20"), "11.0.0");
  EXPECT_EQ(version("x86_64-apple-darwin14"), "10.10.0");
  EXPECT_EQ(version("arm64-apple-ios14.2"), "14.2.0");
  EXPECT_EQ(version("arm64-apple-tvos14.0"), "14.0.0");
  EXPECT_EQ(version("arm64-apple-xros"), "1.0.0");
  EXPECT_EQ(version("arm64-apple-driverkit20"), "20.0.0");
  std::optional<AppleTarget> Target = find("arm64-apple-ios14.0-simulator", {});
  ASSERT_TRUE(Target);
  EXPECT_TRUE(Target->isSimulator());
  EXPECT_EQ(Target->getEffectiveTriple(T).str(),
            "arm64-apple-ios14.0.0-simulator");
  // Apple makes no devices with x86.
  Target = find("x86_64-apple-ios12", {});
  ASSERT_TRUE(Target);
  EXPECT_TRUE(Target->isSimulator());
  EXPECT_EQ(Target->getEffectiveTriple(T).str(),
            "x86_64-apple-ios12.0.0-simulator");
}

// Where clang falls back to macOS 10.4, a self-contained link takes the oldest
// that can be linked for today.
TEST_F(AppleTargetTest, NoVersion) {
  EXPECT_EQ(version("x86_64-apple-macosx", {}, /*Hosted=*/false), "10.13.0");
  EXPECT_EQ(version("x86_64-apple-darwin", {}, /*Hosted=*/false), "10.13.0");
  EXPECT_EQ(version("arm64-apple-macosx", {}, /*Hosted=*/false), "11.0.0");
  EXPECT_EQ(version("aarch64-apple-darwin", {}, /*Hosted=*/false), "11.0.0");
  EXPECT_EQ(version("arm64-apple-ios", {}, /*Hosted=*/false), "7.0.0");
}

TEST_F(AppleTargetTest, Options) {
  EXPECT_EQ(version("x86_64-apple-darwin9", {"-mmacosx-version-min=10.14"}),
            "10.14.0");
  EXPECT_EQ(version("arm64-apple-macosx", {"-mmacos-version-min=12.3"}),
            "12.3.0");
  EXPECT_EQ(version("x86_64-apple-darwin9", {"-mtargetos=ios13.0-simulator"}),
            "13.0.0");
  // The triple wins, and says so.
  EXPECT_EQ(version("arm64-apple-macosx13", {"-mmacos-version-min=12.3"}),
            "13.0.0");
  EXPECT_NE(Messages.find("overriding '-mmacos-version-min=12.3' option with "
                          "'--target=arm64-apple-macosx13'"),
            std::string::npos);
  EXPECT_EQ(version("arm64-apple-macosx13", {"-mmacos-version-min=13.0"}),
            "13.0.0");
  EXPECT_EQ(Messages, "");
}

TEST_F(AppleTargetTest, WrongOptions) {
  const std::pair<std::vector<const char *>, const char *> Cases[] = {
      {{"-mmacos-version-min=12.3.4.5"}, "invalid version number in"},
      {{"-mmacos-version-min=9.3"}, "invalid version number in"},
      {{"-mmacos-version-min=12.3", "-mios-version-min=10"},
       "not allowed with '-mios-version-min=10'"},
      {{"-mtargetos=linux3"}, "invalid OS value 'linux3'"},
      {{"-mtargetos=ios"}, "invalid version number in '-mtargetos=ios'"},
      {{"-mtargetos=ios14", "-mios-version-min=10"},
       "cannot specify '-mtargetos=ios14' along with"},
      {{"-mtargetos=ios13.0-macabi"}, "13.1 or later"}};
  for (const auto &[Argv, Text] : Cases) {
    EXPECT_EQ(version("x86_64-apple-darwin10", Argv), "none");
    EXPECT_NE(Messages.find(Text), std::string::npos) << Messages;
  }
  EXPECT_EQ(version("armv7-apple-darwin10", {"-mios-version-min=11"}), "none");
  EXPECT_NE(Messages.find("iOS 10 is the maximum"), std::string::npos);
}

TEST_F(AppleTargetTest, Environment) {
  Env["MACOSX_DEPLOYMENT_TARGET"] = "10.15";
  EXPECT_EQ(version("x86_64-apple-darwin10"), "10.15.0");
  // A system in the triple is not overridden.
  EXPECT_EQ(version("x86_64-apple-macosx10.14"), "10.14.0");
  // Beside another, macOS is for x86.
  Env["IPHONEOS_DEPLOYMENT_TARGET"] = "12.1";
  EXPECT_EQ(version("x86_64-apple-darwin10"), "10.15.0");
  EXPECT_EQ(version("arm64-apple-darwin20"), "12.1.0");
  Env.erase("MACOSX_DEPLOYMENT_TARGET");
  Env["TVOS_DEPLOYMENT_TARGET"] = "13.1";
  EXPECT_EQ(version("arm64-apple-darwin20"), "none");
  EXPECT_NE(Messages.find("both '12.1' and '13.1' are present in environment"),
            std::string::npos);
}

TEST_F(AppleTargetTest, SDK) {
  addSDK("/SDKs/MacOSX12.3.sdk",
         R"({"Version": "12.3", "MaximumDeploymentTarget": "12.3.99"})");
  std::optional<AppleTarget> Target =
      find("x86_64-apple-darwin", {"-isysroot", "/SDKs/MacOSX12.3.sdk"}, true,
           /*TripleIsOption=*/false);
  ASSERT_TRUE(Target);
  EXPECT_EQ(Target->Version.getAsString(), "12.3.0");
  ASSERT_TRUE(Target->SDK);
  EXPECT_EQ(Target->SDK->Version.getAsString(), "12.3");

  // The name has to do where there is nothing else.
  FS->addFile("/SDKs/iPhoneSimulator8.1.sdk/x", 0,
              MemoryBuffer::getMemBuffer(""));
  Target =
      find("x86_64-apple-darwin", {"-isysroot", "/SDKs/iPhoneSimulator8.1.sdk"},
           true, /*TripleIsOption=*/false);
  ASSERT_TRUE(Target);
  EXPECT_EQ(Target->Platform, ApplePlatform::IOS);
  EXPECT_TRUE(Target->isSimulator());
  EXPECT_EQ(Target->Version.getAsString(), "8.1.0");
  EXPECT_EQ(Target->SDK->Version.getAsString(), "8.1");

  // SDKROOT is for hosted links.
  Env["SDKROOT"] = "/SDKs/MacOSX12.3.sdk";
  EXPECT_EQ(version("x86_64-apple-darwin", {}, true, false), "12.3.0");
  EXPECT_EQ(version("x86_64-apple-darwin", {}, false, false), "10.13.0");

  find("x86_64-apple-ios14", {"-isysroot", "/SDKs/MacOSX12.3.sdk"});
  EXPECT_NE(Messages.find("using sysroot for 'MacOSX' but targeting 'iPhone'"),
            std::string::npos);
  find("x86_64-apple-macosx12", {"-isysroot", "/nothere"});
  EXPECT_NE(Messages.find("no such sysroot directory: '/nothere'"),
            std::string::npos);
}

TEST_F(AppleTargetTest, WrongSDK) {
  for (StringRef Settings :
       {"", "[]", "{}", R"({"Version": "12.3"})",
        R"({"Version": "x", "MaximumDeploymentTarget": "12"})",
        R"({"Version": "1", "MaximumDeploymentTarget": "1",
            "VersionMap": {"macOS_iOSMac": {"11.0": "x"}}})",
        R"({"Version": "1", "MaximumDeploymentTarget": "1",
            "VersionMap": {"iOSMac_macOS": {}}})"}) {
    FS = makeIntrusiveRefCnt<vfs::InMemoryFileSystem>();
    addSDK("/MacOSX.sdk", Settings);
    std::optional<AppleTarget> Target =
        find("arm64-apple-macosx12", {"-isysroot", "/MacOSX.sdk"});
    ASSERT_TRUE(Target);
    EXPECT_FALSE(Target->SDK);
    EXPECT_NE(Messages.find("SDK settings were ignored"), std::string::npos);
  }
}

TEST_F(AppleTargetTest, Catalyst) {
  addSDK("/MacOSX11.sdk", R"({
    "Version": "11.1", "MaximumDeploymentTarget": "11.1.99",
    "VersionMap": {
      "macOS_iOSMac": {"10.15": "13.1", "11.0": "14.2", "11.1": "14.3"},
      "iOSMac_macOS": {"13.1": "10.15", "14.0": "11.0", "14.2": "11.0"}}})");
  std::optional<AppleTarget> Target =
      find("x86_64-apple-ios14.0-macabi", {"-isysroot", "/MacOSX11.sdk"});
  ASSERT_TRUE(Target);
  EXPECT_TRUE(Target->isCatalyst());
  EXPECT_EQ(Target->Version.getAsString(), "14.0.0");
  EXPECT_EQ(Target->NativeVersion.getAsString(), "11.0");
  EXPECT_EQ(Target->SDK->MacOSToCatalyst
                .map(VersionTuple(11, 1), VersionTuple(13, 1))
                ->getAsString(),
            "14.3");

  Target = find("arm64-apple-macosx12",
                {"-darwin-target-variant", "arm64-apple-ios15-macabi"});
  ASSERT_TRUE(Target);
  ASSERT_TRUE(Target->Variant);
  EXPECT_EQ(Target->Variant->str(), "arm64-apple-ios15-macabi");
  EXPECT_FALSE(find("arm64-apple-macosx12",
                    {"-darwin-target-variant", "arm64-apple-ios15"}));
  EXPECT_NE(Messages.find("unsupported '-darwin-target-variant' value"),
            std::string::npos);
}

TEST(AppleVersionMapTest, Map) {
  AppleVersionMap Map;
  const VersionTuple Min(13, 1);
  EXPECT_FALSE(Map.map(VersionTuple(11), Min));
  Map.add(VersionTuple(10, 15), VersionTuple(13, 2));
  Map.add(VersionTuple(11), VersionTuple(14));
  Map.add(VersionTuple(12, 1), VersionTuple(15));
  EXPECT_EQ(*Map.map(VersionTuple(10, 14), Min), Min);
  EXPECT_EQ(*Map.map(VersionTuple(10, 15, 0), Min), VersionTuple(13, 2));
  // By the major number, and not at all.
  EXPECT_EQ(*Map.map(VersionTuple(11, 5), Min), VersionTuple(14));
  EXPECT_FALSE(Map.map(VersionTuple(12), Min));
  EXPECT_FALSE(Map.map(VersionTuple(12, 0, 1), Min));
  // Newer than all.
  EXPECT_FALSE(Map.map(VersionTuple(12, 2), Min));
}

TEST(AppleSDKTest, Name) {
  EXPECT_EQ(AppleSDK::getName("/SDKs/MacOSX15.0.sdk"), "MacOSX15.0");
  EXPECT_EQ(AppleSDK::getName("/SDKs/MacOSX15.0.sdk/"), "MacOSX15.0");
  EXPECT_EQ(AppleSDK::getName("/SDKs/MacOSX15.0.sdk/usr/lib"), "MacOSX15.0");
  EXPECT_EQ(AppleSDK::getName("/SDKs/MacOSX"), "");
}

TEST(DarwinArchTest, Names) {
  Triple T("arm64-apple-macosx11");
  EXPECT_TRUE(tools::darwin::setTripleArch(T, "x86_64h"));
  EXPECT_EQ(T.str(), "x86_64h-apple-macosx11");
  EXPECT_TRUE(tools::darwin::setTripleArch(T, "arm64e"));
  EXPECT_TRUE(T.isArm64e());
  EXPECT_FALSE(tools::darwin::setTripleArch(T, "sparc"));
  EXPECT_EQ(T.str(), "arm64e-apple-macosx11");
  // Microcontrollers have no system.
  EXPECT_TRUE(tools::darwin::setTripleArch(T, "armv7m"));
  EXPECT_EQ(T.getOS(), Triple::UnknownOS);
  EXPECT_TRUE(T.isOSBinFormatMachO());
}
