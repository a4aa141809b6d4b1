"""Claims about behaviour, shown with the real thing: sockets, files, browsers, stock clients."""
