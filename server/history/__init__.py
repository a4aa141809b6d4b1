"""A section's history to see: who wrote when, the text at any moment, who wrote which words, what changed since.

It reads the log and nothing else, in a thread of its own, and writes only by way of a room, as a person (``restore``).
"""
