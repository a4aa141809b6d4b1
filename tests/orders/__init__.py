"""Several whole server processes in one thread, every step of which a test chooses: what no clock can order is tried."""
