"""Labelled rows: files in and out, folders of texts, named columns, and splits without leaks."""
