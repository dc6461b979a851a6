"""Zips executables for Lambda, so that the same executable gives the same bytes: no times, no owner, one entry, one order.

    package.py target/lambda-arm64/restore-drill/bootstrap …

Each zip goes beside its executable, as bootstrap.zip. Terraform looks at the zip's hash, so a build that changed nothing changes no
function. Compressed bytes are zlib's: another version of it may write others.
"""

import hashlib
import sys
import zipfile
from pathlib import Path

# The earliest time that a zip can hold
EPOCH = (1980, 1, 1, 0, 0, 0)
# A plain file of Unix, rwxr-xr-x: Lambda has to be able to start it
EXECUTABLE = 0o100755 << 16
UNIX = 3


def package(executable: Path) -> Path:
    """Writes the zip of an executable, whole or not at all"""
    entry = zipfile.ZipInfo("bootstrap", date_time=EPOCH)
    entry.create_system = UNIX
    entry.external_attr = EXECUTABLE
    entry.compress_type = zipfile.ZIP_DEFLATED
    target = executable.with_name("bootstrap.zip")
    unfinished = target.with_suffix(".unfinished")
    with zipfile.ZipFile(unfinished, "w") as archive:
        archive.writestr(entry, executable.read_bytes(), compresslevel=9)
    unfinished.replace(target)
    return target


def main(executables: list[str]) -> int:
    """Packages each, and prints what came of it"""
    if not executables:
        print("package.py: name the executables, target/lambda-*/*/bootstrap", file=sys.stderr)
        return 1
    for executable in map(Path, executables):
        if not executable.is_file():
            print(f"{executable} is not there: build it first, make package", file=sys.stderr)
            return 1
        target = package(executable)
        digest = hashlib.sha256(target.read_bytes()).hexdigest()[:16]
        sizes = f"{executable.stat().st_size / 2**20:6.2f} MiB, zipped {target.stat().st_size / 2**20:5.2f} MiB"
        print(f"{executable.parent.parent.name:14} {executable.parent.name:24} {sizes}  sha256 {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
