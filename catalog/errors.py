"""What can go wrong, one class per kind of trouble, each with the exit code the command line answers with.

A message says what failed, where, what it means for readers, and what to do next. It never holds a
value from the data, because messages end up in logs and pages.
"""

import unicodedata


def printable(text: str) -> str:
    """A text that a terminal or a log shows as it is: signs that would move, colour, turn or hide something become `\ufffd`."""
    return "".join(
        "\ufffd" if (unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") and sign not in "\n\t\u00ad") else sign for sign in text
    )


class BymaalError(Exception):
    """Base of all expected failures. `exit_code` is what the process ends with."""

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", effect: str = "", next_step: str = "") -> None:
        self.what, self.where, self.effect, self.next_step = map(printable, (what, where, effect, next_step))
        super().__init__(" – ".join(part for part in (self.what, self.where, self.effect, self.next_step) if part))

    @property
    def kind(self) -> str:
        """The class of this module that the error belongs to; pages say by it whose fault it was."""
        return next(one.__name__ for one in type(self).__mro__ if one.__module__ == __name__)

    def as_record(self) -> dict[str, str | int]:
        """The same error for machines: the four parts, the class and the exit code."""
        return {
            "error": type(self).__name__,
            "what": self.what,
            "where": self.where,
            "effect": self.effect,
            "next_step": self.next_step,
            "exit_code": self.exit_code,
        }


class UsageError(BymaalError):
    """The command or the configuration cannot mean anything."""

    exit_code = 2


class MetadataError(UsageError):
    """A YAML file or an indicator's front matter breaks its model; `where` names file and key."""


class SourceError(BymaalError):
    """A source did not answer, or answered with something other than data."""

    exit_code = 3


class DataError(BymaalError):
    """Data arrived but broke a promise: it cannot be read, or a check refused it."""

    exit_code = 4


class ParseError(DataError):
    """The bytes of a snapshot are not in the format that was declared for it."""


class GateError(DataError):
    """A release, or a dataset in it, is not allowed out: a record, check or link is missing."""


class PrivacyError(BymaalError):
    """Personal data or a tell-tale small number was about to get out, or a guard of security tripped."""

    exit_code = 5


class BusyError(BymaalError):
    """Another process holds the data directory."""

    exit_code = 6


class StorageError(BymaalError):
    """Reading or writing a file failed, or a stored file is not what its hash says."""

    exit_code = 7
