"""The live documents: bytes, frames, the gate, replicas. Pure: no I/O, no clock, no tasks."""
