//===- FormatBenchmark.cpp - how fast images are read and checked ---------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Google Benchmark of the library Format. docs/Benchmarks.rst has the figures.
///
//===----------------------------------------------------------------------===//

#include "pkgimg/Format/CacheHeader.h"
#include "pkgimg/Format/Checksum.h"
#include "pkgimg/Format/Digest.h"
#include "pkgimg/Format/ImageTables.h"
#include "pkgimg/Format/LibraryWriter.h"
#include "pkgimg/Format/Verifier.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <vector>

using namespace llvm;
using namespace pkgimg;

static ExitOnError ExitOnErr("FormatBenchmark: ");

static const Triple TheTriple("x86_64-unknown-linux-gnu");

/// A header of a package of some size: 20 modules, 50 files with 4 KiB of text,
/// 30 images to be loaded first, 3 targets.
static CacheHeader makeHeader(HeaderFormat Format) {
  static const std::string Text(4096, 'x');
  CacheHeader H;
  H.Format = Format;
  H.Build = {"Linux", "x86_64", "1.12.3", "release", std::string(40, 'c')};
  if (Format == HeaderFormat::PkgImg) {
    H.Triple = TheTriple.str();
    H.Producer = "FormatBenchmark";
  } else {
    H.Major = 12;
    H.ImageCRC = 1;
    H.DataChecksum = 0xfafbfcfd00000001;
    H.Targets.Layout = TargetDataLayout::Julia32;
  }
  for (unsigned I = 0; I < 20; ++I)
    H.Modules.push_back({"Module" + std::to_string(I), {1, I}, {0, I + 1}});
  for (unsigned I = 0; I < 50; ++I) {
    Dependency D;
    D.Path =
        "@depot/packages/Example/abcde/src/file" + std::to_string(I) + ".jl";
    D.Size = Text.size();
    D.ModuleIndex = 1;
    D.Submodules = {"Example", "Inner"};
    H.Dependencies.push_back(D);
    H.Sources.push_back({D.Path, Text});
  }
  for (unsigned I = 0; I < 30; ++I)
    H.RequiredModules.push_back(
        {"Required" + std::to_string(I), {2, I}, {3, I}});
  for (StringRef Name : {"x86-64", "x86-64-v3", "x86-64-v4"}) {
    CPUTarget T;
    T.Name = Name.str();
    if (Format == HeaderFormat::PkgImg)
      T.Enabled = {"avx", "avx2", "bmi", "bmi2", "cx16", "f16c", "fma"};
    else
      T.EnabledWords = T.DisabledWords = std::vector<uint64_t>(12, 0x1234);
    H.Targets.Targets.push_back(T);
  }
  return H;
}

/// An image with \p DataSize bytes of data, sealed, in a file of its own that
/// is removed at the end.
class ImageOnDisk {
public:
  explicit ImageOnDisk(uint64_t DataSize) {
    std::string Data(DataSize, 0);
    for (uint64_t I = 0; I < DataSize; I += 8)
      Data[I] = char(I >> 12);
    ImageTablesSpec Spec;
    Spec.Data = Data;
    CPUTarget Target;
    Target.Name = "x86-64";
    Spec.Targets.Targets.push_back(Target);
    CacheHeader H = makeHeader(HeaderFormat::PkgImg);
    H.Targets = Spec.Targets;
    Spec.EmbeddedHeader =
        ExitOnErr(writeCacheHeader(H, 64 + DataSize / DigestChunkSize * 33));
    LibrarySpec Library;
    Library.TheTriple = TheTriple;
    Library.Definitions = ExitOnErr(writeImageTables(Spec, TheTriple));
    std::string File = ExitOnErr(writeLibrary(Library));
    ExitOnErr(sealImage(MutableArrayRef<char>(File.data(), File.size()),
                        "benchmark"));
    int FD;
    ExitOnErr(errorCodeToError(
        sys::fs::createTemporaryFile("benchmark", "so", FD, Path)));
    raw_fd_ostream(FD, /*shouldClose=*/true) << File;
    Size = File.size();
  }
  ~ImageOnDisk() { sys::fs::remove(Path); }

  SmallString<64> Path;
  uint64_t Size = 0;
};

static std::unique_ptr<MemoryBuffer> openFile(StringRef Path) {
  return ExitOnErr(errorOrToExpected(
      MemoryBuffer::getFile(Path, /*IsText=*/false,
                            /*RequiresNullTerminator=*/false)));
}

/// The image of the benchmarks of whole files: PKGIMG_BENCHMARK_MB, or 1 GB.
static ImageOnDisk &bigImage() {
  const char *MB = getenv("PKGIMG_BENCHMARK_MB");
  static ImageOnDisk Image((MB ? strtoull(MB, nullptr, 10) : 1000) * 1000000);
  return Image;
}

static void BM_ReadHeader(benchmark::State &State) {
  std::string Bytes =
      ExitOnErr(writeCacheHeader(makeHeader(HeaderFormat(State.range(0)))));
  HeaderReadOptions Options;
  Options.SkipSources = Options.SkipFeatureNames = State.range(1);
  Options.CheckDigests = State.range(2);
  for (auto _ : State)
    benchmark::DoNotOptimize(
        ExitOnErr(readCacheHeader(MemoryBufferRef(Bytes, "header"), Options)));
  State.SetBytesProcessed(State.iterations() * Bytes.size());
}
BENCHMARK(BM_ReadHeader)
    ->ArgNames({"pkgimg", "least", "digests"})
    ->Args({0, 0, 1})
    ->Args({0, 1, 0})
    ->Args({1, 0, 1})
    ->Args({1, 1, 1})
    ->Unit(benchmark::kMicrosecond);

/// From the path of a 1 GB image to its flags, targets and dependencies.
static void BM_OpenImageReadHeader(benchmark::State &State) {
  ImageOnDisk &Image = bigImage();
  HeaderReadOptions Options;
  Options.SkipSources = Options.SkipContentTree = true;
  for (auto _ : State) {
    std::unique_ptr<MemoryBuffer> Buffer = openFile(Image.Path);
    std::optional<StringRef> Header = findEmbeddedHeader(Buffer->getBuffer());
    benchmark::DoNotOptimize(ExitOnErr(
        readCacheHeader(MemoryBufferRef(*Header, "header"), Options)));
  }
}
BENCHMARK(BM_OpenImageReadHeader)->Unit(benchmark::kMicrosecond);

/// Makes the system forget what it holds of the file.
static void dropFromCache(StringRef Path) {
  int FD = open(Path.str().c_str(), O_RDONLY | O_CLOEXEC);
  fsync(FD);
  posix_fadvise(FD, 0, 0, POSIX_FADV_DONTNEED);
  close(FD);
}

/// Reads the file through a buffer of \p range(0) bytes, 0: of its size.
static void BM_PlainRead(benchmark::State &State) {
  ImageOnDisk &Image = bigImage();
  for (auto _ : State) {
    if (State.range(1)) {
      State.PauseTiming();
      dropFromCache(Image.Path);
      State.ResumeTiming();
    }
    size_t Size = State.range(0) ? State.range(0) : Image.Size;
    std::unique_ptr<char[]> Buffer(new char[Size]);
    int FD = open(Image.Path.c_str(), O_RDONLY | O_CLOEXEC);
    for (size_t At = 0;;) {
      ssize_t N = read(FD, Buffer.get() + At, Size - At);
      if (N <= 0)
        break;
      At = State.range(0) ? 0 : At + N;
      benchmark::ClobberMemory();
    }
    close(FD);
  }
  State.SetBytesProcessed(State.iterations() * Image.Size);
}
BENCHMARK(BM_PlainRead)
    ->ArgNames({"buffer", "cold"})
    ->Args({1 << 20, 0})
    ->Args({0, 0})
    ->Args({1 << 20, 1})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

static void BM_Verify(benchmark::State &State) {
  ImageOnDisk &Image = bigImage();
  VerifierOptions Options;
  Options.Threads = State.range(0);
  for (auto _ : State) {
    if (State.range(1)) {
      State.PauseTiming();
      dropFromCache(Image.Path);
      State.ResumeTiming();
    }
    std::unique_ptr<MemoryBuffer> Buffer = openFile(Image.Path);
    benchmark::DoNotOptimize(
        ExitOnErr(verify(Buffer->getMemBufferRef(), Options)));
  }
  State.SetBytesProcessed(State.iterations() * Image.Size);
}
BENCHMARK(BM_Verify)
    ->ArgNames({"threads", "cold"})
    ->Args({1, 0})
    ->Args({0, 0})
    ->Args({0, 1})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

static void BM_CheckOneChunk(benchmark::State &State) {
  std::unique_ptr<MemoryBuffer> Buffer = openFile(bigImage().Path);
  std::unique_ptr<ImageFile> File =
      ExitOnErr(ImageFile::create(Buffer->getMemBufferRef()));
  CacheHeader Header = ExitOnErr(
      readCacheHeader(MemoryBufferRef(*File->embeddedHeader(), "header")));
  CanonicalContent Content = File->canonicalContent();
  uint64_t Index = 0;
  for (auto _ : State) {
    ExitOnErr(
        checkContentChunk(Content, File->bytes(), Index, *Header.Content));
    Index = (Index + 1) % Header.Content->Chunks.size();
  }
  State.SetBytesProcessed(State.iterations() * DigestChunkSize);
}
BENCHMARK(BM_CheckOneChunk)->Unit(benchmark::kMicrosecond);

static void BM_CRC32C(benchmark::State &State) {
  std::string Bytes(State.range(0), 'x');
  for (auto _ : State)
    benchmark::DoNotOptimize(crc32c(Bytes));
  State.SetBytesProcessed(State.iterations() * Bytes.size());
}
BENCHMARK(BM_CRC32C)->Arg(4096)->Arg(64 << 20);

/// The tables of an image of \p range(0) functions in 8 shards, 3 targets.
static void BM_ReadTables(benchmark::State &State) {
  ImageTablesSpec Spec;
  Spec.NumFunctions = State.range(0);
  for (StringRef Name : {"x86-64", "x86-64-v3", "x86-64-v4"}) {
    CPUTarget T;
    T.Name = Name.str();
    Spec.Targets.Targets.push_back(T);
  }
  LibrarySpec Library;
  Library.TheTriple = TheTriple;
  DataDefinition Code;
  Code.Name = "code";
  Code.Place = DataDefinition::Text;
  Code.Bytes.assign(16 * Spec.NumFunctions, '\xc3');
  Code.IsFunction = true;
  constexpr unsigned NumShards = 8;
  Spec.Shards.resize(NumShards);
  for (unsigned I = 0; I < Spec.NumFunctions; ++I) {
    auto &Shard = Spec.Shards[I % NumShards];
    Shard.Functions.push_back({"code", int64_t(I) * 16});
    Shard.FunctionIndices.push_back(I);
  }
  for (auto &Shard : Spec.Shards) {
    Shard.Clones.resize(3);
    Shard.Clones[0].IsGroup = true;
    for (unsigned T : {1u, 2u})
      for (unsigned I = 0; I < Shard.Functions.size(); I += 4) {
        Shard.Clones[T].Indices.push_back(I);
        Shard.Clones[T].Functions.push_back(Shard.Functions[I]);
      }
  }
  Library.Definitions = ExitOnErr(writeImageTables(Spec, TheTriple));
  Library.Definitions.push_back(Code);
  std::string File = ExitOnErr(writeLibrary(Library));
  for (auto _ : State) {
    std::unique_ptr<ImageFile> Image =
        ExitOnErr(ImageFile::create(MemoryBufferRef(File, "image")));
    benchmark::DoNotOptimize(ExitOnErr(readImageTables(*Image)));
  }
  State.SetItemsProcessed(State.iterations() * Spec.NumFunctions);
}
BENCHMARK(BM_ReadTables)->Arg(100)->Arg(100000)->Unit(benchmark::kMicrosecond);

BENCHMARK_MAIN();
