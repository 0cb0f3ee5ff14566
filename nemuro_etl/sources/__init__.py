"""Fetching and reading publishers' files: bytes in, tidy figures out."""
