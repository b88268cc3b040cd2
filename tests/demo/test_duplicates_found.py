"""People whom the demo world files twice are found, and hardly anybody else; the seed is used nowhere else."""

from benchmarks.duplicates import PRECISION, RECALL, measure


def test_of_the_pairs_shown_98_in_100_are_right_and_9_of_10_are_shown() -> None:
    result = measure(4_000, seed=777_001)
    assert result.true > 100
    assert result.precision >= PRECISION
    assert result.recall >= RECALL
