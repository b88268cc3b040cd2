"""An export becomes customers, cars and visits: claimed once, read in a child, taken in batches."""

from vehicles.importing.claiming import LostLeaseError, claim, fail, go_on, start_again
from vehicles.importing.reporting import report
from vehicles.importing.running import run_import

__all__ = ["LostLeaseError", "claim", "fail", "go_on", "report", "run_import", "start_again"]
