//===- DriverOptions.cpp - Option table of pkgimg-link --------------------===//
//
// Part of the pkgimg Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE.TXT for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pkgimg/Driver/Options.h"

using namespace llvm;
using namespace llvm::opt;
using namespace pkgimg::driver;
using namespace pkgimg::driver::options;

#define OPTTABLE_VALUES_CODE
#include "pkgimg/Driver/Options.inc"
#undef OPTTABLE_VALUES_CODE

#define PREFIX(NAME, VALUE)                                                    \
  static constexpr StringLiteral NAME##_init[] = VALUE;                        \
  static constexpr ArrayRef<StringLiteral> NAME(NAME##_init,                   \
                                                std::size(NAME##_init) - 1);
#include "pkgimg/Driver/Options.inc"
#undef PREFIX

static constexpr OptTable::Info InfoTable[] = {
#define OPTION(...) LLVM_CONSTRUCT_OPT_INFO(__VA_ARGS__),
#include "pkgimg/Driver/Options.inc"
#undef OPTION
};

namespace {
class DriverOptTable : public GenericOptTable {
public:
  DriverOptTable() : GenericOptTable(InfoTable) {}
};
} // namespace

const OptTable &pkgimg::driver::getDriverOptTable() {
  static DriverOptTable Table;
  return Table;
}
