# ===- suite.py - How lit runs clang's tests ------------------------------===//
#
# Part of the pkgimg Project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE.TXT for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------===//
"""lit's test format that tells the wrapper which test calls it."""

import lit.formats

from .wrapper import TEST_VARIABLE


class NamedShTest(lit.formats.ShTest):
    def execute(self, test, litConfig):
        test.config.environment[TEST_VARIABLE] = "/".join(test.path_in_suite)
        return super().execute(test, litConfig)
