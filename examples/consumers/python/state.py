"""How far each conversation is taken, in a file. An event is taken when it is the next of its conversation: what was taken is
dropped, what comes too early is kept until what is missing has come."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

# The most events of one conversation that wait for a missing one.
MAX_EARLY = 10_000

Event = dict[str, Any]


class State:
    def __init__(self, file: Path, conversations: dict[str, dict[str, Any]]) -> None:
        self._file = file
        self._conversations = conversations

    @classmethod
    def load(cls, name: str) -> State:
        """As it was saved; empty without a file."""
        file = Path(name)
        return cls(file, json.loads(file.read_text()) if file.exists() else {})

    def save(self) -> None:
        """The file is replaced as a whole: whatever happens, it holds the one state or the other."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(self._conversations))
        os.replace(fresh, self._file)

    def take(self, event: Event) -> list[Event]:
        """What may be taken now that this event has come, in order."""
        conversation = self._conversations.setdefault(event["conversation_id"], {"seq": 0, "messages": 0, "early": {}})
        early = conversation["early"]
        if event["seq"] > conversation["seq"]:
            early[str(event["seq"])] = {name: event[name] for name in ("type", "conversation_id", "seq")}
        taken = []
        while following := early.pop(str(conversation["seq"] + 1), None):
            conversation["seq"] = following["seq"]
            conversation["messages"] += following["type"] == "message_received"
            taken.append(following)
        if len(early) > MAX_EARLY:
            raise RuntimeError(f"event {conversation['seq'] + 1} is missing: chatctl republish brings it")
        return taken
