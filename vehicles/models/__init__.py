from vehicles.models.appointment import Appointment
from vehicles.models.catalogue import MaintenanceSchedule, Make, ScheduledWork, VehicleModel, WorkGroup
from vehicles.models.complaint import Complaint
from vehicles.models.cover import Cover
from vehicles.models.feedback import Feedback
from vehicles.models.importing import ImportProfile, ImportReject, ImportRun
from vehicles.models.odometer import OdometerReading
from vehicles.models.ownership import Ownership
from vehicles.models.price import WorkPrice
from vehicles.models.recall import RecallCampaign, RecallVehicle
from vehicles.models.refusal import Refusal
from vehicles.models.repair_order import RepairOrder, RepairOrderLine
from vehicles.models.touch import Touch
from vehicles.models.vehicle import Vehicle

__all__ = [
    "Appointment",
    "Complaint",
    "Cover",
    "Feedback",
    "ImportProfile",
    "ImportReject",
    "ImportRun",
    "MaintenanceSchedule",
    "Make",
    "OdometerReading",
    "Ownership",
    "RecallCampaign",
    "RecallVehicle",
    "Refusal",
    "RepairOrder",
    "RepairOrderLine",
    "ScheduledWork",
    "Touch",
    "Vehicle",
    "VehicleModel",
    "WorkGroup",
    "WorkPrice",
]
