"""Work that is killed: nothing is lost, nothing is doubled, and the digest is that of a clean run.

    python -m benchmarks.faults [night planning letters calls import smtp races] [--part 1] [--random 40] [--seed 1]

`smtp` and `races` are told in benchmarks/faults/sending.py. Of the others:
real processes on real PostgreSQL, killed by SIGKILL before each statement and each commit of a small
base, then at random Python calls and several times in a row; each time others take the work up and
the tables are compared. Every case has its control: the same deaths with the protection switched off.
Uses the database of DATABASE_URL with `_faults` added to its name (dropped and made anew), or with
`--here` that very database, which is emptied. Many operators at once are tried apart: benchmarks/faults/claims.py.
`--part 10` takes every tenth death, as the test suite does.
"""
