"""Several whole server processes in one thread, every step of which is chosen: what no clock can order is tried."""
