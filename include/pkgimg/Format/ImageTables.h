//===- ImageTables.h - the tables of an image -------------------*- C++ -*-===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The tables through which a runtime finds the code and the data of an image:
/// Julia's image ABI in all its dialects, and ours, which is the last of them
/// with target data of its own.
///
//===----------------------------------------------------------------------===//

#ifndef PKGIMG_FORMAT_IMAGETABLES_H
#define PKGIMG_FORMAT_IMAGETABLES_H

#include "pkgimg/Format/CPUTargets.h"
#include "pkgimg/Format/CacheHeader.h"
#include "pkgimg/Format/DataDefinition.h"
#include "pkgimg/Format/ImageFile.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pkgimg {

/// The layouts of the tables. The version in the tables is 1 in all of them.
enum class ImageDialect {
  Julia1_9,  ///< Loose symbols, no root table.
  Julia1_10, ///< Shards of 9 words, offsets of functions.
  Julia1_11, ///< 1.11 and 1.12: shards of 8 words, pointers to functions.
  Julia1_13, ///< And the target string, and an unpack function.
  Julia1_14, ///< And a checksum; target data of 64-bit words with bases.
  PkgImg     ///< As Julia1_13, without an unpack function; named features.
};

/// Returns "julia-1.9", "julia-1.10", "julia-1.11", "julia-1.13",
/// "julia-1.14", or "pkgimg".
llvm::StringRef getDialectName(ImageDialect Dialect);
/// The reverse; "julia-1.12" is "julia-1.11". Returns nullopt for other names.
std::optional<ImageDialect> parseDialectName(llvm::StringRef Name);

/// A place that a function's address is written to when its clone is chosen.
template <typename LocT> struct BasicCloneSlot {
  uint32_t Function = 0; ///< Shard-local index of the function.
  LocT Slot{};
};

/// The clones of one shard for one target. The bit UseSlots of an index says
/// that the clone's address must be written into the slots of the function.
template <typename LocT> struct BasicShardClones {
  static constexpr uint32_t UseSlots = 1u << 31;

  /// Target 0 and clone_all targets: every function has code of this target.
  bool IsGroup = false;
  /// Otherwise, the group whose code is used where this target has none.
  uint32_t Base = 0;
  /// Group: functions with slots, shard-local, without UseSlots. Otherwise: the
  /// functions that are cloned, each with or without UseSlots.
  std::vector<uint32_t> Indices;
  /// The code. Target 0: empty (BasicImageShard::Functions). A group: one per
  /// function of the shard. Otherwise: one per index.
  std::vector<LocT> Functions;
};

/// One unit of parallel code generation.
template <typename LocT> struct BasicImageShard {
  /// The code for target 0, and the index of each function in the image.
  std::vector<LocT> Functions;
  std::vector<uint32_t> FunctionIndices;
  /// The global slots, and the index of each in the image.
  std::vector<LocT> Globals;
  std::vector<uint32_t> GlobalIndices;
  /// Sorted by function; a function may have several.
  std::vector<BasicCloneSlot<LocT>> CloneSlots;
  /// One per target of the image, in their order.
  std::vector<BasicShardClones<LocT>> Clones;
};

/// All tables of an image. LocT is a uint64_t address for an image that was
/// read, and a SymbolRef for one that is to be written.
template <typename LocT> struct BasicImageTables {
  ImageDialect Dialect = ImageDialect::PkgImg;
  /// `jl_image_header_t.version`; 0 in Julia1_9, which has none.
  uint32_t Version = 1;
  uint32_t NumFunctions = 0;
  uint32_t NumGlobals = 0;
  std::vector<BasicImageShard<LocT>> Shards;

  CPUTargets Targets;
  /// The specification that the targets were made from; from Julia1_13 on.
  std::string TargetString;

  /// Slots for the runtime's thread-local state.
  struct TLSSlots {
    LocT FunctionSlot{}, KeySlot{}, OffsetSlot{};
  };
  std::optional<TLSSlots> TLS;
  /// The image's copy of the runtime's table of small types
  /// (`jl_small_typeof`); Julia1_10 to Julia1_14.
  std::optional<LocT> SmallTypeof;
};

/// How the data of an image is stored.
enum class DataCompression { None, Zstd };

/// The tables of an image that was read.
struct ImageTables : BasicImageTables<uint64_t> {
  /// The bytes of the target data, in the file.
  llvm::StringRef TargetData;

  /// The data: `jl_system_image_data`, `jl_system_image_size`. Empty if the
  /// image has none (ours may).
  uint64_t DataAddress = 0;
  /// As stored, so compressed or not.
  llvm::StringRef Data;
  DataCompression Compression = DataCompression::None;
  /// The function that `jl_image_unpack` points at; empty before Julia1_13.
  std::string UnpackFunction;
  /// `jl_system_image_checksum`, Julia1_14: CRC-32C of the data, decompressed.
  std::optional<uint32_t> DataChecksum;
  /// The header that opens Julia's data, if it could be read: what the
  /// runtime's release is. Of compressed data, the first block is decompressed
  /// for it.
  std::optional<CacheHeader> DataHeader;
};

/// Returns true if \p Image exports the root of an image's tables. They need
/// not be sound.
bool hasImageTables(const ImageFile &Image);

/// Tells the dialect of \p Image: by the symbols that it exports, and between
/// Julia's of the same symbols by the version in the header of its data. Where
/// that cannot be read (a system image has none), 1.10 and 1.11 are told apart
/// by which of them the tables are sound in; an image without shards, which is
/// the same in both, is taken for 1.11. Fails if it is no package image; the
/// error says which symbols are missing.
llvm::Expected<ImageDialect> identifyDialect(const ImageFile &Image);

/// Reads the tables of \p Image, which are those of \p Dialect if it is given,
/// and of identifyDialect() otherwise.
///
/// Everything is checked before it is used: counts against the file, indices
/// against counts, addresses against the segments (functions must be
/// executable, slots writable). Every index of a function and of a global must
/// occur once over all shards; slots must be sorted; a base must be an earlier
/// group. Time is linear, but for sorting; memory a small multiple of the file.
/// Errors begin with the file's name, and name the table and the element.
llvm::Expected<ImageTables>
readImageTables(const ImageFile &Image,
                std::optional<ImageDialect> Dialect = std::nullopt);

/// Returns the most bytes that \p StoredSize bytes of compressed data may have,
/// so that a small file cannot fill the memory: 256 for each, and 1 MiB.
/// Julia's data has 4 to 10 for each.
uint64_t getDataSizeLimit(uint64_t StoredSize);

/// Returns the data of \p Tables decompressed, in \p Storage if need be. Fails
/// for damaged data, for data of more than \p MaxSize bytes (nullopt: those of
/// getDataSizeLimit()), and where zstd is not built in.
llvm::Expected<llvm::StringRef>
getImageData(const ImageTables &Tables, std::string &Storage,
             std::optional<uint64_t> MaxSize = std::nullopt);

/// The sizes in bytes of the parts of Julia's data (src/staticdata.c).
struct DataSections {
  uint64_t Header = 0;    ///< jl_hdr, flags, required modules, padding.
  uint64_t Objects = 0;   ///< sysdata
  uint64_t Constants = 0; ///< const_data
  uint64_t Symbols = 0;
  uint64_t Relocations = 0;
  uint64_t Globals = 0;   ///< gvar_record
  uint64_t Functions = 0; ///< fptr_record
  uint64_t Rest = 0;      ///< Roots and link lists.
};

/// Walks the sizes of the sections of Julia's decompressed \p Data, which
/// begins with \p DataHeader of \p HeaderSize bytes, padding not counted. Fails
/// if a size leaves the data.
llvm::Expected<DataSections> readDataSections(llvm::StringRef Data,
                                              const CacheHeader &DataHeader,
                                              uint64_t HeaderSize);

/// The tables of an image that is to be written.
struct ImageTablesSpec : BasicImageTables<SymbolRef> {
  /// The data as it is to be stored, and whether it is compressed. nullopt: the
  /// image has none. Not owned.
  std::optional<llvm::StringRef> Data;
  DataCompression Compression = DataCompression::None;
  /// Alignment of the data in bytes, a power of two; 0 for the dialect's own
  /// (64, from Julia1_13 on 4096).
  uint64_t DataAlignment = 0;
  /// Julia1_14: CRC-32C of the decompressed data; computed if nullopt and the
  /// data is not compressed.
  std::optional<uint32_t> DataChecksum;
  /// Our header, with room for the digests, to be embedded; may be empty.
  std::string EmbeddedHeader;
};

/// Builds the tables of \p Spec: the definitions that CodeGen lowers to globals
/// of its metadata module, and writeLibrary() to a file, in the order in which
/// Julia emits them, with the names that its loader looks up. Symbols that
/// \p Spec names (functions, slots, globals) are the caller's to define, and so
/// are the initial values of slots, but for these: a thread-local slot or a
/// SmallTypeof that has the dialect's own name (`jl_pgcstack_func_slot`,
/// `jl_pgcstack_key_slot`, `jl_tls_offset`; `small_typeof` in Julia1_10,
/// `jl_small_typeof` from then on) with offset 0 is defined, as zeros.
///
/// Left to the caller is code: `get_jl_RTLD_DEFAULT_handle_addr`, which loaders
/// of 1.12 and later call. `jl_RTLD_DEFAULT_handle_pointer`, which those of 1.9
/// to 1.11 read, is written but for COFF, where a word of data cannot hold the
/// address of another library's variable.
///
/// \p TheTriple decides pointer size and byte order. Fails for what the dialect
/// cannot express, and for tables that readImageTables() would refuse.
llvm::Expected<std::vector<DataDefinition>>
writeImageTables(const ImageTablesSpec &Spec, const llvm::Triple &TheTriple);

/// Definitions for two objects.
struct ObjectTables {
  std::vector<DataDefinition> Tables; ///< And the embedded header.
  /// `jl_system_image_data`, and what says how it is stored; empty without
  /// data.
  std::vector<DataDefinition> Data;
};

/// The same as writeImageTables(), for objects that a linker puts together with
/// those of the code. All distances are from a symbol of the same place in
/// Tables, since no object can express that of two symbols that are both
/// elsewhere: in Julia1_10, where Julia takes them from a shard's first
/// function and global, they are from its first tables. The data itself is not
/// copied: the first of Data has ZeroFill in place of Bytes.
llvm::Expected<ObjectTables> writeObjectTables(const ImageTablesSpec &Spec,
                                               const llvm::Triple &TheTriple);

} // namespace pkgimg

#endif // PKGIMG_FORMAT_IMAGETABLES_H
