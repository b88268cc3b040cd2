from dealercrm.accounts.models.access import AccessedCustomer, AccessLog
from dealercrm.accounts.models.alarm import NightAlarm
from dealercrm.accounts.models.dealership import Dealership
from dealercrm.accounts.models.heartbeat import Heartbeat
from dealercrm.accounts.models.job import JobChunk, JobRun
from dealercrm.accounts.models.policy import Policy
from dealercrm.accounts.models.scope import ScopedQuerySet
from dealercrm.accounts.models.user import Membership, Role, User

__all__ = [
    "AccessLog",
    "AccessedCustomer",
    "Dealership",
    "Heartbeat",
    "JobChunk",
    "JobRun",
    "Membership",
    "NightAlarm",
    "Policy",
    "Role",
    "ScopedQuerySet",
    "User",
]
