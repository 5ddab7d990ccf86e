//===- ObjectTree.cpp - objects before linking as trees -------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ObjectTree.h"
#include "pkgimg/Format/FileKind.h"
#include "pkgimg/Format/InputCheck.h"
#include "pkgimg/Format/ObjectImage.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace pkgimg;
using namespace pkgimg::readobj;

bool readobj::isImageSymbol(StringRef Name) {
  // Sources: jl_emit_native_impl() in src/aotcompile.cpp of JuliaLang/julia,
  // 1.9 to 1.14. Those of a shard end in its number.
  static constexpr StringLiteral Names[] = {
      "get_jl_RTLD_DEFAULT_handle_addr",
      "jl_RTLD_DEFAULT_handle_pointer",
      "jl_cpu_target_string",
      "jl_image_header",
      "jl_image_pointers",
      "jl_image_unpack",
      "jl_pgcstack_func_slot",
      "jl_pgcstack_key_slot",
      "jl_ptls_table",
      "jl_shard_tables",
      "jl_small_typeof",
      "jl_tls_offset",
      "small_typeof",
  };
  static constexpr StringLiteral Prefixes[] = {
      "jl_clone_", "jl_dispatch_", "jl_fvar_",
      "jl_gvar_",  "jl_sysimg_",   "jl_system_image_",
  };
  return is_contained(Names, Name) ||
         any_of(Prefixes, [&](StringRef P) { return Name.starts_with(P); });
}

/// Appends the image symbols that the object \p Bytes defines, by name.
static Error collectImageSymbols(MemoryBufferRef Bytes,
                                 const InputSummary &Summary, Value &List) {
  Expected<std::unique_ptr<ImageFile>> Object =
      createObjectImage(Bytes, Summary);
  if (!Object)
    return Object.takeError();
  std::vector<StringRef> Names;
  for (ArrayRef<ImageSymbol> Symbols :
       {(*Object)->exports(), (*Object)->localSymbols()})
    for (const ImageSymbol &S : Symbols)
      if (isImageSymbol(S.Name))
        Names.push_back(S.Name);
  llvm::sort(Names);
  for (StringRef Name : Names)
    List.append(Value::string(Name));
  return Error::success();
}

/// Adds what the bytes of a member say to \p To.
static Error describeContent(MemoryBufferRef Bytes, Value &To) {
  FileKind Kind = identifyFile(Bytes.getBuffer());
  To.add("Kind", Value::enumerator(getFileKindName(Kind)));
  // What no linker takes is a problem of the archive, which has been told.
  if (!isNativeObject(Kind))
    return Error::success();
  Expected<InputSummary> Summary = checkLinkerInput(Bytes);
  if (!Summary)
    return Summary.takeError();
  To.add("Machine", Value::string(Summary->MachineName));
  // A short import is of one symbol, another library's; images are never
  // WebAssembly.
  if (!isObjectImage(*Summary))
    return Error::success();
  Value Symbols = Value::list("", Value::ByValue);
  Error E = collectImageSymbols(Bytes, *Summary, Symbols);
  To.add("ImageSymbols", std::move(Symbols));
  return E;
}

Value readobj::describeMembers(MemoryBufferRef Buffer, Error &Problem) {
  StringRef Name = Buffer.getBufferIdentifier();
  Value List = Value::list("Member");
  if (!isArchive(identifyFile(Buffer.getBuffer()))) {
    Value V = Value::object();
    V.add("Name", Value::string(Name).notCompared());
    V.add("Size", Value::integer(Buffer.getBufferSize()));
    Problem = joinErrors(std::move(Problem), describeContent(Buffer, V));
    List.append(std::move(V));
    return List;
  }

  Error E = forEachArchiveMember(Buffer, [&](const ArchiveMember &M) -> Error {
    Value V = Value::object();
    V.add("Name", Value::string(M.Name));
    V.add("Offset", Value::address(M.HeaderOffset));
    V.add("Size", Value::integer(M.Size));
    if (M.IsThin) {
      // Its bytes are another file, which can be shown by itself.
      V.add("Kind", Value::enumerator("file of its own"));
    } else {
      std::string MemberName = (Name + "(" + M.Name + ")").str();
      Problem =
          joinErrors(std::move(Problem),
                     describeContent(MemoryBufferRef(M.Bytes, MemberName), V));
    }
    List.append(std::move(V), M.Name);
    return Error::success();
  });
  Problem = joinErrors(std::move(Problem), std::move(E));
  return List;
}
