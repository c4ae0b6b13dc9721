"""A believable relationship-coaching product with planted truth, for the demo, tests and benchmarks.

`generate` writes ``product.db``, ``families/``, ``truth.jsonl`` and ``subject.key``. Each line of the truth is one
object with a ``kind``:

- ``conversation``: for every conversation its user, scenario, language, style of writing, how well the coach answers
  (``quality``), turns, and whether it is long (over 20 turns), old (over two years) or ends on the user.
- ``pii`` and ``health``: a planted value by ``type``, ``whose`` it is, whether the database knows it for that user (``known``),
  and its ``start`` and ``end`` in the text of message ``position`` (or of ``field`` of a check-in or a family's record).
  ``on`` says which text the offsets count on: as ``stored``, or ``repaired`` where that message was decoded wrongly.
- ``encoding``: a message that was decoded wrongly, how often (``layers``), by which ``tables``, and the right text.
- ``duplicate``: a member of a cluster: its ``original``, an ``exact`` or a ``near`` copy, with the Jaccard ``similarity`` of
  the word 3-grams of what was said to the original's; a cluster at the very end may have lost its other members.
  ``near_miss``: similar, yet no copy.
- ``crisis``, ``broken`` (what must end in quarantine; PostgreSQL holds NULL instead of a time stamp that is none) and
  ``consent`` (users who opted out or asked for erasure; their rows are in the database like anybody's).
"""

from sample.generate import SampleSummary, demo_key, generate, write_postgres

__all__ = ["SampleSummary", "demo_key", "generate", "write_postgres"]
