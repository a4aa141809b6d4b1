"""A section's history to see: who wrote when, the text at any moment, who wrote which words, what changed since.

It reads the log, and what was worked out from it (``kept``), in a thread of its own. It writes text only by way of a
room, as a person (``restore``).
"""
