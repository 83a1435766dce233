"""A call of a script, and its wrong variants."""

from dataclasses import dataclass, field
from random import Random

GONE = object()
LONG = "x" * 6000


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    fields: dict = field(default_factory=dict)
    keep: dict[str, str] = field(default_factory=dict)
    status: int = 200
    wrong: bool = True
    unique: tuple[str, ...] = ()
    differs: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.fields}"[:200]


@dataclass(frozen=True)
class Variant:
    """A call with one field changed."""

    call: Call
    name: str
    value: object
    number: int

    def as_call(self) -> Call:
        """The call; texts that must be unique get a number, so that the right call after it can have them."""
        fields = {key: f"{value} {self.number}" if key in self.call.unique else value
                  for key, value in self.call.fields.items() if key != self.name}
        if self.value is not GONE:
            fields[self.name] = self.value
        return Call(self.call.method, self.call.path, fields)

    @property
    def reason(self) -> str | None:
        return self.call.differs.get(self.name)

    @property
    def is_too_long(self) -> bool:
        return self.value == LONG

    @property
    def is_of_another_type(self) -> bool:
        """Whether no JSON reader with types would take it."""
        right = self.call.fields[self.name]
        if isinstance(right, list) and isinstance(self.value, list):
            return any(type(item) not in {type(it) for it in right} for item in self.value)
        return self.value is not GONE and type(self.value) is not type(right)


def other_values(value, in_query: bool) -> list:
    """What may stand wrongly in the place of a value."""
    if in_query:
        return [GONE, "", "unknown", LONG] if isinstance(value, str) else [GONE, "", "x", -1, 10**12]
    if isinstance(value, str):
        return [GONE, "", "unknown", LONG, 5, True, ["a"], {"a": 1}]
    if isinstance(value, bool):
        return [GONE, "x", 5, []]
    if isinstance(value, (int, float)):
        return [GONE, "x", -1, 10**30, [], {}]
    if isinstance(value, list):
        return [GONE, [], "x", 5, {}, [None], [5], [[]]]
    return [GONE, {}, "x", 5, []]


def variants(call: Call, random: Random, count: int) -> list[Variant]:
    others = ((name, other) for name, value in call.fields.items() for other in other_values(value, call.method == "GET")
              if not (name in call.unique and other is LONG))
    every = [Variant(call, name, other, number) for number, (name, other) in enumerate(others)]
    return random.sample(every, min(count, len(every)))
