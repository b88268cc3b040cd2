from campaigns.models.call_result import CallResult
from campaigns.models.campaign import Campaign, CampaignStep
from campaigns.models.decision import Decision, DecisionChange, Verdict
from campaigns.models.outbox import OutboxMessage
from campaigns.models.policy import ContactPolicy
from campaigns.models.shift import Shift
from campaigns.models.task import ContactTask, Outcome

__all__ = [
    "CallResult",
    "Campaign",
    "CampaignStep",
    "ContactPolicy",
    "ContactTask",
    "Decision",
    "DecisionChange",
    "OutboxMessage",
    "Outcome",
    "Shift",
    "Verdict",
]
