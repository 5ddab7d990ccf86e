//===- ShardCompiler.h - From a shard to its object -------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Compiles the shards of a module on a pool of threads, or takes their objects
/// from a cache.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_CODEGEN_SHARDCOMPILER_H
#define PKGIMG_LIB_CODEGEN_SHARDCOMPILER_H

#include "ObjectCache.h"
#include "pkgimg/CodeGen/ImageCompiler.h"
#include "pkgimg/CodeGen/Shards.h"
#include "llvm/ADT/StringMap.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace pkgimg {

/// The object of a shard, and what was found on the way.
struct CompiledShard {
  std::unique_ptr<llvm::MemoryBuffer> Object;
  std::vector<TargetSurvey> Surveys;
  bool IsCached = false;
  /// Warnings and remarks, in their order.
  std::vector<std::pair<llvm::DiagnosticSeverity, std::string>> Messages;
  /// Optimisation records in YAML.
  std::string Remarks;
  /// Seconds of wall time.
  double LoadTime = 0, OptimizeTime = 0, EmitTime = 0, SurveyTime = 0;
};

/// Compiles the shards of one module.
class ShardCompiler {
public:
  /// \param Options those of the image, whose Compile are for target 0.
  /// \param TargetOf the CPU target of each clone, by its symbol.
  ShardCompiler(const ShardedModule &Module, const llvm::Triple &TheTriple,
                const ImageOptions &Options, const CompileOptions &Compile,
                llvm::ArrayRef<ResolvedTarget> Targets,
                const llvm::StringMap<unsigned> &TargetOf,
                const ObjectCache *Cache)
      : Module(Module), TheTriple(TheTriple), Options(Options),
        Compile(Compile), Targets(Targets), TargetOf(TargetOf), Cache(Cache) {}

  /// Compiles all, the heaviest first. Of several errors, that of the first
  /// shard is returned, so that it does not depend on timing.
  llvm::Expected<std::vector<CompiledShard>> run();

private:
  llvm::Error compileSafely(unsigned Shard, CompiledShard &Result);
  llvm::Error compile(unsigned Shard, CompiledShard &Result);
  llvm::Error compileModule(llvm::Module &M, unsigned Shard,
                            CompiledShard &Result);
  std::string getKey(llvm::StringRef Bitcode) const;
  bool canUseCache() const;
  unsigned getCurrentTarget() const;
  void keepFailed(unsigned Shard);

  const ShardedModule &Module;
  const llvm::Triple &TheTriple;
  const ImageOptions &Options;
  const CompileOptions &Compile;
  llvm::ArrayRef<ResolvedTarget> Targets;
  const llvm::StringMap<unsigned> &TargetOf;
  const ObjectCache *Cache;
  /// For the callbacks of the options.
  std::mutex Lock;
};

} // namespace pkgimg

#endif // PKGIMG_LIB_CODEGEN_SHARDCOMPILER_H
