"""The working document on the server: appeals, layers, the register of proposals, versions.

The rules are in ``sections/redline``; here they meet the database, the rooms and the people.
"""
