"""The redline: each side's proposals as records over a baseline that nobody can edit, and what they read as.

Pure: values in, values out; no clock, no random, no HTML. Its twin in the browser is ``static/src/redline``; both
are held to the vectors in ``tests/redline_vectors``. Offsets are UTF-16 code units. Everyone may import it.
"""
