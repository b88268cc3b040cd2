"""What was handed in: a folder, a zip or single files. Every name is only a name, no path is ever followed."""

from __future__ import annotations

import hashlib
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from dealercrm.why import Why

SUFFIXES = frozenset({".csv", ".txt", ".tsv", ".xlsx"})
MOST_FILES = 200
MOST_BYTES = 4 * 1024**3  # of all files together, unpacked
MOST_RATIO = 200  # a CSV packs about 10 times; far beyond that is a bomb


class UnreadableExportError(Exception):
    """The export as a whole cannot be read; `why` is for the administrator."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.code)
        self.why = why


class Source(NamedTuple):
    """One file of an export; `open` gives its bytes as a stream."""

    name: str
    path: Path
    member: str = ""

    def open(self) -> IO[bytes]:
        if self.member:
            return zipfile.ZipFile(self.path).open(self.member)
        return self.path.open("rb")

    @property
    def is_spreadsheet(self) -> bool:
        return self.name.lower().endswith(".xlsx")


def sources_of(path: Path) -> list[Source]:
    """The readable files of an export, by name. Raises UnreadableExportError where it is none or too much."""
    if path.is_dir():
        found = [Source(one.name, one) for one in sorted(path.iterdir()) if one.is_file() and _is_wanted(one.name)]
        zips = [one for one in sorted(path.iterdir()) if one.is_file() and one.suffix.lower() == ".zip"]
        for one in zips:
            found += _of_zip(one)
    elif path.suffix.lower() == ".zip":
        found = _of_zip(path)
    elif path.is_file() and _is_wanted(path.name):
        found = [Source(path.name, path)]
    else:
        found = []
    if not found:
        raise UnreadableExportError(Why("import.no_files"))
    if len(found) > MOST_FILES:
        raise UnreadableExportError(Why("import.too_many_files", {"most": MOST_FILES}))
    return sorted(_with_own_names(found))


def _is_wanted(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SUFFIXES and not name.startswith((".", "~$", "__"))


def _of_zip(path: Path) -> list[Source]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            total = sum(one.file_size for one in members)
            if total > MOST_BYTES or any(one.file_size > MOST_RATIO * max(one.compress_size, 1024) for one in members):
                raise UnreadableExportError(Why("import.zip_bomb"))
            if any(one.flag_bits & 0x1 for one in members):
                raise UnreadableExportError(Why("import.zip_password"))
            names = [(_name_of(one), one.filename) for one in members]
    except zipfile.BadZipFile as error:
        raise UnreadableExportError(Why("import.zip_damaged")) from error
    return [Source(name, path, member) for name, member in names if _is_wanted(name)]


def _name_of(member: zipfile.ZipInfo) -> str:
    """The last part of the member's name; Russian names of old zips come as cp437 and are cp866."""
    name = member.filename
    if not member.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("cp866")
        except UnicodeError:
            name = member.filename
    return PurePosixPath(name.replace("\\", "/")).name


def _with_own_names(found: list[Source]) -> list[Source]:
    """Two files of one name (in two folders of a zip) are told apart by a number."""
    seen: dict[str, int] = {}
    named = []
    for one in found:
        seen[one.name] = seen.get(one.name, 0) + 1
        named.append(one if seen[one.name] == 1 else one._replace(name=f"{seen[one.name]}-{one.name}"))
    return named


def digest_of(path: Path) -> str:
    """One digest of an export's bytes: equal digests are the same export. Reads everything once, in pieces."""
    digest = hashlib.sha256()
    try:
        for source in sources_of(path):
            digest.update(source.name.encode(errors="replace"))
            with source.open() as stream:
                for piece in _pieces(stream):
                    digest.update(piece)
    except _DAMAGED as error:
        raise UnreadableExportError(Why("import.zip_damaged")) from error
    return digest.hexdigest()


# What zipfile raises in the middle of a member: bad bytes, an end too early, a way of packing it does not know.
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError)


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(1024 * 1024):
        yield piece
