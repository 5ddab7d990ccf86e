# -*- Python -*-

import os
import platform
import shutil
import subprocess

import lit.formats
import lit.util

from lit.llvm import llvm_config
from lit.llvm.subst import ToolSubst

config.name = "pkgimg"
config.test_format = lit.formats.ShTest(not llvm_config.use_lit_shell)
config.suffixes = [".test", ".ll"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.pkgimg_obj_root, "test")

llvm_config.use_default_substitutions()

# What the driver, LLD or clang would take from whoever runs the tests.
for variable in [
    "CCC_OVERRIDE_OPTIONS",
    "COMPILER_PATH",
    "DRIVERKIT_DEPLOYMENT_TARGET",
    "IPHONEOS_DEPLOYMENT_TARGET",
    "JULIA_VERBOSE_LINKING",
    "LIB",
    "LD_LIBRARY_PATH",
    "LIBRARY_PATH",
    "LLD_REPRODUCE",
    "LLD_VERSION",
    "MACOSX_DEPLOYMENT_TARGET",
    "NO_COLOR",
    "SDKROOT",
    "SOURCE_DATE_EPOCH",
    "VCINSTALLDIR",
    "VCToolsInstallDir",
    "TVOS_DEPLOYMENT_TARGET",
    "WATCHOS_DEPLOYMENT_TARGET",
    "XROS_DEPLOYMENT_TARGET",
    "ZERO_AR_DATE",
]:
    config.environment.pop(variable, None)
config.environment["PATH"] = os.pathsep.join(
    [config.pkgimg_tools_dir, config.llvm_tools_dir, config.environment["PATH"]]
)

link = os.path.join(config.pkgimg_tools_dir, "pkgimg-link")
config.substitutions.append(("%pkgimg-link", link))
config.substitutions.append(("%python", '"%s"' % config.python_executable))
config.substitutions.append(
    ("%pkgimg-docs", os.path.join(config.pkgimg_src_root, "docs"))
)


def find(*names):
    """The first of the programs that is in LLVM's folder or in PATH."""
    for name in names:
        for path in (config.llvm_tools_dir, None):
            found = shutil.which(name, path=path)
            if found:
                return found
    return None


def add_tool(feature, substitution, *names):
    found = find(*names)
    if found:
        config.available_features.add(feature)
        config.substitutions.append((substitution, found))


# The comparison with clang's own tests, with the programs that are there.
compare = [
    os.path.join(config.pkgimg_src_root, "utils", "compare-clang-tests.py"),
    "--clang=%clang",
    "--pkgimg-link=" + link,
    "--tools-dir=" + config.llvm_tools_dir,
    "--lit=" + os.path.dirname(os.path.dirname(lit.__file__)),
]
config.substitutions.append(("%compare-clang-tests", " ".join(compare)))

# The C compiler that makes inputs, and the linker to compare with.
add_tool("clang", "%clang", "clang-19", "clang")
add_tool("ld.lld", "%ld.lld", "ld.lld-19", "ld.lld")
add_tool("lld", "%lld-19", "lld-19", "lld")
# The engine that runs images for WebAssembly.
add_tool("node", "%node", "node", "nodejs")
add_tool("dsymutil", "%dsymutil", "dsymutil")
for arch in ["x86_64", "aarch64", "riscv64", "arm", "ppc64le", "i386"]:
    add_tool("qemu-" + arch, "%qemu-" + arch, "qemu-" + arch, "qemu-" + arch + "-static")

# It is built where libffi is.
run = shutil.which("pkgimg-run", path=config.pkgimg_tools_dir)
if run:
    config.available_features.add("pkgimg-run")
    config.substitutions.append(("%pkgimg-run", run))

# The compiler of D whose LLVM is an older one, and libraries that are headers.
add_tool("ldc", "%ldc2", "ldc2")
for feature, header in [("eigen", "eigen3/Eigen/Core"), ("xxhash", "xxhash.h")]:
    if os.path.exists(os.path.join("/usr/include", header)):
        config.available_features.add(feature)
config.substitutions.append(("%eigen", "-isystem /usr/include/eigen3"))
config.substitutions.append(
    ("%packages", os.path.join(config.pkgimg_src_root, "examples", "package-images"))
)

# opt with this project's passes.
opt = find("opt")
if opt and config.pkgimg_opt_plugin:
    config.available_features.add("opt-plugin")
    config.substitutions.append(
        ("%opt-pkgimg", "%s -load-pass-plugin=%s" % (opt, config.pkgimg_opt_plugin))
    )


def add_wine(feature, substitution, loaders, dlls):
    """The program that starts Windows programs, and the folder of its DLLs."""
    loader = find(*loaders)
    folders = [d for d in dlls if os.path.exists(os.path.join(d, "kernel32.dll"))]
    if loader and folders:
        config.available_features.add(feature)
        config.substitutions.append((substitution, loader + " " + folders[0]))


# Debian's wine64 and wine32, and what others call them. The longer name first.
add_wine(
    "wine-i386",
    "%wine-i386",
    ["/usr/lib/wine/wine", "wine32"],
    [
        "/usr/lib/i386-linux-gnu/wine/i386-windows",
        "/usr/lib/wine/i386-windows",
        "/usr/lib32/wine/i386-windows",
    ],
)
add_wine(
    "wine",
    "%wine",
    ["wine64", "/usr/lib/wine/wine64"],
    [
        "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows",
        "/usr/lib/wine/x86_64-windows",
        "/usr/lib64/wine/x86_64-windows",
    ],
)
# Debian's cross packages of the C library, for programs that qemu runs.
for arch, folder in [
    ("aarch64", "aarch64-linux-gnu"),
    ("arm", "arm-linux-gnueabihf"),
    ("i386", "i686-linux-gnu"),
    ("ppc64le", "powerpc64le-linux-gnu"),
    ("riscv64", "riscv64-linux-gnu"),
]:
    if os.path.exists("/usr/%s/lib/libc.so.6" % folder):
        config.available_features.add("cross-libc-" + arch)

if platform.system() == "Linux" and platform.machine() == "x86_64":
    config.available_features.add("native-x86_64-linux")


# The fuzzers' own main program; libFuzzer's has other options and output.
if config.fuzz_replay:
    config.available_features.add("fuzz-replay")
# The validator of JSON schemas, for the interpreter that the tests run.
if (
    subprocess.call(
        [config.python_executable, "-W", "ignore", "-c", "import jsonschema"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    == 0
):
    config.available_features.add("python-jsonschema")


# A file system of a few KiB, in a mount namespace that ends with the test.
def can_mount():
    try:
        return (
            subprocess.call(
                ["unshare", "-m", "sh", "-c", "mount -t tmpfs none /mnt"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            == 0
        )
    except OSError:
        return False


if can_mount():
    config.available_features.add("tmpfs")

for arch in config.targets_to_build.split():
    config.available_features.add(arch.lower() + "-registered-target")
