"""Regular expressions that the OpenAPI document tells of texts; they are taken by ECMA 262, Python and Rust alike.

They say what is taken, as far as a pattern can: that a date exists in the calendar, and that a range is in order, is
beyond them.
"""

from typing import Final

from negotiation.texts import BLANK, IGNORABLE

_CONTROL: Final = r"\u0000-\u0008\u000b-\u001f\u007f-\u009f"
# Those beyond the first 65,536 code points are written in each dialect in another way.
_UNSEEN: Final = "".join(
    rf"\u{first:04x}-\u{last:04x}" for first, last in (*IGNORABLE, (BLANK, BLANK)) if last < 0x10000
)

_WHITE: Final = r"\t\n \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"

TEXT: Final = rf"^[{_WHITE}{_UNSEEN}]*[^{_CONTROL}{_WHITE}{_UNSEEN}][^{_CONTROL}]*$"
"""Of control characters a text has line feeds and tabs only; and there is something in it that can be seen."""

URL: Final = r"^https?://[^\s\u0000-\u001f\u007f-\u009f]+$"

_YEAR: Final = "(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})"
_MONTH: Final = f"{_YEAR}-(?:0[1-9]|1[0-2]|2[1-4])"
"""A month, or a season."""
_DAY: Final = (
    f"{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|[12][0-9]))"
)
_OFFSET: Final = (
    r"(?:Z|\+(?:0[0-9]|1[0-3]):[0-5][0-9]|-(?:0[1-9]|1[0-3]):[0-5][0-9]|-00:(?:0[1-9]|[1-5][0-9])|[+-]14:00)"
)
_INSTANT: Final = rf"{_DAY}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{{1,6}})?{_OFFSET}"
_PLAIN: Final = f"(?:{_YEAR}|{_MONTH}|{_DAY}|{_INSTANT})"
_FLAGGED: Final = f"(?:(?:{_YEAR}|{_MONTH}|{_DAY})[~?%]?|{_INSTANT})"

PLAIN_DATE: Final = f"^{_PLAIN}$"
"""A year, a month, a date or an instant (RFC 3339)."""

PLAIN_DATE_OR_POSITION: Final = f"^(?:{_PLAIN}|[0-9]{{1,18}})$"

EDTF: Final = rf"^(?:XXXX|{_FLAGGED}|\[(?:{_PLAIN})?\.\.{_PLAIN}\]|{_FLAGGED}/(?:{_FLAGGED}|\.\.)|\.\./{_FLAGGED})$"
DURATION: Final = (
    "^P(?:[0-9]{1,9}W|"
    "(?:[0-9]{1,9}Y(?:[0-9]{1,9}M)?(?:[0-9]{1,9}D)?|[0-9]{1,9}M(?:[0-9]{1,9}D)?|[0-9]{1,9}D)"
    "(?:T(?:[0-9]{1,9}H(?:[0-9]{1,9}M)?(?:[0-9]{1,9}S)?|[0-9]{1,9}M(?:[0-9]{1,9}S)?|[0-9]{1,9}S))?|"
    "T(?:[0-9]{1,9}H(?:[0-9]{1,9}M)?(?:[0-9]{1,9}S)?|[0-9]{1,9}M(?:[0-9]{1,9}S)?|[0-9]{1,9}S))$"
)

ETAG: Final = r'^(\*|(W/)?"[!#-~]*")$'
"""One entity tag (RFC 9110), or any. Others than ours may have more than ASCII in them, and are none that we gave."""

ETAGS: Final = r'^(\*|(W/)?"[!#-~]*"([ \t]*,[ \t,]*(W/)?"[!#-~]*")*)$'

IDEMPOTENCY_KEY: Final = r'^(?:"(?:[ !#-\[\]-~]|\\["\\]){1,255}"|[!#-+\--:<-\[\]-~]{1,255})$'
"""1 to 255 characters: a string in quotes (RFC 8941), or bare."""

PREFER: Final = r'^[!#-+\--:<-\[\]-~]+(?:=(?:"[ !#-~]*"|[!#-+\--:<-\[\]-~]*))?(?:[ ,;]+.*)?$'
"""Preferences (RFC 7240)."""
