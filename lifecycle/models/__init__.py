from lifecycle.models.calibration import Calibration
from lifecycle.models.health import HealthAlert, HealthMonth
from lifecycle.models.judged import JudgedBase, Versions
from lifecycle.models.occasion import Occasion
from lifecycle.models.policy import Category, LifecyclePolicy
from lifecycle.models.segment import Segment, SegmentChange
from lifecycle.models.sheet import FactSheet
from lifecycle.models.snapshot import StageCount
from lifecycle.models.standing import Loyalty, Stage, StageChange, Standing, Substage

__all__ = [
    "Calibration",
    "Category",
    "FactSheet",
    "HealthAlert",
    "HealthMonth",
    "JudgedBase",
    "LifecyclePolicy",
    "Loyalty",
    "Occasion",
    "Segment",
    "SegmentChange",
    "Stage",
    "StageChange",
    "StageCount",
    "Standing",
    "Substage",
    "Versions",
]
