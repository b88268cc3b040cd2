from vehicles.models.appointment import Appointment
from vehicles.models.catalogue import MaintenanceSchedule, Make, ScheduledWork, VehicleModel, WorkGroup
from vehicles.models.complaint import Complaint, ComplaintEvent
from vehicles.models.cover import Cover
from vehicles.models.feedback import Feedback
from vehicles.models.first_month import FirstMonthTick
from vehicles.models.importing import ImportProfile, ImportReject, ImportRun
from vehicles.models.loyalty import LoyaltyAccount, LoyaltyEntry, LoyaltyPolicy
from vehicles.models.odometer import OdometerReading
from vehicles.models.ownership import Ownership
from vehicles.models.price import WorkPrice
from vehicles.models.recall import RecallCampaign, RecallVehicle
from vehicles.models.refusal import Refusal
from vehicles.models.repair_order import RepairOrder, RepairOrderLine
from vehicles.models.review import Review
from vehicles.models.touch import Touch
from vehicles.models.vehicle import Vehicle
from vehicles.models.visit_request import VisitRequest
from vehicles.models.voice import VoiceNote

__all__ = [
    "Appointment",
    "Complaint",
    "ComplaintEvent",
    "Cover",
    "Feedback",
    "FirstMonthTick",
    "ImportProfile",
    "ImportReject",
    "ImportRun",
    "LoyaltyAccount",
    "LoyaltyEntry",
    "LoyaltyPolicy",
    "MaintenanceSchedule",
    "Make",
    "OdometerReading",
    "Ownership",
    "RecallCampaign",
    "RecallVehicle",
    "Refusal",
    "RepairOrder",
    "RepairOrderLine",
    "Review",
    "ScheduledWork",
    "Touch",
    "Vehicle",
    "VehicleModel",
    "VisitRequest",
    "VoiceNote",
    "WorkGroup",
    "WorkPrice",
]
