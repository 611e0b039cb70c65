"""The ledger's file: made for its owner, never on a network share, read without writing, lifted once."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from reconciler.errors import LedgerError
from reconciler.ledger import open_ledger, schema
from reconciler.ledger.place import find_mount
from reconciler.model import Binding, Commit
from tests.unit.ledger_samples import START, make_ledger, make_record

MOUNTS = """\
/dev/sda1 / ext4 rw,relatime 0 0
tmpfs /run tmpfs rw 0 0
filer:/export {point} {kind} rw,vers=4.2 0 0
"""


def test_a_ledger_is_its_owners_alone_and_made_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "state" / "default.db"
    with pytest.raises(LedgerError, match="`reconciler apply` creates it"):
        open_ledger(path, environment="default")
    assert not path.exists()
    with open_ledger(path, environment="default", create=True) as ledger:
        ledger.bind(Binding("t", "d", "o", "a"))
        assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
    with open_ledger(path, environment="default") as again:
        assert again.id == ledger.id
        assert (again.store.connect().execute("PRAGMA journal_mode").fetchone(),) == (("wal",),)
        assert again.store.connect().execute("PRAGMA synchronous").fetchone() == (2,)
    assert [file.name for file in path.parent.iterdir()] == ["default.db"]


def test_an_empty_file_is_not_a_ledger_yet(tmp_path: Path) -> None:
    path = tmp_path / "default.db"
    path.touch()
    for readonly in (True, False):
        with pytest.raises(LedgerError, match="empty"):
            open_ledger(path, environment="default", readonly=readonly)
    make_ledger(tmp_path).close()


def test_a_ledger_belongs_to_one_environment(tmp_path: Path) -> None:
    make_ledger(tmp_path).close()
    with pytest.raises(LedgerError, match="belongs to the environment default, not to test"):
        open_ledger(tmp_path / "default.db", environment="test")


def test_a_lease_must_outlast_a_request(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="longer than a request"):
        open_ledger(tmp_path / "x.db", environment="x", create=True, lease_seconds=60, request_deadline=60)


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "glusterfs", "fuse.rclone"])
def test_network_shares_are_refused(tmp_path: Path, kind: str) -> None:
    table = MOUNTS.format(point=tmp_path, kind=kind)
    path = tmp_path / "state" / "default.db"
    with pytest.raises(LedgerError, match=f"network file system.*{kind}.*local disk"):
        open_ledger(path, environment="default", create=True, mounts=lambda: table)
    assert not path.parent.exists()


@pytest.mark.parametrize("kind", ["ext4", "tmpfs", "overlay", "fuse.fuse-overlayfs"])
def test_local_disks_are_taken(tmp_path: Path, kind: str) -> None:
    table = MOUNTS.format(point=tmp_path, kind=kind)
    with open_ledger(tmp_path / "x.db", environment="x", create=True, mounts=lambda: table) as ledger:
        assert ledger.read().records == ()


def test_a_system_without_a_mount_table_is_not_asked(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "x.db", environment="x", create=True, mounts=lambda: "") as ledger:
        assert ledger.read().records == ()


def test_the_deepest_and_last_mount_counts() -> None:
    table = MOUNTS.format(point=r"/data\040of\040us", kind="nfs") + "/dev/sdb /run/state ext4 rw 0 0\n"
    assert find_mount(Path("/data of us/state/x.db"), table) == ("nfs", "/data of us")
    assert find_mount(Path("/data of us too/x.db"), table) == ("ext4", "/")
    assert find_mount(Path("/run/state/x.db"), table + "- /run/state cifs rw 0 0\n") == ("cifs", "/run/state")


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_damaged_file_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "default.db"
    path.write_bytes(content)
    for readonly in (True, False):
        with pytest.raises(LedgerError, match="damaged"):
            open_ledger(path, environment="default", readonly=readonly)
    assert path.read_bytes() == content


def test_damage_within_is_met_while_reading(tmp_path: Path) -> None:
    path = tmp_path / "default.db"
    with make_ledger(tmp_path) as ledger:
        ledger.commit("r", Commit("zoom-main", records=(make_record(),)))
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))
    with pytest.raises(LedgerError, match="damaged"), open_ledger(path, environment="default") as ledger:
        ledger.read()


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "default.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="not a ledger of ours"):
        open_ledger(path, environment="default", create=True)
    assert path.read_bytes() == before


def test_reading_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "default.db"
    with make_ledger(tmp_path) as ledger:
        ledger.commit("r", Commit("zoom-main", records=(make_record(),)))
    before = sha256(path.read_bytes()).digest()
    path.chmod(0o400)
    with open_ledger(path, environment="default", readonly=True) as reader:
        assert reader.read().records == (make_record(),)
        with pytest.raises(LedgerError, match="read-only"):
            reader.commit("r", Commit("zoom-main"))
        with pytest.raises(LedgerError, match="read-only"):
            reader.lease("zoom-main", "r")
        with pytest.raises(LedgerError, match="read-only"):
            reader.bind(Binding("zoom-main", "zoom", "o", "a"))
    assert sha256(path.read_bytes()).digest() == before


def test_reading_goes_on_beside_a_writer(tmp_path: Path) -> None:
    with make_ledger(tmp_path) as writer:
        writer.commit("r", Commit("zoom-main", records=(make_record(),)))
        with open_ledger(tmp_path / "default.db", environment="default", readonly=True) as reader:
            assert len(reader.records()) == 1
            writer.commit("r", Commit("zoom-main", records=(make_record(number=2), make_record())[1:]))
            writer.commit("r", Commit("zoom-main", forgotten=((make_record().address, 1),)))
            assert reader.records() == ()


READER = """
import os, sys
from pathlib import Path
from reconciler.errors import LedgerError
from reconciler.ledger import open_ledger

if os.geteuid() == 0:
    os.setuid(65534)  # to root no folder is read-only
try:
    with open_ledger(Path(sys.argv[1]), environment="default", readonly=True) as ledger:
        sys.stdout.write(f"{len(ledger.records())} records")
except LedgerError as error:
    sys.stdout.write(str(error))
"""


def test_a_folder_that_takes_no_files_is_read_as_long_as_the_file_is_whole() -> None:
    with TemporaryDirectory(ignore_cleanup_errors=True) as made:
        folder = Path(made)
        with make_ledger(folder) as ledger:
            ledger.commit("r", Commit("zoom-main", records=(make_record(),)))
        path, log = folder / "default.db", folder / "default.db-wal"

        def read_as_stranger() -> str:
            path.chmod(0o444)
            folder.chmod(0o555)
            command = [sys.executable, "-c", READER, str(path)]
            answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            folder.chmod(0o755)
            return answer

        assert read_as_stranger() == "1 records"
        assert [file.name for file in folder.iterdir()] == [path.name]
        log.write_bytes(b"written, but not folded in")
        log.chmod(0)
        assert "check its path and permissions" in read_as_stranger()


OLD_SCHEMA = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE bindings (target TEXT PRIMARY KEY, account TEXT NOT NULL) STRICT",
)
LIFT = (
    "ALTER TABLE bindings ADD COLUMN origin TEXT NOT NULL DEFAULT ''",
    "UPDATE bindings SET origin = 'https://api.zoom.us'",
)


def make_old(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in OLD_SCHEMA:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 1")
        connection.execute("INSERT INTO bindings VALUES ('zoom-main', 'acc1')")


def test_an_older_ledger_is_lifted_after_a_backup(tmp_path: Path) -> None:
    path = tmp_path / "default.db"
    make_old(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        schema.prepare(connection, path, "default", START, (OLD_SCHEMA, LIFT))
        assert connection.execute("SELECT * FROM bindings").fetchall() == [
            ("zoom-main", "acc1", "https://api.zoom.us")
        ]
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    backup = tmp_path / "default.db.backup-v1"
    assert backup.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT * FROM bindings").fetchall() == [("zoom-main", "acc1")]
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def test_a_ledger_of_the_first_version_is_lifted_with_all_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "default.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        schema.prepare(connection, path, "default", START, schema.MIGRATIONS[:1])
        connection.execute("INSERT INTO runs (run, command, plan_digest, started) VALUES ('r', '', '', '')")
        connection.execute(
            "INSERT INTO history (run, at, target, kind, name, verb, ending, text, change, removals) VALUES"
            " ('r', '2026-09-01T00:00:00.000000+00:00', 't', 'user', 'a', 'update', 'applied', '', '', 0)"
        )
    with pytest.raises(LedgerError, match=r"older ledger \(version 1\)"):
        open_ledger(path, environment="default", readonly=True)
    assert schema.backups(path) == []
    with open_ledger(path, environment="default") as ledger:
        assert [past.address.name for past in ledger.history()] == ["a"]
        assert ledger.read().contested == {}
    assert [copy.name for copy in schema.backups(path)] == ["default.db.backup-v1"]


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "default.db"
    make_old(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError, match="nowhere"):
            schema.prepare(connection, path, "default", START, (OLD_SCHEMA, (*LIFT, "DROP TABLE nowhere")))
        assert connection.execute("SELECT * FROM bindings").fetchall() == [("zoom-main", "acc1")]
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def test_a_newer_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "default.db"
    make_ledger(tmp_path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    for readonly in (True, False):
        with pytest.raises(LedgerError, match="newer reconciler"):
            open_ledger(path, environment="default", readonly=readonly)
