//===- ImageCompiler.h - From IR to the objects of an image -----*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Makes the objects of a package image of one or several modules: the code for
/// every CPU target, cut into shards, and the tables by which a loader finds
/// it. The phases, each of which can be looked at:
///
///   read       the modules, and link them to one (ModuleReader.h)
///   clone      functions for the CPU targets (MultiVersioning.h)
///   cut        the module into shards (Shards.h)
///   compile    each shard, in a context of its own, on a pool of threads
///              (ModulePipeline.h), or take it from the cache (ObjectCache.h)
///   survey     the code: its size, and the CPU features it uses (CodeSurvey.h)
///   write      the tables, the header and the data (ImageObjects.h)
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_CODEGEN_IMAGECOMPILER_H
#define PKGIMG_CODEGEN_IMAGECOMPILER_H

#include "pkgimg/CodeGen/CPUTargetSpec.h"
#include "pkgimg/CodeGen/CodeSurvey.h"
#include "pkgimg/CodeGen/CompileOptions.h"
#include "pkgimg/CodeGen/ImageObjects.h"
#include "pkgimg/Format/CacheHeader.h"
#include "pkgimg/Format/ImageTables.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pkgimg {

/// How to make an image.
struct ImageOptions {
  /// How its modules are compiled. Emit is Object, or Bitcode or IR for the
  /// module as it is after cloning. CPU and Features are not used, but for
  /// modules that have tables already. TimeReport gets one report of all.
  CompileOptions Compile;

  /// The layout of the tables.
  ImageDialect Dialect = ImageDialect::PkgImg;

  /// \name CPU targets
  /// @{
  /// The specification; see CPUTargetSpec.h. It is an error to give one for
  /// modules that have been cloned, or have tables.
  std::string CPUTargets;
  /// Taken if that is empty, where there is a choice; empty: "generic".
  std::string DefaultCPUTargets;
  /// That of the base image, for the word `sysimage`.
  std::string SysimageTargets;
  /// Taken for the host instead of what LLVM detects.
  std::optional<HostCPU> Host;
  /// Warns of features that the specification asks for by name, and that no
  /// code uses.
  bool WarnUnusedFeatures = false;
  /// @}

  /// 0: as many shards as pay, by the module alone.
  unsigned NumShards = 0;
  /// Threads that compile shards; also a bound on the shards in memory.
  unsigned Threads = 1;

  /// The package that the image is of. An empty name: that of the first input.
  ModuleID Package;
  std::string PackageVersion;

  /// The data, `jl_system_image_data`; Julia's images need some. Not owned.
  std::optional<llvm::StringRef> Data;
  /// Compress it with zstd.
  bool CompressData = false;

  /// \name The cache of shards
  /// @{
  /// The folder; empty: none.
  std::string CacheDir;
  /// When to remove entries, as llvm::parseCachePruningPolicy() takes it.
  std::string CachePolicy;
  /// What else the code depends on, such as options of LLVM's.
  std::string CacheIdentity;
  /// @}

  /// What printClones() prints goes here.
  llvm::raw_ostream *PrintClones = nullptr;
  /// Receives the bitcode of a shard whose compilation failed or crashed, with
  /// its number. Called on any thread, for one shard at a time.
  std::function<void(unsigned Shard, llvm::StringRef Bitcode)> KeepFailed;
  /// Told of progress: \p Done of \p Total shards are compiled. Called on any
  /// thread, one call at a time.
  std::function<void(unsigned Done, unsigned Total)> Progress;
};

/// What compileImage() made.
struct CompiledImage {
  /// In the order in which they are to be linked. With another EmitKind than
  /// Object, the module's text or bitcode alone.
  std::vector<ImageMember> Members;
  llvm::Triple TheTriple;
  /// The targets, in the specification's order, and what their code is.
  std::vector<ResolvedTarget> Targets;
  std::vector<TargetSurvey> Surveys;
  unsigned NumShards = 0;
  /// How many of them the cache had.
  unsigned NumCached = 0;
};

/// Compiles the modules \p Inputs to the objects of one image. They must be for
/// one target. Modules that have an image's tables already, such as those of
/// Julia's `--output-bc`, go through code generation alone, one object each;
/// they cannot be mixed with others.
///
/// The objects depend on the inputs' bytes and base names and on what \p
/// Options say of the code alone: not on threads, cache, folders or the machine
/// (but for the CPU target `native`).
///
/// Errors are those of compileModule() for each input, those of the
/// specification, and of the linking of modules; an error in a shard names the
/// function, if it is known, and the CPU target. A crash of LLVM in a shard is
/// an error, too, where llvm::CrashRecoveryContext is enabled.
///
/// Thread-safe.
llvm::Expected<CompiledImage>
compileImage(llvm::ArrayRef<llvm::MemoryBufferRef> Inputs,
             const ImageOptions &Options);

/// Prints, for each target of \p Image, how many functions it has and how many
/// bytes of code, and how many shards there are.
void printCodeSizes(llvm::raw_ostream &OS, const CompiledImage &Image);

} // namespace pkgimg

#endif // PKGIMG_CODEGEN_IMAGECOMPILER_H
