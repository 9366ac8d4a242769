"""Whether a database has this version's tables already, without the second that Alembic takes to say so."""

import re
from pathlib import Path

import psycopg

import passerelle

VERSIONS = Path(passerelle.__file__).parent / "db" / "migrations" / "versions"
REVISION = re.compile(r"^revision\b[^=\n]*=\s*[\"'](\w+)[\"']", re.MULTILINE)
DOWN_REVISIONS = re.compile(r"^down_revision\b[^=\n]*=(.*)$", re.MULTILINE)


def is_current(database_url: str) -> bool:
    """True when the database's revision is the newest one here. Any doubt is False: then Alembic decides."""
    try:
        return _applied(database_url) == newest(VERSIONS)
    except (psycopg.Error, OSError):
        return False


def newest(versions: Path) -> set[str]:
    """The revisions in that folder that no other revision there builds on."""
    scripts = [path.read_text() for path in versions.glob("*.py")]
    known = {revision for script in scripts for revision in REVISION.findall(script)}
    built_on = " ".join(named for script in scripts for named in DOWN_REVISIONS.findall(script))
    return known - set(re.findall(r"\w+", built_on))


def _applied(database_url: str) -> set[str]:
    with psycopg.connect(database_url.replace("+psycopg", "", 1), connect_timeout=5) as connection:
        return {str(row[0]) for row in connection.execute("SELECT version_num FROM alembic_version")}
