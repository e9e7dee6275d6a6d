"""One RQ job for each file that is owed a document: handed over by `submit`, carried out by `document_file`."""

from docwatch.jobs.producer import Submitted, submit
from docwatch.jobs.run import document_file

__all__ = ["Submitted", "document_file", "submit"]
