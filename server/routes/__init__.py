"""HTTP routes. Each file is one subject; they read through ``plan_access`` and act through ``acts``."""
