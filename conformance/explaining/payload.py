"""The index as the page and the committed file hold it: the entries, and the rules by which texts are compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from conformance.explaining import explain, matching, texts
from conformance.explaining.index import Entry

SCRIPT = Path(__file__).with_name("matching.js")


def payload(entries: Sequence[Entry]) -> dict[str, Any]:
    """What `explainer(data)` of matching.js takes."""
    return {
        "entries": msgspec.to_builtins(entries),
        "threshold": matching.THRESHOLD,
        "wordForWord": matching.WORD_FOR_WORD,
        "nearest": matching.NEAREST,
        "rules": {
            "varying": texts.VARYING,
            "saidOtherwise": texts.SAID_OTHERWISE,
            "untelling": texts.UNTELLING,
            "quoted": texts.QUOTED,
            "beginning": texts.BEGINNING,
            "line": texts.LINE,
            "wholeLine": texts.WHOLE_LINE,
            "end": texts.END,
            "ofHub": texts.OF_HUB,
            "ofTensorflow": texts.OF_TENSORFLOW,
            "mostParts": texts.MOST_PARTS,
            "longestPart": texts.LONGEST_PART,
            "op": texts.OP,
            "short": texts.SHORT,
            "beginningWords": texts.BEGINNING_WORDS,
            "within": texts.WITHIN,
            "most": matching.MOST,
            "fewest": matching.FEWEST,
            "enough": matching.ENOUGH,
            "larger": matching.LARGER,
            "even": matching.EVEN,
            "roomy": matching.ROOMY,
            "shortKnown": matching.SHORT_KNOWN,
            "otherClass": matching.OTHER_CLASS,
            "earlier": matching.EARLIER,
            "around": matching.AROUND,
            "cut": matching.CUT,
            "otherBeginning": matching.OTHER_BEGINNING,
            "sameBeginning": matching.SAME_BEGINNING,
            "otherNames": matching.OTHER_NAMES,
            "otherOp": matching.OTHER_OP,
            "fewWords": explain.FEW_WORDS,
        },
    }
