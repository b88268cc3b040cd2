"""Every field of a segment, in the order of the builder."""

from __future__ import annotations

from collections.abc import Mapping

from lifecycle.rules.segments import Shape
from lifecycle.segments import of_car, of_lifecycle, of_person, of_talk, of_value, of_visits
from lifecycle.segments.field import Field, Topic

FIELDS: dict[str, Field] = {
    field.code: field
    for topic in (of_lifecycle, of_car, of_visits, of_person, of_talk, of_value)
    for field in topic.FIELDS
}
SHAPES: Mapping[str, Shape] = {code: field.shape for code, field in FIELDS.items()}


def by_topic() -> list[tuple[Topic, list[Field]]]:
    """The fields as the builder offers them; a topic without fields is left out."""
    topics = [(topic, [field for field in FIELDS.values() if field.topic == topic]) for topic in Topic]
    return [(topic, fields) for topic, fields in topics if fields]
