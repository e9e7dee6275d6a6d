"""One RQ job for each file that is owed a document: handed over by `submit`, carried out by `document_file`.

`write_prose` is a second one for the same file, where a model is to write about it.
"""

from docwatch.jobs.producer import Submitted, submit
from docwatch.jobs.prose import write_prose
from docwatch.jobs.run import document_file

__all__ = ["Submitted", "document_file", "submit", "write_prose"]
