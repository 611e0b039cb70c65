"""Which of Kaltura's sessions are over before their time: they prove themselves, so nothing else is kept."""

from __future__ import annotations


class Sessions:
    """Sessions that were seen, and those of them that ended."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._ended: set[str] = set()

    def met(self, text: str) -> None:
        """A session is in use."""
        self._seen.add(text)

    def end(self, text: str) -> None:
        """A session is over."""
        self._ended.add(text)

    def is_ended(self, text: str) -> bool:
        """Whether it is over."""
        return text in self._ended

    def forget_all(self) -> None:
        """Every session is over."""
        self._ended |= self._seen
