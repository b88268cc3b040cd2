"""The account of an import: every row of every file is created, updated, unchanged or rejected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from customers.rules.records import CREATED, REJECTED, UNCHANGED, UPDATED, RowResult
from dealercrm.why import Why
from vehicles.exports.spool import SpooledFile, SpooledProblem, SpooledRow
from vehicles.models import ImportReject, ImportRun
from vehicles.rules.profiles import Profile

OUTCOMES = (CREATED, UPDATED, UNCHANGED, REJECTED)


class Account:
    """Counts per file, and the rejects of the batch at hand."""

    def __init__(self, run: ImportRun, profile: Profile) -> None:
        self.run, self.profile = run, profile
        self.counts: dict[str, dict[str, Any]] = {name: dict(one) for name, one in run.counts.items()}
        self.rejects: list[ImportReject] = []

    def open(self, files: Sequence[SpooledFile]) -> None:
        """A line per file before the first batch."""
        for file in files:
            self.counts.setdefault(
                file.name,
                {
                    "kind": file.kind, "rows": file.rows, "totals": file.totals, "encoding": file.encoding,
                    "unknown": [list(one) for one in file.unknown], "note": file.note, "header": file.header,
                    "delimiter": file.delimiter,
                    **dict.fromkeys(OUTCOMES, 0), "repeated": 0, "warnings": 0,
                },
            )  # fmt: skip

    def row(self, row: SpooledRow, result: RowResult) -> None:
        self.counts[row.file][result.status] += 1
        if result.reason is not None:
            self.reject(row.file, row.line, result.field, result.reason.as_json(), row.cells, result.status != REJECTED)

    def problem(self, problem: SpooledProblem) -> None:
        """A doubt found while reading; the first fatal one of a row rejects it."""
        if problem.is_fatal and problem.is_first:
            self.counts[problem.file][REJECTED] += 1
        self.reject(
            problem.file, problem.line, problem.field, problem.reason, problem.cells, is_warning=not problem.is_fatal
        )

    def repeated(self, row: SpooledRow, later_line: int, *, says_the_same: bool) -> None:
        self.counts[row.file][UNCHANGED] += 1
        self.counts[row.file]["repeated"] += 1
        if not says_the_same:
            reason = Why("import.repeated_on_line", {"line": str(later_line)}).as_json()
            self.reject(row.file, row.line, "", reason, row.cells, is_warning=True)

    def reject(
        self, file: str, line: int, field: str, reason: Mapping[str, Any], cells: list[str], is_warning: bool
    ) -> None:
        kind = self.counts[file]["kind"]
        field = self.profile.files[kind].columns.get(field, field)  # as the column is called in the file
        if is_warning:
            self.counts[file]["warnings"] += 1
        self.rejects.append(
            ImportReject(
                run=self.run, file=file[:120], line=line, field=field[:80], reason=dict(reason), row=cells,
                is_warning=is_warning,
            )
        )  # fmt: skip

    def done(self) -> int:
        """Rows accounted for so far, of all files."""
        return sum(one[name] for one in self.counts.values() for name in OUTCOMES)
