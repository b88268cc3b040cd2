from campaigns.models.assignment import Assignment
from campaigns.models.call_result import CallResult
from campaigns.models.campaign import Campaign, CampaignChange, CampaignStep, NotReadyError
from campaigns.models.contest import Contest
from campaigns.models.credit import Credit
from campaigns.models.decision import Decision, DecisionChange, Verdict
from campaigns.models.held_plan import HeldPlan
from campaigns.models.inbound import InboundMessage
from campaigns.models.offer import CampaignOffer, Offer
from campaigns.models.offer_event import OfferEvent
from campaigns.models.outbox import OutboxMessage
from campaigns.models.pause import Pause
from campaigns.models.policy import ContactPolicy
from campaigns.models.sender import Sender
from campaigns.models.shift import Shift
from campaigns.models.task import ContactTask, Outcome
from campaigns.models.verdict import CampaignVerdict

__all__ = [
    "Assignment",
    "CallResult",
    "Campaign",
    "CampaignChange",
    "CampaignOffer",
    "CampaignStep",
    "CampaignVerdict",
    "ContactPolicy",
    "ContactTask",
    "Contest",
    "Credit",
    "Decision",
    "DecisionChange",
    "HeldPlan",
    "InboundMessage",
    "NotReadyError",
    "Offer",
    "OfferEvent",
    "OutboxMessage",
    "Outcome",
    "Pause",
    "Sender",
    "Shift",
    "Verdict",
]
