"""docwatch keeps a document for every source file of a git work tree, and keeps it true by itself."""

__version__ = "0.1.0"
