"""How the OpenAPI schema is drawn: every operation names its tag, its stable id and the errors it answers with."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema

from dealercrm.accounts.api.problems import MEDIA_TYPE, ProblemSerializer

# What stands in an address, beside our own ids.
IN_ADDRESSES = {
    "dealership": (r"^[-a-zA-Z0-9_]{1,32}$", "Code of one of your dealerships.", "north"),
    "source": (r"^[-a-zA-Z0-9_]{1,32}$", "Name of your system; its codes are unique in it.", "dms"),
    "code": (r"^[^/\x00]{1,64}$", "The code in your system. One with a slash goes by a batch.", "K-17"),
    "number": (r"^[^/\x00]{1,40}$", "The number in your system. One with a slash goes by a batch.", "RO-1001"),
    "vin": (r"^[A-Za-z0-9-]{6,17}$", "VIN in any letter case.", "Z94CB41AAGR323020"),
}


class Schema(AutoSchema):
    def _resolve_path_parameters(self, variables: Any) -> Any:
        parameters = super()._resolve_path_parameters(variables)  # type: ignore[no-untyped-call]
        for parameter in parameters:
            if parameter["name"] in IN_ADDRESSES:
                pattern, description, example = IN_ADDRESSES[parameter["name"]]
                parameter |= {"description": description, "example": example}
                parameter["schema"] = {"type": "string", "pattern": pattern}
            elif parameter["name"] == "id":
                parameter["schema"] = {"type": "integer", "minimum": 0, "maximum": 999_999_999_999_999_999}
        return parameters

    def get_tags(self) -> list[str]:
        """The noun: /api/v1/repair-orders/... belongs to "repair-orders"."""
        parts = [part for part in self.path.removeprefix("/api/v1").split("/") if part]
        return parts[:1] or ["api"]

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        responses = super()._get_response_bodies(direction)
        wanted = {"400", "401", "403", "429"} | ({"404"} if "{" in self.path else set())
        # A view that names 404 or 409 means a problem too; drawn here, it gets the media type of one.
        for status in sorted((wanted - set(responses)) | ({"404", "409"} & set(responses))):
            responses[status] = self._problem(direction)
        return responses

    def _problem(self, direction: Any) -> Any:
        component = self.resolve_serializer(ProblemSerializer, direction)
        return {"description": "Problem details", "content": {MEDIA_TYPE: {"schema": component.ref}}}
