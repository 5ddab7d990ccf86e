# ===- __init__.py - Comparing link lines with clang's --------------------===//
#
# Part of the pkgimg Project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE.TXT for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===//
"""What the comparisons of `pkgimg-link -hosted` with clang have in common."""
