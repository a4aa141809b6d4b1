"""One test for each fault that was found, named after what broke."""
