"""Real Chromium against the real server: what people see and do, alone and together."""
