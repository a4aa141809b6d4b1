"""What leaves the live documents for people to read, print and keep. Reads trees; never touches a live document."""
