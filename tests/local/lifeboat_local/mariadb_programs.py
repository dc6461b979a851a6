"""A MariaDB server for the tests, without installing one: Debian's packages, unpacked into a folder.

`python tests/local/lifeboat_local/mariadb_programs.py FOLDER` does nothing where the system has a server, or the folder. It
needs no root: packages are downloaded and unpacked, never installed, and where the system's lists of packages are missing or
old, they are fetched into a folder of their own. Nothing but the standard library may be imported here.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

OVERRIDE = "LIFEBOAT_MARIADB_BIN"
WANTED = ("mariadb-server-core", "mariadb-client-core")
INSTALL = f"sudo apt-get install -y {' '.join(WANTED)}"
LONGEST = 600  # seconds that one step may take
ONLY_NEEDED = [f"--no-{kind}" for kind in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")]


class Failed(Exception):
    pass


def main(folder: Path) -> None:
    if _installed() or (folder / ".ready").exists():
        return
    for program in ("apt-get", "apt-cache", "dpkg", "dpkg-query"):
        if shutil.which(program) is None:
            raise SystemExit(
                f"MariaDB's server is missing, and there is no {program} to fetch it with. Install it (on Debian and Ubuntu: {INSTALL}), "
                f"or name the folder of mariadbd in {OVERRIDE}."
            )
    print(f"== MariaDB, unpacked into {os.path.relpath(folder)} (about 10 s, once)", flush=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="mariadb-") as work:
        work = Path(work)
        try:
            packages = _download(work)
        except Failed as failed:
            raise SystemExit(f"MariaDB's server could not be fetched: {failed}\nInstall it: {INSTALL}") from None
        root = work / "root"
        for package in packages:
            _run(["dpkg", "-x", str(package), str(root)], work)
        if not (root / "usr/sbin/mariadbd").is_file():
            raise SystemExit(f"these packages have no mariadbd: {', '.join(p.name for p in packages)}. Install it: {INSTALL}")
        (root / ".ready").touch()
        shutil.rmtree(folder, ignore_errors=True)
        root.rename(folder)


def _installed() -> bool:
    named = os.environ.get(OVERRIDE)
    if named:
        if not (Path(named) / "mariadbd").is_file():
            raise SystemExit(f"{OVERRIDE}={named}: there is no mariadbd in that folder")
        return True
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
    return bool(shutil.which("mariadbd", path=path) and shutil.which("mariadb", path=path))


def _download(work: Path) -> list[Path]:
    """The two packages and what they need that is not on this machine."""
    try:
        return _with([], work)
    except Failed:
        pass
    # no lists, or lists whose packages are gone: new ones, in our own folder
    for part in ("lists/partial", "cache/archives/partial"):
        (work / part).mkdir(parents=True)
    own = ["-o", f"Dir::State::Lists={work / 'lists'}", "-o", f"Dir::Cache={work / 'cache'}", "-o", "APT::Sandbox::User="]
    _run(["apt-get", *own, "-qq", "update"], work)
    return _with(own, work)


def _with(options: list[str], work: Path) -> list[Path]:
    listed = _run(["apt-cache", *options, "depends", "--recurse", *ONLY_NEEDED, *WANTED], work).splitlines()
    needed = sorted({line for line in listed if line and line[0] not in " |<"})
    _run(["apt-get", *options, "-qq", "-o", "APT::Sandbox::User=", "download", *[name for name in needed if name in WANTED or not _here(name)]], work)
    return sorted(work.glob("*.deb"))


def _here(package: str) -> bool:
    said = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True, timeout=LONGEST)
    return said.returncode == 0 and "install ok installed" in said.stdout


def _run(command: list[str], work: Path) -> str:
    try:
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        raise Failed(f"{command[0]} took longer than {LONGEST} s") from None
    if done.returncode != 0:
        raise Failed(f"{' '.join(command[:1])}: {done.stderr.strip()[-500:] or 'no reason given'}")
    return done.stdout


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]).absolute())
