# -*- Python -*-

import os

import lit.formats

config.name = "pkgimg-Unit"
config.suffixes = []
config.test_source_root = config.test_exec_root = os.path.join(
    config.pkgimg_obj_root, "unittests"
)
config.test_format = lit.formats.GoogleTest(".", "Tests")
for variable in ["HOME", "TMPDIR", "TEMP", "TMP"]:
    if variable in os.environ:
        config.environment[variable] = os.environ[variable]
