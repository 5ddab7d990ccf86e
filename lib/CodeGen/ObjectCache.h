//===- ObjectCache.h - Objects of earlier compilations ----------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A folder of objects by what they were made of, with LLVM's caching support.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_LIB_CODEGEN_OBJECTCACHE_H
#define PKGIMG_LIB_CODEGEN_OBJECTCACHE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/CachePruning.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <string>

namespace pkgimg {

/// A cache on disk. Any number of threads and processes can use one folder.
class ObjectCache {
public:
  /// Uses the folder \p Dir, which is made if it is not there. \p Policy is
  /// what llvm::parseCachePruningPolicy() takes.
  static llvm::Expected<ObjectCache> open(llvm::StringRef Dir,
                                          llvm::StringRef Policy);

  /// Returns the key of what is made of \p Parts, all of which count. The
  /// compiler itself counts, too.
  static std::string getKey(llvm::ArrayRef<llvm::StringRef> Parts);

  /// Returns the object for \p Key, or null. An entry that is not what was
  /// stored, such as one that was cut off, is none.
  std::unique_ptr<llvm::MemoryBuffer> find(llvm::StringRef Key) const;

  /// Stores \p Object. That a disk is full, or a folder read only, is an error
  /// that a caller can do without.
  llvm::Error store(llvm::StringRef Key, llvm::StringRef Object) const;

  /// Removes entries as the policy says, at most once in its interval.
  void prune() const;

private:
  std::string Dir;
  llvm::CachePruningPolicy Policy;
};

} // namespace pkgimg

#endif // PKGIMG_LIB_CODEGEN_OBJECTCACHE_H
